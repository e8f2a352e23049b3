"""An order as it is: its lines, its kitchen tickets, and the state that follows from both (rules 7, 16, 27).

    pending → confirmed → cooking → ready → completed
       └──────────┴──────────┴────────┴→ cancelled

A postpay order is born `confirmed`. How it moves stands in `moves` (the kitchen's and the cashier's steps) and `edits`
(what guests and waiters change about a running order).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Literal

from shared.domain.money import refund_share
from shared.domain.pricing import Applied, PricedLine
from shared.domain.tickets import Kind, KitchenItem, kitchen_items
from shared.errors import NotFound, StateConflict

OrderState = Literal["pending", "confirmed", "cooking", "ready", "completed", "cancelled"]
TicketState = Literal["waiting", "started", "ready"]
Channel = Literal["table", "pickup"]
Payment = Literal["postpay", "prepay"]

STATE_NAMES: Mapping[str, str] = {
    "pending": "待付款",
    "confirmed": "已下单",
    "cooking": "制作中",
    "ready": "已出餐",
    "completed": "已完成",
    "cancelled": "已取消",
}
RUNNING: Collection[OrderState] = ("confirmed", "cooking", "ready")
"""The kitchen knows the order, and it is not handed over yet."""


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

    @property
    def is_cooking(self) -> bool:
        """Whether a station cooks by it; a change, a void, a rush are notices, and the pass only watches."""
        return self.kind in ("new", "add") and not self.is_pass


@dataclass(frozen=True)
class OrderLine(PricedLine):
    """A stored line and its life: how many of `quantity` were voided or moved, whether it was fired, served, rushed.

    The price stays what it was quoted; what is still owed follows from `gone` by the cumulative formula (rule 16).
    Of that `paid_fen` is paid, and `claimed_fen` is paid or being paid. Of `refunded` units the money went back, `kept`
    of them stay with the guest; `refunded_fen` went back in all. At a flash price each unit has a claim.
    """

    voided: int = 0
    moved: int = 0
    fired: bool = False
    served: bool = False
    rushed_at: datetime | None = None
    claimed_fen: int = 0
    paid_fen: int = 0
    refunded: int = 0
    kept: int = 0
    refunded_fen: int = 0
    flash_claims: tuple[str, ...] = ()

    @classmethod
    def of(cls, line: PricedLine, flash_claims: tuple[str, ...] = ()) -> OrderLine:
        """The line as it is ordered."""
        made = object.__new__(cls)
        # As in pricing: a frozen dataclass's own constructor calls a function for each field.
        vars(made).update(
            vars(line), voided=0, moved=0, fired=False, served=False, rushed_at=None, claimed_fen=0, paid_fen=0
        )
        if flash_claims:
            vars(made)["flash_claims"] = flash_claims
        return made

    @property
    def gone(self) -> int:
        """How many were voided, or moved to another order."""
        return self.voided + self.moved

    @property
    def live_quantity(self) -> int:
        """How many are still wanted."""
        return self.quantity - self.gone

    @property
    def live_amount_fen(self) -> int:
        """The price of what is still wanted, before cuts."""
        return self.amount_fen - refund_share(self.amount_fen, units=self.gone, of=self.quantity)

    @property
    def live_due_fen(self) -> int:
        """What is owed for what is still wanted: due − ⌊due · gone / quantity⌋."""
        return self.due_fen - refund_share(self.due_fen, units=self.gone, of=self.quantity)

    @property
    def billed_quantity(self) -> int:
        """How many the bill has: those still wanted, and those whose money went back."""
        return self.live_quantity + self.refunded - self.kept

    @property
    def billed_fen(self) -> int:
        """What the bill asks for the line; refunds do not change it: 0 ≤ refunded ≤ paid ≤ claimed ≤ billed."""
        return self.due_fen - refund_share(self.due_fen, units=self.quantity - self.billed_quantity, of=self.quantity)

    @property
    def refundable(self) -> int:
        """Of how many units the money did not go back."""
        return self.live_quantity - self.kept

    @property
    def left_fen(self) -> int:
        """What is paid and did not go back."""
        return self.paid_fen - self.refunded_fen

    @property
    def is_held(self) -> bool:
        """Whether the kitchen waits for this line's course to be fired."""
        return self.course != 0 and not self.fired

    @property
    def is_dish(self) -> bool:
        """Whether a kitchen makes it: a fee has no station."""
        return self.kind == "dish"

    @property
    def is_wanted(self) -> bool:
        """Whether it is a dish of which at least one is still wanted."""
        return self.is_dish and self.live_quantity > 0


@dataclass(frozen=True)
class Cancellation:
    """Who cancelled an order, when and why; `by` is an openid, a staff id, or `sweep`."""

    by: str
    at: datetime
    reason: str


@dataclass(frozen=True)
class Removal:
    """Units of a line that were voided: how many, by whom, when and why."""

    line_id: str
    quantity: int
    by: str
    at: datetime
    reason: str


