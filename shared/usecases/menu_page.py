"""The part of a shop's menu that stays as it is for hours: headings and dishes at the prices of this hour.

A group of options that many dishes share is sent once; whatever is empty or usual is left out. So the menu of a large
shop stays small enough for a phone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from shared.contracts import menu as wire
from shared.domain.menu import ComboChoice, ComboSlot, Dish, Menu, ModifierGroup, Option, SpecGroup

_USUAL_UNIT = "份"
Group = TypeVar("Group", SpecGroup, ModifierGroup)


@dataclass(frozen=True)
class MenuPage:
    """What a client keeps under `version`, which names exactly this content."""

    version: str
    categories: tuple[wire.MenuCategory, ...]
    specs: tuple[wire.MenuSpecGroup, ...]
    modifiers: tuple[wire.MenuModifierGroup, ...]
    dishes: tuple[wire.MenuDish, ...]


def menu_page(menu: Menu, prices: Mapping[str, int]) -> MenuPage:
    """The menu at these prices by dish."""
    specs = _distinct([group for dish in menu.dishes for group in dish.specs])
    modifiers = _distinct([group for dish in menu.dishes for group in dish.modifiers])
    categories = tuple(wire.MenuCategory(id=c.id, name=c.name) for c in menu.categories)
    spec_groups = tuple(_spec(group) for group in specs)
    modifier_groups = tuple(_modifier(group) for group in modifiers)
    dishes = tuple(_dish(dish, menu, prices[dish.id], specs=specs, modifiers=modifiers) for dish in menu.dishes)
    content = "\n".join(part.wire_json() for part in (*categories, *spec_groups, *modifier_groups, *dishes))
    version = hashlib.sha256(content.encode()).hexdigest()[:16]
    return MenuPage(version, categories, spec_groups, modifier_groups, dishes)


def _distinct(groups: list[Group]) -> dict[Group, int]:
    """Each group with its place in the list that is sent."""
    return {group: place for place, group in enumerate(dict.fromkeys(groups))}


def _dish(
    dish: Dish, menu: Menu, price_fen: int, *, specs: Mapping[SpecGroup, int], modifiers: Mapping[ModifierGroup, int]
) -> wire.MenuDish:
    return wire.MenuDish(
        id=dish.id,
        name=dish.name,
        category_id=dish.category_id,
        price_fen=price_fen,
        was_fen=dish.price_fen if price_fen < dish.price_fen else None,
        member_prices=dict(dish.member_prices) or None,
        packing_fen=dish.packing_fen or None,
        unit=dish.unit if dish.unit != _USUAL_UNIT else None,
        description=dish.description or None,
        specs=tuple(specs[group] for group in dish.specs) or None,
        modifiers=tuple(modifiers[group] for group in dish.modifiers) or None,
        combo=tuple(_slot(slot, menu) for slot in dish.combo) or None,
        windows=tuple(wire.MenuWindow(start=f"{w.start:%H:%M}", end=f"{w.end:%H:%M}") for w in dish.windows) or None,
        keywords=dish.keywords or None,
        allergens=dish.allergens or None,
        image=dish.image or None,
    )


def _slot(slot: ComboSlot, menu: Menu) -> wire.MenuComboSlot:
    return wire.MenuComboSlot(
        id=slot.id, name=slot.name, choices=tuple(_choice(choice, menu.by_id) for choice in slot.choices)
    )


def _choice(choice: ComboChoice, dishes: Mapping[str, Dish]) -> wire.MenuComboChoice:
    dish = dishes.get(choice.dish_id)
    return wire.MenuComboChoice(
        dish_id=choice.dish_id,
        name=choice.name if dish is None or dish.name != choice.name else None,
        surcharge_fen=choice.surcharge_fen or None,
    )


def _spec(group: SpecGroup) -> wire.MenuSpecGroup:
    return wire.MenuSpecGroup(id=group.id, name=group.name, options=_options(group.options))


def _modifier(group: ModifierGroup) -> wire.MenuModifierGroup:
    return wire.MenuModifierGroup(
        id=group.id,
        name=group.name,
        options=_options(group.options),
        min_picks=group.min_picks or None,
        max_picks=group.max_picks if group.max_picks != 1 else None,
    )


def _options(options: tuple[Option, ...]) -> tuple[wire.MenuOption, ...]:
    return tuple(
        wire.MenuOption(id=option.id, name=option.name, price_fen=option.price_fen or None) for option in options
    )
