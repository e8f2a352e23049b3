"""A guest shows a coupon's code; a cashier scans it, and the coupon is used."""

from __future__ import annotations

from shared.contracts.coupons import RedeemCoupon, RedeemReply
from shared.entry import Work, shop_function
from shared.usecases.redeeming import redeem_coupon


@shop_function("redeemCoupon", RedeemCoupon)
def main(command: RedeemCoupon, work: Work) -> RedeemReply:
    return redeem_coupon(command, work)
