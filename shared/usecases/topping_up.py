"""Paying in stored value by packages, and paying back what of it is unspent (rule 18)."""

from __future__ import annotations

from datetime import datetime

from typing_extensions import assert_never

from shared.access.caller import Role
from shared.contracts import top_up as wire
from shared.contracts.wire import Wire
from shared.domain.ledger import Posting, returning_top_up
from shared.domain.loyalty import Stored, unspent
from shared.domain.payments import Payment, Tender, WantedTender, tenders_for
from shared.domain.refunds import LegBack, Refund
from shared.errors import PermissionDenied, PriceChanged, StateConflict, TopUpLimit
from shared.runtime.merchants import merchant
from shared.store import ledger, members, packages, payments, refunds
from shared.store.commands import CommandKey
from shared.store.members import Member
from shared.store.packages import Package
from shared.store.scope import Shop
from shared.store.work import Outcome, Work
from shared.usecases.counter import drawer_for
from shared.usecases.paying import HELD
from shared.usecases.phone import payment_view, taken_up
from shared.usecases.repaying import next_ask
from shared.usecases.settling import book, resolve
from shared.usecases.telling import Kitchen

SELLS: frozenset[Role] = frozenset({"owner", "manager", "cashier"})
GIVES_BACK: frozenset[Role] = frozenset({"owner", "manager", "finance"})


def top_up(command: wire.TopUp, work: Work) -> wire.TopUpReply:
    """List the packages, buy or sell one, or pay one back.

    Raises PriceChanged, TopUpLimit, NotFound, StateConflict, PermissionDenied, InvalidArgument, PaymentUnavailable,
    PaymentRefused, PaymentBusy, PaymentUnanswered.
    """
    op = command.top_up
    if isinstance(op, wire.ListPackages):
        return wire.TopUpReply(packages=tuple(_package_view(one) for one in packages.packages(work.shop)))
    if isinstance(op, wire.BuyPackage):
        return _paid_in(op, work)
    if isinstance(op, wire.SellPackage):
        _require_one_of(SELLS, work)
        return _paid_in(op, work)
    if isinstance(op, wire.GiveBackTopUp):
        _require_one_of(GIVES_BACK, work)
        return _give_back(op, work)
    assert_never(op)


def _paid_in(op: wire.BuyPackage | wire.SellPackage, work: Work) -> wire.TopUpReply:
    """One payment for one package, the same in every repeat of the command."""

    def begin(number: str, key: CommandKey, work: Work) -> Payment:
        if isinstance(op, wire.BuyPackage):
            _make_way(number, work)
        return _begin(op, number, key, work)

    taken = taken_up(work, begin)
    return wire.TopUpReply(payment=payment_view(taken.payment), wechat=taken.wechat)


def _make_way(number: str, work: Work) -> None:
    """End the guest's own earlier top-ups that wait for the phone: one of them may have been paid."""
    for rival in payments.pending_top_ups(work.shop, work.caller.id):
        if rival.payment_id != number:
            resolve(rival, work, close=True)


def _begin(op: wire.BuyPackage | wire.SellPackage, number: str, key: CommandKey, work: Work) -> Payment:
    kitchen, wanted = Kitchen.of(work), packages.package(work.shop, op.package_id)
    if wanted.pay_fen != op.shown_fen:
        raise PriceChanged("套餐价格有变动，请确认后再付款", {"dueFen": wanted.pay_fen})
    tenders = tenders_for(wanted.pay_fen, [_tender(op)])
    begun: Payment | None = None

    def body(shop: Shop) -> Outcome[Wire]:
        nonlocal begun
        begun = payments.find(shop, number)
        if begun is not None:
            return Outcome(payment_view(begun))
        member = _member(shop, op, work)
        _require_room(shop, member, wanted, work)
        begun = _payment(wanted, member, tenders, number=number, key=key, kitchen=kitchen, work=work)
        payments.add(shop, begun, now=work.now)
        events = book(shop, begun, (), kitchen, work) if begun.state == "paid" else ()
        return Outcome(payment_view(begun), events)

    work.transact(body)
    assert begun is not None
    return begun


def _member(shop: Shop, op: wire.BuyPackage | wire.SellPackage, work: Work) -> Member:
    """Who pays in: a guest becomes a member by it. Raises NotFound for a phone number that nobody has."""
    if isinstance(op, wire.BuyPackage):
        return members.join(shop, work.caller.id, now=work.now)
    return members.by_phone(shop, op.phone)


def _require_room(shop: Shop, member: Member, wanted: Package, work: Work) -> None:
    """Raises TopUpLimit early; what decides is the posting."""
    limit = members.loyalty(shop.db, work.now).policy.ceiling_fen(named=member.is_named)
    if member.stored.principal_fen + wanted.pay_fen > limit:
        raise TopUpLimit(details={"limitFen": limit})


