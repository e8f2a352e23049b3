"""What becomes of a payment: it is paid, or closed; what comes too late goes back (rules 8, 15).

Each step is one transaction that begins from what is written, so it may be repeated, and may die before or after any
other. WeChat Pay is asked between transactions, never in one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Literal

from shared.contracts.events import Outgoing
from shared.domain import bills
from shared.domain.ledger import Posting, refunding, topping_up
from shared.domain.loyalty import Stored
from shared.domain.orders import Order
from shared.domain.payments import Late, Payment
from shared.domain.refunds import LegBack, Refund
from shared.errors import NoticeInvalid, TopUpLimit, ZaotaiError
from shared.gateways.wechat_pay import Payment as ChannelPayment
from shared.gateways.wechat_pay import TradePaid, TradeUnknown, channel_date, pay_channel
from shared.store import coupons, exceptions, ledger, members, orders, payments, refunds, sittings
from shared.store.scope import Shop
from shared.store.work import Nothing, Outcome, Work
from shared.usecases import life
from shared.usecases.bills import bill_of_sitting
from shared.usecases.counter import drawer_for
from shared.usecases.group_seats import confirmed, is_admitted
from shared.usecases.notices import Notices
from shared.usecases.telling import Kitchen

Outcomes = Literal["settled", "known", "returned"]
_DIFFERS_AGAIN = timedelta(minutes=10)


def settle(payment_id: str, told: ChannelPayment, work: Work) -> Outcomes:
    """Book what WeChat Pay says is paid; said again, it changes nothing. Raises NoticeInvalid for what was not asked.

    What was paid for a closed payment, or a cancelled order, is kept, shown to people, and returned.
    """
    _require_asked(payments.get(work.shop, payment_id), told, work)
    kitchen = Kitchen.of(work)
    outcome: Outcomes = "known"

    def body(shop: Shop) -> Outcome[Nothing]:
        nonlocal outcome
        payment, events = payments.get(shop, payment_id), tuple[Outgoing, ...]()
        outcome = "known"
        if payment.state == "pending":
            found = orders.several(shop, payment.order_ids)
            if not all(is_admitted(shop, order, work) for order in found):
                _close(shop, payment, found, work)
                payment = replace(payment, state="closed")
            else:
                outcome, events = "settled", _paid(shop, payment, told, found, kitchen=kitchen, work=work)
        if payment.state == "closed" and _return(shop, payment, told, kitchen, work):
            outcome = "returned"
        return Outcome(Nothing(), events)

    try:
        work.transact(body)
    except TopUpLimit:  # others filled the account meanwhile, or its member left: this money goes back
        give_up(payment_id, work)
        return settle(payment_id, told, work)
    return outcome


def give_up(payment_id: str, work: Work) -> None:
    """Close a payment that nobody can make any more: its part is open again, what members gave comes back."""

    def body(shop: Shop) -> Outcome[Nothing]:
        payment = payments.get(shop, payment_id)
        if payment.state == "pending":
            _close(shop, payment, orders.several(shop, payment.order_ids), work)
        return Outcome(Nothing())

    work.transact(body)


def resolve(payment: Payment, work: Work, *, close: bool) -> bool:
    """Ask WeChat Pay how a pending payment stands and book that; with `close`, it can no longer be paid afterwards.

    Whether it is pending no more. Raises PaymentUnanswered, PaymentBusy, PaymentUnavailable, NoticeInvalid.
    """
    channel, number = pay_channel(payment.mchid), payment.payment_id
    try:
        found = channel.query(number)
        if close and not found.is_paid:
            found = _closed(payment) or found
        if found.is_paid:
            settle(number, found, work)
            return True
    except TradeUnknown:  # it was never prepared, so nobody was ever handed anything to pay it with
        pass
    else:
        if not close and found.state not in ("CLOSED", "REVOKED"):
            payments.look_later(work.shop, number, work.now + payments.LOOK_AFTER)
            return False
    give_up(number, work)
    return True


def look(payment_id: str, work: Work) -> bool:
    """What the sweep does about a pending payment; whether it is pending no more."""
    payment = payments.get(work.shop, payment_id)
    found = orders.several(work.shop, payment.order_ids)
    is_over = payment.expires_at <= work.now or any(order.state == "cancelled" for order in found)
    try:
        return resolve(payment, work, close=is_over)
    except NoticeInvalid:  # on the exceptions list by now
        payments.look_later(work.shop, payment_id, work.now + _DIFFERS_AGAIN)
        return False
    except ZaotaiError:
        payments.look_later(work.shop, payment_id, work.now + payments.LOOK_AFTER)
        raise


def expire_order(order_id: str, work: Work) -> bool:
    """Cancel an order that was not paid in time, after its payments were closed; whether it was cancelled (rule 8).

    Raises what keeps a payment from being closed: the order then stays as it is.
    """
    for payment in payments.pending(work.shop, (order_id,)):
        resolve(payment, work, close=True)
    return life.expire(order_id, work)


def book(
    shop: Shop, payment: Payment, moved: Sequence[tuple[Order, Order]], kitchen: Kitchen, work: Work
) -> tuple[Outgoing, ...]:
    """What follows from a payment in its transaction; `moved` are its orders before and after it is noted on them.

    Orders that waited for it go to the kitchen, the member earns, and a sitting that is paid whole is over.
    """
    kinds = [tender.kind for tender in payment.tenders]
    events, notices = list[Outgoing](drawer_for(payment.payment_id, kinds, kitchen.config, work)), Notices.of(work)
    for before, after in moved:
        coupons.use(shop, after, now=work.now)
        if before.state == "pending":
            for order, told in confirmed(shop, before, after, kitchen):
                events += told
                notices.order_accepted(shop, order)
    orders.save_moves(shop, [(before, after) for before, after in moved if before.state != "pending"])
    if payment.sitting_id is not None:
        free_table(shop, payment.sitting_id, work)
    if payment.top_up is not None:
        _credit(shop, payment, payment.top_up, work)
    else:
        _earn(shop, payment, [before for before, _ in moved], work)
    return tuple(events)


def free_table(shop: Shop, sitting_id: str, work: Work) -> bool:
    """End a sitting whose bill is paid whole; whether it is. Not while an order is on its way: then the sweep does."""
    sitting = sittings.hold(shop, sitting_id)
    if not bills.is_paid(bill_of_sitting(shop, sitting).orders):
        return False
    written = orders.rounds_written(shop, sitting.all_ids)
    return sittings.settle(shop, sitting.sitting_id, written=written, now=work.now)


def settle_table(sitting_id: str, work: Work) -> bool:
    """What the sweep does about a table that was paid while an order was on its way; whether it is free now."""
    is_free = False

    def body(shop: Shop) -> Outcome[Nothing]:
        nonlocal is_free
        is_free = free_table(shop, sitting_id, work)
        if not is_free:
            sittings.keep_open(shop, sitting_id)
        return Outcome(Nothing())

    work.transact(body)
    return is_free


def _paid(
    shop: Shop, payment: Payment, told: ChannelPayment, found: Sequence[Order], *, kitchen: Kitchen, work: Work
) -> tuple[Outgoing, ...]:
    assert told.paid_at is not None
    paid = replace(
        payment,
        state="paid",
        biz_date=kitchen.config.calendar.biz_date(told.paid_at),
        paid_at=told.paid_at,
        channel_date=channel_date(told.paid_at),
        transaction_id=told.transaction_id,
        payer_fen=told.payer_fen,
    )
    payments.mark_paid(shop, paid)
    exceptions.end(shop, "paymentDiffers", payment.payment_id, now=work.now)
    return book(shop, paid, [(order, bills.pay(order, payment.shares)) for order in found], kitchen, work)


def _close(shop: Shop, payment: Payment, found: Sequence[Order], work: Work) -> None:
    """Close a pending payment and let go of what it claimed."""
    payments.close(shop, payment.payment_id, at=work.now)
    orders.save_moves(shop, [(order, bills.release(order, payment.shares)) for order in found])
    if payment.is_members:
        cause = f"payment:{payment.payment_id}"
        moves = refunding(points=payment.points, stored=payment.stored)
        back = Posting(f"{cause}:void", "refund", payment.biz_date, moves, undoes=(f"{cause}:pay",))
        ledger.post(shop, payment.payer, back, now=work.now)


def _return(shop: Shop, payment: Payment, told: ChannelPayment, kitchen: Kitchen, work: Work) -> bool:
    """Let money that came for a closed payment go back; whether that was not known yet."""
    assert told.paid_at is not None
    assert told.total_fen is not None
    late = Late(told.total_fen, told.transaction_id or "", told.paid_at, channel_date(told.paid_at))
    if not payments.note_late(shop, payment.payment_id, late):
        return False
    back = Refund(
        refund_no=f"{payment.payment_id}-late",
        kind="late",
        legs=(LegBack("wechat", late.fen, "due"),),
        by=work.caller.id,
        payment_id=payment.payment_id,
        mchid=payment.mchid,
        fen=late.fen,
        total_fen=late.fen,
        reason="订单已取消或已付，自动退款",
        biz_date=kitchen.config.calendar.biz_date(work.now),
        state="due",
        created_at=work.now,
    )
    refunds.add(shop, back)
    what = {"fen": late.fen, "transaction_id": late.transaction_id, "refund_no": back.refund_no}
    exceptions.note(shop, "latePayment", payment.payment_id, now=work.now, told=what)
    return True


def _credit(shop: Shop, payment: Payment, top_up: Stored, work: Work) -> None:
    """Put a top-up into the member's account. Raises TopUpLimit, also when the member has left (rule 18)."""
    member = members.find(shop, payment.payer)
    if member is None:
        raise TopUpLimit("会员已注销，这笔储值将原路退回", {"limitFen": 0})
    ceiling = members.loyalty(shop.db, work.now).policy.ceiling_fen(named=member.is_named)
    cause = f"payment:{payment.payment_id}:topUp"
    posting = Posting(cause, "topUp", payment.biz_date, topping_up(top_up), ceiling_fen=ceiling)
    ledger.post(shop, payment.payer, posting, now=work.now)


