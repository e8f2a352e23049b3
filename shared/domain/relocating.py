"""Dishes that go elsewhere: with their party to another table, or from one party's bill to another's.

A dish is cooked from one paper, wherever it goes: no cooking ticket is printed again. A dish that goes to another
order leaves the first order's ticket and stands on one of the other's, as far as it was; a `move` ticket tells the
kitchen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from shared.domain.money import split
from shared.domain.orders import Cancellation, KitchenTicket, Order, OrderLine, papers
from shared.domain.pricing import Applied
from shared.domain.tickets import KitchenItem, TicketDraft, kitchen_items, relocations
from shared.errors import StateConflict


@dataclass(frozen=True)
class Destination:
    """The order that moved lines become: the next round of another sitting, made by a member of staff."""

    order_id: str
    order_no: str
    sitting_id: str
    table_name: str
    guests: int | None
    round: int
    by: str
    at: datetime


def relocated(order: Order) -> tuple[TicketDraft, ...]:
    """The tickets that tell where the order now goes: what is cooking at its station, what is unserved at the pass."""
    on = papers(order.tickets)
    cooking = [item for item in order.items if any(ticket.state != "ready" for ticket in on.get(item.item_id, ()))]
    served = {item.item_id for item in kitchen_items(line for line in order.lines if line.served)}
    unserved = [item for item in order.items if item.item_id not in served]
    if order.state == "completed":
        return ()
    return relocations(cooking, unserved, revision=order.next_revision)


def transfer(order: Order, counts: Mapping[str, int], to: Destination) -> tuple[Order, Order]:
    """The order without so many of some lines, and the order which these now are, at the price they were ordered for.

    A line's packing fee goes with it. Together both owe what the first one owed. Raises NotFound, StateConflict.
    """
    order.require("confirmed", "cooking", "ready", "completed")
    if order.payment == "prepay":
        raise StateConflict("订单已付款，不能转到另一桌")
    rests, moved = [], []
    for line, count in _with_packing(order, counts):
        rest, part = _parted(line, count)
        rests.append(rest)
        moved.append(part)
    order.require_unclaimed(rests)
    gone = {item.item_id for item in kitchen_items(rest for rest in rests if not rest.live_quantity)}
    left = replace(order.with_lines(rests), tickets=tuple(_without(ticket, gone) for ticket in order.tickets))
    return _settled(left, to), _order(order, tuple(moved), to)


def _with_packing(order: Order, counts: Mapping[str, int]) -> list[tuple[OrderLine, int]]:
    for line_id, count in counts.items():
        line = order.line(line_id)
        if not line.is_dish or count > line.live_quantity:
            raise StateConflict(f"{line.name}只剩 {line.live_quantity if line.is_dish else 0} 份可转")
    return [
        (line, counts[wanted])
        for line in order.lines
        if (wanted := line.line_id if line.is_dish else line.belongs_to) in counts
    ]


def _parted(line: OrderLine, count: int) -> tuple[OrderLine, OrderLine]:
    """What stays of a line and what goes, with exactly what the line no longer owes."""
    rest = replace(line, moved=line.moved + count)
    amount = line.live_amount_fen - rest.live_amount_fen
    cut = amount - (line.live_due_fen - rest.live_due_fen)
    parts = split(cut, [one.fen for one in line.cuts]) if line.cuts else ()
    cuts = tuple(one._replace(fen=fen) for one, fen in zip(line.cuts, parts, strict=True) if fen)
    claims = line.flash_claims[rest.live_quantity : line.live_quantity]
    part = replace(line, quantity=count, amount_fen=amount, cuts=cuts, voided=0, moved=0, flash_claims=claims)
    return rest, part


def _without(ticket: KitchenTicket, gone: set[str]) -> KitchenTicket:
    if not ticket.is_cooking or gone.isdisjoint(ticket.item_ids):
        return ticket
    return replace(ticket, item_ids=tuple(one for one in ticket.item_ids if one not in gone))


def _settled(left: Order, to: Destination) -> Order:
    """The state that follows: without a dish there is nothing to cook, and without anything owed no order."""
    if any(line.is_wanted for line in left.lines):
        return left.settled()
    if any(line.live_quantity for line in left.lines):
        return replace(left, state="completed")
    return replace(left, state="cancelled", cancelled=Cancellation(to.by, to.at, f"全部转到{to.table_name}"))


def _order(source: Order, lines: tuple[OrderLine, ...], to: Destination) -> Order:
    moved = replace(
        source,
        order_id=to.order_id,
        order_no=to.order_no,
        sitting_id=to.sitting_id,
        table_name=to.table_name,
        guests=to.guests,
        round=to.round,
        placed_by=to.by,
        state="completed" if source.state == "completed" else "confirmed",
        tickets=(),
        hold_id=None,
        removals=(),
        calls=0,
        version=0,
        lines=lines,
        offers=_offers(source, lines),
    )
    tickets = _as_far_as_they_were(source, moved.items, order_id=to.order_id)
    return replace(moved.with_lines(()), tickets=tickets).settled()


def _offers(source: Order, lines: tuple[OrderLine, ...]) -> tuple[Applied, ...]:
    """What each offer took off the moved lines."""
    fen = {
        (offer.layer, offer.offer_id): sum(
            cut.fen for line in lines for cut in line.cuts if (cut.layer, cut.offer_id) == (offer.layer, offer.offer_id)
        )
        for offer in source.offers
    }
    shares = (offer._replace(fen=fen[offer.layer, offer.offer_id]) for offer in source.offers)
    return tuple(offer for offer in shares if offer.fen)


def _as_far_as_they_were(source: Order, items: tuple[KitchenItem, ...], *, order_id: str) -> tuple[KitchenTicket, ...]:
    """The moved items' cooking tickets under the new order: one per ticket they stood on."""
    on = papers(source.tickets)
    groups: dict[str, list[KitchenItem]] = {}
    papers_by_id: dict[str, KitchenTicket] = {}
    for item in items:
        for ticket in on.get(item.item_id, ()):
            groups.setdefault(ticket.ticket_id, []).append(item)
            papers_by_id[ticket.ticket_id] = ticket
    return tuple(
        replace(
            papers_by_id[paper],
            ticket_id=f"{order_id}.{papers_by_id[paper].station}.add.1" + (f".{number}" if number > 1 else ""),
            kind="add",
            revision=1,
            item_ids=tuple(item.item_id for item in found),
        )
        for number, (paper, found) in enumerate(groups.items(), start=1)
    )
