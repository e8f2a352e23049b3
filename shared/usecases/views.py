"""An order as the wire shows it: to guests and staff, to the kitchen's printers, to the call screen."""

from __future__ import annotations

from datetime import timedelta

from shared.contracts.events import CALL_TTL_S, Call, CallEvent, Ticket, TicketEvent, TicketLine
from shared.contracts.ordering import LineView, OrderView, TicketView
from shared.domain.orders import Order
from shared.domain.tickets import TicketDraft, TicketItem
from shared.store.orders import CALL_MARK
from shared.store.shops import Catalogue, ShopSettings
from shared.store.work import Work


def order_view(order: Order) -> OrderView:
    """The order for guests and staff."""
    return OrderView(
        order_id=order.order_id,
        order_no=order.order_no,
        state=order.state,
        channel=order.channel,
        round=order.round,
        sitting_id=order.sitting_id,
        table_name=order.table_name,
        pickup_no=order.pickup_no,
        lines=tuple(
            LineView(
                line_id=line.line_id,
                dish_id=line.dish_id,
                name=line.name,
                quantity=line.quantity,
                unit_fen=line.unit_fen,
                amount_fen=line.amount_fen,
                specs=line.specs,
                modifiers=(*line.modifiers, *(chosen.name for chosen in line.combo)),
                note=line.note,
            )
            for line in order.lines
        ),
        tickets=tuple(
            TicketView(
                ticket_id=ticket.ticket_id,
                station=ticket.station,
                kind=ticket.kind,
                state=ticket.state,
                is_pass=ticket.is_pass,
                printed_at=ticket.printed_at,
            )
            for ticket in order.tickets
        ),
        gross_fen=order.gross_fen,
        due_fen=order.due_fen,
        note=order.note,
        calls=order.calls,
        placed_at=order.placed_at,
        biz_date=order.biz_date,
    )


def ticket_id(order_id: str, draft: TicketDraft) -> str:
    """The ticket's id, print job's id and event's id in one: unique by order, station, kind, revision (rule 27)."""
    part = f".{draft.part}" if draft.part > 1 else ""
    return f"{order_id}.{draft.station}.{draft.kind}.{draft.revision}{part}"


def ticket_event(
    order: Order, draft: TicketDraft, known: Catalogue, config: ShopSettings, *, guests: int | None, trace_id: str
) -> TicketEvent:
    """The ticket on its way to the printer; the event bears the ticket's id, so it exists once."""
    job_id = ticket_id(order.order_id, draft)
    return TicketEvent(
        event_id=job_id,
        shop_id=config.shop_id,
        occurred_at=order.placed_at,
        trace_id=trace_id,
        data=Ticket(
            job_id=job_id,
            kind=draft.kind,
            station=draft.station,
            station_name=known.stations.get(draft.station, draft.station),
            is_pass=draft.is_pass,
            shop_name=config.name,
            order_id=order.order_id,
            order_no=order.order_no,
            round=order.round,
            revision=draft.revision,
            table_name=order.table_name,
            pickup_no=order.pickup_no,
            guests=guests,
            lines=tuple(_ticket_line(one) for one in draft.items),
            note=order.note,
            placed_at=order.placed_at,
        ),
    )


def call_event(order: Order, work: Work) -> CallEvent:
    """The call of an order that was just counted, on its way to the screen."""
    call_id = f"{order.order_id}{CALL_MARK}{order.calls}"
    at_table = order.table_name is not None
    return CallEvent(
        event_id=call_id,
        shop_id=work.shop.shop_id,
        occurred_at=work.now,
        trace_id=work.trace_id,
        data=Call(
            call_id=call_id,
            kind="table" if at_table else "pickup",
            label=order.table_name or order.pickup_no or order.order_no,
            text="您的菜已做好，马上送到" if at_table else "请到取餐口取餐",
            count=order.calls,
            called_at=work.now,
            expires_at=work.now + timedelta(seconds=CALL_TTL_S),
        ),
    )


def _ticket_line(one: TicketItem) -> TicketLine:
    item = one.item
    return TicketLine(
        line_id=item.item_id,
        name=item.name,
        quantity=item.quantity,
        specs=item.specs,
        modifiers=item.modifiers,
        note=item.note,
        was=one.was,
    )
