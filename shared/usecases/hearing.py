"""What WeChat Pay says by itself: believed when it is proved, ours, and what we asked for (rule 15)."""

from __future__ import annotations

from shared.contracts.payments import NotifyReply, PayNotify
from shared.errors import NotFound, NoticeInvalid
from shared.gateways.wechat_pay import PaymentNotice, RefundNotice, channel_at
from shared.runtime.merchants import merchant
from shared.store import exceptions, payments, refunds
from shared.store.work import Machine
from shared.usecases.returning import note
from shared.usecases.settling import settle


def take_notice(told: PayNotify, machine: Machine) -> NotifyReply:
    """Book a payment or a refund that WeChat Pay tells of; told again, or late, it moves nothing back.

    WeChat Pay tells again until it is answered 200. Raises NoticeInvalid, NotFound for a number that is not ours,
    PaymentUnavailable for a merchant that is not ours.
    """
    notice = channel_at(told.path).read_notice(told.headers, told.body.encode())
    mchid = merchant(told.path.rstrip("/").rpartition("/")[2]).mchid
    if isinstance(notice, RefundNotice):
        return _refund(notice, machine, mchid=mchid)
    return _payment(notice, machine, mchid=mchid)


def _payment(notice: PaymentNotice, machine: Machine, *, mchid: str) -> NotifyReply:
    number = notice.payment.out_trade_no
    shop_id = payments.shop_of(machine.chain, number)
    if shop_id is None:
        what = {"mchid": mchid, "fen": notice.payment.total_fen, "transaction_id": notice.payment.transaction_id}
        exceptions.note(machine.chain, "unknownPayment", number, now=machine.now, told=what)
        raise NotFound("没有找到这笔付款")
    work = machine.work_in(shop_id)
    if payments.get(work.shop, number).mchid != mchid:
        raise NoticeInvalid
    return NotifyReply(outcome=settle(number, notice.payment, work))


def _refund(notice: RefundNotice, machine: Machine, *, mchid: str) -> NotifyReply:
    number = notice.refund.out_refund_no
    shop_id = refunds.shop_of(machine.chain, number)
    if shop_id is None:
        raise NotFound("没有找到这笔退款")
    work = machine.work_in(shop_id)
    back = refunds.get(work.shop, number)
    if (back.mchid, back.payment_id, back.wechat_fen) != (mchid, notice.refund.out_trade_no, notice.refund.refund_fen):
        raise NoticeInvalid
    note(notice.refund, work)
    return NotifyReply(outcome="refund")
