"""What can cut a price: coupons, full reductions 满减, points; each with its conditions (rules 4, 20)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple

from shared.domain.menu import Window
from shared.domain.money import round_half_up
from shared.domain.pricing.lines import Layer

CouponLayer = Literal["item", "order"]
Stacking = Literal["any", "noCoupon", "alone"]
"""With what a coupon goes: with every layer, with no other coupon, or with no other offer at all, points included."""


@dataclass(frozen=True)
class Fixed:
    """So much off, and never more than there is."""

    fen: int


@dataclass(frozen=True)
class Percent:
    """A share off, in basis points (8 折 is 2000 off), at most `cap_fen`."""

    off_bp: int
    cap_fen: int | None = None


@dataclass(frozen=True)
class Exchange:
    """One unit of the dearest eligible dish for nothing, but for its modifiers and surcharges."""


Value = Fixed | Percent | Exchange


@dataclass(frozen=True)
class Conditions:
    """When and on what an offer holds; `since` is the first moment, `until` the first moment after.

    Dishes and shops are named by id; empty `shops`, `dishes` and `windows` mean all.
    """

    shops: frozenset[str] = frozenset()
    dishes: frozenset[str] = frozenset()
    windows: tuple[Window, ...] = ()
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Coupon:
    """A coupon that a member has. `threshold_fen` is tested on its eligible lines after the earlier layers."""

    id: str
    name: str
    layer: CouponLayer
    value: Value
    threshold_fen: int = 0
    stacking: Stacking = "any"
    conditions: Conditions = field(default=Conditions())


@dataclass(frozen=True)
class Step:
    """From `threshold_fen` on, `cut_fen` off."""

    threshold_fen: int
    cut_fen: int


@dataclass(frozen=True)
class FullReduction:
    """满减: the highest step that is reached; if it `repeats` (每满减), as often as reached, at most `cap_fen`."""

    id: str
    name: str
    steps: tuple[Step, ...]
    repeats: bool = False
    cap_fen: int | None = None
    conditions: Conditions = field(default=Conditions())

    def cut_of(self, base_fen: int) -> int:
        """What comes off eligible lines of `base_fen` together."""
        step = None
        for one in self.steps:
            if one.threshold_fen <= base_fen and (step is None or step.threshold_fen < one.threshold_fen):
                step = one
        if step is None:
            return 0
        times = base_fen // step.threshold_fen if self.repeats and step.threshold_fen else 1
        cut = min(step.cut_fen * times, base_fen)
        return cut if self.cap_fen is None else min(cut, self.cap_fen)


@dataclass(frozen=True)
class PointsRule:
    """Points pay in units: `unit_points` are worth `unit_fen`, for at most `max_share_bp` of what is left to pay."""

    id: str
    name: str
    unit_points: int
    unit_fen: int
    max_share_bp: int = 10_000


class Applied(NamedTuple):
    """An offer at work in a quote, and what it took off in all."""

    layer: Layer
    offer_id: str
    name: str
    fen: int


def value_of(value: Fixed | Percent, base_fen: int) -> int:
    """What a coupon takes off eligible lines of `base_fen` together: rounded once, half up."""
    if isinstance(value, Fixed):
        return min(value.fen, base_fen)
    off = round_half_up(base_fen * value.off_bp, 10_000)
    return min(off, base_fen) if value.cap_fen is None else min(off, base_fen, value.cap_fen)
