"""What goes back of one payment, in the transaction that gives it back: to accounts at once, the rest as a refund."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.domain.ledger import Posting, refunding
from shared.domain.payments import Leg, Payment
from shared.domain.refund_legs import Returned
from shared.domain.refunds import LegBack, LegState, Refund, RefundState
from shared.errors import RefundUnavailable
from shared.store import exceptions, ledger, members, payments, refunds
from shared.store.ledger import Booked
from shared.store.scope import Shop
from shared.store.work import Work

PAUSE = timedelta(seconds=61)
"""WeChat Pay takes refunds of one payment a minute apart, fifty at most, within a year."""
AT_MOST = 50
WITHIN = timedelta(days=365)
_NOTHING = Booked("", {})
_OF_ACCOUNTS: frozenset[Leg] = frozenset({"points", "principal", "bonus"})


@dataclass(frozen=True)
class Because:
    """What a refund is for."""

    order_id: str
    reason: str
    biz_date: str


def repay(shop: Shop, refund_no: str, part: Returned, why: Because, work: Work) -> Refund:
    """Write one payment's part of a refund, and give accounts theirs. Raises RefundUnavailable, StateConflict."""
    payment = part.before
    payments.save_refunded(shop, payment, part.after)
    has_member = _to_account(shop, refund_no, part, why, work)
    legs = tuple(
        LegBack(leg, fen, _leg_state(leg, has_member=has_member), part.points if leg == "points" else 0)
        for leg, fen in part.legs.items()
    )
    state = _state(legs)
    is_asked = "wechat" in part.legs
    refund = Refund(
        refund_no=refund_no,
        kind="order",
        payment_id=payment.payment_id,
        fen=part.fen,
        legs=legs,
        lines=part.lines,
        reason=why.reason,
        by=work.caller.id,
        biz_date=why.biz_date,
        state=state,
        created_at=work.now,
        mchid=payment.mchid if is_asked else "",
        total_fen=payment.wechat_fen if is_asked else 0,
        ask_at=next_ask(shop, payment, work.now) if is_asked else None,
        done_at=work.now if state == "done" else None,
    )
    refunds.add(shop, refund)
    for leg in refund.stuck_legs:
        told = {"fen": leg.fen, "leg": leg.leg, "payment_id": payment.payment_id}
        exceptions.note(shop, "refundStuck", f"{refund_no}:{leg.leg}", now=work.now, told=told)
    return refund


def _to_account(shop: Shop, refund_no: str, part: Returned, why: Because, work: Work) -> bool:
    """Give back points and stored value and claw back what was earned; whether the account is still there."""
    cause = f"payment:{part.before.payment_id}"
    if not part.before.is_members and not part.before.earning_fen:
        return True
    sets = ledger.booked(shop, (f"{cause}:pay", f"{cause}:earn"))
    account = next((one.account for one in sets.values()), None)
    member = members.of_account(shop, account) if account else None
    if member is None:
        return False
    earned = sets.get(f"{cause}:earn", _NOTHING).gains
    moves = refunding(
        points=part.points,
        stored=part.stored,
        earned_points=part.clawed_back(earned.get("points", 0)),
        earned_growth=part.clawed_back(earned.get("growth", 0)),
    )
    if moves:
        back = Posting(
            f"refund:{refund_no}", "refund", why.biz_date, moves, order_id=why.order_id, undoes=tuple(sorted(sets))
        )
        ledger.post(shop, member.openid, back, now=work.now)
    return True


def _leg_state(leg: Leg, *, has_member: bool) -> LegState:
    """To who left the brand, without principal then, people pay out what comes back of it; the rest is void."""
    if leg == "wechat":
        return "due"
    if leg not in _OF_ACCOUNTS or has_member:
        return "done"
    return "failed" if leg == "principal" else "lapsed"


def _state(legs: tuple[LegBack, ...]) -> RefundState:
    states = {leg.state for leg in legs}
    return "due" if "due" in states else "failed" if "failed" in states else "done"


def next_ask(shop: Shop, payment: Payment, now: datetime) -> datetime:
    """When WeChat Pay takes the next refund of a payment. Raises RefundUnavailable when it takes none any more."""
    if payment.paid_at is not None and now - payment.paid_at > WITHIN:
        raise RefundUnavailable("微信付款超过一年，不能原路退回，请用其他方式退给客人", {"reason": "tooOld"})
    asked = refunds.asks(shop, payment.payment_id, limit=AT_MOST)
    if len(asked) == AT_MOST:
        raise RefundUnavailable("这笔微信付款的退款次数已满，请用其他方式退给客人", {"reason": "tooMany"})
    return max([now, *(at + PAUSE for at in asked)])
