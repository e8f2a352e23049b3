"""What besides menu and moment decides a price: who buys, how it is taken, what is offered, what was chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from shared.domain.bizday import BusinessCalendar
from shared.domain.pricing.offers import Conditions, Coupon, FullReduction, PointsRule
from shared.domain.pricing.refusals import Refusal, refusal_of
from shared.domain.pricing.unit import Special


@dataclass(frozen=True)
class Points:
    """What a member may pay with points: the rule, and the balance."""

    rule: PointsRule
    balance: int

    def payable_fen(self, base_fen: int) -> int:
        """The most they may pay of what is left of the lines: whole units, within the rule's share."""
        rule = self.rule
        units = min(self.balance // rule.unit_points, base_fen * rule.max_share_bp // (10_000 * rule.unit_fen))
        return units * rule.unit_fen if units > 0 else 0


@dataclass(frozen=True)
class Terms:
    """`level` is the member's; `guests` are those who pay for their seats; `specials` are by line id.

    `coupons` are all that the member has, of which those in `chosen` are used, in that order; `points` are used only
    if `uses_points`.
    """

    shop_id: str = ""
    level: str | None = None
    is_takeaway: bool = False
    guests: int = 0
    seat_fee_fen: int = 0
    specials: Mapping[str, Special] = field(default_factory=dict)
    reductions: tuple[FullReduction, ...] = ()
    coupons: tuple[Coupon, ...] = ()
    chosen: tuple[str, ...] = ()
    points: Points | None = None
    uses_points: bool = False


@dataclass(frozen=True)
class OnOffer:
    """What of the terms holds here and now: `coupons` that could be chosen, and why the others are `barred`.

    `reductions` stand by id; `misplaced` are those of the barred that were chosen.
    """

    reductions: tuple[FullReduction, ...]
    coupons: tuple[Coupon, ...]
    chosen: tuple[Coupon, ...]
    barred: Mapping[str, Refusal]
    misplaced: Mapping[str, Refusal]
    names: Mapping[str, str]
    points: Points | None
    uses_points: bool

    @property
    def spent(self) -> Points | None:
        """The points to pay with, if the member wants to."""
        return self.points if self.uses_points else None


def on_offer(terms: Terms, *, now: datetime, calendar: BusinessCalendar) -> OnOffer:
    """What holds in the terms' shop at a moment, whatever is ordered. A chosen coupon nobody knows is barred too."""

    if not (terms.reductions or terms.coupons or terms.chosen or terms.points):
        return _NOTHING

    def bar(conditions: Conditions) -> Refusal | None:
        return refusal_of(conditions, now=now, calendar=calendar, shop_id=terms.shop_id)

    known = {coupon.id: coupon for coupon in terms.coupons}
    barred = {coupon.id: refusal for coupon in terms.coupons if (refusal := bar(coupon.conditions))}
    barred |= {coupon_id: Refusal("unknown") for coupon_id in terms.chosen if coupon_id not in known}
    return OnOffer(
        reductions=tuple(
            sorted([one for one in terms.reductions if bar(one.conditions) is None], key=lambda one: one.id)
        ),
        coupons=tuple([coupon for coupon in terms.coupons if coupon.id not in barred]),
        chosen=tuple([known[i] for i in dict.fromkeys(terms.chosen) if i not in barred]),
        barred=barred,
        misplaced={i: barred[i] for i in terms.chosen if i in barred},
        names={coupon.id: coupon.name for coupon in terms.coupons},
        points=terms.points,
        uses_points=terms.uses_points,
    )


_NOTHING = OnOffer((), (), (), {}, {}, {}, None, uses_points=False)
