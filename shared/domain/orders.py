"""The life of an order and of its kitchen tickets, as pure moves (rule 7).

    pending → confirmed → cooking → ready → completed
       └──→ cancelled

A postpay order is born `confirmed`. A ticket waits, is started, is ready; the order follows its stations' tickets.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from shared.domain.pricing import PricedLine
from shared.domain.tickets import Kind
from shared.errors import NotFound, StateConflict

OrderState = Literal["pending", "confirmed", "cooking", "ready", "completed", "cancelled"]
TicketState = Literal["waiting", "started", "ready"]
Channel = Literal["table", "pickup"]
Step = Literal["start", "ready", "complete"]

_KITCHEN_STATES = ("confirmed", "cooking")
_STATE_NAMES: Mapping[str, str] = {
    "pending": "待付款",
    "confirmed": "已下单",
    "cooking": "制作中",
    "ready": "已出餐",
    "completed": "已完成",
    "cancelled": "已取消",
}


@dataclass(frozen=True)
class KitchenTicket:
    """How far a ticket of an order is. `ticket_id` is also the print job's id, `printed_at` the PC's report.

    What is on the paper left with the ticket's event; `item_ids` tell which items that was.
    """

    ticket_id: str
    station: str
    kind: Kind
    revision: int
    item_ids: tuple[str, ...]
    is_pass: bool
    state: TicketState = "waiting"
    printed_at: datetime | None = None


@dataclass(frozen=True)
class Order:
    """One round of one party, or one pick-up order, with its frozen quote. `version` grows with every move."""

    order_id: str
    order_no: str
    biz_date: str
    state: OrderState
    channel: Channel
    round: int
    guest_id: str
    sitting_id: str | None
    table_name: str | None
    pickup_no: str | None
    lines: tuple[PricedLine, ...]
    tickets: tuple[KitchenTicket, ...]
    gross_fen: int
    due_fen: int
    quote_hash: str
    note: str
    placed_at: datetime
    calls: int = 0
    version: int = 0

    def advance(self, step: Step, ticket_id: str | None) -> Order:
        """The order after a step: of one ticket, of every station's, or of the whole.

        A step taken before changes nothing.
        Raises NotFound for a ticket that is not the order's, StateConflict for a step that no longer fits.
        """
        if step == "complete":
            if self.state == "completed":
                return self
            self.require_ready()
            return replace(self, state="completed")
        if ticket_id is not None and ticket_id not in {ticket.ticket_id for ticket in self.tickets}:
            raise NotFound("没有找到这张单")
        if self.state == "ready" and step == "ready":
            return self
        if self.state not in _KITCHEN_STATES:
            raise StateConflict(f"订单{_STATE_NAMES[self.state]}，不能再改制作状态")
        tickets = tuple(
            replace(ticket, state=_advance(ticket, step)) if ticket_id in (None, ticket.ticket_id) else ticket
            for ticket in self.tickets
        )
        return replace(self, tickets=tickets, state=_follow(tickets))

    def call(self) -> Order:
        """The order called once more. Raises StateConflict before it is ready and after it was handed over."""
        self.require_ready()
        return replace(self, calls=self.calls + 1)

    def require_ready(self) -> None:
        """Raises StateConflict unless the order is ready: only then it is called or handed over."""
        if self.state != "ready":
            raise StateConflict(f"订单{_STATE_NAMES[self.state]}，出餐后才能叫号或取走")


def _advance(ticket: KitchenTicket, step: Step) -> TicketState:
    if step == "ready" or ticket.state == "ready":
        return "ready"
    return "started"


def _follow(tickets: tuple[KitchenTicket, ...]) -> OrderState:
    states = {ticket.state for ticket in tickets if not ticket.is_pass}
    if states == {"ready"}:
        return "ready"
    return "confirmed" if states == {"waiting"} else "cooking"
