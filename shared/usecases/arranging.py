"""Who sits where: staff move parties between tables, merge them, put dishes on another bill, and close tables."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from typing_extensions import assert_never

from shared.contracts.events import WrittenEvent
from shared.contracts.sitting import (
    Arrangement,
    ArrangeReply,
    ArrangeTables,
    CloseSitting,
    CountGuests,
    MergeTables,
    MoveTable,
    TransferLines,
)
from shared.domain.flash import claims_of
from shared.domain.orders import Order
from shared.domain.relocating import Destination, relocated, transfer
from shared.errors import InvalidArgument, StateConflict
from shared.runtime import ids
from shared.store import arranging, coupons, flash, orders, shops, sittings
from shared.store.scope import Shop
from shared.store.sitting_document import Seat, Sitting
from shared.store.work import Outcome, Work
from shared.usecases.telling import Kitchen
from shared.usecases.views import order_view

_OPEN = ("pending", "confirmed", "cooking", "ready")
_ORDERS_OF_A_SITTING = 100


def arrange_tables(command: ArrangeTables, work: Work) -> ArrangeReply:
    """Do one change of who sits where and pays for what; what is still to be served, the kitchen is told of.

    Raises NotFound, SittingClosed, TableOccupied, StateConflict, CartLimit, InvalidArgument.
    """
    kitchen = Kitchen.of(work)
    drawn = (ids.new_id(), ids.order_no(kitchen.config.calendar.biz_date(work.now)))
    return work.transact(lambda shop: _arranged(command.arrangement, shop, kitchen, work, drawn=drawn))


def _arranged(
    change: Arrangement, shop: Shop, kitchen: Kitchen, work: Work, *, drawn: tuple[str, str]
) -> Outcome[ArrangeReply]:
    if isinstance(change, MoveTable):
        return _move(change, shop, kitchen)
    if isinstance(change, MergeTables):
        return _merge(change, shop, kitchen)
    if isinstance(change, TransferLines):
        return _transfer(change, shop, kitchen, work, drawn=drawn)
    if isinstance(change, CountGuests):
        return Outcome(_reply(arranging.count_guests(shop, change.sitting_id, change.guests)))
    if isinstance(change, CloseSitting):
        return _close(change, shop, work)
    assert_never(change)


def _move(change: MoveTable, shop: Shop, kitchen: Kitchen) -> Outcome[ArrangeReply]:
    table = shops.table_by_id(shop, change.to_table_id)
    before = arranging.move(shop, change.sitting_id, table)
    _require_all_written(before, shop, kitchen.now)
    after = replace(before, table_id=table.table_id, table_name=table.name)
    return Outcome(_reply(after), _follow(before, after, shop, kitchen))


def _merge(change: MergeTables, shop: Shop, kitchen: Kitchen) -> Outcome[ArrangeReply]:
    if change.sitting_id == change.into_sitting_id:
        raise _same("arrangement.intoSittingId")
    source, target = arranging.merge(shop, change.sitting_id, change.into_sitting_id)
    _require_all_written(source, shop, kitchen.now)
    return Outcome(_reply(sittings.of_open(shop, Seat(target.sitting_id))), _follow(source, target, shop, kitchen))


def _close(change: CloseSitting, shop: Shop, work: Work) -> Outcome[ArrangeReply]:
    closed = arranging.close(shop, change.sitting_id, by=work.caller.id, now=work.now, anyway=change.anyway)
    _require_all_written(closed, shop, work.now)
    unserved = [order for order in _open_orders(closed, shop) if any(_waits(order))]
    if unserved and not change.anyway:
        raise StateConflict("还有菜没上齐，确认客人已离开后再结束", {"orders": [one.order_no for one in unserved]})
    return Outcome(_reply(closed))


def _transfer(
    change: TransferLines, shop: Shop, kitchen: Kitchen, work: Work, *, drawn: tuple[str, str]
) -> Outcome[ArrangeReply]:
    before = orders.get(shop, change.order_id)
    if before.sitting_id is None:
        raise StateConflict("自取订单不能转到桌上")
    target = sittings.of_open(shop, Seat(change.to_sitting_id))
    if before.sitting_id in target.all_ids:
        raise _same("arrangement.toSittingId")
    arranging.touch(shop, before.sitting_id)
    order_id, order_no = drawn
    seated, number = arranging.draw_round(shop, target, command_id=order_id)
    to = Destination(
        order_id, order_no, seated.sitting_id, seated.table_name, seated.guests, number, work.caller.id, work.now
    )
    left, moved = transfer(before, {line.line_id: line.quantity for line in change.lines}, to)
    note = f"{before.table_name} → {seated.table_name}"
    placed, events = kitchen.tell_more(moved, relocated(moved), note=note)
    orders.save_move(shop, before, left)
    orders.add(shop, placed, {})
    coupons.follow(shop, left, placed, now=work.now)
    flash.follow(shop, claims_of(placed), placed.order_id)
    return Outcome(replace_order(_reply(seated), placed), events)


def replace_order(reply: ArrangeReply, order: Order) -> ArrangeReply:
    """The reply with the order that was made."""
    return reply.model_copy(update={"order": order_view(order)})


def _follow(before: Sitting, after: Sitting, shop: Shop, kitchen: Kitchen) -> tuple[WrittenEvent, ...]:
    """Let the sitting's open orders go along to the table, and tell the kitchen of what is still to be served."""
    told: list[WrittenEvent] = []
    for order in _open_orders(before, shop):
        moved = replace(order, table_name=after.table_name)
        placed, events = kitchen.tell_more(moved, relocated(moved), note=f"{before.table_name} → {after.table_name}")
        orders.save_move(shop, order, placed)
        told += events
    return tuple(told)


def _require_all_written(sitting: Sitting, shop: Shop, now: datetime) -> None:
    """Raises Busy while an order of the sitting is on its way to where it was."""
    written = orders.rounds_written(shop, sitting.all_ids)
    sittings.require_nothing_on_its_way(sitting, written=written, now=now)


def _open_orders(sitting: Sitting, shop: Shop) -> list[Order]:
    return orders.newest(
        shop,
        sitting_ids=sitting.all_ids,
        guest_id=None,
        states=_OPEN,
        station=None,
        before=None,
        limit=_ORDERS_OF_A_SITTING,
    )


def _waits(order: Order) -> list[bool]:
    """For each dish still wanted, whether it is yet to be served."""
    return [not line.served for line in order.lines if line.is_wanted]


def _same(field: str) -> InvalidArgument:
    return InvalidArgument("请选择另一桌", {"fields": [{"field": field, "message": "请选择另一桌"}]})


def _reply(sitting: Sitting) -> ArrangeReply:
    assert sitting.state in ("open", "closed")
    return ArrangeReply(
        sitting_id=sitting.sitting_id,
        table_id=sitting.table_id,
        table_name=sitting.table_name,
        state="open" if sitting.state == "open" else "closed",
        guests=sitting.guests,
    )
