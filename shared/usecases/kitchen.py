"""From the stove to the guest: a cook's and a waiter's steps, and the call."""

from __future__ import annotations

from shared.contracts.kitchen import AdvanceOrder, CallGuest, CallReply
from shared.contracts.ordering import OrderReply
from shared.domain import moves
from shared.store import orders
from shared.store.scope import Shop
from shared.store.work import Outcome, Work
from shared.usecases.notices import Notices
from shared.usecases.views import call_event, order_view


def advance_order(command: AdvanceOrder, work: Work) -> OrderReply:
    """Take one step in the order's life; who fetches it is told once it is ready (rule 7).

    Raises NotFound, StateConflict.
    """
    notices = Notices.of(work)

    def body(shop: Shop) -> Outcome[OrderReply]:
        before = orders.get(shop, command.order_id)
        after = moves.advance(before, command.step, ticket_id=command.ticket_id, line_id=command.line_id)
        orders.save_move(shop, before, after)
        notices.order_ready(shop, before, after)
        return Outcome(OrderReply(order=order_view(after)))

    return work.transact(body)


def call_guest(command: CallGuest, work: Work) -> CallReply:
    """Call a ready order to the screen, once more each time. Raises NotFound, StateConflict (rule 26)."""

    def body(shop: Shop) -> Outcome[CallReply]:
        before = orders.get(shop, command.order_id)
        after = moves.call(before)
        orders.save_move(shop, before, after)
        event = call_event(after, work)
        call = event.data
        reply = CallReply(call_id=call.call_id, label=call.label, count=call.count, expires_at=call.expires_at)
        return Outcome(reply, (event,))

    return work.transact(body)
