"""An order as the wire shows it: to guests and staff, and to the call screen."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from shared.contracts.events import CALL_TTL_S, Call, CallEvent
from shared.contracts.ordering import LineView, OfferView, OrderView, TicketView
from shared.domain.orders import Order
from shared.runtime.log import pseudonym
from shared.store.orders import CALL_MARK
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
                cut_fen=line.cut_fen,
                kind=line.kind,
                was_fen=line.was_fen,
                specs=line.specs,
                modifiers=(*line.modifiers, *(chosen.name for chosen in line.combo)),
                note=line.note,
                station=line.station or None,
                voided=line.voided,
                course=line.course,
                held=line.is_held,
                served=line.served,
                rushed_at=line.rushed_at,
                moved=line.moved,
                guest_id=pseudonym(line.guest_id) if line.guest_id else None,
                guest_name=line.guest_name or None,
                claimed_fen=line.claimed_fen or None,
                paid_fen=line.paid_fen or None,
                refunded=line.refunded or None,
                refunded_fen=line.refunded_fen or None,
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
                item_ids=ticket.item_ids,
                printed_at=ticket.printed_at,
            )
            for ticket in order.tickets
        ),
        gross_fen=order.gross_fen,
        due_fen=order.due_fen,
        offers=tuple(
            OfferView(offer_id=offer.offer_id, name=offer.name, layer=offer.layer, fen=offer.fen)
            for offer in order.offers
        )
        or None,
        note=order.note,
        calls=order.calls,
        placed_at=order.placed_at,
        biz_date=order.biz_date,
        payment=order.payment,
        pay_by=order.pay_by,
        cancel_reason=order.cancelled.reason if order.cancelled else None,
        takeaway=order.takeaway,
        pickup_at=order.pickup_at,
    )


def call_event(order: Order, work: Work) -> CallEvent:
    """The call of an order that was just counted, on its way to the screen."""
    at_table = order.table_name is not None
    return screen_call(
        order.order_id,
        work,
        kind="table" if at_table else "pickup",
        label=order.table_name or order.pickup_no or order.order_no,
        text="您的菜已做好，马上送到" if at_table else "请到取餐口取餐",
        count=order.calls,
    )


def screen_call(
    caller_id: str, work: Work, *, kind: Literal["pickup", "table", "queue"], label: str, text: str, count: int
) -> CallEvent:
    """The `count`-th call of an order or of a place in the queue; it names itself, so that it is shown once."""
    call_id = f"{caller_id}{CALL_MARK}{count}"
    return CallEvent(
        event_id=call_id,
        shop_id=work.shop.shop_id,
        occurred_at=work.now,
        trace_id=work.trace_id,
        data=Call(
            call_id=call_id,
            kind=kind,
            label=label,
            text=text,
            count=count,
            called_at=work.now,
            expires_at=work.now + timedelta(seconds=CALL_TTL_S),
        ),
    )
