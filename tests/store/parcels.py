"""Events for tests of what leaves a shop."""

from __future__ import annotations

from datetime import datetime, timezone

from shared.contracts.events import Call, CallEvent

NOON = datetime(2026, 11, 24, 4, tzinfo=timezone.utc)


def call_event(shop_id: str, event_id: str, now: datetime = NOON) -> CallEvent:
    """A call of the smallest kind."""
    call = Call(call_id=event_id, kind="pickup", label="A001", text="请取餐", called_at=now, expires_at=now)
    return CallEvent(event_id=event_id, shop_id=shop_id, occurred_at=now, trace_id="t", data=call)
