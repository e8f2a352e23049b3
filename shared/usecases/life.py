"""What becomes of an order after it was placed: it is paid or expires, is changed, rushed, fired, cancelled."""

from __future__ import annotations

from collections.abc import Sequence

from shared.access.caller import Role
from shared.contracts.events import Outgoing
from shared.contracts.life import CancelOrder, ChangeLine, EditOrder, FireCourse, LineChoices, RushLines, VoidLine
from shared.contracts.ordering import OrderReply
from shared.domain import edits, moves
from shared.domain.flash import freed
from shared.domain.orders import Cancellation, Order, has_started
from shared.domain.pricing import PricedLine, WantedLine
from shared.errors import InvalidArgument, NotFound, PermissionDenied, StateConflict
from shared.store import coupons, flash, groups, orders, pickup_slots, restock, sittings, stock
from shared.store.scope import Shop
from shared.store.work import Outcome, Work
from shared.usecases.flash_use import special_of
from shared.usecases.quoting import priced
from shared.usecases.telling import Kitchen
from shared.usecases.views import order_view

MAY_CHANGE: frozenset[Role] = frozenset({"owner", "manager", "cashier", "waiter"})
"""Who changes and voids what was ordered; the guests of the table may rush and fire."""


def cancel_order(command: CancelOrder, work: Work) -> OrderReply:
    """Cancel a whole order: void tickets for what the kitchen has, stock back for what it has not begun (rules 7, 13).

    Raises NotFound for another guest's order, InvalidArgument for staff without a reason, StateConflict.
    """
    kitchen, caller = Kitchen.of(work), work.caller
    seen = orders.get(work.shop, command.order_id)
    by_guest = not caller.is_staff
    if by_guest and seen.guest_id != caller.id:
        raise NotFound("没有找到这个订单")
    if not by_guest and not command.reason:
        raise InvalidArgument("请填写取消原因", {"fields": [{"field": "reason", "message": "请填写取消原因"}]})
    cancellation = Cancellation(caller.id, work.now, command.reason or "客人取消")

    def body(shop: Shop) -> Outcome[OrderReply]:
        before = orders.get(shop, command.order_id)
        cancelled = moves.cancel(before, cancellation, by_guest=by_guest)
        return write_move(shop, before, cancelled, kitchen=kitchen, reason=cancellation.reason)

    return work.transact(body)


def edit_order(command: EditOrder, work: Work) -> OrderReply:
    """Change one thing about a running order; the kitchen gets the difference (rules 7, 27).

    Raises NotFound, PermissionDenied, StateConflict, InvalidArgument, RushedAlready, DishUnavailable, ChoiceInvalid,
    StockShort.
    """
    kitchen = Kitchen.of(work)
    edit = command.edit
    seen = orders.get(work.shop, command.order_id)
    _require_theirs(seen, work)
    if isinstance(edit, ChangeLine | VoidLine) and work.caller.role not in MAY_CHANGE:
        raise PermissionDenied("退菜、改菜请联系服务员")
    chosen = None
    if isinstance(edit, ChangeLine) and edit.choices is not None:
        chosen = _priced_anew(seen, edit.line_id, edit.choices, kitchen=kitchen, work=work)
        _begin_stock(chosen, seen, kitchen=kitchen, work=work)

    def body(shop: Shop) -> Outcome[OrderReply]:
        before = orders.get(shop, command.order_id)
        if isinstance(edit, RushLines):
            hurried, drafts = edits.rush(before, edit.line_ids, at=work.now)
            after, events = kitchen.tell_more(hurried, drafts)
            orders.save_move(shop, before, after)
            return Outcome(OrderReply(order=order_view(after)), events)
        after = _edited(before, edit, chosen, work=work)
        reason = edit.reason if isinstance(edit, VoidLine) else ""
        return write_move(shop, before, after, kitchen=kitchen, reason=reason)

    return work.transact(body)


def confirm(
    shop: Shop, before: Order, kitchen: Kitchen, *, paid: Order | None = None
) -> tuple[Order, Sequence[Outgoing]]:
    """Let the kitchen know of a paid order, in the transaction that books the payment; the events leave with that.

    `paid` is the order with the payment noted. Raises StateConflict unless the order is still pending: paid after it
    was cancelled, it is to be refunded (rule 8).
    """
    after, events = kitchen.tell(before, moves.confirm(paid or before))
    orders.save_move(shop, before, after)
    return after, events


