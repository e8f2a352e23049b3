"""What a guest sees before ordering: one shop's menu for now."""

from __future__ import annotations

from collections.abc import Mapping

from shared.access.table_code import read_table_code
from shared.contracts import menu as wire
from shared.domain.bizday import BusinessCalendar
from shared.domain.menu import Dish, ModifierGroup, Option, SpecGroup
from shared.domain.pricing import unavailable_reason
from shared.runtime.settings import settings
from shared.store import shops, stock
from shared.store.work import Work


def get_menu(command: wire.GetMenu, work: Work) -> wire.MenuReply:
    """The shop's menu with what is left. Raises TableCodeInvalid, NotFound."""
    config = shops.shop_settings(work.shop, work.now)
    table_name = _table_name(command.table_code, work) if command.table_code else None
    menu = shops.catalogue(work.shop, config.menu_version).menu
    left = stock.left_of(work.shop, config.calendar.biz_date(work.now))
    return wire.MenuReply(
        shop_id=config.shop_id,
        shop_name=config.name,
        open=config.is_open(work.now),
        table_name=table_name,
        categories=tuple(wire.MenuCategory(id=c.id, name=c.name) for c in menu.categories),
        dishes=tuple(_dish(dish, left, work=work, calendar=config.calendar) for dish in menu.dishes),
    )


def _table_name(code: str, work: Work) -> str:
    ref = read_table_code(code, key=settings().table_code_key.get_secret_value())
    return shops.table(work.shop, ref.table_id, code_revision=ref.revision).name


def _dish(dish: Dish, left: Mapping[str, int], *, work: Work, calendar: BusinessCalendar) -> wire.MenuDish:
    remaining = None if dish.daily_stock is None else left.get(dish.id, dish.daily_stock)
    reason = unavailable_reason(dish, now=work.now, calendar=calendar)
    return wire.MenuDish(
        id=dish.id,
        name=dish.name,
        category_id=dish.category_id,
        price_fen=dish.price_fen,
        unit=dish.unit,
        description=dish.description or None,
        specs=tuple(_spec(group) for group in dish.specs) or None,
        modifiers=tuple(_modifier(group) for group in dish.modifiers) or None,
        combo=tuple(
            wire.MenuComboSlot(
                id=slot.id,
                name=slot.name,
                choices=tuple(
                    wire.MenuComboChoice(dish_id=c.dish_id, name=c.name, surcharge_fen=c.surcharge_fen)
                    for c in slot.choices
                ),
            )
            for slot in dish.combo
        )
        or None,
        left=remaining,
        unavailable=reason or ("empty" if remaining == 0 else None),
        keywords=dish.keywords or None,
        allergens=dish.allergens or None,
        image=dish.image or None,
    )


def _spec(group: SpecGroup) -> wire.MenuSpecGroup:
    return wire.MenuSpecGroup(id=group.id, name=group.name, options=_options(group.options))


def _modifier(group: ModifierGroup) -> wire.MenuModifierGroup:
    return wire.MenuModifierGroup(
        id=group.id,
        name=group.name,
        options=_options(group.options),
        min_picks=group.min_picks,
        max_picks=group.max_picks,
    )


def _options(options: tuple[Option, ...]) -> tuple[wire.MenuOption, ...]:
    return tuple(wire.MenuOption(id=option.id, name=option.name, price_fen=option.price_fen) for option in options)
