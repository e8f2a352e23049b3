"""A member's level: reached by the growth of the last year, and kept for a time whatever comes (rule 19)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any


@dataclass(frozen=True)
class Level:
    """A level, reached with so much growth. Its id is also the key of the dishes' member prices."""

    level_id: str
    name: str
    growth: int = 0
    earn_bp: int = 10_000
    """How fast its members earn points: 10,000 basis points are one point a yuan."""


@dataclass(frozen=True)
class Standing:
    """A member's level and until when it is kept; the first level, which everybody has, is kept for ever."""

    level_id: str | None = None
    keep_until: datetime | None = None


@dataclass(frozen=True)
class LevelPolicy:
    """A brand's levels, by the growth they need, the first for everybody."""

    levels: tuple[Level, ...] = (Level("member", "会员"),)
    window_days: int = 365
    kept_days: int = 365

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> LevelPolicy:
        """The policy as it is stored; what is left out is as usual."""
        told = {name: found[name] for name in ("window_days", "kept_days") if name in found}
        levels = tuple(sorted((Level(**level) for level in found.get("levels", ())), key=lambda one: one.growth))
        return cls(levels=levels, **told) if levels else cls(**told)

    def reached(self, growth: int) -> Level:
        """The highest level that so much growth reaches; the first in any case."""
        return next((level for level in reversed(self.levels) if level.growth <= growth), self.levels[0])

    def of_member(self, level_id: str | None) -> Level:
        """The level of that id; the first for one that the brand has no more."""
        return next((level for level in self.levels if level.level_id == level_id), self.levels[0])

    def after(self, level: Level) -> Level | None:
        """The next higher level."""
        return next((one for one in self.levels if one.growth > level.growth), None)

    def since(self, now: datetime) -> datetime:
        """From when on growth counts."""
        return now - timedelta(days=self.window_days)

    def review(self, standing: Standing, growth: int, *, now: datetime) -> Standing:
        """The standing after a look at the growth of the window: lifted at once, lowered or renewed when it is over."""
        reached, current = self.reached(growth), self.of_member(standing.level_id)
        is_kept = standing.keep_until is not None and now < standing.keep_until
        if reached.growth > current.growth or not is_kept:
            return self._standing(reached, now)
        return standing if standing.level_id == current.level_id else self._standing(current, now)

    def _standing(self, level: Level, now: datetime) -> Standing:
        is_first = level == self.levels[0]
        return Standing(level.level_id, None if is_first else now + timedelta(days=self.kept_days))
