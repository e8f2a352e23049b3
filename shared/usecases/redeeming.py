"""A guest shows a coupon's code, a cashier scans it, and the coupon is used, once (rule 20)."""

from __future__ import annotations

from shared.access.caller import Role
from shared.access.coupon_code import CouponRef, make_coupon_code, read_coupon_code
from shared.contracts.coupons import RedeemCode, RedeemCoupon, RedeemReply, ShowCode
from shared.domain.counter_coupons import taken_off, unavailable
from shared.domain.coupons import CODE_LIVES, HeldCoupon, Template
from shared.domain.pricing import Coupon, Exchange
from shared.errors import CouponCodeInvalid, CouponUnavailable, PermissionDenied
from shared.runtime.settings import settings
from shared.store import coupon_giving, coupons, orders, shops
from shared.store.scope import Shop
from shared.store.work import Outcome, Work
from shared.usecases.couponing import refusal_here, worth_of
from shared.usecases.views import order_view

TAKES: frozenset[Role] = frozenset({"owner", "manager", "cashier"})


def redeem_coupon(command: RedeemCoupon, work: Work) -> RedeemReply:
    """Show an own coupon's code for a minute, or take the coupon whose code was scanned.

    Raises NotFound, CouponCodeInvalid, CouponUnavailable, StateConflict, PermissionDenied.
    """
    if isinstance(command.redeem, ShowCode):
        return _shown(command.redeem, work)
    if work.caller.role not in TAKES:
        raise PermissionDenied
    return _taken(command.redeem, work)


def _shown(wanted: ShowCode, work: Work) -> RedeemReply:
    def body(shop: Shop) -> Outcome[RedeemReply]:
        held = coupons.show(shop, wanted.coupon_id, work.caller.id, now=work.now)
        kind = coupon_giving.template(shop, held.template_id)
        _require_usable(held, kind, work)
        ends = work.now + CODE_LIVES
        code = make_coupon_code(CouponRef(held.coupon_id, held.shown), expires_at=ends, key=_key())
        return Outcome(RedeemReply(code=code, expires_at=ends, name=kind.name, worth=worth_of(kind)))

    return work.transact(body)


def _taken(wanted: RedeemCode, work: Work) -> RedeemReply:
    ref = read_coupon_code(wanted.code, now=work.now, key=_key())

    def body(shop: Shop) -> Outcome[RedeemReply]:
        held = coupons.get(shop, ref.coupon_id)
        if held.state != "free" or held.shown != ref.number:
            raise CouponCodeInvalid("这张券码已经用过，请客人重新打开券码")
        kind = coupon_giving.template(shop, held.template_id)
        _require_usable(held, kind, work)
        if wanted.order_id is None:
            return _exchanged(shop, held, kind, work)
        return _cut_off(shop, held, kind, wanted.order_id, work)

    return work.transact(body)


def _exchanged(shop: Shop, held: HeldCoupon, kind: Template, work: Work) -> Outcome[RedeemReply]:
    """The dish is handed over for the coupon."""
    if not isinstance(kind.value, Exchange):
        raise CouponUnavailable("请选择要使用这张券的订单")
    _redeem(shop, held, work)
    return Outcome(RedeemReply(name=kind.name, worth=worth_of(kind)))


def _cut_off(shop: Shop, held: HeldCoupon, kind: Template, order_id: str, work: Work) -> Outcome[RedeemReply]:
    """The coupon is locked for the order, and used as soon as something of it is paid."""
    if isinstance(kind.value, Exchange):
        raise CouponUnavailable("兑换券请直接核销，或由客人下单时选用")
    before = orders.get(shop, order_id)
    after, fen = taken_off(before, _priced(held, kind))
    orders.save_move(shop, before, after)
    _redeem(shop, held, work, order_id=order_id, is_used=after.due_fen == 0)
    return Outcome(RedeemReply(name=kind.name, worth=worth_of(kind), cut_fen=fen, order=order_view(after)))


def _redeem(shop: Shop, held: HeldCoupon, work: Work, *, order_id: str | None = None, is_used: bool = True) -> None:
    if not coupons.redeem(shop, held, by=work.caller.id, now=work.now, order_id=order_id, is_used=is_used):
        raise CouponCodeInvalid


def _priced(held: HeldCoupon, kind: Template) -> Coupon:
    return Coupon(
        id=held.coupon_id,
        name=kind.name,
        layer=kind.layer,
        value=kind.value,
        threshold_fen=kind.threshold_fen,
        stacking=kind.stacking,
        conditions=kind.bound(held),
    )


def _require_usable(held: HeldCoupon, kind: Template, work: Work) -> None:
    calendar = shops.shop_settings(work.shop, work.now).calendar
    refusal = refusal_here(held, kind, calendar, work)
    if refusal is not None:
        raise unavailable(held.coupon_id, refusal)


def _key() -> str:
    return settings().table_code_key.get_secret_value()
