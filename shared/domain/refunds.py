"""Money that goes back: how much of which lines, and what becomes of the order (rule 16).

    due → asked → done
      └─────┴───→ failed → done

A refund gives back a part of one payment, each leg the way it came. What has gone to a member's account, or over the
counter, is done at once; WeChat Pay is asked. Units of an order that is not handed over yet leave the kitchen with it;
of one that is, only the money changes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from shared.domain.bills import BEING_PAID
from shared.domain.money import in_yuan, split
from shared.domain.moves import emptied
from shared.domain.orders import RUNNING, Cancellation, Order, OrderLine, Removal
from shared.domain.payments import Leg
from shared.errors import NotPaid, RefundTooMuch, StateConflict

RefundState = Literal["due", "asked", "done", "failed"]
OPEN: tuple[RefundState, ...] = ("due", "asked")
LegState = Literal["due", "asked", "done", "failed", "lapsed"]
RefundKind = Literal["order", "late", "topUp"]


@dataclass(frozen=True)
class LineBack:
    """So many units of a line, and so much of its money."""

    order_id: str
    line_id: str
    quantity: int
    fen: int


@dataclass(frozen=True)
class LegBack:
    """What goes back by one leg; of points also how many. `lapsed` went with its account, `failed` is for people."""

    leg: Leg
    fen: int
    state: LegState
    points: int = 0


@dataclass(frozen=True)
class Refund:
    """A part of one payment on its way back, under one number in every try, of its own business day (rule 30).

    `order`: its lines were given back. `late`: nothing was sold for it. `topUp`: it was not spent. A line's quantity is
    told by one refund, however many payments paid it. `total_fen` is all that WeChat Pay took by the payment, and
    `ask_at` when it may be asked.
    """

    refund_no: str
    kind: RefundKind
    payment_id: str
    fen: int
    legs: tuple[LegBack, ...]
    reason: str
    by: str
    biz_date: str
    state: RefundState
    created_at: datetime
    lines: tuple[LineBack, ...] = ()
    mchid: str = ""
    total_fen: int = 0
    ask_at: datetime | None = None
    tries: int = 0
    done_at: datetime | None = None
    channel_date: str | None = None

    @property
    def wechat_fen(self) -> int:
        """What WeChat Pay is asked for."""
        return sum(leg.fen for leg in self.legs if leg.leg == "wechat")

    @property
    def stuck_legs(self) -> tuple[LegBack, ...]:
        """What people must hand over."""
        return tuple(leg for leg in self.legs if leg.state == "failed")


def by_units(order: Order, wanted: Mapping[str, int]) -> tuple[LineBack, ...]:
    """So many units of some lines, with their packing; with the last dish of a running order, its fees.

    Raises NotFound, NotPaid, RefundTooMuch, StateConflict while somebody is paying.
    """
    _require_settled(order)
    if order.state == "cancelled":
        raise StateConflict("订单已取消")
    for line_id, count in wanted.items():
        line = order.line(line_id)
        if count > line.refundable:
            raise RefundTooMuch(f"{line.name}只剩 {line.refundable} 份可退", {"left": line.refundable})
    counts = Counter(wanted)
    for line in order.lines:
        if line.belongs_to in wanted:
            together = min(wanted[line.belongs_to], line.refundable)
            counts[line.line_id] = max(counts[line.line_id], together)
    if order.state in RUNNING and not _dishes_without(order, counts):
        counts |= {line.line_id: line.refundable for line in order.lines if not line.is_dish and line.paid_fen}
    return tuple(_units(order, line, counts[line.line_id]) for line in order.lines if counts[line.line_id])


def by_amount(order: Order, fen: int) -> tuple[LineBack, ...]:
    """An amount, from all lines by what is left of what was paid. Raises NotPaid, RefundTooMuch, StateConflict."""
    _require_settled(order)
    lefts = [line.left_fen for line in order.lines]
    if not any(line.paid_fen for line in order.lines):
        raise NotPaid
    if fen > sum(lefts):
        raise RefundTooMuch(f"最多还能退 {in_yuan(sum(lefts))}", {"leftFen": sum(lefts)})
    parts = split(fen, lefts)
    backs = (LineBack(order.order_id, line.line_id, 0, part) for line, part in zip(order.lines, parts, strict=True))
    return tuple(back for back in backs if back.fen)


def whole(order: Order) -> tuple[LineBack, ...]:
    """All that is left. Raises NotPaid, RefundTooMuch when nothing is, StateConflict while somebody is paying."""
    _require_settled(order)
    if order.state == "cancelled":
        return by_amount(order, sum(line.left_fen for line in order.lines) or 1)
    backs = [_units(order, line, line.refundable) for line in order.lines if line.refundable or line.left_fen]
    if not backs:
        raise RefundTooMuch("这一单已经全部退款", {"leftFen": 0})
    return tuple(backs)


def given_back(order: Order, backs: Iterable[LineBack], *, by: str, at: datetime, reason: str) -> Order:
    """The order after it: what was not handed over yet is wanted no more, and without a dish it is cancelled."""
    gone = list(backs)
    is_running, is_over = order.state in RUNNING, order.state == "completed"
    lines = []
    for back in gone:
        line = order.line(back.line_id)
        lines.append(
            replace(
                line,
                voided=line.voided + (back.quantity if is_running else 0),
                kept=line.kept + (back.quantity if is_over else 0),
                refunded=line.refunded + back.quantity,
                refunded_fen=line.refunded_fen + back.fen,
            )
        )
    after = order.with_lines(lines)
    if not is_running:
        return after
    removals = tuple(Removal(back.line_id, back.quantity, by, at, reason) for back in gone if back.quantity)
    after = replace(after, removals=(*order.removals, *removals))
    if any(line.is_wanted for line in after.lines):
        return after
    return emptied(after, Cancellation(by, at, reason))


def is_all_back(order: Order) -> bool:
    """Whether nothing that was paid is left, nor to be paid: then coupons and places in campaigns are free again."""
    if any(line.left_fen or line.paid_fen < line.billed_fen for line in order.lines):
        return False
    return any(line.paid_fen for line in order.lines) or not any(line.refundable for line in order.lines)


def _require_settled(order: Order) -> None:
    """Raises NotPaid before it is paid, StateConflict while somebody is paying."""
    if any(line.claimed_fen > line.paid_fen for line in order.lines):
        raise StateConflict(BEING_PAID)
    if order.state == "pending" and any(line.paid_fen for line in order.lines):
        raise StateConflict("这一单已付款，正在等待成团；到时未成团会自动退款")
    if order.state == "pending":
        raise NotPaid


def _dishes_without(order: Order, counts: Mapping[str, int]) -> Sequence[OrderLine]:
    """The dishes that are still wanted without so many."""
    return [line for line in order.lines if line.is_dish and line.live_quantity > counts.get(line.line_id, 0)]


def _units(order: Order, line: OrderLine, count: int) -> LineBack:
    """⌊paid · k / n⌋ of all units given back, less what went back before; with the last, all that is left (rule 16)."""
    if line.paid_fen < line.billed_fen:
        raise NotPaid(f"{line.name}还没有付清，付清后才能退款")
    fen = line.paid_fen * (line.refunded + count) // line.billed_quantity - line.refunded_fen
    return LineBack(order.order_id, line.line_id, count, max(fen, 0))
