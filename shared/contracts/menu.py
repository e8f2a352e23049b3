"""`getMenu`: what one shop sells now, with what is left."""

from __future__ import annotations

from pydantic import model_validator

from shared.contracts.wire import Id, Wire


class GetMenu(Wire):
    """Exactly one of `table_code` (a guest at a table) and `shop_id` (anybody, before arriving)."""

    table_code: str | None = None
    shop_id: Id | None = None

    @model_validator(mode="after")
    def _one_place(self) -> GetMenu:
        if (self.table_code is None) == (self.shop_id is None):
            raise ValueError("请提供 tableCode 或 shopId 其中一个")
        return self


class MenuOption(Wire):
    """One option of a spec or modifier group, with what it adds to the price."""

    id: str
    name: str
    price_fen: int = 0


class MenuSpecGroup(Wire):
    """Pick exactly one."""

    id: str
    name: str
    options: tuple[MenuOption, ...]


class MenuModifierGroup(Wire):
    """Pick from `min_picks` to `max_picks`."""

    id: str
    name: str
    options: tuple[MenuOption, ...]
    min_picks: int
    max_picks: int


class MenuComboChoice(Wire):
    """A dish that can fill the slot."""

    dish_id: str
    name: str
    surcharge_fen: int = 0


class MenuComboSlot(Wire):
    """Pick exactly one."""

    id: str
    name: str
    choices: tuple[MenuComboChoice, ...]


class MenuDish(Wire):
    """A dish now. `left` is absent when unlimited; `unavailable` says why not: soldOut, notNow, empty."""

    id: str
    name: str
    category_id: str
    price_fen: int
    unit: str
    description: str | None = None
    specs: tuple[MenuSpecGroup, ...] | None = None
    modifiers: tuple[MenuModifierGroup, ...] | None = None
    combo: tuple[MenuComboSlot, ...] | None = None
    left: int | None = None
    unavailable: str | None = None
    keywords: tuple[str, ...] | None = None
    allergens: tuple[str, ...] | None = None
    image: str | None = None


class MenuCategory(Wire):
    """A heading, in order."""

    id: str
    name: str


class MenuReply(Wire):
    """One shop's menu for now."""

    shop_id: str
    shop_name: str
    open: bool
    table_name: str | None = None
    categories: tuple[MenuCategory, ...]
    dishes: tuple[MenuDish, ...]
