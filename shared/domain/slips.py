"""What a guest's paper says of some orders: their lines put together, what came off, and what is owed (rule 4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from shared.domain.loyalty import Stored
from shared.domain.money import in_yuan, refund_share, split
from shared.domain.orders import Order, OrderLine
from shared.domain.payments import Payment

ROOM_BYTES = 10_000
"""For the lines, so that the message stays under its limit; what a table can eat in an evening takes a third."""
_LINE_BYTES = 60
_NAME_LIMIT, _DETAILS_LIMIT = 60, 120


@dataclass(frozen=True)
class Charge:
    """Lines of one name, kind and price as one; a `quantity` of None stands for lines that found no room."""

    name: str
    quantity: int | None
    fen: int
    details: tuple[str, ...] = ()


@dataclass(frozen=True)
class Account:
    """The lines sum to `gross_fen`, less the cuts to `due_fen`."""

    charges: tuple[Charge, ...]
    cuts: tuple[tuple[str, int], ...]
    gross_fen: int
    due_fen: int


def account_of(orders: Sequence[Order], only: Collection[tuple[str, str]] | None = None) -> Account:
    """What the orders, or these lines of them (order id, line id), cost; refunds do not change it."""
    chosen = [
        (order, line)
        for order in orders
        for line in order.lines
        if line.billed_quantity and (only is None or (order.order_id, line.line_id) in only)
    ]
    gross = sum(_amount_fen(line) for _, line in chosen)
    due = sum(line.billed_fen for _, line in chosen)
    return Account(_fitting(_together(line for _, line in chosen)), _cuts(chosen), gross, due)


def account_of_top_up(amount_fen: int, top_up: Stored) -> Account:
    """What went into a member's account, for the money that was paid."""
    details = (f"本金 {in_yuan(top_up.principal_fen)}", f"赠送 {in_yuan(top_up.bonus_fen)}")
    return Account((Charge("储值充值", 1, amount_fen, details),), (), amount_fen, amount_fen)


def refunded_fen(payment: Payment) -> int:
    """What of a payment went back, or is on its way."""
    given_back = payment.given_back.principal_fen if payment.given_back else 0
    return given_back + sum(sum(line.refunded.values()) for line in payment.split)


def paid_lines(payment: Payment, orders: Sequence[Order]) -> frozenset[tuple[str, str]]:
    """The lines that a payment is about; with all that cost something also those that cost nothing."""
    paid = {(share.order_id, share.line_id) for share in payment.split}
    rest = [
        (order.order_id, line.line_id, line.billed_fen)
        for order in orders
        for line in order.lines
        if (order.order_id, line.line_id) not in paid
    ]
    if any(due for _, _, due in rest):
        return frozenset(paid)
    return frozenset(paid | {(order_id, line_id) for order_id, line_id, _ in rest})


def _together(lines: Iterable[OrderLine]) -> list[Charge]:
    """What a reader takes for the same stands once, where it came first."""
    found: dict[tuple[object, ...], Charge] = {}
    for line in lines:
        details = (*line.specs, *line.modifiers, *(chosen.name for chosen in line.combo))
        key = (line.name, details, line.unit_fen, line.kind)
        known = found.get(key, Charge(line.name[:_NAME_LIMIT], 0, 0, _short(details)))
        quantity = (known.quantity or 0) + line.billed_quantity
        found[key] = replace(known, quantity=quantity, fen=known.fen + _amount_fen(line))
    return list(found.values())


def _amount_fen(line: OrderLine) -> int:
    """The price before cuts of what the bill has of a line."""
    return line.amount_fen - refund_share(line.amount_fen, units=line.quantity - line.billed_quantity, of=line.quantity)


def _short(details: Sequence[str]) -> tuple[str, ...]:
    kept, room = list[str](), _DETAILS_LIMIT
    for detail in details:
        room -= len(detail)
        if room < 0:
            return (*kept, "…")
        kept.append(detail)
    return tuple(kept)


def _fitting(charges: Sequence[Charge]) -> tuple[Charge, ...]:
    """As many as there is room for, and the others as one."""
    room = ROOM_BYTES
    for place, charge in enumerate(charges):
        room -= _LINE_BYTES + len("".join((charge.name, *charge.details)).encode()) + 3 * len(charge.details)
        if room < 0:
            others = charges[place:]
            rest = Charge(f"其余 {len(others)} 项", None, sum(other.fen for other in others))
            return (*charges[:place], rest)
    return tuple(charges)


def _cuts(chosen: Sequence[tuple[Order, OrderLine]]) -> tuple[tuple[str, int], ...]:
    """What each offer took off the lines, in the order of the layers; together, gross less due."""
    fen: Counter[str] = Counter()
    for order, line in chosen:
        names = {offer.offer_id: offer.name for offer in order.offers}
        off = _amount_fen(line) - line.billed_fen
        if line.cuts:
            for cut, part in zip(line.cuts, split(off, [one.fen for one in line.cuts]), strict=True):
                fen[names.get(cut.offer_id, "优惠")[:_NAME_LIMIT]] += part
    return tuple((name, cut) for name, cut in fen.items() if cut)
