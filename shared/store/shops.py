"""Shops, their tables and their menus. The menu is kept per process and read again when its version has moved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from shared.domain.bizday import BusinessCalendar
from shared.domain.menu import (
    Category,
    ComboChoice,
    ComboSlot,
    Dish,
    Menu,
    ModifierGroup,
    Option,
    SpecGroup,
    Window,
)
from shared.errors import NotFound, ShopClosed, TableCodeInvalid
from shared.runtime.settings import settings
from shared.store.client import Document
from shared.store.scope import Shop


@dataclass(frozen=True)
class ShopSettings:
    """One shop's settings that ordering needs."""

    shop_id: str
    name: str
    calendar: BusinessCalendar
    hours: tuple[Window, ...]
    pickup_prefix: str
    is_paused: bool
    menu_version: int

    def is_open(self, now: datetime) -> bool:
        """Whether the shop takes orders at a moment."""
        return not self.is_paused and self.calendar.is_within(now, self.hours)

    def require_open(self, now: datetime) -> None:
        """Raises ShopClosed, naming the opening hours."""
        if not self.is_open(now):
            hours = "、".join(f"{window.start:%H:%M}–{window.end:%H:%M}" for window in self.hours)
            raise ShopClosed(f"{self.name}现在不接单，营业时间 {hours}", {"hours": hours})


@dataclass(frozen=True)
class Table:
    """A table of the shop; `code_revision` is what its current code carries."""

    table_id: str
    name: str
    seats: int
    code_revision: int


def shop_settings(shop: Shop, now: datetime) -> ShopSettings:
    """The shop's settings, at most a second old (setting `shop_settings_live_s`). Raises NotFound."""
    key = (shop.db.name, shop.shop_id)
    kept = _kept_settings.get(key)
    if kept is None or not 0 <= (now - kept[0]).total_seconds() < settings().shop_settings_live_s:
        kept = _kept_settings[key] = (now, _read_settings(shop))
    return kept[1]


def _read_settings(shop: Shop) -> ShopSettings:
    found = shop.db["shops"].find_one({"_id": shop.shop_id})
    if found is None:
        raise NotFound("没有找到这家门店")
    return ShopSettings(
        shop_id=shop.shop_id,
        name=found["name"],
        calendar=BusinessCalendar(ZoneInfo(found["zone"]), time.fromisoformat(found["cutoff"])),
        hours=tuple(_window(window) for window in found["hours"]),
        pickup_prefix=found.get("pickup_prefix", "A"),
        is_paused=found.get("paused", False),
        menu_version=found["menu_version"],
    )


def table(shop: Shop, table_id: str, *, code_revision: int) -> Table:
    """The table whose current code was scanned. Raises TableCodeInvalid for an unknown table or an old code."""
    found = shop.collection("tables").find_one({"table_id": table_id})
    if found is None or found["code_revision"] != code_revision:
        raise TableCodeInvalid
    return Table(table_id, found["name"], found["seats"], found["code_revision"])


def station_names(shop: Shop) -> dict[str, str]:
    """The stations' names by id."""
    return {found["station_id"]: found["name"] for found in shop.collection("stations").find({}, limit=200)}


@dataclass(frozen=True)
class Catalogue:
    """A shop's menu with its stations' names, at one version."""

    version: int
    menu: Menu
    stations: Mapping[str, str]


_kept_settings: dict[tuple[str, str], tuple[datetime, ShopSettings]] = {}
_kept: dict[tuple[str, str], Catalogue] = {}


def catalogue(shop: Shop, version: int) -> Catalogue:
    """The shop's catalogue at the version its settings name; every change of menu or stations moves that version."""
    key = (shop.db.name, shop.shop_id)
    kept = _kept.get(key)
    if kept is None or kept.version != version:
        kept = _kept[key] = Catalogue(version, _read_menu(shop), station_names(shop))
    return kept


def _read_menu(shop: Shop) -> Menu:
    categories = shop.collection("categories").find({}, limit=200, sort=[("position", 1)])
    dishes = shop.collection("dishes").find({}, limit=2000, sort=[("position", 1)])
    return Menu(
        categories=tuple(Category(c["category_id"], c["name"], c["position"]) for c in categories),
        dishes=tuple(dish_from(found) for found in dishes),
    )


def dish_from(found: Mapping[str, Any]) -> Dish:
    """A dish from its document."""
    return Dish(
        id=found["dish_id"],
        name=found["name"],
        category_id=found["category_id"],
        station=found["station"],
        price_fen=found["price_fen"],
        unit=found.get("unit", "份"),
        description=found.get("description", ""),
        specs=tuple(SpecGroup(g["id"], g["name"], _options(g)) for g in found.get("specs", ())),
        modifiers=tuple(
            ModifierGroup(g["id"], g["name"], _options(g), g["min_picks"], g["max_picks"])
            for g in found.get("modifiers", ())
        ),
        combo=tuple(
            ComboSlot(s["id"], s["name"], tuple(ComboChoice(**choice) for choice in s["choices"]))
            for s in found.get("combo", ())
        ),
        windows=tuple(_window(window) for window in found.get("windows", ())),
        daily_stock=found.get("daily_stock"),
        sold_out_until=found.get("sold_out_until"),
        keywords=tuple(found.get("keywords", ())),
        allergens=tuple(found.get("allergens", ())),
        image=found.get("image", ""),
    )


def dish_document(dish: Dish, *, position: int) -> Document:
    """A dish as its document, without the shop, which the scope adds."""
    return {
        "dish_id": dish.id,
        "name": dish.name,
        "category_id": dish.category_id,
        "station": dish.station,
        "price_fen": dish.price_fen,
        "unit": dish.unit,
        "description": dish.description,
        "specs": [{"id": g.id, "name": g.name, "options": _option_documents(g.options)} for g in dish.specs],
        "modifiers": [
            {
                "id": g.id,
                "name": g.name,
                "options": _option_documents(g.options),
                "min_picks": g.min_picks,
                "max_picks": g.max_picks,
            }
            for g in dish.modifiers
        ],
        "combo": [{"id": s.id, "name": s.name, "choices": [vars(choice) for choice in s.choices]} for s in dish.combo],
        "windows": [[f"{w.start:%H:%M}", f"{w.end:%H:%M}"] for w in dish.windows],
        "daily_stock": dish.daily_stock,
        "sold_out_until": dish.sold_out_until,
        "keywords": list(dish.keywords),
        "allergens": list(dish.allergens),
        "image": dish.image,
        "position": position,
    }


def _options(group: Mapping[str, Any]) -> tuple[Option, ...]:
    return tuple(Option(option["id"], option["name"], option.get("price_fen", 0)) for option in group["options"])


def _option_documents(options: tuple[Option, ...]) -> list[Document]:
    return [{"id": option.id, "name": option.name, "price_fen": option.price_fen} for option in options]


def _window(pair: list[str]) -> Window:
    return Window(time.fromisoformat(pair[0]), time.fromisoformat(pair[1]))
