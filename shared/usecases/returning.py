"""What WeChat Pay gives back: asked for under one number until it says that it is done (rules 15, 16)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from shared.domain.refunds import OPEN, Refund
from shared.errors import PaymentRefused, ZaotaiError
from shared.gateways.wechat_pay import Refund as ChannelRefund
from shared.gateways.wechat_pay import TradeUnknown, channel_date, pay_channel
from shared.store import exceptions, payments, refunds
from shared.store.scope import Shop
from shared.store.work import Nothing, Outcome, Work
from shared.usecases.notices import Notices

_ASK_AGAIN = timedelta(minutes=1)
"""WeChat Pay takes refunds of one payment a minute apart."""
_AT_MOST = timedelta(hours=1)
_ASKING_S = 3.0
"""A call that has less time left leaves the asking to the sweep."""


def send(refund_no: str, work: Work) -> None:
    """Ask for a refund that was just written, if there is time; what does not go through, the sweep does."""
    if work.deadline.left_s() < _ASKING_S:
        return
    try:
        # The command is on record by now; this is a step of its own.
        give_back(refund_no, replace(work, key=None))
    except ZaotaiError:  # noted, and due again
        return


def give_back(refund_no: str, work: Work) -> bool:
    """Ask for a refund, or how it stands; whether it is done or failed. Raises what kept WeChat Pay from doing it."""
    refund = refunds.get(work.shop, refund_no)
    if refund.state not in OPEN:
        return False
    try:
        found = _asked(refund) if refund.state == "due" else pay_channel(refund.mchid).query_refund(refund_no)
    except PaymentRefused as error:
        if refund.state == "asked" and isinstance(error, TradeUnknown):
            refunds.move(work.shop, refund, "due", look_at=work.now)
            return False
        return _refused(refund, str(error.details.get("reason", "")), work)
    except ZaotaiError:
        refunds.move(work.shop, refund, refund.state, look_at=_next(refund, work.now))
        raise
    return note(found, work)


def note(found: ChannelRefund, work: Work) -> bool:
    """Book how a refund stands, as WeChat Pay tells; told again, it changes nothing. Whether it is done or failed.

    What failed may still be mended by people, and then be done. Raises NotFound for a number that is not ours.
    """
    is_over, notices = False, Notices.of(work)

    def body(shop: Shop) -> Outcome[Nothing]:
        nonlocal is_over
        refund = refunds.get(shop, found.out_refund_no)
        is_over = _note(shop, refund, found, notices, work)
        return Outcome(Nothing())

    work.transact(body)
    return is_over


def _refused(refund: Refund, reason: str, work: Work) -> bool:
    def body(shop: Shop) -> Outcome[Nothing]:
        _fail(shop, refund, reason, work)
        return Outcome(Nothing())

    work.transact(body)
    return True


def _note(shop: Shop, refund: Refund, found: ChannelRefund, notices: Notices, work: Work) -> bool:
    if found.state == "SUCCESS":
        _done(shop, refund, found, notices, work)
        return True
    if refund.state not in OPEN:
        return True
    if found.state == "ABNORMAL":  # the guest's account takes no money: for people
        _fail(shop, refund, "ABNORMAL", work)
        return True
    # What was closed may be asked for again, under the same number.
    refunds.move(shop, refund, "due" if found.state == "CLOSED" else "asked", look_at=_next(refund, work.now))
    return False


def _done(shop: Shop, refund: Refund, found: ChannelRefund, notices: Notices, work: Work) -> None:
    done_at = found.done_at or work.now
    facts = {"done_at": done_at, "channel_date": channel_date(done_at)}
    if not refunds.move(shop, refund, "done", facts=facts):
        return
    exceptions.end(shop, "refundStuck", refund.refund_no, now=work.now)
    if refund.kind == "late":
        exceptions.end(shop, "latePayment", refund.payment_id, now=work.now)
    payer = payments.get(shop, refund.payment_id).payer
    notices.refunded(shop, payer, refund_no=refund.refund_no, fen=refund.wechat_fen)


def _fail(shop: Shop, refund: Refund, reason: str, work: Work) -> None:
    if refunds.move(shop, refund, "failed"):
        told = {"fen": refund.wechat_fen, "payment_id": refund.payment_id, "reason": reason}
        exceptions.note(shop, "refundStuck", refund.refund_no, now=work.now, told=told)


def _asked(refund: Refund) -> ChannelRefund:
    return pay_channel(refund.mchid).refund(
        out_trade_no=refund.payment_id,
        out_refund_no=refund.refund_no,
        refund_fen=refund.wechat_fen,
        total_fen=refund.total_fen,
        reason=refund.reason,
    )


def _next(refund: Refund, now: datetime) -> datetime:
    """Later and later, an hour at most."""
    return now + min(_ASK_AGAIN * (1 << min(refund.tries, 10)), _AT_MOST)
