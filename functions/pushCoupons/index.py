"""Give a segment of the members a coupon each, and let them know."""

from __future__ import annotations

from shared.contracts.pushing import PushCoupons, PushReply
from shared.entry import Work, shop_function
from shared.usecases.pushing import push_coupons


@shop_function("pushCoupons", PushCoupons)
def main(command: PushCoupons, work: Work) -> PushReply:
    return push_coupons(command, work)