def _earn(shop: Shop, payment: Payment, found: Sequence[Order], work: Work) -> None:
    """The payer, or the guest of the one order that staff took money for, earns if they are a member (rules 18, 19)."""
    openid = payment.payer or (found[0].guest_id if len(found) == 1 and payment.sitting_id is None else "")
    member = members.find(shop, openid) if openid and payment.earning_fen else None
    if member is None:
        return
    terms = members.loyalty(shop.db, work.now)
    moves = terms.earnings(member, payment.earning_fen)
    if moves:
        cause, order_id = f"payment:{payment.payment_id}:earn", payment.order_ids[0]
        expires_at = terms.policy.expiry(payment.biz_date)
        earned = Posting(cause, "earn", payment.biz_date, moves, order_id=order_id, expires_at=expires_at)
        ledger.post(shop, openid, earned, now=work.now)


def _closed(payment: Payment) -> ChannelPayment | None:
    """Close it at WeChat Pay, or how it stands if it was paid first. Raises TradeUnknown."""
    channel = pay_channel(payment.mchid)
    try:
        channel.close(payment.payment_id)
    except TradePaid:
        return channel.query(payment.payment_id)
    return None


def _require_asked(payment: Payment, told: ChannelPayment, work: Work) -> None:
    """Raises NoticeInvalid, and tells people, when amount or payer are not those that were asked for."""
    is_payer = told.openid in (None, payment.payer)
    if told.total_fen == payment.wechat_fen and is_payer:
        return
    what = {"asked_fen": payment.wechat_fen, "told_fen": told.total_fen, "transaction_id": told.transaction_id}
    exceptions.note(work.shop, "paymentDiffers", payment.payment_id, now=work.now, told=what)
    raise NoticeInvalid("付款的金额或付款人与记录不符")
