"""Ordering: submit what was chosen, look at orders."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from shared.contracts.ordering import ListOrders, OrderReply, OrdersReply, SubmitOrder
from shared.domain.orders import KitchenTicket, Order
from shared.domain.pricing import Quote, stock_needed
from shared.domain.tickets import TicketDraft, differences, kitchen_items
from shared.errors import NotFound
from shared.runtime import ids
from shared.store import orders, shops, sittings, stock
from shared.store.scope import Shop
from shared.store.shops import Catalogue, ShopSettings
from shared.store.work import Outcome, Work
from shared.usecases.quoting import priced, require_shown, wanted
from shared.usecases.seating import table_ref
from shared.usecases.views import order_view, ticket_event, ticket_id


def submit_order(command: SubmitOrder, work: Work) -> OrderReply:
    """Hold the stock, then write the order with its tickets and events as one document (rules 3, 5, 8, 13, 27).

    Raises ShopClosed, DishUnavailable, ChoiceInvalid, PriceChanged, StockShort, SittingClosed, Busy, Unknown.
    """
    config = shops.shop_settings(work.shop, work.now)
    config.require_open(work.now)
    known = shops.catalogue(work.shop, config.menu_version)
    found = priced(tuple(wanted(line) for line in command.lines), known, config, work)
    require_shown(command.quote_hash, found)
    order = _order(command, found, config=config, work=work)

    hold = stock.Hold(
        hold_id=work.key.digest if work.key else order.order_id,
        order_id=order.order_id,
        biz_date=order.biz_date,
        items=stock_needed(found.lines, known.menu),
        numbered=order.channel == "pickup",
    )
    with stock.held(work.shop, hold, known.menu, now=work.now, order_stands=orders.stands) as place:
        pickup_no = f"{config.pickup_prefix}{place.number:03d}" if place.number else None
        order = replace(order, order_id=place.order_id, pickup_no=pickup_no)
        seated, guests = _seated(work.shop, command, order, work=work, command_id=hold.hold_id)
        drafts = _drafts(seated, known)
        placed = replace(seated, tickets=tuple(_ticket(order.order_id, draft) for draft in drafts))
        events = tuple(ticket_event(placed, d, known, config, guests=guests, trace_id=work.trace_id) for d in drafts)
        outcome = Outcome(OrderReply(order=order_view(placed)), events)
        return work.insert(lambda record: orders.add(work.shop, placed, record), outcome)


def list_orders(command: ListOrders, work: Work) -> OrdersReply:
    """A page of orders: a guest's own or their sitting's, the shop's for staff. Raises NotFound, TableCodeInvalid."""
    mine = work.caller.id if work.caller.role == "guest" else None
    if mine and command.sitting_id:
        if command.table_code is None:
            raise NotFound("请先扫描桌码")
        table_id = table_ref(command.table_code).table_id
        if not sittings.is_member(work.shop, command.sitting_id, table_id=table_id, openid=mine):
            raise NotFound("没有找到这一桌")
        mine = None
    found = orders.newest(
        work.shop,
        sitting_id=command.sitting_id,
        guest_id=mine,
        states=command.states,
        station=command.station,
        before=command.before,
        limit=command.limit + 1,
    )
    page = found[: command.limit]
    return OrdersReply(orders=tuple(order_view(order) for order in page), more=len(found) > command.limit)


def _order(command: SubmitOrder, quoted: Quote, *, config: ShopSettings, work: Work) -> Order:
    """The order but for its round, its pick-up number and its tickets."""
    biz_date = config.calendar.biz_date(work.now)
    at_table = command.sitting_id is not None
    return Order(
        order_id=ids.new_id(),
        order_no=ids.order_no(biz_date),
        biz_date=biz_date,
        state="confirmed",
        channel="table" if at_table else "pickup",
        round=1,
        guest_id=work.caller.id,
        sitting_id=command.sitting_id,
        table_name=None,
        pickup_no=None,
        lines=quoted.lines,
        tickets=(),
        gross_fen=quoted.gross_fen,
        due_fen=quoted.due_fen,
        quote_hash=quoted.hash,
        note=command.note,
        placed_at=work.now,
    )


def _seated(shop: Shop, command: SubmitOrder, order: Order, *, work: Work, command_id: str) -> tuple[Order, int | None]:
    """The order as the next round of its sitting, and how many guests sit there; a pick-up order as it is."""
    if command.table_code is None or command.sitting_id is None:
        return order, None
    table_id = table_ref(command.table_code).table_id
    sitting, number = sittings.next_round(
        shop, command.sitting_id, table_id=table_id, openid=work.caller.id, command_id=command_id
    )
    return replace(order, round=number, table_name=sitting.table_name), sitting.guests


def _drafts(order: Order, known: Catalogue) -> tuple[TicketDraft, ...]:
    """What the kitchen hears of a new order; a shop without a pass gets no pass ticket."""
    fresh: Literal["new", "add"] = "new" if order.round == 1 else "add"
    drafts = differences((), kitchen_items(order.lines), fresh=fresh, revision=1)
    return tuple(draft for draft in drafts if not draft.is_pass or draft.station in known.stations)


def _ticket(order_id: str, draft: TicketDraft) -> KitchenTicket:
    return KitchenTicket(
        ticket_id=ticket_id(order_id, draft),
        station=draft.station,
        kind=draft.kind,
        revision=draft.revision,
        item_ids=tuple(one.item.item_id for one in draft.items),
        is_pass=draft.is_pass,
    )
