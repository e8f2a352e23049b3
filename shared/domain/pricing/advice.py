"""Which coupons could be used, what each would cut, why the others could not, and which are best (rule 6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from shared.domain.pricing.layers import (
    NO_POINTS,
    PointsUse,
    cut_by_coupon,
    cut_by_reductions,
    no_line,
    offered_by,
    points_use,
)
from shared.domain.pricing.offers import Coupon
from shared.domain.pricing.refusals import Refusal
from shared.domain.pricing.settling import Settled, clash, rivals_of, settle_with
from shared.domain.pricing.terms import OnOffer
from shared.domain.pricing.till import Basket, Till


class Usable(NamedTuple):
    """A coupon that is used, or could be beside the chosen ones: what it cuts, and what the order then comes to."""

    coupon: Coupon
    cut_fen: int
    due_fen: int
    is_chosen: bool


class Unusable(NamedTuple):
    """A coupon that cannot be used, and why."""

    coupon_id: str
    name: str
    refusal: Refusal


class Choice(NamedTuple):
    """Coupons to choose, and what the order then comes to."""

    coupon_ids: tuple[str, ...]
    due_fen: int


@dataclass(frozen=True)
class Advice:
    """What the member could choose: each coupon as usable or not, what points pay or could, and the best choice."""

    usable: tuple[Usable, ...]
    unusable: tuple[Unusable, ...]
    points: PointsUse
    basket: Basket = field(compare=False, repr=False)
    offer: OnOffer = field(compare=False, repr=False)

    @cached_property
    def best(self) -> Choice:
        """The cheapest of every choice of at most one item coupon and at most one order coupon.

        Of equals the one with fewer coupons, then the one whose coupons expire first. Worked out when asked for.
        """
        return best_choice(self.basket, self.offer)


def advice(settled: Settled, offer: OnOffer) -> Advice:
    """What could be chosen beside what is settled."""
    kept = [one for one in offer.chosen if one.id not in settled.refused]
    weighed = [_weighed(coupon, settled, offer, kept=kept) for coupon in offer.coupons]
    barred = [Unusable(i, offer.names.get(i, ""), refusal) for i, refusal in offer.barred.items()]
    return Advice(
        usable=tuple([one for one in weighed if isinstance(one, Usable)]),
        unusable=(*(one for one in weighed if isinstance(one, Unusable)), *barred),
        points=points_use(offer.points, settled.till.left_fen) if settled.takes_points else NO_POINTS,
        basket=settled.till.basket,
        offer=offer,
    )


def best_choice(basket: Basket, offer: OnOffer) -> Choice:
    """See `Advice.best`."""
    in_turn = sorted(offer.coupons, key=_expiry)
    found = list(_sole_choices(basket, [one for one in in_turn if one.stacking != "any"], offer))
    found += _free_choices(basket, [one for one in in_turn if one.stacking == "any"], offer)
    return min(found, key=lambda one: (one.due_fen, len(one.coupon_ids)))


def _weighed(coupon: Coupon, settled: Settled, offer: OnOffer, *, kept: list[Coupon]) -> Usable | Unusable:
    """A coupon as it is, or as it would be beside the kept ones, which are settled."""
    refusal = settled.refused.get(coupon.id)
    if refusal is None:
        if coupon.id in [one.id for one in kept]:
            return Usable(coupon, _cut_by(coupon, settled), settled.due_fen, is_chosen=True)
        refusal = _refusal_beside(coupon, settled.till, kept)
    if refusal is None:
        return _beside(coupon, kept, offer, till=settled.till)
    return Unusable(coupon.id, coupon.name, refusal)


def _refusal_beside(coupon: Coupon, till: Till, kept: list[Coupon]) -> Refusal | None:
    """Why a coupon cannot come after the kept ones, as far as they are the reason."""
    if rivals := rivals_of(coupon, kept):
        return clash(rivals)
    return None if till.free(coupon.layer, coupon.conditions.dishes) else no_line(till, coupon)


def _beside(coupon: Coupon, kept: list[Coupon], offer: OnOffer, *, till: Till) -> Usable | Unusable:
    """A coupon after the kept ones. One for the order comes after all that is in the till: only points follow."""
    if coupon.layer == "order" and coupon.stacking == "any":
        offered = offered_by(till, coupon)
        if isinstance(offered, Refusal):
            return Unusable(coupon.id, coupon.name, offered)
        return Usable(coupon, offered[0], _due(till, offered[0], offer), is_chosen=False)
    settled = settle_with(till.basket, (*kept, coupon), offer)
    if coupon.id in settled.refused:
        return Unusable(coupon.id, coupon.name, settled.refused[coupon.id])
    return Usable(coupon, _cut_by(coupon, settled), settled.due_fen, is_chosen=False)


def _cut_by(coupon: Coupon, settled: Settled) -> int:
    return sum([one.fen for one in settled.till.applied if (one.layer, one.offer_id) == (coupon.layer, coupon.id)])


def _due(till: Till, cut_fen: int, offer: OnOffer) -> int:
    """What an order comes to after one more cut, and points."""
    left = till.left_fen - cut_fen
    points = offer.spent
    return till.basket.apart_fen + left - (points.payable_fen(left) if points else 0)


def _sole_choices(basket: Basket, coupons: list[Coupon], offer: OnOffer) -> Iterator[Choice]:
    """Each coupon that goes with no other, by itself."""
    for coupon in coupons:
        settled = settle_with(basket, (coupon,), offer)
        if not settled.refused:
            yield Choice((coupon.id,), settled.due_fen)


def _free_choices(basket: Basket, coupons: list[Coupon], offer: OnOffer) -> Iterator[Choice]:
    """An item coupon or none, with an order coupon or none, of coupons that go with everything.

    The first layers are cut once per item coupon; what an order coupon and points then take needs no sharing out.
    """
    orders = [one for one in coupons if one.layer == "order"]
    for item in (None, *(one for one in coupons if one.layer == "item")):
        till = Till(basket)
        if item is not None and cut_by_coupon(till, item) is not None:
            continue
        cut_by_reductions(till, offer.reductions)
        ids = (item.id,) if item else ()
        yield Choice(ids, _due(till, 0, offer))
        for order in orders:
            offered = offered_by(till, order)
            if not isinstance(offered, Refusal):
                yield Choice((*ids, order.id), _due(till, offered[0], offer))


def _expiry(coupon: Coupon) -> tuple[bool, float, str]:
    until = coupon.conditions.until
    return (until is None, until.timestamp() if until else 0.0, coupon.id)
