"""The data set as a whole: what each file holds, and what one shop makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pydantic import ConfigDict

from scripts.local.dataset.entries import (
    BrandData,
    CategoryData,
    ChoiceData,
    DeviceData,
    DishData,
    ModifierData,
    PrinterData,
    ShopData,
    SlotData,
    SpecData,
    StaffData,
    StationData,
    TableData,
)
from shared.domain.menu import ComboChoice, ComboSlot, Dish, Menu, TimedPrice


@dataclass(frozen=True)
class Dataset:
    """Everything a customer starts with; each field is the JSON file of that name."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid", strict=True)

    brand: BrandData
    shops: tuple[ShopData, ...]
    categories: tuple[CategoryData, ...]
    stations: tuple[StationData, ...]
    specs: tuple[SpecData, ...]
    modifiers: tuple[ModifierData, ...]
    dishes: tuple[DishData, ...]
    tables: tuple[TableData, ...]
    staff: tuple[StaffData, ...]
    printers: tuple[PrinterData, ...]
    devices: tuple[DeviceData, ...]

    def shop(self, shop_id: str) -> ShopData:
        """The shop with this id. Raises LookupError if there is none."""
        for shop in self.shops:
            if shop.id == shop_id:
                return shop
        raise LookupError(f"no shop {shop_id}")

    def menu_of(self, shop_id: str) -> Menu:
        """What the shop sells, at its own prices and daily stock; categories with nothing in them are left out.

        A combo's allergens are those of everything that may be in it.
        """
        shop = self.shop(shop_id)
        sold = tuple(dish for dish in self.dishes if dish.id not in shop.not_sold)
        dishes = tuple(self._dish_in(shop, dish) for dish in sold)
        used = {dish.category_id for dish in dishes}
        return Menu(categories=tuple(c for c in self.categories if c.id in used), dishes=dishes)

    def tables_of(self, shop_id: str) -> tuple[TableData, ...]:
        """The shop's tables."""
        return tuple(table for table in self.tables if table.shop_id == shop_id)

    def staff_of(self, shop_id: str) -> tuple[StaffData, ...]:
        """The people of the shop, without head office."""
        return tuple(person for person in self.staff if shop_id in person.shop_ids)

    def printers_of(self, shop_id: str) -> tuple[PrinterData, ...]:
        """The shop's printers."""
        return tuple(printer for printer in self.printers if printer.shop_id == shop_id)

    def devices_of(self, shop_id: str) -> tuple[DeviceData, ...]:
        """The shop's store PCs."""
        return tuple(device for device in self.devices if device.shop_id == shop_id)

    def _dish_in(self, shop: ShopData, dish: DishData) -> Dish:
        specs = {group.id: group for group in self.specs}
        modifiers = {group.id: group for group in self.modifiers}
        combo = tuple(self._slot_in(shop, slot) for slot in dish.combo)
        return Dish(
            id=dish.id,
            name=dish.name,
            category_id=dish.category_id,
            station=dish.station,
            price_fen=shop.prices.get(dish.id, dish.price_fen),
            unit=dish.unit,
            description=dish.description,
            specs=tuple(specs[key] for key in dish.specs),
            modifiers=tuple(modifiers[key] for key in dish.modifiers),
            combo=combo,
            windows=dish.windows,
            daily_stock=shop.daily_stocks.get(dish.id, dish.daily_stock),
            keywords=dish.keywords,
            allergens=dish.allergens or self._allergens_of(combo),
            timed_prices=tuple(TimedPrice(timed.window, timed.price_fen) for timed in dish.timed_prices),
            member_prices=dish.member_prices,
            packing_fen=dish.packing_fen,
            image=dish.image or "",
        )

    def _allergens_of(self, combo: tuple[ComboSlot, ...]) -> tuple[str, ...]:
        offered = {choice.dish_id for slot in combo for choice in slot.choices}
        found = (allergen for dish in self.dishes if dish.id in offered for allergen in dish.allergens)
        return tuple(dict.fromkeys(found))

    def _slot_in(self, shop: ShopData, slot: SlotData) -> ComboSlot:
        sold = (choice for choice in slot.choices if choice.dish_id not in shop.not_sold)
        return ComboSlot(id=slot.id, name=slot.name, choices=tuple(self._choice(choice) for choice in sold))

    def _choice(self, choice: ChoiceData) -> ComboChoice:
        dish = next(dish for dish in self.dishes if dish.id == choice.dish_id)
        return ComboChoice(
            dish_id=dish.id,
            name=choice.name or dish.name,
            station=dish.station,
            surcharge_fen=choice.surcharge_fen,
        )
