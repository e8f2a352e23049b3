"""A shop's menu as the domain sees it: dishes with specs, modifiers and combos, and when they can be ordered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from functools import cached_property


@dataclass(frozen=True)
class Option:
    """One thing to pick. `price_fen` is added to the unit price (for a spec: the price difference)."""

    id: str
    name: str
    price_fen: int = 0


@dataclass(frozen=True)
class SpecGroup:
    """Exactly one must be picked: 大份 or 小份."""

    id: str
    name: str
    options: tuple[Option, ...]


@dataclass(frozen=True)
class ModifierGroup:
    """From `min_picks` to `max_picks` may be picked: 加料, 忌口."""

    id: str
    name: str
    options: tuple[Option, ...]
    min_picks: int = 0
    max_picks: int = 1


@dataclass(frozen=True)
class ComboChoice:
    """One dish that can fill a combo's slot, at a surcharge."""

    dish_id: str
    name: str
    station: str
    surcharge_fen: int = 0


@dataclass(frozen=True)
class ComboSlot:
    """Exactly one choice fills it: 主食, 饮品."""

    id: str
    name: str
    choices: tuple[ComboChoice, ...]


@dataclass(frozen=True)
class Window:
    """Half-open selling window; `end` ≤ `start` ends on the next day (rule 14)."""

    start: time
    end: time


@dataclass(frozen=True)
class TimedPrice:
    """A price by the clock: 下午茶. It holds where it is the lowest (rule 4)."""

    window: Window
    price_fen: int


@dataclass(frozen=True)
class Dish:
    """One dish of one shop; what is left lives apart, in the stock.

    `daily_stock` None means unlimited, but for the business day `limited_on`. `member_prices` are by level;
    `packing_fen` is what packing one unit to take away costs.
    """

    id: str
    name: str
    category_id: str
    station: str
    price_fen: int
    unit: str = "份"
    description: str = ""
    specs: tuple[SpecGroup, ...] = ()
    modifiers: tuple[ModifierGroup, ...] = ()
    combo: tuple[ComboSlot, ...] = ()
    windows: tuple[Window, ...] = ()
    daily_stock: int | None = None
    sold_out_until: datetime | None = None
    keywords: tuple[str, ...] = ()
    allergens: tuple[str, ...] = ()
    image: str = ""
    timed_prices: tuple[TimedPrice, ...] = ()
    member_prices: Mapping[str, int] = field(default_factory=dict)
    packing_fen: int = 0
    limited_on: str | None = None

    def is_limited(self, biz_date: str) -> bool:
        """Whether the day's stock bounds what is sold of it (rule 13)."""
        return self.daily_stock is not None or self.limited_on == biz_date


@dataclass(frozen=True)
class Category:
    """A heading of the menu, in `position` order."""

    id: str
    name: str
    position: int


@dataclass(frozen=True)
class Menu:
    """Everything a shop sells."""

    categories: tuple[Category, ...]
    dishes: tuple[Dish, ...]

    @cached_property
    def by_id(self) -> Mapping[str, Dish]:
        """The dishes by their ids."""
        return {dish.id: dish for dish in self.dishes}
