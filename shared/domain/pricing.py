"""What a guest asked for, checked against the menu and priced line by line (rules 1, 3–5, 11).

This holds the first layer of the pricing order, the unit price; every later layer cuts what this module adds up.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.domain.bizday import BusinessCalendar
from shared.domain.menu import ComboChoice, ComboSlot, Dish, Menu, ModifierGroup, Option, SpecGroup
from shared.errors import ChoiceInvalid, DishUnavailable


@dataclass(frozen=True)
class WantedLine:
    """One line as ordered: option ids by spec group, modifier option ids with counts, and dish ids by combo slot."""

    line_id: str
    dish_id: str
    quantity: int
    specs: Mapping[str, str]
    modifiers: Mapping[str, int]
    combo: Mapping[str, str]
    note: str = ""
    course: int = 0
    guest_id: str = ""
    guest_name: str = ""


@dataclass(frozen=True)
class ChosenDish:
    """What fills one slot of a combo."""

    slot_id: str
    dish_id: str
    name: str
    station: str


@dataclass(frozen=True)
class PricedLine:
    """One line that fits the menu. `amount_fen` = `unit_fen` × `quantity`; `cut_fen` is what later layers took off.

    `course` 0 is cooked at once, any other when it is fired; `guest_*` tell who at the table chose it; `limited` names
    the dishes whose daily stock one unit takes (the choices of a combo included).
    """

    line_id: str
    dish_id: str
    name: str
    station: str
    quantity: int
    unit_fen: int
    amount_fen: int
    specs: tuple[str, ...]
    modifiers: tuple[str, ...]
    combo: tuple[ChosenDish, ...]
    note: str
    cut_fen: int = 0
    course: int = 0
    guest_id: str = ""
    guest_name: str = ""
    limited: tuple[str, ...] = ()


@dataclass(frozen=True)
class Quote:
    """The price of an order, frozen with it. `due_fen` = `gross_fen` − Σ cuts; `hash` names exactly this quote."""

    lines: tuple[PricedLine, ...]
    gross_fen: int
    due_fen: int
    hash: str


def quote(wanted: Sequence[WantedLine], menu: Menu, *, now: datetime, calendar: BusinessCalendar) -> Quote:
    """Price the wanted lines by the menu at a moment.

    Raises DishUnavailable (each dish with its reason: unknown, sold out, not at this time) and ChoiceInvalid (each
    line with what is wrong), every fault at once.
    """
    dishes = menu.by_id
    asked = (dish_id for line in wanted for dish_id in (line.dish_id, *line.combo.values()))
    _require_on_sale(asked, dishes, now=now, calendar=calendar)
    faults = [fault for line in wanted for fault in _faults(line, dishes[line.dish_id])]
    if faults:
        raise ChoiceInvalid(details={"lines": faults})
    lines = tuple(_price(line, dishes[line.dish_id]) for line in wanted)
    gross = sum(line.amount_fen for line in lines)
    due = gross - sum(line.cut_fen for line in lines)
    return Quote(lines=lines, gross_fen=gross, due_fen=due, hash=_hash(lines, due))


def stock_needed(lines: Iterable[PricedLine], menu: Menu) -> dict[str, int]:
    """How many of each dish with a daily limit the lines take, the choices of combos included (rule 13)."""
    dishes = menu.by_id
    needed: dict[str, int] = {}
    for line in lines:
        for dish_id in (line.dish_id, *(choice.dish_id for choice in line.combo)):
            dish = dishes.get(dish_id)
            if dish is not None and dish.daily_stock is not None:
                needed[dish_id] = needed.get(dish_id, 0) + line.quantity
    return needed


def unavailable_reason(dish: Dish, *, now: datetime, calendar: BusinessCalendar) -> str | None:
    """Why a dish cannot be ordered at a moment, or None: `soldOut` or `notNow`."""
    if dish.sold_out_until is not None and now < dish.sold_out_until:
        return "soldOut"
    if dish.windows and not calendar.is_within(now, dish.windows):
        return "notNow"
    return None


_REASONS = {"unknown": "本店没有这道菜", "soldOut": "已沽清", "notNow": "不在供应时段"}


def _require_on_sale(
    dish_ids: Iterable[str], dishes: Mapping[str, Dish], *, now: datetime, calendar: BusinessCalendar
) -> None:
    refused = []
    for dish_id in dict.fromkeys(dish_ids):
        dish = dishes.get(dish_id)
        reason = "unknown" if dish is None else unavailable_reason(dish, now=now, calendar=calendar)
        if reason:
            refused.append({"dishId": dish_id, "name": dish.name if dish else dish_id, "reason": reason})
    if refused:
        told = "，".join(f"{item['name']}{_REASONS[item['reason']]}" for item in refused)
        raise DishUnavailable(told, {"dishes": refused})


def _faults(line: WantedLine, dish: Dish) -> list[dict[str, str]]:
    found = [
        *_spec_faults(line.specs, dish.specs),
        *_modifier_faults(line.modifiers, dish.modifiers),
        *_combo_faults(line.combo, dish.combo),
    ]
    return [{"lineId": line.line_id, "dish": dish.name, "fault": fault} for fault in found]


def _spec_faults(picked: Mapping[str, str], groups: Sequence[SpecGroup]) -> list[str]:
    faults = [
        f"请选择{group.name}" for group in groups if picked.get(group.id) not in {option.id for option in group.options}
    ]
    return faults + [f"没有规格 {group_id}" for group_id in picked if group_id not in {g.id for g in groups}]


def _modifier_faults(picked: Mapping[str, int], groups: Sequence[ModifierGroup]) -> list[str]:
    known = {option.id for group in groups for option in group.options}
    faults = [f"没有加料 {option_id}" for option_id in picked if option_id not in known]
    for group in groups:
        count = sum(picked.get(option.id, 0) for option in group.options)
        if not group.min_picks <= count <= group.max_picks:
            faults.append(f"{group.name}请选 {group.min_picks} 到 {group.max_picks} 项")
    return faults


def _combo_faults(picked: Mapping[str, str], slots: Sequence[ComboSlot]) -> list[str]:
    faults = [
        f"请选择{slot.name}" for slot in slots if picked.get(slot.id) not in {choice.dish_id for choice in slot.choices}
    ]
    return faults + [f"没有套餐项 {slot_id}" for slot_id in picked if slot_id not in {slot.id for slot in slots}]


def _price(line: WantedLine, dish: Dish) -> PricedLine:
    specs = [_option(group.options, line.specs[group.id]) for group in dish.specs]
    modifiers = [
        (option, line.modifiers[option.id])
        for group in dish.modifiers
        for option in group.options
        if line.modifiers.get(option.id)
    ]
    chosen = [(slot, _choice(slot, line.combo[slot.id])) for slot in dish.combo]
    unit = (
        dish.price_fen
        + sum(option.price_fen for option in specs)
        + sum(option.price_fen * count for option, count in modifiers)
        + sum(choice.surcharge_fen for _, choice in chosen)
    )
    return PricedLine(
        line_id=line.line_id,
        dish_id=dish.id,
        name=dish.name,
        station=dish.station,
        quantity=line.quantity,
        unit_fen=unit,
        amount_fen=unit * line.quantity,
        specs=tuple(option.name for option in specs),
        modifiers=tuple(option.name if count == 1 else f"{option.name} ×{count}" for option, count in modifiers),
        combo=tuple(ChosenDish(slot.id, choice.dish_id, choice.name, choice.station) for slot, choice in chosen),
        note=line.note,
    )


def _option(options: Sequence[Option], option_id: str) -> Option:
    return next(option for option in options if option.id == option_id)


def _choice(slot: ComboSlot, dish_id: str) -> ComboChoice:
    return next(choice for choice in slot.choices if choice.dish_id == dish_id)


def _hash(lines: Sequence[PricedLine], due_fen: int) -> str:
    """Independent of line ids and notes: it names prices, not the cart."""
    priced = sorted(
        repr((line.dish_id, line.quantity, line.specs, line.modifiers, line.combo, line.unit_fen, line.cut_fen))
        for line in lines
    )
    return hashlib.sha256(repr((priced, due_fen)).encode()).hexdigest()[:16]
