"""A bill: what of some orders is owed, being paid, and paid, line by line; and which part of it somebody pays (rule 8).

A line's `claimed_fen` is paid or being paid, its `paid_fen` is paid: 0 ≤ paid ≤ claimed ≤ billed, always. A payment
claims its shares of lines before any money moves, so no two payments ever take the same fen. What goes back later opens
nothing: what was paid stays paid, and the units that were given back stay on the bill.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from typing_extensions import assert_never

from shared.domain.money import split
from shared.domain.orders import Order, OrderLine
from shared.errors import NotFound, StateConflict

BEING_PAID = "有人正在付这一部分，请稍等，或选择其他部分"
SETTLED = "这一部分已经付清"


@dataclass(frozen=True)
class Share:
    """So much of one line."""

    order_id: str
    line_id: str
    fen: int


@dataclass(frozen=True)
class Whole:
    """All that nobody has paid or is paying."""


@dataclass(frozen=True)
class OfLines:
    """These lines, each as (order id, line id), with their packing."""

    lines: Collection[tuple[str, str]]


@dataclass(frozen=True)
class OfGuests:
    """What these guests chose, with its packing; what nobody chose, as seat fees, is nobody's part."""

    openids: Collection[str]


@dataclass(frozen=True)
class Evenly:
    """The `share`-th of `of` equal parts of the whole bill, as far as so much is still open."""

    of: int
    share: int


Part = Whole | OfLines | OfGuests | Evenly


def owed_fen(orders: Iterable[Order]) -> int:
    """What the orders cost."""
    return sum(order.due_fen for order in orders)


def paid_fen(orders: Iterable[Order]) -> int:
    """What is paid, gross."""
    return sum(line.paid_fen for order in orders for line in order.lines)


def refunded_fen(orders: Iterable[Order]) -> int:
    """What of that went back."""
    return sum(line.refunded_fen for order in orders for line in order.lines)


def open_fen(orders: Iterable[Order]) -> int:
    """What of it nobody has paid or is paying."""
    return sum(_open(line) for order in orders for line in order.lines)


def is_paid(orders: Iterable[Order]) -> bool:
    """Whether every line is paid."""
    return all(line.paid_fen == line.billed_fen for order in orders for line in order.lines)


def shares_of(orders: Sequence[Order], part: Part) -> tuple[Share, ...]:
    """What a part of the bill takes of which lines; nothing of a bill that costs nothing.

    Raises NotFound for lines that are not on the bill, StateConflict when the part is paid or being paid.
    """
    chosen = list(_chosen(orders, part))
    if not chosen:
        raise NotFound("账单里没有这一部分")
    rests = [_open(line) for _, line in chosen]
    if isinstance(part, Evenly):
        amount = min(split(owed_fen(orders), (1,) * part.of)[part.share - 1], sum(rests))
        rests = list(split(amount, rests)) if amount else [0] * len(rests)
    taken = [Share(order.order_id, line.line_id, fen) for (order, line), fen in zip(chosen, rests, strict=True) if fen]
    if not taken and any(line.billed_fen for _, line in chosen):
        paying = any(line.claimed_fen > line.paid_fen for _, line in chosen)
        raise StateConflict(BEING_PAID if paying else SETTLED)
    return tuple(taken)


def claim(order: Order, shares: Iterable[Share]) -> Order:
    """The order with these shares being paid."""
    return _moved(order, shares, claimed=1)


def release(order: Order, shares: Iterable[Share]) -> Order:
    """The order with these shares no longer being paid."""
    return _moved(order, shares, claimed=-1)


def pay(order: Order, shares: Iterable[Share]) -> Order:
    """The order with these shares, which were being paid, now paid."""
    return _moved(order, shares, paid=1)


def _moved(order: Order, shares: Iterable[Share], *, claimed: int = 0, paid: int = 0) -> Order:
    fen: Counter[str] = Counter()
    for share in shares:
        if share.order_id == order.order_id:
            fen[share.line_id] += share.fen
    return order.with_lines(
        replace(
            line,
            claimed_fen=line.claimed_fen + claimed * fen[line.line_id],
            paid_fen=line.paid_fen + paid * fen[line.line_id],
        )
        for line in order.lines
        if line.line_id in fen
    )


def _chosen(orders: Sequence[Order], part: Part) -> Iterator[tuple[Order, OrderLine]]:
    """The lines that a part is about."""
    if isinstance(part, OfLines):
        for order_id, line_id in part.lines:
            if not any(order.order_id == order_id and _has(order, line_id) for order in orders):
                raise NotFound("账单里没有这一道")
    for order in orders:
        for line in order.lines:
            if _is_of(order, line, part):
                yield order, line


def _is_of(order: Order, line: OrderLine, part: Part) -> bool:
    if isinstance(part, Whole | Evenly):
        return True
    dish = order.line(line.belongs_to) if line.belongs_to else line
    if isinstance(part, OfLines):
        return (order.order_id, line.line_id) in part.lines or (order.order_id, dish.line_id) in part.lines
    if isinstance(part, OfGuests):
        return line.kind != "seat" and (dish.guest_id or order.guest_id) in part.openids
    assert_never(part)


def _has(order: Order, line_id: str) -> bool:
    return any(line.line_id == line_id for line in order.lines)


def _open(line: OrderLine) -> int:
    return line.billed_fen - line.claimed_fen
