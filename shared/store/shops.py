"""Shops, their tables and their menus. The menu is kept per process and read again when its version has moved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any, Literal
from zoneinfo import ZoneInfo

from shared.domain.bizday import BusinessCalendar
from shared.domain.booking import BookingPolicy
from shared.domain.menu import (
    Category,
    ComboChoice,
    ComboSlot,
    Dish,
    Menu,
    ModifierGroup,
    Option,
    SpecGroup,
    TimedPrice,
    Window,
)
from shared.domain.papers import Papers, SlipStyle, TicketStyle
from shared.domain.pickup import PickupPolicy
from shared.domain.waiting import TableClass, WaitingPolicy
from shared.errors import NotFound, ShopClosed, TableCodeInvalid
from shared.store.client import Document
from shared.store.kept import Kept
from shared.store.offers import Campaigns, campaigns
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
    payment: Literal["postpay", "prepay"] = "postpay"
    seat_fee_fen: int = 0
    waiting: WaitingPolicy = field(default_factory=WaitingPolicy)
    booking: BookingPolicy = field(default_factory=BookingPolicy)
    pickup: PickupPolicy = field(default_factory=PickupPolicy)
    mchid: str = ""
    """The shop's own WeChat Pay merchant; the brand's without one."""
    papers: Papers = field(default_factory=Papers)

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
    return _kept_settings.get(shop.db.name, shop.shop_id, now=now, read=lambda: _read_settings(shop))


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
        payment=found.get("payment", "postpay"),
        seat_fee_fen=found.get("seat_fee_fen", 0),
        waiting=_waiting(found.get("waiting", {})),
        booking=BookingPolicy.of(found.get("booking", {})),
        pickup=PickupPolicy.of(found.get("pickup_slot", {})),
        mchid=found.get("mchid", ""),
        papers=Papers.of(found),
    )


def set_papers(shop: Shop, *, slip: SlipStyle | None, ticket: TicketStyle | None, counter_station: str | None) -> None:
    """Change what is given of how the shop's papers look, and where guests get theirs."""
    told: Document = {}
    if slip is not None:
        told["papers.slip"] = vars(slip)
    if ticket is not None:
        told["papers.ticket"] = vars(ticket)
    if counter_station is not None:
        told["counter_station"] = counter_station
    if told:
        shop.db["shops"].update_one({"_id": shop.shop_id}, {"$set": told}, session=shop.session)


def table(shop: Shop, table_id: str, *, code_revision: int) -> Table:
    """The table whose current code was scanned. Raises TableCodeInvalid for an unknown table or an old code."""
    found = shop.collection("tables").find_one({"table_id": table_id})
    if found is None or found["code_revision"] != code_revision:
        raise TableCodeInvalid
    return Table(table_id, found["name"], found["seats"], found["code_revision"])


def table_by_id(shop: Shop, table_id: str) -> Table:
    """A table of the shop, for its staff. Raises NotFound."""
    found = shop.collection("tables").find_one({"table_id": table_id})
    if found is None:
        raise NotFound("没有找到这张桌子")
    return Table(table_id, found["name"], found["seats"], found["code_revision"])


def tables(shop: Shop) -> list[Table]:
    """Every table of the shop."""
    found = shop.collection("tables").find({}, limit=1000, sort=[("table_id", 1)])
    return [Table(one["table_id"], one["name"], one["seats"], one["code_revision"]) for one in found]


def rotate_codes(shop: Shop, table_ids: Iterable[str]) -> int:
    """From now on every code, and every photograph, of these tables' earlier prints is refused; how many tables."""
    changes = (({"table_id": table_id}, {"$inc": {"code_revision": 1}}) for table_id in table_ids)
    return shop.collection("tables").update_each(changes)


@dataclass(frozen=True)
class Catalogue:
    """A shop's menu with its stations' names and what is on offer there, at one version."""

    version: int
    menu: Menu
    stations: Mapping[str, str]
    campaigns: Campaigns = field(default_factory=Campaigns)
    per_dish: frozenset[str] = frozenset()
    """The stations that want a ticket for each dish (rule 27)."""


_kept_settings = Kept[ShopSettings]()
_kept: dict[tuple[str, str], Catalogue] = {}


def catalogue(shop: Shop, version: int) -> Catalogue:
    """The shop's catalogue at the version its settings name; every change of them moves that version."""
    key = (shop.db.name, shop.shop_id)
    kept = _kept.get(key)
    if kept is None or kept.version != version:
        stations = shop.collection("stations").find({}, limit=200)
        kept = _kept[key] = Catalogue(
            version,
            _read_menu(shop),
            {one["station_id"]: one["name"] for one in stations},
            campaigns(shop),
            per_dish=frozenset(one["station_id"] for one in stations if one.get("per_dish")),
        )
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
        timed_prices=tuple(TimedPrice(_window(t["window"]), t["price_fen"]) for t in found.get("timed_prices", ())),
        member_prices=found.get("member_prices", {}),
        packing_fen=found.get("packing_fen", 0),
        limited_on=found.get("limited_on"),
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
        "windows": [_window_document(window) for window in dish.windows],
        "daily_stock": dish.daily_stock,
        "sold_out_until": dish.sold_out_until,
        "keywords": list(dish.keywords),
        "allergens": list(dish.allergens),
        "image": dish.image,
        "timed_prices": [{"window": _window_document(t.window), "price_fen": t.price_fen} for t in dish.timed_prices],
        "member_prices": dict(dish.member_prices),
        "packing_fen": dish.packing_fen,
        "limited_on": dish.limited_on,
        "position": position,
    }


def _waiting(found: Mapping[str, Any]) -> WaitingPolicy:
    told = {name: found[name] for name in ("turn_min", "max_passes") if name in found}
    classes = sorted(found.get("classes", ()), key=lambda one: one["max_guests"])
    if classes:
        told["classes"] = tuple(TableClass(one["letter"], one["max_guests"]) for one in classes)
    return WaitingPolicy(**told)


def _options(group: Mapping[str, Any]) -> tuple[Option, ...]:
    return tuple(Option(option["id"], option["name"], option.get("price_fen", 0)) for option in group["options"])


def _option_documents(options: tuple[Option, ...]) -> list[Document]:
    return [{"id": option.id, "name": option.name, "price_fen": option.price_fen} for option in options]


def _window_document(window: Window) -> list[str]:
    return [f"{window.start:%H:%M}", f"{window.end:%H:%M}"]


def _window(pair: list[str]) -> Window:
    return Window(time.fromisoformat(pair[0]), time.fromisoformat(pair[1]))