def _tender(op: wire.BuyPackage | wire.SellPackage) -> WantedTender:
    if isinstance(op, wire.BuyPackage):
        return WantedTender("wechat")
    handed = op.handed_fen or op.shown_fen
    return WantedTender(op.kind, handed_fen=handed if op.kind == "cash" else None)


def _payment(
    wanted: Package,
    member: Member,
    tenders: tuple[Tender, ...],
    *,
    number: str,
    key: CommandKey,
    kitchen: Kitchen,
    work: Work,
) -> Payment:
    is_pending = not work.caller.is_staff
    return Payment(
        payment_id=number,
        biz_date=kitchen.config.calendar.biz_date(work.now),
        state="pending" if is_pending else "paid",
        order_ids=(),
        sitting_id=None,
        amount_fen=wanted.pay_fen,
        tenders=tenders,
        split=(),
        request_hash=key.body_hash,
        created_at=work.now,
        expires_at=work.now + HELD,
        description=f"{kitchen.config.name} {wanted.name}",
        payer=member.openid,
        taken_by=work.caller.id if work.caller.is_staff else "",
        mchid=merchant(kitchen.config.mchid).mchid if is_pending else "",
        paid_at=None if is_pending else work.now,
        top_up=Stored(wanted.pay_fen, wanted.bonus_fen),
    )


def _give_back(op: wire.GiveBackTopUp, work: Work) -> wire.TopUpReply:
    """Pay back the unspent principal by its tender; later top-ups count as spent last.

    Raises StateConflict when nothing is left, RefundUnavailable when WeChat Pay would not take it any more.
    """
    config = Kitchen.of(work).config
    biz_date = config.calendar.biz_date(work.now)

    def body(shop: Shop) -> Outcome[wire.TopUpReply]:
        payment = payments.get(shop, op.payment_id)
        if payment.top_up is None or payment.state != "paid":
            raise StateConflict("这笔付款不是已到账的储值")
        member = members.get(shop, payment.payer)
        cause = f"payment:{payment.payment_id}:topUp"
        later = ledger.paid_in_after(shop, member.account, cause)
        before = payment.given_back or Stored()
        left = unspent(payment.top_up.less(before), balance=member.stored, later=later)
        if not left.principal_fen or not payments.mark_given_back(shop, payment, before.plus(left)):
            raise StateConflict("这笔储值没有可退的本金")
        # What was given back so far names each further part.
        mark = f"{before.principal_fen}" if before.principal_fen else ""
        posting = Posting(f"{cause}:back{mark}", "topUpRefund", biz_date, returning_top_up(left), undoes=(cause,))
        ledger.post(shop, payment.payer, posting, now=work.now)
        ask_at = next_ask(shop, payment, work.now) if payment.wechat_fen else None
        back = _return(payment, left.principal_fen, op.reason, mark=mark, ask_at=ask_at, biz_date=biz_date, work=work)
        refunds.add(shop, back)
        reply = wire.TopUpReply(given_back=_given_back_view(payment, left, back))
        return Outcome(reply, drawer_for(back.refund_no, [leg.leg for leg in back.legs], config, work))

    return work.transact(body)


def _return(
    payment: Payment, fen: int, reason: str, *, mark: str, ask_at: datetime | None, biz_date: str, work: Work
) -> Refund:
    is_wechat = payment.wechat_fen > 0
    leg = payment.tenders[0].kind
    assert leg in ("wechat", "cash", "card")
    return Refund(
        refund_no=f"{payment.payment_id}-topup{mark}",
        kind="topUp",
        legs=(LegBack(leg, fen, "due" if is_wechat else "done"),),
        by=work.caller.id,
        payment_id=payment.payment_id,
        mchid=payment.mchid,
        fen=fen,
        total_fen=payment.amount_fen,
        reason=reason,
        biz_date=biz_date,
        state="due" if is_wechat else "done",
        created_at=work.now,
        ask_at=ask_at,
        done_at=None if is_wechat else work.now,
    )


def _given_back_view(payment: Payment, left: Stored, back: Refund) -> wire.GivenBack:
    kind = payment.tenders[0].kind
    assert kind in ("wechat", "cash", "card")
    return wire.GivenBack(
        fen=left.principal_fen, bonus_fen=left.bonus_fen, kind=kind, state="due" if back.state == "due" else "done"
    )


def _package_view(one: Package) -> wire.PackageView:
    return wire.PackageView(package_id=one.package_id, name=one.name, pay_fen=one.pay_fen, bonus_fen=one.bonus_fen)


def _require_one_of(roles: frozenset[Role], work: Work) -> None:
    if work.caller.role not in roles:
        raise PermissionDenied
