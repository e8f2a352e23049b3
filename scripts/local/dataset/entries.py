"""One frozen dataclass per entry of a data set's JSON files, with the ranges that each field must keep."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import time
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from shared.domain.menu import Category, ModifierGroup, Option, SpecGroup, Window

ID_PATTERN = r"^[a-z0-9]+(-[a-z0-9]+)*$"
# What every ticket printer can print: no emoji, no rare characters.
NAME_PATTERN = r"^[\u4e00-\u9fff0-9A-Za-z·（）]+$"
TEXT_PATTERN = r"^[\u4e00-\u9fff0-9A-Za-z·（），。、：；！]*$"
NAME_LIMIT = 20
SURCHARGE_LIMIT_FEN = 20_000


def _window(value: object) -> Window:
    match value:
        case [str(start), str(end)]:
            return Window(start=time.fromisoformat(start), end=time.fromisoformat(end))
        case _:
            raise ValueError('a window is a pair of times, like ["10:00", "14:30"]')


def _known_zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (KeyError, OSError, ValueError) as cause:  # as zoneinfo documents: unknown, a folder, an unsafe name
        raise ValueError(f"no such time zone: {value}") from cause
    return value


def _check_label(*, id_: str, name: str) -> None:
    if not re.fullmatch(ID_PATTERN, id_):
        raise ValueError(f"{id_!r} is not an id (lower-case words joined by -)")
    if not re.fullmatch(NAME_PATTERN, name) or len(name) > NAME_LIMIT:
        raise ValueError(f"{name!r} is not a name of 1 to {NAME_LIMIT} printable characters")


def _sound_category(category: Category) -> Category:
    _check_label(id_=category.id, name=category.name)
    return category


def _check_options(options: Sequence[Option]) -> None:
    for option in options:
        _check_label(id_=option.id, name=option.name)
        if not 0 <= option.price_fen <= SURCHARGE_LIMIT_FEN:
            raise ValueError(f"option {option.id}: price_fen {option.price_fen} is not in 0 to {SURCHARGE_LIMIT_FEN}")
    if len({option.id for option in options}) < len(options):
        raise ValueError("two options have the same id")


def _sound_spec(group: SpecGroup) -> SpecGroup:
    _check_label(id_=group.id, name=group.name)
    _check_options(group.options)
    if len(group.options) < 2:
        raise ValueError("a spec needs at least two options to pick from")
    return group


def _sound_modifier(group: ModifierGroup) -> ModifierGroup:
    _check_label(id_=group.id, name=group.name)
    _check_options(group.options)
    if not (0 <= group.min_picks <= group.max_picks <= len(group.options) and group.max_picks > 0):
        raise ValueError(
            f"picks from {group.min_picks} to {group.max_picks} of {len(group.options)} options make no sense"
        )
    return group


Key = Annotated[str, StringConstraints(pattern=ID_PATTERN, max_length=40)]
Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN, max_length=NAME_LIMIT)]
Text = Annotated[str, StringConstraints(pattern=TEXT_PATTERN, max_length=60)]
PriceFen = Annotated[int, Field(ge=100, le=100_000)]
SurchargeFen = Annotated[int, Field(ge=0, le=SURCHARGE_LIMIT_FEN)]
FeeFen = Annotated[int, Field(ge=0, le=2_000)]
Picture = Annotated[str, StringConstraints(pattern=r"^https://[A-Za-z0-9.-]+/[A-Za-z0-9._~/%-]+$", max_length=200)]
Stock = Annotated[int, Field(ge=1, le=9_999)]
Hours = Annotated[Window, BeforeValidator(_window)]
CategoryData = Annotated[Category, AfterValidator(_sound_category)]
SpecData = Annotated[SpecGroup, AfterValidator(_sound_spec)]
ModifierData = Annotated[ModifierGroup, AfterValidator(_sound_modifier)]
Allergen = Literal["麸质", "甲壳类", "鱼类", "蛋类", "花生", "大豆", "乳", "坚果", "芝麻"]
Unit = Literal["份", "碗", "只", "条", "笼", "杯", "瓶", "壶", "串", "张"]
Role = Literal["owner", "finance", "marketing", "manager", "cashier", "waiter", "kitchen", "engineer"]


@dataclass(frozen=True)
class PackageData:
    """So much stored value for so much money."""

    id: Key
    name: Name
    pay_yuan: Annotated[int, Field(ge=1, le=5_000)]
    bonus_yuan: Annotated[int, Field(ge=0, le=5_000)] = 0


@dataclass(frozen=True)
class BrandData:
    """The customer, and the packages in which stored value is sold."""

    id: Key
    name: Name
    city: Name
    slogan: Text = ""
    packages: tuple[PackageData, ...] = ()


@dataclass(frozen=True)
class ShopData:
    """A shop, and how its menu differs from the brand's: dishes it does not sell, its own prices and daily stock."""

    id: Key
    name: Name
    address: Text
    phone: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{3}-\d{4}$")]
    zone: Annotated[str, AfterValidator(_known_zone)]
    cutoff: time
    """When the business day turns, on the shop's clock."""
    hours: Annotated[tuple[Hours, ...], Field(min_length=1)]
    payment: Literal["prepay", "postpay"]
    pickup_prefix: Annotated[str, StringConstraints(pattern=r"^[A-Z]$")]
    seat_fee_fen: FeeFen = 0
    not_sold: tuple[Key, ...] = ()
    prices: Mapping[Key, PriceFen] = field(default_factory=dict)
    daily_stocks: Mapping[Key, Stock] = field(default_factory=dict)


