"""What of a menu cannot be ordered at a moment, why, and when it can be again (rules 13, 14)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shared.domain.bizday import BusinessCalendar
from shared.domain.menu import Dish, Menu
from shared.domain.pricing import unavailable_reason

Reason = Literal["soldOut", "notNow", "empty"]


@dataclass(frozen=True)
class Absence:
    """Why a dish cannot be ordered, and from when on it can, as far as is known now."""

    reason: Reason
    until: datetime


def left_now(menu: Menu, stock: Mapping[str, int], biz_date: str) -> dict[str, int]:
    """What is left of each dish that the day's stock bounds; a dish the day has not begun with has all of it."""
    return {dish.id: stock.get(dish.id, dish.daily_stock or 0) for dish in menu.dishes if dish.is_limited(biz_date)}


def absences(menu: Menu, left: Mapping[str, int], *, now: datetime, calendar: BusinessCalendar) -> dict[str, Absence]:
    """Every dish that cannot be ordered; a combo cannot either while nothing can fill one of its slots."""
    own = {
        dish.id: absence
        for dish in menu.dishes
        if (absence := _own(dish, is_empty=left.get(dish.id) == 0, now=now, calendar=calendar))
    }
    found = ((dish.id, [*_present(own.get(dish.id)), *_unfilled(dish, own)]) for dish in menu.dishes)
    return {dish_id: max(reasons, key=_until) for dish_id, reasons in found if reasons}


def _own(dish: Dish, *, is_empty: bool, now: datetime, calendar: BusinessCalendar) -> Absence | None:
    reason: Reason | None = unavailable_reason(dish, now=now, calendar=calendar) or ("empty" if is_empty else None)
    if reason is None:
        return None
    earliest = max(now, dish.sold_out_until or now, calendar.next_day_at(now) if is_empty else now)
    return Absence(reason, calendar.next_within(earliest, dish.windows))


def _unfilled(combo: Dish, own: Mapping[str, Absence]) -> Iterator[Absence]:
    """For each slot that nothing can fill, the absence that ends first."""
    for slot in combo.combo:
        missing = [own[choice.dish_id] for choice in slot.choices if choice.dish_id in own]
        if missing and len(missing) == len(slot.choices):
            yield min(missing, key=_until)


def _present(absence: Absence | None) -> Iterator[Absence]:
    if absence is not None:
        yield absence


def _until(absence: Absence) -> datetime:
    return absence.until
