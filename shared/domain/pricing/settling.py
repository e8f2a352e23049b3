"""What the chosen offers come to together: which go with which, and what each layer cuts (rule 4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from shared.domain.pricing.layers import NO_POINTS, PointsUse, cut_by_coupon, cut_by_reductions, points_use
from shared.domain.pricing.offers import Applied, Coupon
from shared.domain.pricing.refusals import Refusal
from shared.domain.pricing.terms import OnOffer
from shared.domain.pricing.till import Basket, Till


@dataclass(frozen=True)
class Settled:
    """The till after every layer but points, the chosen coupons that are not in it, and what points then pay.

    `takes_points` is False beside a coupon that goes alone.
    """

    till: Till
    refused: Mapping[str, Refusal]
    points: PointsUse
    takes_points: bool

    @property
    def due_fen(self) -> int:
        """What is due after points."""
        return self.till.due_fen - self.points.fen


def settle(basket: Basket, offer: OnOffer) -> Settled:
    """Apply the chosen coupons, in their order, with what is on offer; a coupon that is refused changes nothing."""
    found = settle_with(basket, offer.chosen, offer)
    return replace(found, refused={**found.refused, **offer.misplaced}) if offer.misplaced else found


def settle_with(basket: Basket, chosen: Sequence[Coupon], offer: OnOffer) -> Settled:
    """The same for other coupons, which hold here and now."""
    if not [coupon for coupon in chosen if coupon.stacking != "any"]:
        return _run(basket, chosen, offer)
    refused: dict[str, Refusal] = {}
    while True:
        kept, clashes = _compatible([coupon for coupon in chosen if coupon.id not in refused])
        found = _run(basket, kept, offer)
        refused.update(found.refused)
        if not found.refused:
            return replace(found, refused={**refused, **clashes})
        # A coupon that is not there may have kept another offer away: again, without it.


def closed(settled: Settled, offer: OnOffer) -> Till:
    """The till with the points in it: the last layer, after which nothing is asked of what came before."""
    rule = offer.spent.rule if offer.spent else None
    if rule and settled.points.fen:
        till = settled.till
        till.cut(Applied("points", rule.id, rule.name, settled.points.fen), till.basket.everything)
    return settled.till


def _run(basket: Basket, coupons: Sequence[Coupon], offer: OnOffer) -> Settled:
    till = Till(basket)
    is_alone = "alone" in [coupon.stacking for coupon in coupons]
    refused = _cut_by_coupons(till, [coupon for coupon in coupons if coupon.layer == "item"])
    if not is_alone:
        cut_by_reductions(till, offer.reductions)
    refused |= _cut_by_coupons(till, [coupon for coupon in coupons if coupon.layer == "order"])
    use = NO_POINTS if is_alone else points_use(offer.spent, till.left_fen)
    return Settled(till, refused, use, takes_points=not is_alone)


def _cut_by_coupons(till: Till, coupons: Sequence[Coupon]) -> dict[str, Refusal]:
    return {coupon.id: refusal for coupon in coupons if (refusal := cut_by_coupon(till, coupon))}


def rivals_of(coupon: Coupon, kept: Sequence[Coupon]) -> list[Coupon]:
    """Those of the kept coupons that it does not go with."""
    return [one for one in kept if coupon.stacking != "any" or one.stacking != "any"]


def clash(rivals: Sequence[Coupon]) -> Refusal:
    """Refused for not going with these."""
    return Refusal("notStackable", told=tuple([f"「{one.name}」" for one in rivals]))


def _compatible(coupons: Sequence[Coupon]) -> tuple[list[Coupon], dict[str, Refusal]]:
    """The coupons that go together, the earlier chosen first, and the others with those they clash with."""
    kept: list[Coupon] = []
    clashes: dict[str, Refusal] = {}
    for coupon in coupons:
        if rivals := rivals_of(coupon, kept):
            clashes[coupon.id] = clash(rivals)
        else:
            kept.append(coupon)
    return kept, clashes
