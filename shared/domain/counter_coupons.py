"""A coupon that is taken at the counter, off an order that stands and that nobody has begun to pay (rules 4, 20).

It comes after all that the order has already, on what is left of its lines; the order's other cuts stay as they are.
"""

from __future__ import annotations

from dataclasses import replace

from shared.domain.coupons import ids_of
from shared.domain.money import split
from shared.domain.orders import Order, OrderLine
from shared.domain.pricing import FINAL_RULES, Applied, Coupon, Cut, Exchange, Refusal
from shared.domain.pricing.offers import value_of
from shared.errors import CouponUnavailable


def unavailable(coupon_id: str, refusal: Refusal) -> CouponUnavailable:
    """The refusal of one coupon, as people read it and as a code."""
    told = {"couponId": coupon_id, "reason": refusal.reason, "message": refusal.message}
    if refusal.missing_fen is not None:
        return CouponUnavailable(refusal.message, {"coupons": [{**told, "missingFen": refusal.missing_fen}]})
    return CouponUnavailable(refusal.message, {"coupons": [told]})


def taken_off(order: Order, coupon: Coupon) -> tuple[Order, int]:
    """The order with the coupon's cut shared over its lines, and the cut. An order takes one coupon in all.

    A line of which units are gone is not eligible: its price is settled. Raises StateConflict, CouponUnavailable.
    """
    order.require("confirmed", "cooking", "ready", "completed")
    order.require_unclaimed(order.lines)
    lines = [line for line in order.lines if _is_eligible(line, coupon)]
    refusal = _clash(order, coupon) or _short(lines, coupon)
    if refusal is not None or isinstance(coupon.value, Exchange):
        raise unavailable(coupon.id, refusal or Refusal("noDish"))
    left = [line.due_fen for line in lines]
    fen = value_of(coupon.value, sum(left))
    if fen <= 0:
        raise unavailable(coupon.id, Refusal("nothingLeft"))
    shares = zip(lines, split(fen, left), strict=True)
    cut = [replace(one, cuts=(*one.cuts, Cut(coupon.layer, coupon.id, part))) for one, part in shares if part]
    offers = (*order.offers, Applied(coupon.layer, coupon.id, coupon.name, fen))
    return replace(order.with_lines(cut), offers=offers), fen


def _is_eligible(line: OrderLine, coupon: Coupon) -> bool:
    dishes = coupon.conditions.dishes
    is_cuttable = line.is_dish and not line.gone and line.price_rule not in FINAL_RULES
    return is_cuttable and (not dishes or line.dish_id in dishes)


def _clash(order: Order, coupon: Coupon) -> Refusal | None:
    """Why it does not go with what the order has."""
    rivals = [one for one in order.offers if coupon.stacking == "alone" or one.offer_id in ids_of(order)]
    return Refusal("notStackable", told=tuple(f"「{one.name}」" for one in rivals)) if rivals else None


def _short(lines: list[OrderLine], coupon: Coupon) -> Refusal | None:
    if not lines:
        return Refusal("noDish")
    missing = coupon.threshold_fen - sum(line.due_fen for line in lines)
    return Refusal("threshold", missing) if missing > 0 else None
