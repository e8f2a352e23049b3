"""Whether what was chosen can be had: on sale now, and fitting its dish (rules 11, 14)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal, NamedTuple

from shared.domain.bizday import BusinessCalendar
from shared.domain.menu import ComboChoice, ComboSlot, Dish, ModifierGroup, Option, SpecGroup
from shared.domain.pricing.lines import WantedLine
from shared.errors import ChoiceInvalid, DishUnavailable

_REASONS = {"unknown": "本店没有这道菜", "soldOut": "已沽清", "notNow": "不在供应时段"}


class Picks(NamedTuple):
    """A line's choices as the dish's own options, and in words what is wrong with them."""

    specs: Sequence[Option]
    modifiers: Sequence[tuple[Option, int]]
    combo: Sequence[tuple[ComboSlot, ComboChoice]]
    faults: Sequence[str]


PLAIN = Picks((), (), (), ())
"""Nothing to choose, and nothing chosen."""


def require_orderable(
    wanted: Sequence[WantedLine], dishes: Mapping[str, Dish], *, now: datetime, calendar: BusinessCalendar
) -> list[Picks]:
    """Each line's choices. Raises DishUnavailable (each dish with its reason) or ChoiceInvalid (each line's faults)."""
    asked = [dish_id for line in wanted for dish_id in (line.dish_id, *line.combo.values())]
    require_on_sale(asked, dishes, now=now, calendar=calendar)
    found = [picks_of(line, dishes[line.dish_id]) for line in wanted]
    faults = [
        fault
        for line, picks in zip(wanted, found, strict=True)
        if picks.faults
        for fault in _told(line, dishes[line.dish_id], picks)
    ]
    if faults:
        raise ChoiceInvalid(details={"lines": faults})
    return found


def unavailable_reason(dish: Dish, *, now: datetime, calendar: BusinessCalendar) -> Literal["soldOut", "notNow"] | None:
    """Why a dish cannot be ordered at a moment, or None: `soldOut` or `notNow`."""
    if dish.sold_out_until is not None and now < dish.sold_out_until:
        return "soldOut"
    if dish.windows and not calendar.is_within(now, dish.windows):
        return "notNow"
    return None


def require_on_sale(
    dish_ids: Iterable[str], dishes: Mapping[str, Dish], *, now: datetime, calendar: BusinessCalendar
) -> None:
    """Raises DishUnavailable, naming every dish that is unknown, sold out or not sold at this time."""
    refused = []
    for dish_id in dict.fromkeys(dish_ids):
        dish = dishes.get(dish_id)
        if dish is not None and dish.sold_out_until is None and not dish.windows:
            continue
        reason = "unknown" if dish is None else unavailable_reason(dish, now=now, calendar=calendar)
        if reason:
            refused.append({"dishId": dish_id, "name": dish.name if dish else dish_id, "reason": reason})
    if refused:
        told = "，".join(f"{item['name']}{_REASONS[item['reason']]}" for item in refused)
        raise DishUnavailable(told, {"dishes": refused})


def choice_faults(line: WantedLine, dish: Dish) -> list[dict[str, str]]:
    """What of a line's choices does not fit its dish, in words, each with the line's id."""
    return _told(line, dish, picks_of(line, dish))


def picks_of(line: WantedLine, dish: Dish) -> Picks:
    """The line's choices as the dish's own options, in the dish's order, with what is wrong with them."""
    if not (dish.specs or dish.modifiers or dish.combo or line.specs or line.modifiers or line.combo):
        return PLAIN
    faults: list[str] = []
    return Picks(
        _specs(line.specs, dish.specs, faults) if line.specs or dish.specs else (),
        _modifiers(line.modifiers, dish.modifiers, faults) if line.modifiers or dish.modifiers else (),
        _combo(line.combo, dish.combo, faults) if line.combo or dish.combo else (),
        faults,
    )


def _told(line: WantedLine, dish: Dish, picks: Picks) -> list[dict[str, str]]:
    return [{"lineId": line.line_id, "dish": dish.name, "fault": fault} for fault in picks.faults]


def _specs(picked: Mapping[str, str], groups: Sequence[SpecGroup], faults: list[str]) -> list[Option]:
    found: list[Option] = []
    for group in groups:
        wanted = picked.get(group.id)
        for option in group.options:
            if option.id == wanted:
                found.append(option)
                break
        else:
            faults.append(f"请选择{group.name}")
    if len(found) != len(picked):
        faults += [f"没有规格 {group_id}" for group_id in picked if group_id not in {group.id for group in groups}]
    return found


def _modifiers(
    picked: Mapping[str, int], groups: Sequence[ModifierGroup], faults: list[str]
) -> list[tuple[Option, int]]:
    found: list[tuple[Option, int]] = []
    outside: list[str] = []
    for group in groups:
        together = 0
        for option in group.options:
            if count := picked.get(option.id):
                found.append((option, count))
                together += count
        if not group.min_picks <= together <= group.max_picks:
            outside.append(f"{group.name}请选 {group.min_picks} 到 {group.max_picks} 项")
    if len(found) != len(picked):
        known = {option.id for group in groups for option in group.options}
        faults += [f"没有加料 {option_id}" for option_id in picked if option_id not in known]
    faults += outside
    return found


def _combo(
    picked: Mapping[str, str], slots: Sequence[ComboSlot], faults: list[str]
) -> list[tuple[ComboSlot, ComboChoice]]:
    found: list[tuple[ComboSlot, ComboChoice]] = []
    for slot in slots:
        wanted = picked.get(slot.id)
        for choice in slot.choices:
            if choice.dish_id == wanted:
                found.append((slot, choice))
                break
        else:
            faults.append(f"请选择{slot.name}")
    if len(found) != len(picked):
        faults += [f"没有套餐项 {slot_id}" for slot_id in picked if slot_id not in {slot.id for slot in slots}]
    return found
