"""A payment on its way to the guest's phone: prepared at WeChat Pay under its number, as often as it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from shared.contracts import payments as wire
from shared.domain.payments import Payment
from shared.errors import PaymentRefused, PaymentUnavailable, RequestIdReused, StateConflict
from shared.gateways.wechat_pay import Prepared, TradeClosed, TradePaid, pay_channel
from shared.store import payments
from shared.store.commands import CommandKey
from shared.store.work import Work
from shared.usecases.settling import give_up, resolve

_OVER = "这次付款已超时关闭，请重新付款"


@dataclass(frozen=True)
class TakenUp:
    """A command's payment as it is now, and what the guest's phone needs while it waits for it."""

    payment: Payment
    wechat: wire.WechatParameters | None


def taken_up(work: Work, begin: Callable[[str, CommandKey, Work], Payment]) -> TakenUp:
    """The payment of a command, the same in every repeat of it; `begin` writes it under its number the first time.

    It is its command's record: its transactions, and those of others that it ends, leave no other. Raises what `begin`
    and `prepared_for` do, and RequestIdReused.
    """
    key = work.key
    assert key is not None
    work, number = replace(work, key=None), f"P{key.number}"
    found = payments.find(work.shop, number)
    payment = found or begin(number, key, work)
    if payment.request_hash != key.body_hash:
        raise RequestIdReused
    prepared = prepared_for(payment, work, is_fresh=found is None) if payment.state == "pending" else None
    if payment.state == "pending" and prepared is None:
        payment = payments.get(work.shop, number)
    return TakenUp(payment, parameters(prepared) if prepared else None)


def prepared_for(payment: Payment, work: Work, *, is_fresh: bool) -> Prepared | None:
    """The payment waiting for the guest's phone, or None when it was paid before.

    Raises StateConflict when its time is over, and what kept WeChat Pay from preparing it.
    """
    if payment.expires_at <= work.now:
        resolve(payment, work, close=True)
        if payments.get(work.shop, payment.payment_id).state == "paid":
            return None
        raise StateConflict(_OVER)
    try:
        prepared = pay_channel(payment.mchid).prepare(
            out_trade_no=payment.payment_id,
            amount_fen=payment.wechat_fen,
            openid=payment.payer,
            description=payment.description,
            expires_at=payment.expires_at,
        )
    except TradePaid:
        resolve(payment, work, close=False)
        return None
    except TradeClosed as error:
        give_up(payment.payment_id, work)
        raise StateConflict(_OVER) from error
    except (PaymentRefused, PaymentUnavailable):
        # What was never prepared cannot be paid; of a repeated command, WeChat Pay knows best.
        give_up(payment.payment_id, work) if is_fresh else resolve(payment, work, close=True)
        raise
    return _still_wanted(payment, prepared, work)


def _still_wanted(payment: Payment, prepared: Prepared, work: Work) -> Prepared | None:
    """What was prepared, unless the payment was closed meanwhile: then nobody is to pay it any more."""
    state = payments.get(work.shop, payment.payment_id).state
    if state == "closed":
        pay_channel(payment.mchid).close(payment.payment_id)
        raise StateConflict(_OVER)
    return prepared if state == "pending" else None


def payment_view(payment: Payment) -> wire.PaymentView:
    """The payment as the wire shows it."""
    return wire.PaymentView(
        payment_id=payment.payment_id,
        state=payment.state,
        amount_fen=payment.amount_fen,
        tenders=tuple(
            wire.TenderView(
                kind=tender.kind,
                fen=tender.fen,
                principal_fen=tender.principal_fen if tender.kind == "stored" else None,
                bonus_fen=tender.bonus_fen if tender.kind == "stored" else None,
                handed_fen=tender.handed_fen or None,
                points=tender.points or None,
            )
            for tender in payment.tenders
        ),
        change_fen=payment.change_fen,
        expires_at=payment.expires_at if payment.state == "pending" else None,
        paid_at=payment.paid_at,
    )


def parameters(prepared: Prepared) -> wire.WechatParameters:
    """What the mini-program hands to `wx.requestPayment`."""
    return wire.WechatParameters(
        time_stamp=prepared.time_stamp,
        nonce_str=prepared.nonce_str,
        package=prepared.package,
        sign_type=prepared.sign_type,
        pay_sign=prepared.pay_sign,
    )
