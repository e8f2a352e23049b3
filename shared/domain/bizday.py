"""The business day: a shop's zone and cutoff decide it, and opening hours may run over midnight (rules 14, 30)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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

    def next_day_at(self, moment: datetime) -> datetime:
        """The moment at which the business day after the one of `moment` begins."""
        return self.starts_at((date.fromisoformat(self.biz_date(moment)) + timedelta(days=1)).isoformat())

    def is_within(self, moment: datetime, windows: Iterable[Window]) -> bool:
        """Whether a moment lies in one of the half-open windows; one that ends on the next day is tested from both."""
        local = moment.astimezone(self.zone).time()
        return any(_covers(window, local) for window in windows)

    def next_within(self, moment: datetime, windows: Sequence[Window]) -> datetime:
        """The first moment, from `moment` on, that lies in one of the windows; with none, every moment does."""
        if not windows or self.is_within(moment, windows):
            return moment
        today = moment.astimezone(self.zone).date()
        openings = (
            datetime.combine(today + timedelta(days=ahead), window.start, self.zone)
            for window in windows
            for ahead in (0, 1)
        )
        return min(opening for opening in openings if opening > moment)


def _covers(window: Window, local: time) -> bool:
    if window.start < window.end:
        return window.start <= local < window.end
    return local >= window.start or local < window.end
