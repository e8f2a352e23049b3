"""Ordering: submit what was chosen, look at orders."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeVar

from shared.contracts.ordering import ListOrders, OrderReply, OrdersReply, OrderView, SubmitOrder
from shared.contracts.wire import Wire
from shared.domain.moves import PAY_WITHIN
from shared.domain.orders import Order, OrderLine
from shared.domain.pricing import Quote, Special, WantedLine, stock_needed
from shared.errors import NotFound
from shared.runtime import ids
from shared.store import orders, shops, sittings, stock
from shared.store.scope import Shop
from shared.store.shops import ShopSettings
from shared.store.sitting_document import Seat, Sitting
from shared.store.stock import Hold, Place
from shared.store.work import Outcome, Work
from shared.usecases.coupon_use import held_by_caller, locking, require_used, withdrawing
from shared.usecases.flash_use import used
from shared.usecases.pickup import in_slot, require_slot
from shared.usecases.placing import chosen, ordered, seated
from shared.usecases.quoting import priced, require_shown
from shared.usecases.seating import seat_of, table_ref
from shared.usecases.telling import Kitchen
from shared.usecases.views import order_view

R = TypeVar("R", bound=Wire)


class Bargain(Protocol):
    """What an order's lines were promised: a flash sale's pieces, a group's price."""

    @property
    def claims(self) -> Mapping[str, tuple[str, ...]]:
        """The claims of flash sales by line."""

    @property
    def specials(self) -> Mapping[str, Special]:
        """The prices by line."""

    @property
    def group_id(self) -> str | None:
        """The group in which the order has a seat."""

    def selling(self, order_id: str, work: Work) -> tuple[Callable[[Shop], None], ...]:
        """What is to happen with the order or not at all."""

    def withdraw(self, shop: Shop, order_id: str) -> bool:
        """Make the order void that was just written, with what was to happen beside it; whether it is void."""


def submit_order(command: SubmitOrder, work: Work) -> OrderReply:
    """Hold the stock, then write the order with its tickets and events as one document (rules 3, 5, 8, 13, 27).

    Raises ShopClosed, DishUnavailable, ChoiceInvalid, PriceChanged, StockShort, CartChanged, SittingClosed,
    SlotInvalid, SlotFull, FlashClaimInvalid, CouponUnavailable, PermissionDenied, Busy, Unknown.
    """
    return place_order(
        command,
        work,
        bargain=lambda lines: used(command.flash_claims, lines, work),
        told=lambda order: OrderReply(order=order),
    )


def place_order(
    command: SubmitOrder,
    work: Work,
    *,
    bargain: Callable[[Sequence[WantedLine]], Bargain],
    told: Callable[[OrderView], R],
) -> R:
    """Place an order with what its lines were promised, and answer with what is `told` of it.

    Raises what `submit_order` does, and what the bargain does.
    """
    seat = seat_of(command, work)
    config = shops.shop_settings(work.shop, work.now)
    config.require_open(work.now)
    require_slot(command.pickup_at, config, work)
    known = shops.catalogue(work.shop, config.menu_version)
    choice = chosen(command, seat, config, work)
    is_takeaway = command.takeaway or seat is None
    promised, coupon_ids = bargain(choice.lines), command.coupon_ids
    found = priced(
        choice.lines,
        known,
        config,
        work,
        is_takeaway=is_takeaway,
        guests=choice.new_guests,
        specials=promised.specials,
        coupons=held_by_caller(coupon_ids, work),
        chosen=coupon_ids,
    )
    require_used(coupon_ids, found)
    require_shown(command.quote_hash, found)

    hold = Hold(
        hold_id=choice.command_id,
        order_id=choice.order_id,
        biz_date=config.calendar.biz_date(work.now),
        items=stock_needed(found.lines),
        numbered=seat is None,
    )
    is_more = bool(promised.claims) or promised.group_id is not None
    withdraw = withdrawing(coupon_ids, promised.withdraw, work, is_more=is_more)
    with stock.held(work.shop, hold, known.menu, now=work.now, order_stands=orders.stands, withdraw=withdraw) as place:
        slot = in_slot(
            command.pickup_at, command_id=choice.command_id, order_id=place.order_id, config=config, work=work
        )
        with slot, seated(seat, choice, order_id=place.order_id, work=work) as (sitting, number):
            order = _order(
                command,
                found,
                hold,
                promised=promised,
                place=place,
                sitting=sitting,
                number=number,
                config=config,
                work=work,
            )
            placed, events = Kitchen(config, known, work.now, work.trace_id).tell(None, order)
            reply = work.insert(
                lambda shop, record: orders.add(shop, placed, record),
                Outcome(told(order_view(placed)), events),
                beside=(
                    *promised.selling(place.order_id, work),
                    *locking(coupon_ids, place.order_id, work, is_paid=found.due_fen == 0),
                ),
            )
    ordered(seat, choice, order_id=place.order_id, work=work)
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
    promised: Bargain,
    place: Place,
    sitting: Sitting | None,
    number: int,
    config: ShopSettings,
    work: Work,
) -> Order:
    """The order in its place, before the kitchen is told of it."""
    payment = config.payment if promised.group_id is None else "prepay"
    unpaid = payment == "prepay" and quoted.due_fen > 0
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
        lines=tuple([OrderLine.of(line, promised.claims.get(line.line_id, ())) for line in quoted.lines]),
        tickets=(),
        gross_fen=quoted.gross_fen,
        due_fen=quoted.due_fen,
        quote_hash=quoted.hash,
        offers=quoted.offers,
        note=command.note,
        placed_at=work.now,
        payment=payment,
        hold_id=hold.hold_id if hold.items or command.pickup_at else None,
        pay_by=work.now + PAY_WITHIN if unpaid else None,
        takeaway=command.takeaway,
        pickup_at=command.pickup_at,
        group_id=promised.group_id,
    )
