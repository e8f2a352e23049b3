"""The business day: a shop's zone and cutoff decide it, and opening hours may run over midnight (rules 14, 30)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from shared.domain.menu import Window


@dataclass(frozen=True)
class BusinessCalendar:
    """How one shop counts its days. `cutoff` is the local time at which the next business day begins."""

    zone: ZoneInfo
    cutoff: time

    def biz_date(self, moment: datetime) -> str:
        """The business day that an aware moment belongs to, as `YYYY-MM-DD`."""
        local = moment.astimezone(self.zone)
        day = local.date() if local.time() >= self.cutoff else local.date() - timedelta(days=1)
        return day.isoformat()

    def starts_at(self, biz_date: str) -> datetime:
        """The moment at which a business day begins."""
        return datetime.combine(date.fromisoformat(biz_date), self.cutoff, self.zone)

    def is_within(self, moment: datetime, windows: Iterable[Window]) -> bool:
        """Whether a moment lies in one of the half-open windows; one that ends on the next day is tested from both."""
        local = moment.astimezone(self.zone).time()
        return any(_covers(window, local) for window in windows)


def _covers(window: Window, local: time) -> bool:
    if window.start < window.end:
        return window.start <= local < window.end
    return local >= window.start or local < window.end
