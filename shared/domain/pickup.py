"""When a pick-up order can be fetched: the slots of a shop's day, each with room for so many orders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta, timezone
from typing import Any

from shared.domain.bizday import BusinessCalendar
from shared.domain.menu import Window
from shared.errors import SlotInvalid

_FAULTS: Mapping[str, str] = {
    "past": "这个取餐时间已经过去，请选择以后的时间",
    "tooFar": "只能预约当天的取餐时间",
    "notASlot": "请选择整档的取餐时间，每 {minutes} 分钟一档",
    "closed": "这个取餐时间不在营业时间内",
}


@dataclass(frozen=True)
class PickupPolicy:
    """How long a slot is and how many orders it takes; slots begin at whole multiples from midnight."""

    minutes: int = 15
    capacity: int = 10

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> PickupPolicy:
        """The policy that a shop's settings give; what they do not say is as usual."""
        return cls(**found)


@dataclass(frozen=True)
class PickupHours:
    """When one shop's pick-up slots are."""

    calendar: BusinessCalendar
    hours: tuple[Window, ...]
    policy: PickupPolicy

    def require_slot(self, at: datetime, *, now: datetime) -> None:
        """Raises SlotInvalid, with the fault, unless `at` begins a slot that is still to come today."""
        fault = self._fault(at, now=now)
        if fault:
            raise SlotInvalid(_FAULTS[fault].format(minutes=self.policy.minutes), {"fault": fault})

    def slots(self, now: datetime) -> tuple[datetime, ...]:
        """The slots that are still to come today, in UTC."""
        today = now.astimezone(self.calendar.zone).date()
        starts = (
            datetime.combine(today + timedelta(days=ahead), time(minute // 60, minute % 60), self.calendar.zone)
            for ahead in (0, 1)
            for minute in range(0, 24 * 60, self.policy.minutes)
        )
        return tuple(at.astimezone(timezone.utc) for at in starts if self._fault(at, now=now) is None)

    def _fault(self, at: datetime, *, now: datetime) -> str | None:
        if at <= now:
            return "past"
        if self.calendar.biz_date(at) != self.calendar.biz_date(now):
            return "tooFar"
        if not self._begins_slot(at):
            return "notASlot"
        return None if self.calendar.is_within(at, self.hours) else "closed"

    def _begins_slot(self, at: datetime) -> bool:
        local = at.astimezone(self.calendar.zone)
        whole = (local.second, local.microsecond) == (0, 0)
        return whole and (local.hour * 60 + local.minute) % self.policy.minutes == 0
