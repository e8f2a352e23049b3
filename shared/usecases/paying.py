"""Paying: a part of a bill is claimed, WeChat Pay is asked if need be, and the payment is booked (rules 5, 8, 15).

begin (transaction) → WeChat Pay, under a number made before → settle (transaction)
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from shared.contracts import payments as wire
from shared.domain import bills
from shared.domain.bills import SETTLED, Share
from shared.domain.ledger import Posting, spending
from shared.domain.payments import GUESTS, Payment, Tender, legs_of
from shared.errors import PermissionDenied, PriceChanged, StateConflict
from shared.runtime.merchants import merchant
from shared.store import ledger, orders, payments
from shared.store.commands import CommandKey
from shared.store.scope import Shop
from shared.store.work import Outcome, Work
from shared.usecases.bills import Bill, bill_for, bill_of, part_of
from shared.usecases.phone import payment_view, taken_up
from shared.usecases.settling import book, resolve
from shared.usecases.telling import Kitchen
from shared.usecases.tendering import tenders_of

HELD = timedelta(minutes=5)
"""How long a part of a bill waits for the guest's phone."""
AT_LEAST = timedelta(minutes=2)
"""WeChat Pay takes no payment that is over within a minute."""


def pay_order(command: wire.PayOrder, work: Work) -> wire.PayReply:
    """Claim a part of a bill and have it paid: at once, or by the guest's phone, under the same number in every retry.

    Raises NotFound, StateConflict for what is paid or being paid, PriceChanged, PermissionDenied, InvalidArgument,
    StoredValueShort, PointsShort, PointsLimit, PaymentUnavailable, PaymentRefused, PaymentBusy, PaymentUnanswered.
    """

    def begin(number: str, key: CommandKey, work: Work) -> Payment:
        _require_may(command, work)
        _make_way(command, number, work)
        return _begin(command, number, key, work)

    taken = taken_up(work, begin)
    return wire.PayReply(
        payment=payment_view(taken.payment), bill=bill_for(work.shop, taken.payment).view(), wechat=taken.wechat
    )


def _require_may(command: wire.PayOrder, work: Work) -> None:
    """Raises PermissionDenied for a guest who takes cash, PaymentUnavailable where nobody can pay by WeChat Pay."""
    if not work.caller.is_staff and any(tender.kind not in GUESTS for tender in command.tenders):
        raise PermissionDenied("现金和刷卡请到收银台付款")
    if any(tender.kind == "wechat" for tender in command.tenders):
        merchant(Kitchen.of(work).config.mchid)


def _make_way(command: wire.PayOrder, number: str, work: Work) -> None:
    """End the caller's own other payments of this bill; for staff who take the whole, everybody's.

    Raises what a claim does, and PaymentUnanswered, PaymentBusy when nobody knows how they ended.
    """
    bill = bill_of(work.shop, command, work)
    is_till = work.caller.is_staff and command.part.by == "whole"
    rivals = [
        rival
        for rival in payments.pending(work.shop, bill.order_ids)
        if rival.payment_id != number and (is_till or rival.payer == work.caller.id)
    ]
    if rivals:
        # An amount that is wrong anyway ends nothing.
        _claim(bill.without(rivals), command, work)
    for rival in rivals:
        resolve(rival, work, close=True)


def _begin(command: wire.PayOrder, number: str, key: CommandKey, work: Work) -> Payment:
    """Write the payment with what it claims; without WeChat Pay it is paid thereby. A twin's payment is this one."""
    kitchen = Kitchen.of(work)
    begun: Payment | None = None

    def body(shop: Shop) -> Outcome[wire.PaymentView]:
        nonlocal begun
        begun = payments.find(shop, number)
        if begun is not None:
            return Outcome(payment_view(begun))
        bill = bill_of(shop, command, work)
        claim = _claim(bill, command, work)
        tenders = tenders_of(shop, bill, claim.shares, command=command, kitchen=kitchen, work=work)
        begun = _payment(bill, claim, tenders, number=number, key=key, kitchen=kitchen, work=work)
        if claim.share_key is not None and payments.is_share_taken(shop, claim.share_key):
            raise StateConflict("这一份已经有人付了，请选择其他份")
        payments.add(shop, begun, now=work.now)
        if begun.is_members:
            moves = spending(points=begun.points, stored=begun.stored)
            paid = Posting(f"payment:{number}:pay", "pay", begun.biz_date, moves, order_id=begun.order_ids[0])
            ledger.post(shop, begun.payer, paid, now=work.now)
        moved = [(one, bills.claim(one, claim.shares)) for one in bill.orders if one.order_id in begun.order_ids]
        if begun.state == "pending":
            orders.save_moves(shop, moved)
            return Outcome(payment_view(begun))
        settled = [(before, bills.pay(after, claim.shares)) for before, after in moved]
        return Outcome(payment_view(begun), book(shop, begun, settled, kitchen, work))

    work.transact(body)
    assert begun is not None
    return begun


@dataclass(frozen=True)
class _Claim:
    """What is claimed of a bill, and the name of the even share that this is."""

    shares: tuple[Share, ...]
    share_key: str | None

    @property
    def fen(self) -> int:
        return sum(share.fen for share in self.shares)


def _claim(bill: Bill, command: wire.PayOrder, work: Work) -> _Claim:
    """Raises NotFound, StateConflict, PriceChanged."""
    part = part_of(bill, command.part, work)
    claim = _Claim(bills.shares_of(bill.orders, part), None)
    if claim.fen != command.shown_fen:
        raise PriceChanged("金额有变动，请确认后再付款", {"dueFen": claim.fen})
    if bill.sitting is not None and isinstance(part, bills.Evenly) and claim.fen:
        return replace(claim, share_key=f"{bill.sitting.sitting_id}|{part.of}|{part.share}")
    return claim


def _payment(
    bill: Bill,
    claim: _Claim,
    tenders: tuple[Tender, ...],
    *,
    number: str,
    key: CommandKey,
    kitchen: Kitchen,
    work: Work,
) -> Payment:
    """The payment as it begins. Raises StateConflict for a bill of nothing that is settled."""
    if bill.sitting is not None and bill.sitting.state == "settled" and not claim.fen:
        raise StateConflict(SETTLED)
    is_pending = any(tender.kind == "wechat" for tender in tenders)
    claimed = {share.order_id for share in claim.shares}
    return Payment(
        payment_id=number,
        biz_date=kitchen.config.calendar.biz_date(work.now),
        state="pending" if is_pending else "paid",
        order_ids=tuple(one for one in bill.order_ids if one in claimed or not claimed),
        sitting_id=bill.sitting.sitting_id if bill.sitting else None,
        amount_fen=claim.fen,
        tenders=tenders,
        split=legs_of(claim.shares, tenders),
        request_hash=key.body_hash,
        created_at=work.now,
        expires_at=_expiry(bill, work.now),
        description=f"{kitchen.config.name} {bill.title}",
        payer="" if work.caller.is_staff else work.caller.id,
        taken_by=work.caller.id if work.caller.is_staff else "",
        mchid=merchant(kitchen.config.mchid).mchid if is_pending else "",
        share_key=claim.share_key,
        paid_at=None if is_pending else work.now,
    )


def _expiry(bill: Bill, now: datetime) -> datetime:
    """An unpaid order's own time, else the time that a part is held."""
    pay_by = bill.orders[0].pay_by if bill.sitting is None else None
    return max(pay_by, now + AT_LEAST) if pay_by else now + HELD
