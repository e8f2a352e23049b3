"""What becomes of a group's seats: paid, they wait for the last; in time all are cooked, or all go back (rule 22)."""

from __future__ import annotations

from collections.abc import Sequence

from shared.contracts.events import Outgoing
from shared.domain import moves, refunds
from shared.domain.orders import Cancellation, Order
from shared.domain.refund_legs import returned
from shared.errors import NotFound
from shared.store import groups, orders, payments
from shared.store.scope import Shop
from shared.store.work import Nothing, Outcome, Work
from shared.usecases import life
from shared.usecases.repaying import Because, repay
from shared.usecases.telling import Kitchen

_FAILED = "拼团未成，自动退款"


def is_admitted(shop: Shop, order: Order, work: Work) -> bool:
    """Whether an order that waits for its payment may still be paid: it stands, and so does its group if it has one."""
    if order.state == "cancelled":
        return False
    return order.group_id is None or groups.get(shop, order.group_id).admits(work.now)


def confirmed(shop: Shop, before: Order, paid: Order, kitchen: Kitchen) -> tuple[tuple[Order, Sequence[Outgoing]], ...]:
    """The orders that the kitchen may begin with once this one is paid, and their tickets' events.

    Without a group that is this one; with one, all of them or none yet. Raises StateConflict, GroupClosed.
    """
    if before.group_id is None:
        return (life.confirm(shop, before, kitchen, paid=paid),)
    group = groups.pay_seat(shop, before.group_id, before.order_id)
    orders.save_move(shop, before, moves.wait(paid))
    if group.state != "full":
        return ()
    everybody = orders.several(shop, [seat.order_id for seat in group.seats])
    return tuple(life.confirm(shop, one, kitchen) for one in everybody)


def end_group(group_id: str, work: Work) -> bool:
    """End a group whose time is over: its orders are cancelled, and what was paid goes back, all or nothing of it.

    Whether it was still there to be ended. A payment that is under way comes too late, and goes back by itself.
    """
    kitchen, is_done = Kitchen.of(work), False

    def body(shop: Shop) -> Outcome[Nothing]:
        nonlocal is_done
        events: list[Outgoing] = []
        is_done = groups.expire(shop, group_id, now=work.now)
        for seat in groups.get(shop, group_id).seats if is_done else ():
            try:
                order = orders.get(shop, seat.order_id)
            except NotFound:  # it was withdrawn, and the process died before it freed the seat
                continue
            events += _sent_home(shop, order, kitchen, work)
        return Outcome(Nothing(), tuple(events))

    work.transact(body)
    return is_done


def _sent_home(shop: Shop, before: Order, kitchen: Kitchen, work: Work) -> Sequence[Outgoing]:
    """Cancel an order of the group, with its money back if it was paid."""
    if before.state != "pending":
        return ()
    after = moves.emptied(before, Cancellation(work.caller.id, work.now, _FAILED))
    if any(line.paid_fen for line in after.lines):
        backs = refunds.whole(after)
        why = Because(before.order_id, _FAILED, kitchen.config.calendar.biz_date(work.now))
        parts = returned(payments.paid_for(shop, before.order_id), backs)
        for number, part in enumerate(parts, start=1):
            repay(shop, f"{before.order_id}-group-{number}", part, why, work)
        after = refunds.given_back(after, backs, by=work.caller.id, at=work.now, reason=_FAILED)
    return life.write_move(shop, before, after, kitchen=kitchen, reason=_FAILED).events
