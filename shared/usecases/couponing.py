"""Members claim coupons and see what is offered to them (rules 6, 20)."""

from __future__ import annotations

from shared.contracts import coupons as wire
from shared.domain.bizday import BusinessCalendar
from shared.domain.coupons import HeldCoupon, Template, lowest_free
from shared.domain.pricing import Exchange, Fixed, Refusal, refusal_of
from shared.errors import CouponGone, CouponLimit, CouponNotOffered
from shared.runtime import ids
from shared.store import coupon_giving, coupons, members, shops
from shared.store.coupon_giving import Claimant
from shared.store.scope import Shop
from shared.store.work import Outcome, Work
from shared.usecases.flash import claims_of_caller, offered
from shared.usecases.grouping import group_buys


def claim_coupon(command: wire.ClaimCoupon, work: Work) -> wire.CouponReply:
    """Give the member one coupon of the template, within its total and their limit; who was no member is one now.

    Raises NotFound, CouponNotOffered, CouponLimit, CouponGone, Busy, Unknown.
    """
    config = shops.shop_settings(work.shop, work.now)
    kind = coupon_giving.template(work.shop, command.template_id)
    if kind.give != "claim" or not kind.is_given(work.now) or not kind.is_for(work.shop.shop_id):
        raise CouponNotOffered
    if kind.left == 0:  # who comes late is told so at once; what decides is the hold
        raise CouponGone
    work.require_new()
    who = Claimant(work.caller.id, command.device_id, work.key.digest if work.key else ids.new_id())
    number: int | None = _free_number(work.shop, kind, who)
    members.join(work.shop, who.openid, now=work.now)

    def body(shop: Shop) -> Outcome[wire.CouponReply]:
        nonlocal number
        # The unique index tells whether a rival took the number; only then it is looked for again.
        mine = _free_number(shop, kind, who) if number is None else number
        number = None
        held = coupon_giving.add_claimed(shop, kind, who, number=mine, now=work.now)
        return Outcome(wire.CouponReply(coupon=_view(held, kind, config.calendar, work)))

    with coupon_giving.held(work.shop, kind.template_id, who.coupon_id, now=work.now):
        return work.transact(body)


def list_offers(command: wire.ListOffers, work: Work) -> wire.OffersReply:
    """What the caller can claim, use and join here and now. Writes nothing. Raises NotFound, TableCodeInvalid."""
    config = shops.shop_settings(work.shop, work.now)
    found = coupons.of_member(work.shop, work.caller.id, after=command.after, limit=command.limit + 1, now=work.now)
    page = found[: command.limit]
    kinds = coupon_giving.templates(work.shop.db, [one.template_id for one in page])
    return wire.OffersReply(
        now=work.now,
        claimable=_claimable(work) if command.after is None else (),
        coupons=tuple(
            _view(one, kinds[one.template_id], config.calendar, work) for one in page if one.template_id in kinds
        ),
        more=len(found) > command.limit,
        flash_sales=offered(work) if command.after is None else (),
        flash_claims=claims_of_caller(work) if command.after is None else (),
        group_buys=group_buys(work) if command.after is None else (),
    )


def worth_of(kind: Template) -> wire.CouponWorth:
    """What a coupon of the template takes off, as guests and staff see it."""
    value, conditions = kind.value, kind.conditions
    if isinstance(value, Fixed):
        told = wire.CouponWorth(type="fixed", layer=kind.layer, fen=value.fen)
    elif isinstance(value, Exchange):
        told = wire.CouponWorth(type="exchange", layer=kind.layer)
    else:
        told = wire.CouponWorth(type="percent", layer=kind.layer, off_bp=value.off_bp, cap_fen=value.cap_fen)
    more = {
        "threshold_fen": kind.threshold_fen,
        "stacking": kind.stacking,
        "dishes": tuple(sorted(conditions.dishes)),
        "shops": tuple(sorted(conditions.shops)),
    }
    return told.model_copy(update=more)


def _free_number(shop: Shop, kind: Template, who: Claimant) -> int:
    number = lowest_free(coupon_giving.numbers_taken(shop, kind.template_id, who), limit=kind.per_member)
    if number is None:
        raise CouponLimit(f"每人限领 {kind.per_member} 张，您已经领过了", {"limit": kind.per_member})
    return number


def _claimable(work: Work) -> tuple[wire.ClaimableView, ...]:
    here = [
        kind
        for kind in coupon_giving.given_by(work.shop.db, "claim", work.now)
        if kind.is_for(work.shop.shop_id) and kind.left != 0
    ]
    had = coupon_giving.claimed(work.shop.db, work.caller.id, [kind.template_id for kind in here])
    more = {kind.template_id: kind.per_member - had.get(kind.template_id, 0) for kind in here}
    return tuple(_claimable_view(kind, more[kind.template_id]) for kind in here if more[kind.template_id] > 0)


def _claimable_view(kind: Template, more: int) -> wire.ClaimableView:
    return wire.ClaimableView(
        template_id=kind.template_id,
        name=kind.name,
        worth=worth_of(kind),
        more=more if kind.left is None else min(more, kind.left),
        left=kind.left,
        closes_at=kind.closes_at,
        valid_from=kind.since,
        valid_until=kind.until,
        days=kind.days or None,
    )


def _view(held: HeldCoupon, kind: Template, calendar: BusinessCalendar, work: Work) -> wire.CouponView:
    assert held.state in ("free", "locked")
    refusal = refusal_here(held, kind, calendar, work)
    return wire.CouponView(
        coupon_id=held.coupon_id,
        template_id=held.template_id,
        name=kind.name,
        state="free" if held.state == "free" else "locked",
        worth=worth_of(kind),
        valid_from=held.valid_from,
        valid_until=held.valid_until,
        reason=refusal.reason if refusal else None,
        message=refusal.message if refusal else None,
    )


def refusal_here(held: HeldCoupon, kind: Template, calendar: BusinessCalendar, work: Work) -> Refusal | None:
    """Why the coupon cannot be used in this shop at this moment, whatever is ordered."""
    bound = kind.bound(held)
    return refusal_of(bound, now=work.now, calendar=calendar, shop_id=work.shop.shop_id)