@dataclass(frozen=True)
class StationData:
    """A place in the kitchen. The pass cooks nothing: it gets the whole of every order (总单).

    A station that is `per_dish` gets a ticket of its own for each dish.
    """

    id: Key
    name: Name
    is_pass: bool = False
    per_dish: bool = False


@dataclass(frozen=True)
class ChoiceData:
    """A dish that can fill a slot. `name` says in which form, for a dish that would otherwise make the guest choose."""

    dish_id: Key
    name: Name | None = None
    surcharge_fen: SurchargeFen = 0


@dataclass(frozen=True)
class SlotData:
    """One slot of a combo."""

    id: Key
    name: Name
    choices: Annotated[tuple[ChoiceData, ...], Field(min_length=1)]


@dataclass(frozen=True)
class TimedPriceData:
    """A lower price by the clock."""

    window: Hours
    price_fen: PriceFen


@dataclass(frozen=True)
class DishData:
    """A dish of the brand. `specs` and `modifiers` are ids of specs.json and modifiers.json.

    `member_prices` are by level, `packing_fen` for one unit to take away.
    """

    id: Key
    name: Name
    category_id: Key
    station: Key
    price_fen: PriceFen
    keywords: Annotated[tuple[Name, ...], Field(min_length=1)]
    unit: Unit = "份"
    description: Text = ""
    specs: tuple[Key, ...] = ()
    modifiers: tuple[Key, ...] = ()
    combo: tuple[SlotData, ...] = ()
    windows: tuple[Hours, ...] = ()
    daily_stock: Stock | None = None
    allergens: tuple[Allergen, ...] = ()
    timed_prices: tuple[TimedPriceData, ...] = ()
    member_prices: Mapping[Key, PriceFen] = field(default_factory=dict)
    packing_fen: FeeFen = 0
    image: Picture | None = None


@dataclass(frozen=True)
class TableData:
    """A table. Its QR token is made when the data is loaded, not here."""

    id: Key
    shop_id: Key
    name: Name
    area: Name
    seats: Annotated[int, Field(ge=1, le=30)]


@dataclass(frozen=True)
class StaffData:
    """A member of staff, bound to an openid. Head office has no `shop_ids` and may see all shops."""

    id: Key
    name: Name
    role: Role
    shop_ids: tuple[Key, ...]
    openid: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{6,64}$")]


@dataclass(frozen=True)
class PrinterData:
    """A ticket printer, the stations it prints for, and the printer that stands in for it."""

    id: Key
    shop_id: Key
    name: Name
    width_mm: Literal[58, 80]
    stations: Annotated[tuple[Key, ...], Field(min_length=1)]
    backup_id: Key | None = None


@dataclass(frozen=True)
class DeviceData:
    """A store PC. Its keys are made when the data is loaded, not here."""

    id: Key
    shop_id: Key
    name: Name