@dataclass(frozen=True)
class Order:
    """One round of one party, or one pick-up order, with its frozen quote. `version` grows with every move.

    `gross_fen` and `due_fen` are always the sums of what is still wanted.
    """

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
    lines: tuple[OrderLine, ...]
    tickets: tuple[KitchenTicket, ...]
    gross_fen: int
    due_fen: int
    quote_hash: str
    note: str
    placed_at: datetime
    calls: int = 0
    version: int = 0
    payment: Payment = "postpay"
    placed_by: str = ""
    """The staff member who ordered for the guests, if one did."""
    guests: int | None = None
    """How many sat at the table."""
    hold_id: str | None = None
    """The name of the hold that took its stock."""
    pay_by: datetime | None = None
    """When an order still `pending` is cancelled."""
    cancelled: Cancellation | None = None
    removals: tuple[Removal, ...] = ()
    takeaway: bool = False
    pickup_at: datetime | None = None
    """The slot in which a pick-up order is fetched, if it has one."""
    offers: tuple[Applied, ...] = ()
    """What came off it as it was ordered, offer by offer; each line's cuts are its share."""
    group_id: str | None = None
    """The group whose seat it has: paid, it waits for the others before the kitchen cooks it (rule 22)."""

    def line(self, line_id: str) -> OrderLine:
        """One of its lines. Raises NotFound."""
        found = next((line for line in self.lines if line.line_id == line_id), None)
        if found is None:
            raise NotFound("订单里没有这一道")
        return found

    @cached_property
    def items(self) -> tuple[KitchenItem, ...]:
        """What the kitchen should cook: nothing before it is confirmed, of a cancelled order, or of a held course."""
        if self.state in ("pending", "cancelled"):
            return ()
        cooked = [line for line in self.lines if line.is_wanted and not line.is_held]
        return kitchen_items(replace(line, quantity=line.live_quantity) if line.gone else line for line in cooked)

    @property
    def next_revision(self) -> int:
        """What the tickets of the next change carry."""
        return max((ticket.revision for ticket in self.tickets), default=0) + 1

    def with_lines(self, changed: Iterable[OrderLine]) -> Order:
        """The order with some of its lines changed, and its sums with them."""
        by_id = {line.line_id: line for line in changed}
        lines = tuple(by_id.get(line.line_id, line) for line in self.lines)
        gross = sum(line.live_amount_fen for line in lines)
        return replace(self, lines=lines, gross_fen=gross, due_fen=sum(line.live_due_fen for line in lines))

    def settled(self) -> Order:
        """The order in the state its lines and tickets put it: it follows its cooking tickets, and never goes back.

        A held course keeps it from being ready.
        """
        state = _follow(self) if self.state in RUNNING else self.state
        return self if state == self.state else replace(self, state=state)

    def require(self, *states: OrderState) -> None:
        """Raises StateConflict unless the order is in one of the states."""
        if self.state not in states:
            raise StateConflict(f"订单{STATE_NAMES[self.state]}，请刷新后再看")

    def require_unclaimed(self, lines: Iterable[OrderLine]) -> None:
        """Raises StateConflict when one of these lines is paid or being paid: then its price stands."""
        claimed = [line.name for line in lines if line.claimed_fen]
        if claimed:
            raise StateConflict(f"{'、'.join(claimed)}已付款或正在付款，不能再改账单，请按退款处理")

    def require_ready(self) -> None:
        """Raises StateConflict unless the order is ready: only then it is called or handed over."""
        if self.state != "ready":
            raise StateConflict(f"订单{STATE_NAMES[self.state]}，出餐后才能叫号或取走")


def papers(tickets: Sequence[KitchenTicket]) -> dict[str, list[KitchenTicket]]:
    """The cooking tickets each item stands on, read in turn as a cook does: a void takes it off its station's."""
    on: dict[str, list[KitchenTicket]] = {}
    for ticket in sorted(tickets, key=lambda one: (one.revision, one.kind != "void")):
        for item_id in ticket.item_ids:
            if ticket.is_cooking:
                on.setdefault(item_id, []).append(ticket)
            elif ticket.kind == "void" and not ticket.is_pass:
                on[item_id] = [held for held in on.get(item_id, ()) if held.station != ticket.station]
    return on


def tickets_of(order: Order, line_id: str) -> tuple[KitchenTicket, ...]:
    """The cooking tickets on which what is still wanted of a line stands."""
    on = papers(order.tickets)
    mine = {item.item_id for item in kitchen_items((order.line(line_id),))}
    return tuple(ticket for item in order.items if item.item_id in mine for ticket in on.get(item.item_id, ()))


def has_started(order: Order, line_id: str) -> bool:
    """Whether a cook has begun with a line, or it is served already."""
    return order.line(line_id).served or any(t.state != "waiting" for t in tickets_of(order, line_id))


def misplaced(order: Order) -> dict[str, int]:
    """Items that do not stand on exactly one cooking ticket of their station, with the number they stand on; and
    items on a ticket that nobody wants any more. Empty in every order, always."""
    on = papers(order.tickets)
    wanted = {item.item_id: item.station for item in order.items}
    found = {i: sum(ticket.station == station for ticket in on.get(i, ())) for i, station in wanted.items()}
    wrong = {i: count for i, count in found.items() if (count, len(on.get(i, ()))) != (1, 1)}
    return wrong | {i: len(held) for i, held in on.items() if held and i not in wanted}


def _follow(order: Order) -> OrderState:
    if not any(line.is_wanted for line in order.lines):
        return "cancelled"
    if order.state == "confirmed" and all(ticket.state == "waiting" for ticket in order.tickets):
        return "confirmed"
    on = papers(order.tickets)
    states = {ticket.state for item in order.items for ticket in on.get(item.item_id, ())}
    if states <= {"ready"} and not any(line.is_held for line in order.lines if line.is_wanted):
        return "ready"
    return "confirmed" if order.state == "confirmed" and states <= {"waiting"} else "cooking"
