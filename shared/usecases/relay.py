"""Between the outbox and the store PCs: publish what waits, take what they report, hand them what they miss."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from pydantic import ConfigDict, TypeAdapter

from shared.contracts.bridge import SYNC_LIMIT, SyncBridge, SyncReply
from shared.contracts.events import Event
from shared.contracts.kitchen import NotifyKitchen, RelayReply
from shared.contracts.topics import call_topic, kitchen_topic
from shared.runtime.clock import utc_now
from shared.runtime.log import log_line
from shared.runtime.settings import settings
from shared.store import counter, orders, outbox, stock
from shared.store.outbox import Parcel
from shared.store.scope import Chain
from shared.store.work import Work

BATCH = 50
ROUNDS = 20
EVERY_S = 5.0
_EVENTS: TypeAdapter[tuple[Event, ...]] = TypeAdapter(tuple[Event, ...], config=ConfigDict(defer_build=True))


def notify_kitchen(command: NotifyKitchen, chain: Chain) -> RelayReply:
    """Publish every due event of every shop; settle holds whose process died; alarm for what nobody acknowledges."""
    published = left = 0
    for _ in range(ROUNDS):
        parcels = outbox.claim(chain, now=utc_now(), limit=BATCH)
        if not parcels:
            break
        sent = _publish(parcels)
        done = [parcel for parcel in parcels if parcel.record_id in sent]
        failed = [parcel for parcel in parcels if parcel.record_id not in sent]
        outbox.give_back(chain, failed, now=utc_now())
        published += sum(len(parcel.events) for parcel in done)
        left += sum(len(parcel.events) for parcel in failed)
        # What was committed meanwhile has a nudge of its own.
        if failed or len(parcels) < BATCH:
            break
    alarmed = _keep_house(chain) if command.is_timed or _housekeeping.is_due() else 0
    return RelayReply(published=published, left=left, alarmed=alarmed)


def sync_bridge(command: SyncBridge, work: Work) -> SyncReply:
    """Take a store PC's acknowledgements and receipts, and answer everything its shop has not acknowledged."""
    outbox.acknowledge(work.shop, command.acks, now=work.now)
    orders.note_printed(work.shop, command.receipts)
    orders.note_shown(work.shop, command.receipts)
    counter.note_done(work.shop, command.receipts)
    waiting = outbox.unacknowledged(work.shop, limit=SYNC_LIMIT + 1)
    events = _EVENTS.validate_python(waiting[:SYNC_LIMIT])
    return SyncReply(events=events, more=len(waiting) > SYNC_LIMIT, server_time=work.now)


@dataclass
class _Housekeeping:
    """When this instance last kept house: a timer's run always does, a nudged one now and then."""

    kept_at_s: float = -EVERY_S

    def is_due(self) -> bool:
        return time.monotonic() - self.kept_at_s >= EVERY_S


_housekeeping = _Housekeeping()


def _keep_house(chain: Chain) -> int:
    """Settle holds whose process died, and alarm for what nobody has acknowledged for a minute; how many alarms."""
    _housekeeping.kept_at_s = time.monotonic()
    stock.settle_all(chain, now=utc_now(), order_stands=orders.stands)
    alarmed = outbox.raise_alarms(chain, now=utc_now())
    for record_id in alarmed:
        log_line("alarm", {"kind": "unacknowledged", "record": record_id})
    return len(alarmed)


def _publish(parcels: list[Parcel]) -> set[str]:
    """The record ids whose events the broker took, all of them."""
    from shared.gateways.publisher import Message, publisher

    env, now = settings().zaotai_env, utc_now()
    queue = [(parcel.record_id, event) for parcel in parcels for event in parcel.events]
    taken = publisher().publish(
        [
            Message(_topic(env, event), json.dumps(event, ensure_ascii=False).encode(), _expires_in_s(event, now))
            for _, event in queue
        ]
    )
    missed = {record_id for (record_id, _), ok in zip(queue, taken, strict=True) if not ok}
    return {parcel.record_id for parcel in parcels} - missed


def _topic(env: str, event: Mapping[str, Any]) -> str:
    if event["type"] == "call.show":
        return call_topic(env, event["shopId"])
    return kitchen_topic(env, event["shopId"], event["data"]["station"])


def _expires_in_s(event: Mapping[str, Any], now: datetime) -> int | None:
    """Calls and drawers expire, at once if they are over; papers do not."""
    told = event["data"].get("expiresAt")
    if told is None:
        return None
    expires_at = datetime.fromisoformat(told.replace("Z", "+00:00"))
    return max(int((expires_at - now.astimezone(timezone.utc)).total_seconds()), 1)
