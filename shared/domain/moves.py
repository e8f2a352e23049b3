"""How an order moves: it is paid, cooked, called, served, handed over, cancelled (rules 7, 8, 27).

Every function answers the order after the move and changes nothing else; a move made before changes nothing.
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace
from datetime import timedelta
from typing import Literal

from shared.domain.orders import (
    RUNNING,
    STATE_NAMES,
    Cancellation,
    KitchenTicket,
    Order,
    OrderLine,
    TicketState,
    tickets_of,
)
from shared.domain.tickets import TicketDraft, differences, ticket_id
from shared.errors import NotFound, StateConflict

Step = Literal["start", "ready", "serve", "complete"]
PAY_WITHIN = timedelta(minutes=15)
"""How long a prepay shop keeps an unpaid order and its stock (rule 8)."""


def told(
    before: Order | None, after: Order, stations: Container[str], *, per_dish: Container[str] = ()
) -> tuple[Order, tuple[TicketDraft, ...]]:
    """The order with the tickets that bring the kitchen from `before` to `after`, and those tickets (rule 27).

    A shop whose `stations` have no pass gets no pass ticket; stations in `per_dish` get a ticket for each dish.
    """
    fresh: Literal["new", "add"] = "new" if after.round == 1 else "add"
    known = before.items if before else ()
    drafts = differences(known, after.items, fresh=fresh, revision=after.next_revision, per_dish=per_dish)
    return with_tickets(after, drafts, stations)


def with_tickets(
    order: Order, drafts: tuple[TicketDraft, ...], stations: Container[str]
) -> tuple[Order, tuple[TicketDraft, ...]]:
    """The order with these tickets, in the state that follows, and those of them which the shop has a place for."""
    kept = tuple(draft for draft in drafts if not draft.is_pass or draft.station in stations)
    fresh = tuple([_ticket(order.order_id, draft) for draft in kept])
    return replace(order, tickets=(*order.tickets, *fresh)).settled(), kept


def confirm(order: Order) -> Order:
    """A paid order, which the kitchen may now know of. Raises StateConflict unless it is pending (rule 8)."""
    order.require("pending")
    return replace(order, state="confirmed", pay_by=None)


def wait(order: Order) -> Order:
    """A paid order that waits for the others of its group; it no longer expires by itself (rule 22)."""
    order.require("pending")
    return replace(order, pay_by=None)


def cancel(order: Order, cancellation: Cancellation, *, by_guest: bool) -> Order:
    """A cancelled order: nothing of it is wanted any more.

    A guest may until the kitchen starts, staff until it is handed over; not what is paid, which is refunded. An unpaid
    order may while somebody is paying: what then comes is returned. Raises StateConflict.
    """
    if by_guest and order.state in ("cooking", "ready"):
        raise StateConflict("厨房已经开始制作，如需取消请联系服务员")
    order.require("pending", *RUNNING)
    if order.state == "pending" and any(line.paid_fen for line in order.lines):
        raise StateConflict("已付款，正在等待成团；到时未成团会自动退款")
    if order.state != "pending":
        order.require_unclaimed(line for line in order.lines if line.live_quantity)
    return emptied(order, cancellation)


def emptied(order: Order, cancellation: Cancellation) -> Order:
    """The order cancelled: nothing of it is wanted any more."""
    gone = order.with_lines(replace(line, voided=line.quantity - line.moved) for line in order.lines)
    return replace(gone, state="cancelled", pay_by=None, cancelled=cancellation)


def call(order: Order) -> Order:
    """The order called once more. Raises StateConflict before it is ready and after it was handed over."""
    order.require_ready()
    return replace(order, calls=order.calls + 1)


def advance(order: Order, step: Step, *, ticket_id: str | None = None, line_id: str | None = None) -> Order:
    """The order after a step: of one ticket, of one line (`serve`), or of the whole.

    Raises NotFound for a ticket or line that is not the order's, StateConflict for a step that no longer fits.
    """
    if ticket_id is not None and ticket_id not in {ticket.ticket_id for ticket in order.tickets}:
        raise NotFound("没有找到这张单")
    if step == "complete":
        return _completed(order)
    if step == "serve":
        return _served(order, ticket_id=ticket_id, line_id=line_id)
    return _cooked(order, step, ticket_id)


def _completed(order: Order) -> Order:
    if order.state == "completed":
        return order
    order.require_ready()
    return replace(order, state="completed")


def _cooked(order: Order, step: Literal["start", "ready"], ticket_id: str | None) -> Order:
    if order.state == "ready" and step == "ready":
        return order
    if order.state not in ("confirmed", "cooking"):
        raise StateConflict(f"订单{STATE_NAMES[order.state]}，不能再改制作状态")
    tickets = tuple(
        replace(ticket, state=_further(ticket, step)) if ticket_id in (None, ticket.ticket_id) else ticket
        for ticket in order.tickets
    )
    return replace(order, tickets=tickets).settled()


def _further(ticket: KitchenTicket, step: Literal["start", "ready"]) -> TicketState:
    return "ready" if step == "ready" or ticket.state == "ready" else "started"


def _served(order: Order, *, ticket_id: str | None, line_id: str | None) -> Order:
    """What is on the table is cooked: a ticket of which every line is served is ready, one of which some are started.

    A ticket serves the lines on it, but a combo only with the last of its tickets.
    """
    if order.state not in RUNNING:
        raise StateConflict(f"订单{STATE_NAMES[order.state]}，不能再划菜")
    if ticket_id is not None:
        order = _with_state(order, {ticket_id}, "ready")
    lines = [replace(line, served=True) for line in _lines_to_serve(order, ticket_id=ticket_id, line_id=line_id)]
    return _with_cooked(order.with_lines(lines)).settled()


def _lines_to_serve(order: Order, *, ticket_id: str | None, line_id: str | None) -> list[OrderLine]:
    if line_id is not None:
        line = order.line(line_id)
        if not line.is_wanted or line.is_held:
            raise StateConflict(f"{line.name}还没有起菜" if line.is_wanted else f"{line.name}已经退了")
        return [line]
    there = [line for line in order.lines if line.is_wanted and not line.is_held]
    if ticket_id is None:
        return there
    found = {line.line_id: tickets_of(order, line.line_id) for line in there}
    return [
        line
        for line in there
        if ticket_id in {t.ticket_id for t in found[line.line_id]}
        and all(t.state == "ready" for t in found[line.line_id])
    ]


def _with_cooked(order: Order) -> Order:
    """The tickets' states as the served lines tell them."""
    open_lines: dict[str, int] = {}
    served: set[str] = set()
    for line in order.lines:
        for ticket in tickets_of(order, line.line_id):
            open_lines[ticket.ticket_id] = open_lines.get(ticket.ticket_id, 0) + (not line.served)
            if line.served:
                served.add(ticket.ticket_id)
    done = {ticket_id for ticket_id in served if not open_lines[ticket_id]}
    begun = {t.ticket_id for t in order.tickets if t.ticket_id in served - done and t.state == "waiting"}
    return _with_state(_with_state(order, done, "ready"), begun, "started")


def _with_state(order: Order, ticket_ids: Container[str], state: TicketState) -> Order:
    tickets = (replace(t, state=state) if t.ticket_id in ticket_ids else t for t in order.tickets)
    return replace(order, tickets=tuple(tickets))


def _ticket(order_id: str, draft: TicketDraft) -> KitchenTicket:
    return KitchenTicket(
        ticket_id=ticket_id(order_id, draft),
        station=draft.station,
        kind=draft.kind,
        revision=draft.revision,
        item_ids=tuple(one.item.item_id for one in draft.items),
        is_pass=draft.is_pass,
    )