def expire(order_id: str, work: Work) -> bool:
    """Cancel an order that was not paid in time, its stock back; whether it was still there to be (rule 8)."""
    kitchen = Kitchen.of(work)
    cancellation = Cancellation("sweep", work.now, "超时未支付")
    is_done = False

    def body(shop: Shop) -> Outcome[OrderReply]:
        nonlocal is_done
        before = orders.get(shop, order_id)
        is_done = before.state == "pending" and before.pay_by is not None and before.pay_by <= work.now
        if not is_done:
            return Outcome(OrderReply(order=order_view(before)))
        return write_move(shop, before, moves.cancel(before, cancellation, by_guest=False), kitchen=kitchen)

    work.transact(body)
    return is_done


def write_move(shop: Shop, before: Order, after: Order, *, kitchen: Kitchen, reason: str = "") -> Outcome[OrderReply]:
    """Write a move with its tickets and its stock: the stock last, for there others wait."""
    told, events = kitchen.tell(before, after, reason=reason)
    orders.save_move(shop, before, told)
    is_over = told.state == "cancelled" and before.state != "cancelled"
    if is_over and before.pickup_at is not None and before.hold_id is not None:
        pickup_slots.give_up(shop, before.pickup_at, before.hold_id)
    if is_over and before.group_id is not None:
        groups.leave(shop, before.group_id, before.order_id)
    if is_over:
        coupons.give_back(shop, before, now=kitchen.now, grace=_by_staff(told))
    elif told.due_fen == 0:  # nobody will pay for it
        coupons.use(shop, told, now=kitchen.now)
    flash.release(shop, freed(before, told))
    restock.move_stock(shop, before, edits.stock_moved(before, told), kitchen.known.menu)
    return Outcome(OrderReply(order=order_view(told)), events)


def _by_staff(cancelled: Order) -> bool:
    """Whether neither the guest nor the time cancelled it: then a coupon comes back for a day at least (rule 16)."""
    by = cancelled.cancelled.by if cancelled.cancelled else ""
    return by not in (cancelled.guest_id, "sweep")


def _edited(before: Order, edit: ChangeLine | VoidLine | FireCourse, chosen: PricedLine | None, *, work: Work) -> Order:
    if isinstance(edit, VoidLine):
        return edits.void(before, edit.line_id, edit.quantity, by=work.caller.id, at=work.now, reason=edit.reason)
    if isinstance(edit, FireCourse):
        return edits.fire(before, edit.course)
    changed = edits.change(before, edit.line_id, priced=chosen, note=edit.note)
    return _fewer(changed, edit.line_id, edit.quantity, work=work)


def _fewer(order: Order, line_id: str, quantity: int | None, *, work: Work) -> Order:
    """The order with no more than so many of a line; more is another round, what is begun is voided."""
    line = order.line(line_id)
    if quantity is None or quantity == line.live_quantity:
        return order
    if quantity > line.live_quantity:
        raise StateConflict("加份数请另下一单")
    if has_started(order, line_id):
        raise StateConflict(f"厨房已开始做{line.name}，减份请用退菜并填写原因")
    return edits.void(order, line_id, line.live_quantity - quantity, by=work.caller.id, at=work.now, reason="")


def _require_theirs(order: Order, work: Work) -> None:
    """Raises NotFound unless the caller is staff, ordered it, or sits at its table."""
    openid = work.caller.id
    if work.caller.is_staff or order.guest_id == openid:
        return
    if order.sitting_id is None or not sittings.seats(work.shop, order.sitting_id, openid=openid):
        raise NotFound("没有找到这个订单")


def _priced_anew(order: Order, line_id: str, choices: LineChoices, *, kitchen: Kitchen, work: Work) -> PricedLine:
    """The line with other choices, by today's menu, for the one who ordered. Raises DishUnavailable, ChoiceInvalid."""
    line = order.line(line_id)
    wanted = WantedLine(
        line.line_id, line.dish_id, line.quantity, choices.specs, choices.modifiers, choices.combo, note=line.note
    )
    found = priced(
        (wanted,), kitchen.known, kitchen.config, work, buyer=order.guest_id or None, specials=special_of(line, work)
    )
    return next(one for one in found.lines if one.line_id == line.line_id)


def _begin_stock(chosen: PricedLine, order: Order, *, kitchen: Kitchen, work: Work) -> None:
    """Begin the day of dishes that nobody ordered yet: the transaction takes from what is there."""
    dishes = kitchen.known.menu.by_id
    limits = {dish_id: dishes[dish_id].daily_stock or 0 for dish_id in chosen.limited}
    if limits:
        stock.begin_day(work.shop, order.biz_date, limits)
