"""Returning what was paid too late: asked for under one number until WeChat Pay says that it is done (rules 15, 16)."""

from __future__ import annotations

from datetime import datetime, timedelta

from shared.contracts.payments import NotifyReply
from shared.errors import PaymentRefused, ZaotaiError
from shared.gateways.wechat_pay import Refund, TradeUnknown, pay_channel
from shared.store import exceptions, returns
from shared.store.returns import OPEN, Return
from shared.store.scope import Shop
from shared.store.work import Outcome, Work

_ASK_AGAIN = timedelta(minutes=1)
"""WeChat Pay takes refunds of one payment a minute apart."""
_AT_MOST = timedelta(hours=1)


def give_back(refund_no: str, work: Work) -> bool:
    """Ask for a return, or how it stands; whether it is done or failed. Raises what kept WeChat Pay from doing it."""
    back = returns.get(work.shop, refund_no)
    try:
        found = _asked(back) if back.state == "due" else pay_channel(back.mchid).query_refund(refund_no)
    except PaymentRefused as error:
        if back.state == "asked" and isinstance(error, TradeUnknown):
            returns.move(work.shop, refund_no, "due", look_at=work.now, now=work.now)
            return False
        returns.move(work.shop, refund_no, "failed", look_at=None, now=work.now)
        return True
    except ZaotaiError:
        returns.move(work.shop, refund_no, back.state, look_at=_next(back, work.now), now=work.now)
        raise
    return note(found, work)


def note(found: Refund, work: Work) -> bool:
    """Book how a return stands, as WeChat Pay tells; told again, it changes nothing. Whether it is done or failed.

    Raises NotFound for a number that is not ours.
    """
    is_over = False

    def body(shop: Shop) -> Outcome[NotifyReply]:
        nonlocal is_over
        back = returns.get(shop, found.out_refund_no)
        is_over = back.state not in OPEN
        if not is_over:
            is_over = _note(shop, back, found, work.now)
        return Outcome(NotifyReply(outcome="refund"))

    work.transact(body)
    return is_over


def _note(shop: Shop, back: Return, found: Refund, now: datetime) -> bool:
    number = back.refund_no
    if found.state == "SUCCESS":
        returns.move(shop, number, "done", look_at=None, now=now)
        exceptions.end(shop, "latePayment", back.payment_id, now=now)
        return True
    if found.state == "ABNORMAL":  # the guest's account takes no money: for people
        returns.move(shop, number, "failed", look_at=None, now=now)
        return True
    # What was closed may be asked for again, under the same number.
    returns.move(shop, number, "due" if found.state == "CLOSED" else "asked", look_at=_next(back, now), now=now)
    return False


def _asked(back: Return) -> Refund:
    return pay_channel(back.mchid).refund(
        out_trade_no=back.payment_id,
        out_refund_no=back.refund_no,
        refund_fen=back.fen,
        total_fen=back.total_fen,
        reason=back.reason,
    )


def _next(back: Return, now: datetime) -> datetime:
    """Later and later, an hour at most."""
    return now + min(_ASK_AGAIN * (1 << min(back.tries, 10)), _AT_MOST)
