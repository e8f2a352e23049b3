"""Ordering: submit what was chosen, look at orders."""

from __future__ import annotations

from shared.contracts.ordering import ListOrders, OrderReply, OrdersReply, SubmitOrder
from shared.domain.moves import PAY_WITHIN
from shared.domain.orders import Order, OrderLine
from shared.domain.pricing import Quote, stock_needed
from shared.errors import NotFound
from shared.runtime import ids
from shared.store import orders, shops, sittings, stock
from shared.store.shops import ShopSettings
from shared.store.sitting_document import Seat, Sitting
from shared.store.stock import Hold, Place
from shared.store.work import Outcome, Work
from shared.usecases.pickup import in_slot, require_slot
from shared.usecases.placing import chosen, ordered, seated
from shared.usecases.quoting import priced, require_shown
from shared.usecases.seating import seat_of, table_ref
from shared.usecases.telling import Kitchen
from shared.usecases.views import order_view


def submit_order(command: SubmitOrder, work: Work) -> OrderReply:
    """Hold the stock, then write the order with its tickets and events as one document (rules 3, 5, 8, 13, 27).

    Raises ShopClosed, DishUnavailable, ChoiceInvalid, PriceChanged, StockShort, CartChanged, SittingClosed,
    SlotInvalid, SlotFull, PermissionDenied, Busy, Unknown.
    """
    seat = seat_of(command, work)
    config = shops.shop_settings(work.shop, work.now)
    config.require_open(work.now)
    require_slot(command.pickup_at, config, work)
    known = shops.catalogue(work.shop, config.menu_version)
    choice = chosen(command, seat, config, work)
    is_takeaway = command.takeaway or seat is None
    found = priced(choice.lines, known, config, work, is_takeaway=is_takeaway, guests=choice.new_guests)
    require_shown(command.quote_hash, found)

    hold = Hold(
        hold_id=choice.command_id,
        order_id=choice.order_id,
        biz_date=config.calendar.biz_date(work.now),
        items=stock_needed(found.lines),
        numbered=seat is None,
    )
    with stock.held(
        work.shop, hold, known.menu, now=work.now, order_stands=orders.stands, withdraw=orders.withdraw
    ) as place:
        slot = in_slot(
            command.pickup_at, command_id=choice.command_id, order_id=place.order_id, config=config, work=work
        )
        with slot, seated(seat, choice, order_id=place.order_id, work=work) as (sitting, number):
            order = _order(command, found, hold, place=place, sitting=sitting, number=number, config=config, work=work)
            placed, events = Kitchen(config, known, work.now, work.trace_id).tell(None, order)
            outcome = Outcome(OrderReply(order=order_view(placed)), events)
            reply = work.insert(lambda record: orders.add(work.shop, placed, record), outcome)
    ordered(seat, choice, order_id=reply.order.order_id, work=work)
    return reply


def list_orders(command: ListOrders, work: Work) -> OrdersReply:
    """A page of orders: a guest's own or their sitting's, the shop's for staff. Raises NotFound, TableCodeInvalid."""
    mine = work.caller.id if work.caller.role == "guest" else None
    sitting_ids = _sittings(command, work)
    found = orders.newest(
        work.shop,
        sitting_ids=sitting_ids,
        guest_id=None if sitting_ids else mine,
        states=command.states,
        station=command.station,
        before=command.before,
        limit=command.limit + 1,
    )
    page = found[: command.limit]
    return OrdersReply(orders=tuple(order_view(order) for order in page), more=len(found) > command.limit)


def _sittings(command: ListOrders, work: Work) -> tuple[str, ...]:
    """The sitting that is asked for, with those merged into it. Raises NotFound for one the guest does not sit at."""
    if command.sitting_id is None:
        return ()
    if work.caller.is_staff:
        return sittings.get(work.shop, Seat(command.sitting_id)).all_ids
    if command.table_code is None:
        raise NotFound("请先扫描桌码")
    seat = Seat(command.sitting_id, table_ref(command.table_code).table_id, work.caller.id)
    return sittings.get(work.shop, seat).all_ids


def _order(
    command: SubmitOrder,
    quoted: Quote,
    hold: Hold,
    *,
    place: Place,
    sitting: Sitting | None,
    number: int,
    config: ShopSettings,
    work: Work,
) -> Order:
    """The order in its place, before the kitchen is told of it."""
    unpaid = config.payment == "prepay" and quoted.due_fen > 0
    return Order(
        order_id=place.order_id,
        order_no=ids.order_no(hold.biz_date),
        biz_date=hold.biz_date,
        state="pending" if unpaid else "confirmed",
        channel="table" if sitting else "pickup",
        round=number,
        guest_id="" if work.caller.is_staff else work.caller.id,
        placed_by=work.caller.id if work.caller.is_staff else "",
        sitting_id=command.sitting_id,
        table_name=sitting.table_name if sitting else None,
        pickup_no=f"{config.pickup_prefix}{place.number:03d}" if place.number else None,
        guests=sitting.guests if sitting else None,
        lines=tuple([OrderLine.of(line) for line in quoted.lines]),
        tickets=(),
        gross_fen=quoted.gross_fen,
        due_fen=quoted.due_fen,
        quote_hash=quoted.hash,
        offers=quoted.offers,
        note=command.note,
        placed_at=work.now,
        payment=config.payment,
        hold_id=hold.hold_id if hold.items or command.pickup_at else None,
        pay_by=work.now + PAY_WITHIN if unpaid else None,
        takeaway=command.takeaway,
        pickup_at=command.pickup_at,
    )
