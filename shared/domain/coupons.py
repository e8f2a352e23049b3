"""Coupons from template to counter: who may have one, how long it holds, and which an order uses (rules 4, 20).

free → locked(order) → used
  ↑         │           │
  ├─────────┴───────────┘  the order is cancelled, or refunded whole
  └→ expired
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Literal

from shared.domain.orders import Order
from shared.domain.pricing import Applied, Conditions, CouponLayer, Stacking, Value

Give = Literal["claim", "birthday", "newMember", "push"]
CouponState = Literal["free", "locked", "used", "expired"]

GRACE = timedelta(hours=24)
"""So long a coupon that comes back holds at least, unless the guest or the time cancelled the order (rule 16)."""
REMINDED = timedelta(days=3)
"""So long before its end the member is reminded of a coupon."""
CODE_LIVES = timedelta(seconds=60)
_LAYERS: tuple[str, ...] = ("item", "order")


@dataclass(frozen=True)
class Template:
    """What a kind of coupon is worth, and how it is given: `opens_at` is the first moment, `closes_at` the one after.

    `since` and `until` are dates that hold for every coupon of it; without `until`, each holds for `days`.
    """

    template_id: str
    name: str
    layer: CouponLayer
    value: Value
    threshold_fen: int
    stacking: Stacking
    conditions: Conditions
    is_active: bool
    give: Give
    total: int | None
    per_member: int
    issued: int
    opens_at: datetime | None
    closes_at: datetime | None
    since: datetime | None
    until: datetime | None
    days: int

    def is_given(self, now: datetime) -> bool:
        """Whether coupons of it are given at a moment, if any are left."""
        is_open = (self.opens_at is None or self.opens_at <= now) and (self.closes_at is None or now < self.closes_at)
        return self.is_active and is_open and (self.until is None or now < self.until)

    def is_for(self, shop_id: str) -> bool:
        """Whether its coupons hold in a shop."""
        return not self.conditions.shops or shop_id in self.conditions.shops

    def period(self, now: datetime) -> tuple[datetime, datetime]:
        """From when to before when a coupon holds that is given now."""
        if self.until is not None:
            return self.since or now, self.until
        return now, now + timedelta(days=self.days)

    def bound(self, held: HeldCoupon) -> Conditions:
        """When and on what a coupon of it holds."""
        return replace(self.conditions, since=held.valid_from, until=held.valid_until)

    @property
    def left(self) -> int | None:
        """How many can still be given; None without a limit."""
        return None if self.total is None else max(self.total - self.issued, 0)


@dataclass(frozen=True)
class HeldCoupon:
    """A coupon of a member; `shown` counts the codes that were shown of it."""

    coupon_id: str
    template_id: str
    openid: str
    state: CouponState
    valid_from: datetime | None
    valid_until: datetime
    shown: int = 0


def birthdays_on(day: date) -> tuple[str, ...]:
    """The birthdays, as `MM-DD`, that are kept on a day: 29 February's on the 28th where there is none."""
    today = f"{day:%m-%d}"
    is_last = today == "02-28" and (day + timedelta(days=1)).month == 3
    return (today, "02-29") if is_last else (today,)


def lowest_free(taken: Collection[int], *, limit: int) -> int | None:
    """The lowest number from 1 to `limit` that is not taken, or None."""
    return next((n for n in range(1, limit + 1) if n not in taken), None)


def ids_of(order: Order) -> tuple[str, ...]:
    """The coupons that an order uses; most orders use none."""
    return coupon_ids(order.offers)


def coupon_ids(offers: Collection[Applied]) -> tuple[str, ...]:
    """The coupons among the offers at work."""
    return tuple([one.offer_id for one in offers if one.layer in _LAYERS]) if offers else ()
