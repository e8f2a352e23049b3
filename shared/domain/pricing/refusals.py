"""Why a coupon cannot be used, as a code and as a sentence for the guest (rule 6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shared.domain.bizday import BusinessCalendar
from shared.domain.money import in_yuan
from shared.domain.pricing.offers import Conditions

Reason = Literal[
    "unknown", "otherShop", "notYet", "expired", "wrongTime", "notStackable", "noDish", "lineTaken", "threshold",
    "nothingLeft",
]  # fmt: skip


_SAID: Mapping[Reason, str] = {
    "unknown": "没有这张券，或已经用过",
    "otherShop": "本店不能使用",
    "notYet": "{} 起可用",
    "expired": "已于 {} 过期",
    "wrongTime": "限 {} 使用",
    "notStackable": "不能与{}同时使用",
    "noDish": "所点菜品不能使用这张券",
    "lineTaken": "可用的菜品已经用了{}",
    "threshold": "未达到使用门槛",
    "nothingLeft": "可用菜品已经没有可减的金额",
}


@dataclass(frozen=True)
class Refusal:
    """The reason; `missing_fen` is what the eligible lines are short of the threshold, `told` what the reason names."""

    reason: Reason
    missing_fen: int | None = None
    told: tuple[str, ...] = ()

    @property
    def message(self) -> str:
        """The sentence for the guest."""
        if self.missing_fen is not None:
            return f"可用菜品再点 {in_yuan(self.missing_fen)}即可使用"
        return _SAID[self.reason].format("、".join(self.told))


def refusal_of(conditions: Conditions, *, now: datetime, calendar: BusinessCalendar, shop_id: str) -> Refusal | None:
    """Why an offer does not hold at a moment in a shop, whatever is ordered, or None."""
    if conditions.until is not None and conditions.until <= now:
        return Refusal("expired", told=(_when(conditions.until, calendar),))
    if conditions.shops and shop_id not in conditions.shops:
        return Refusal("otherShop")
    if conditions.since is not None and now < conditions.since:
        return Refusal("notYet", told=(_when(conditions.since, calendar),))
    if conditions.windows and not calendar.is_within(now, conditions.windows):
        return Refusal("wrongTime", told=tuple(f"{one.start:%H:%M}–{one.end:%H:%M}" for one in conditions.windows))
    return None


def _when(moment: datetime, calendar: BusinessCalendar) -> str:
    local = moment.astimezone(calendar.zone)
    return f"{local.month}月{local.day}日 {local:%H:%M}"
