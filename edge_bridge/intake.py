"""Events on their way in, from the broker or from `syncBridge`: made safe first, then acted on, and only once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import cache

from pydantic import TypeAdapter, ValidationError

from edge_bridge.log import say, warn
from edge_bridge.spool import Spool
from shared.contracts.bridge import Receipt, ReceiptOutcome
from shared.contracts.events import Call, CallEvent, DrawerEvent, Event, SlipEvent, TicketEvent


class NotAnEvent(Exception):
    """These bytes are no event that we know. The message names the fields at fault, never their values."""


class Intake:
    """`take` returns once the event is safe; raises `SpoolError` if it is not, and the sender must keep it."""

    def __init__(
        self,
        spool: Spool,
        *,
        shop_id: str,
        show: Callable[[Call], object],
        now: Callable[[], datetime],
        arrived: Callable[[], None],
    ) -> None:
        self._spool, self._shop_id, self._show, self._now, self._arrived = spool, shop_id, show, now, arrived

    def take(self, event: Event) -> None:
        """Spool the paper or the drawer, or show the call, and owe the acknowledgement; then `arrived` is rung."""
        if event.shop_id != self._shop_id:
            warn("event.other_shop", event_id=event.event_id, shop=event.shop_id)
            return
        if isinstance(event, TicketEvent | SlipEvent):
            fresh = self._spool.jobs.put(event, now=self._now())
            say("job.received", job=event.data.job_id, station=event.data.station, fresh=fresh, trace=event.trace_id)
        elif isinstance(event, DrawerEvent):
            fresh = self._spool.drawers.put(event, now=self._now())
            say("drawer.received", job=event.data.job_id, fresh=fresh, trace=event.trace_id)
        else:
            self._call(event)
        self._arrived()

    def receive(self, payload: bytes) -> None:
        """Take the event in a message; what is none is noted and dropped, for it would never become one."""
        try:
            event = parse_event(payload)
        except NotAnEvent as error:
            warn("event.not_understood", at_fault=str(error), hint="收到看不懂的消息，已忽略；若反复出现，请升级本程序")
        else:
            self.take(event)

    def _call(self, event: CallEvent) -> None:
        if self._spool.mail.call_seen(event.event_id):
            return
        now, call = self._now(), event.data
        outcome: ReceiptOutcome = "expired" if call.expires_at <= now else "shown"
        if outcome == "shown":
            # Shown before it is noted: a crash in between shows it twice, the other order might never show it.
            self._show(call)
        self._spool.mail.call_done(
            Receipt(event_id=event.event_id, job_id=call.call_id, outcome=outcome, attempts=call.count, at=now)
        )
        say("call." + outcome, call=call.call_id, trace=event.trace_id)


def parse_event(payload: bytes) -> Event:
    """The event in a message. Raises `NotAnEvent`."""
    try:
        return _events().validate_json(payload)
    except ValidationError as error:
        raise NotAnEvent(_places(error)) from None


def _places(error: ValidationError) -> str:
    found = {".".join(map(str, one["loc"])) or one["type"] for one in error.errors(include_input=False)}
    return ", ".join(sorted(found))[:300]


@cache
def _events() -> TypeAdapter[Event]:
    return TypeAdapter(Event)
