"""What an order does with the coupons that its guest chose; most orders have none, and cost nothing for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from shared.domain.pricing import Coupon, Quote
from shared.errors import CouponUnavailable
from shared.store import coupons, offers
from shared.store.scope import Shop
from shared.store.work import Nothing, Outcome, Work

Beside = tuple[Callable[[Shop], None], ...]
Withdraw = Callable[[Shop, str], bool]


def held_by_caller(chosen: Sequence[str], work: Work) -> tuple[Coupon, ...]:
    """The chosen coupons that the caller has; a member of staff has none."""
    if not chosen or work.caller.is_staff:
        return ()
    return offers.chosen_coupons(work.shop.db, work.caller.id, chosen)


def require_used(chosen: Sequence[str], found: Quote) -> None:
    """Raises CouponUnavailable, naming each with its reason, unless every chosen coupon is in the price."""
    if not chosen or not found.refused:
        return
    told = [
        {
            "couponId": coupon_id,
            "reason": refusal.reason,
            "message": refusal.message,
            **({} if refusal.missing_fen is None else {"missingFen": refusal.missing_fen}),
        }
        for coupon_id, refusal in found.refused.items()
    ]
    raise CouponUnavailable("；".join(dict.fromkeys(str(one["message"]) for one in told)), {"coupons": told})


def locking(chosen: Sequence[str], order_id: str, work: Work, *, is_paid: bool) -> Beside:
    """What is to happen beside the order: its coupons become its own, or it is refused (CouponUnavailable)."""
    if not chosen:
        return ()

    def lock(shop: Shop) -> None:
        coupons.lock(shop, chosen, work.caller.id, order_id=order_id, is_used=is_paid, now=work.now)

    return (lock,)


def withdrawing(chosen: Sequence[str], withdraw: Withdraw, work: Work, *, is_more: bool = False) -> Withdraw:
    """How the order is made void that was just written: with all that became its own, or not at all.

    `is_more` tells that `withdraw` frees something besides the order: a group's seat, pieces of a flash sale.
    """
    if not chosen and not is_more:
        return withdraw

    def withdraw_both(_shop: Shop, order_id: str) -> bool:
        is_void = False

        def body(shop: Shop) -> Outcome[Nothing]:
            nonlocal is_void
            is_void = withdraw(shop, order_id)
            if is_void and chosen:
                coupons.free(shop, chosen, order_id, now=work.now)
            return Outcome(Nothing())

        replace(work, key=None).transact(body)
        return is_void

    return withdraw_both
