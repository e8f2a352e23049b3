"""A member claims a coupon that is offered to everybody."""

from __future__ import annotations

from shared.contracts.coupons import ClaimCoupon, CouponReply
from shared.entry import Work, shop_function
from shared.usecases.couponing import claim_coupon


@shop_function("claimCoupon", ClaimCoupon)
def main(command: ClaimCoupon, work: Work) -> CouponReply:
    return claim_coupon(command, work)
