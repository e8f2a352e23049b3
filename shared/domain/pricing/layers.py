"""The layers that cut: item coupons, full reductions, order coupons, points (rule 4)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from shared.domain.pricing.offers import Applied, Coupon, Exchange, FullReduction, value_of
from shared.domain.pricing.refusals import Refusal
from shared.domain.pricing.terms import Points
from shared.domain.pricing.till import Places, Till


class PointsUse(NamedTuple):
    """How many points pay how much."""

    points: int
    fen: int


NO_POINTS = PointsUse(0, 0)
_NOWHERE: Places = ()


def cut_by_coupon(till: Till, coupon: Coupon) -> Refusal | None:
    """Apply a coupon to the lines it may have, or say why it cannot be: then nothing is cut."""
    offered = offered_by(till, coupon)
    if isinstance(offered, Refusal):
        return offered
    fen, places = offered
    till.cut(Applied(coupon.layer, coupon.id, coupon.name, fen), places)
    return None


def offered_by(till: Till, coupon: Coupon) -> tuple[int, Places] | Refusal:
    """What a coupon would take now, and off which lines; or why it takes nothing."""
    places = till.free(coupon.layer, coupon.conditions.dishes)
    if not places:
        return no_line(till, coupon)
    base = till.left_of(places)
    if base < coupon.threshold_fen:
        return Refusal("threshold", coupon.threshold_fen - base)
    if isinstance(coupon.value, Exchange):
        fen, places = _dearest(till, places)
    else:
        fen = value_of(coupon.value, base)
    return (fen, places) if fen > 0 else Refusal("nothingLeft")


def cut_by_reductions(till: Till, reductions: Sequence[FullReduction]) -> None:
    """Apply the reduction that cuts most, then of the others on the lines left, until none cuts; ties to the first."""
    waiting = list(reductions)
    while waiting:
        fen, at, places = 0, 0, _NOWHERE
        for n, one in enumerate(waiting):
            free = till.free("reduction", one.conditions.dishes)
            cut = one.cut_of(till.left_of(free))
            if cut > fen:
                fen, at, places = cut, n, free
        if not fen:
            return
        best = waiting.pop(at)
        till.cut(Applied("reduction", best.id, best.name, fen), places)


def points_use(points: Points | None, base_fen: int) -> PointsUse:
    """The most that points may pay of what is left of the lines."""
    if points is None:
        return NO_POINTS
    fen = points.payable_fen(base_fen)
    return PointsUse(fen // points.rule.unit_fen * points.rule.unit_points, fen)


def no_line(till: Till, coupon: Coupon) -> Refusal:
    """Why a coupon has no line to cut: other coupons have taken them, or none is of its dishes."""
    eligible = set(till.basket.eligible(coupon.conditions.dishes))
    rivals = [f"「{offer.name}」" for offer, taken in till.takers(coupon.layer) if not eligible.isdisjoint(taken)]
    return Refusal("lineTaken", told=tuple(rivals)) if rivals else Refusal("noDish")


def _dearest(till: Till, places: Places) -> tuple[int, Places]:
    """One unit of the line whose plain unit is dearest; of a line cut before, no more than is left of it."""
    rest = zip(places, till.rest_of(places), strict=True)
    worth = {at: min(till.basket.lines[at].plain_fen, left) for at, left in rest}
    dearest = max(places, key=lambda at: (worth[at], -at))
    return worth[dearest], [dearest]
