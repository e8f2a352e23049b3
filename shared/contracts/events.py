"""What leaves a shop's transaction for its store PC: the envelope, and what it may carry.

UTF-8 JSON under 16 KiB. The outbox holds the record; MQTT and `syncBridge` carry the same bytes, so a receiver that
drops event ids it has seen may take them from both.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field
from pydantic_core import to_json

from shared.contracts.slips import Drawer, Slip, TicketLook
from shared.contracts.wire import Id, Moment, Wire

ENVELOPE_LIMIT_BYTES = 16 * 1024
CALL_TTL_S = 120

TicketKind = Literal["new", "add", "change", "void", "rush", "move", "booking"]


class TicketLine(Wire):
    """One line as the cook reads it. `was` tells what a `change` replaces, in words."""

    line_id: Id
    name: str
    quantity: int
    specs: tuple[str, ...] = ()
    modifiers: tuple[str, ...] = ()
    """Modifiers and combo choices, each as printed: `加辣`, `加蛋 ×2`."""
    note: str = ""
    was: str | None = None


class Kept(Wire):
    """Whom a table is kept for, and from when; the phone number is masked."""

    at: Moment
    name: str
    phone: str | None = None


class Ticket(Wire):
    """One kitchen ticket: one station's part of one order (or the pass's whole of it), printed once (rules 27, 28).

    `job_id` is unique for ever. `table_name` or `pickup_no` says whom it is for; exactly one is set.
    `takeaway` has it packed, `pickup_at` is when it is fetched.
    A `booking` reminds of a reservation: `kept` says whose, and the lines are what it ordered ahead.
    """

    job_id: Id
    kind: TicketKind
    station: Id
    station_name: str
    is_pass: bool = False
    shop_name: str
    order_id: Id
    order_no: str
    round: int
    revision: int
    table_name: str | None = None
    pickup_no: str | None = None
    guests: int | None = None
    lines: tuple[TicketLine, ...]
    note: str = ""
    placed_at: Moment
    takeaway: bool = False
    pickup_at: Moment | None = None
    kept: Kept | None = None
    look: TicketLook | None = None
    """How the shop wants it, where it wants it otherwise."""


class TicketEvent(Wire):
    """Print this ticket. Does not expire."""

    v: Literal[1] = 1
    event_id: Id
    type: Literal["ticket.print"] = "ticket.print"
    shop_id: Id
    occurred_at: Moment
    trace_id: str
    data: Ticket


class Call(Wire):
    """Show and speak this number twice until `expires_at` (rule 26). Calling again: a new `call_id`, `count` + 1."""

    call_id: Id
    kind: Literal["pickup", "table", "queue"]
    label: str
    """What is shown and spelled out: `A012`, `8号桌`."""
    text: str
    """The sentence shown under it: `请到取餐口取餐`."""
    count: int = 1
    called_at: Moment
    expires_at: Moment


class CallEvent(Wire):
    """Call this number. Expires."""

    v: Literal[1] = 1
    event_id: Id
    type: Literal["call.show"] = "call.show"
    shop_id: Id
    occurred_at: Moment
    trace_id: str
    data: Call


class SlipEvent(Wire):
    """Print this receipt or bill at the counter. Does not expire."""

    v: Literal[1] = 1
    event_id: Id
    type: Literal["receipt.print"] = "receipt.print"
    shop_id: Id
    occurred_at: Moment
    trace_id: str
    data: Slip


class DrawerEvent(Wire):
    """Open the cash drawer. Expires."""

    v: Literal[1] = 1
    event_id: Id
    type: Literal["drawer.open"] = "drawer.open"
    shop_id: Id
    occurred_at: Moment
    trace_id: str
    data: Drawer


Event = Annotated[TicketEvent | CallEvent | SlipEvent | DrawerEvent, Field(discriminator="type")]


@dataclass(frozen=True)
class WrittenEvent:
    """An event that was written straight in its wire form, which is all that becomes of most: that is twice as quick.

    Every `text` fits `Event`, which the store PC and `syncBridge` read it by.
    """

    event_id: str
    text: str

    @classmethod
    def of(cls, wire: Mapping[str, object]) -> "WrittenEvent":
        """The event of these wire names and values."""
        return cls(str(wire["eventId"]), to_json(wire).decode())

    def wire_json(self) -> str:
        """The event as JSON text."""
        return self.text


Outgoing = TicketEvent | CallEvent | SlipEvent | DrawerEvent | WrittenEvent
"""An event that a command sets going, as a message or written already."""
