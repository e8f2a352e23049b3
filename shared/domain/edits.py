"""What guests and waiters change about a running order: void, change, rush, fire (rules 7, 13, 16, 27).

Every function answers the order after the edit; which tickets the kitchen gets is the difference of both.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from shared.domain.money import round_half_up, split
from shared.domain.moves import emptied
from shared.domain.orders import RUNNING, Cancellation, Order, OrderLine, Removal, has_started, tickets_of
from shared.domain.pricing import PricedLine
from shared.domain.tickets import TicketDraft, kitchen_items, rushes
from shared.errors import InvalidArgument, NotFound, RushedAlready, StateConflict

RUSH_EVERY = timedelta(minutes=5)


def void(order: Order, line_id: str, quantity: int | None, *, by: str, at: datetime, reason: str) -> Order:
    """The order without some units of a line, and of its packing, or all that are left; without a dish, cancelled.

    Raises NotFound, StateConflict (also for a line that is paid), and InvalidArgument without a reason once the kitchen
    has begun with the line.
    """
    line = _open_line(order, line_id)
    count = line.live_quantity if quantity is None else quantity
    if count > line.live_quantity:
        raise StateConflict(f"{line.name}只剩 {line.live_quantity} 份可退")
    if not reason and has_started(order, line_id):
        raise InvalidArgument(
            f"厨房已开始做{line.name}，请填写退菜原因",
            {"fields": [{"field": "edit.reason", "message": "厨房已开始制作，请填写退菜原因"}]},
        )
    packing = [one for one in order.lines if one.belongs_to == line_id]
    order.require_unclaimed((line, *packing))
    after = order.with_lines(replace(one, voided=one.voided + count) for one in (line, *packing))
    after = replace(after, removals=(*order.removals, Removal(line_id, count, by, at, reason)))
    if any(one.is_wanted for one in after.lines):
        return after
    order.require_unclaimed(one for one in after.lines if one.live_quantity)
    return emptied(after, Cancellation(by, at, reason or "全部退菜"))


def change(order: Order, line_id: str, *, priced: PricedLine | None, note: str | None) -> Order:
    """The order with another note, or other choices, on a line that is not cooked yet.

    A paid order keeps its price: choices that change it raise StateConflict, as does a line that is ready or served.
    """
    line = _open_line(order, line_id)
    if not line.is_dish:
        raise StateConflict(f"{line.name}不能改，可以退")
    if line.served or any(ticket.state == "ready" for ticket in tickets_of(order, line_id)):
        raise StateConflict(f"{line.name}已经出餐，不能再改")
    after = line if priced is None else repriced(line, priced)
    if order.payment == "prepay" and after.live_due_fen != line.live_due_fen:
        raise StateConflict("订单已付款，改动会影响价格，请退掉这道菜再重新下单")
    if after.live_due_fen != line.live_due_fen:
        order.require_unclaimed((line,))
    return order.with_lines([after if note is None else replace(after, note=note)])


def repriced(line: OrderLine, priced: PricedLine) -> OrderLine:
    """The line with other choices at their unit price, under the cuts it has.

    What was cut is scaled with the price, never up: a cut does not grow by an edit, and never exceeds the price. The
    dishes it had already keep the stock they took.
    """
    amount = priced.unit_fen * line.quantity
    cut = min(line.cut_fen, round_half_up(line.cut_fen * amount, line.amount_fen)) if line.amount_fen else 0
    parts = split(cut, [one.fen for one in line.cuts]) if line.cuts else ()
    had = {line.dish_id, *(chosen.dish_id for chosen in line.combo)}
    chosen = (line.dish_id, *(one.dish_id for one in priced.combo))
    return replace(
        line,
        name=priced.name,
        station=priced.station,
        unit_fen=priced.unit_fen,
        amount_fen=amount,
        specs=priced.specs,
        modifiers=priced.modifiers,
        combo=priced.combo,
        price_rule=priced.price_rule,
        was_fen=priced.was_fen,
        cuts=tuple(one._replace(fen=part) for one, part in zip(line.cuts, parts, strict=True)),
        limited=tuple(one for one in chosen if one in (line.limited if one in had else priced.limited)),
    )


def rush(order: Order, line_ids: Sequence[str], *, at: datetime) -> tuple[Order, tuple[TicketDraft, ...]]:
    """The order with lines rushed, and the tickets that say so; without line ids, every line that may be rushed.

    Only what is fired and not served is rushed, and a line once in five minutes. Raises NotFound, StateConflict,
    RushedAlready (naming each line with when it may be rushed again).
    """
    order.require(*RUNNING)
    named = [order.line(line_id) for line_id in dict.fromkeys(line_ids)]
    lines = [line for line in named or order.lines if line.is_wanted and not line.is_held and not line.served]
    if not lines or len(lines) < len(named):
        raise StateConflict("只能催已起菜、还没上桌的菜")
    early = [line for line in lines if line.rushed_at is not None and at < line.rushed_at + RUSH_EVERY]
    if early and (named or len(early) == len(lines)):
        raise _rushed_already(early)
    hurried = [replace(line, rushed_at=at) for line in lines if line not in early]
    items = kitchen_items(replace(line, quantity=line.live_quantity) for line in hurried)
    return order.with_lines(hurried), rushes(items, revision=order.next_revision)


def fire(order: Order, course: int) -> Order:
    """The order with a held course fired. Raises NotFound for a course it has not, StateConflict if it was fired."""
    order.require(*RUNNING)
    lines = [line for line in order.lines if line.course == course and line.is_wanted]
    if not lines or course == 0:
        raise NotFound("订单里没有这一道次的菜")
    held = [replace(line, fired=True) for line in lines if line.is_held]
    if not held:
        raise StateConflict("这一道次已经起菜")
    return order.with_lines(held)


def stock_moved(before: Order, after: Order) -> dict[str, int]:
    """How many of each dish come back to the day's stock by a move, negative for those it takes (rule 13).

    What a cook has begun with does not come back.
    """
    moved: Counter[str] = Counter()
    for old, new in zip(before.lines, after.lines, strict=True):
        taken = Counter({dish_id: n * new.live_quantity for dish_id, n in Counter(new.limited).items()})
        given = Counter({dish_id: n * old.live_quantity for dish_id, n in Counter(old.limited).items()})
        begun = has_started(before, old.line_id)
        for dish_id in taken | given:
            difference = given[dish_id] - taken[dish_id]
            moved[dish_id] += min(difference, 0) if begun else difference
    return {dish_id: count for dish_id, count in moved.items() if count}


def _open_line(order: Order, line_id: str) -> OrderLine:
    order.require(*RUNNING)
    line = order.line(line_id)
    if not line.live_quantity:
        raise StateConflict(f"{line.name}已经退了")
    return line


def _rushed_already(early: Sequence[OrderLine]) -> RushedAlready:
    again = {line.line_id: line.rushed_at + RUSH_EVERY for line in early if line.rushed_at}
    told = "、".join(line.name for line in early)
    details = [
        {"lineId": line.line_id, "name": line.name, "againAt": again[line.line_id].isoformat()} for line in early
    ]
    return RushedAlready(f"{told}已催过，厨房正在加紧，请稍后再催", {"lines": details})
