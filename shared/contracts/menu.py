"""What one shop sells now: `getMenu`; and what staff change of it: `setSoldOut`, `setStock`."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints, ValidationError, WrapValidator, model_validator

from shared.contracts.wire import Id, Moment, RequestId, Wire

MenuVersion = Annotated[str, StringConstraints(min_length=1, max_length=32, pattern=r"^[0-9a-f]+$")]
Count = Annotated[int, Field(ge=0, le=9_999)]


class GetMenu(Wire):
    """Exactly one of `table_code` (a guest at a table) and `shop_id` (anybody, before arriving).

    `version` is that of the menu the client has: if nothing of it has changed, it is not sent again.
    """

    table_code: str | None = None
    shop_id: Id | None = None
    version: MenuVersion | None = None

    @model_validator(mode="after")
    def _one_place(self) -> "GetMenu":
        if (self.table_code is None) == (self.shop_id is None):
            raise ValueError("请提供 tableCode 或 shopId 其中一个")
        return self


class MenuOption(Wire):
    """One option of a spec or modifier group; `price_fen` is what it adds, absent for nothing."""

    id: str
    name: str
    price_fen: int | None = None


class MenuSpecGroup(Wire):
    """Pick exactly one."""

    id: str
    name: str
    options: tuple[MenuOption, ...]


class MenuModifierGroup(Wire):
    """Pick from `min_picks` (absent: 0) to `max_picks` (absent: 1)."""

    id: str
    name: str
    options: tuple[MenuOption, ...]
    min_picks: int | None = None
    max_picks: int | None = None


class MenuComboChoice(Wire):
    """A dish that can fill the slot; `name` is absent for the dish's own, `surcharge_fen` for none."""

    dish_id: str
    name: str | None = None
    surcharge_fen: int | None = None


class MenuComboSlot(Wire):
    """Pick exactly one."""

    id: str
    name: str
    choices: tuple[MenuComboChoice, ...]


class MenuWindow(Wire):
    """When a dish is sold, `start` to `end` on the shop's clock; an `end` at or before the start is on the next day."""

    start: str
    end: str


class MenuDish(Wire):
    """A dish, without what is empty.

    `price_fen` is the price of this hour, `was_fen` the usual one if that is higher. `specs` and `modifiers` are the
    places of its groups in the reply's lists. `unit` is absent for 份. `packing_fen` is for one unit to take away.
    """

    id: str
    name: str
    category_id: str
    price_fen: int
    was_fen: int | None = None
    member_prices: dict[str, int] | None = None
    packing_fen: int | None = None
    unit: str | None = None
    description: str | None = None
    specs: tuple[int, ...] | None = None
    modifiers: tuple[int, ...] | None = None
    combo: tuple[MenuComboSlot, ...] | None = None
    windows: tuple[MenuWindow, ...] | None = None
    keywords: tuple[str, ...] | None = None
    allergens: tuple[str, ...] | None = None
    image: str | None = None


class MenuCategory(Wire):
    """A heading, in order."""

    id: str
    name: str


class MenuAbsence(Wire):
    """Why a dish cannot be ordered now, and from when on it can: sold out by hand, not at this hour, none left."""

    reason: Literal["soldOut", "notNow", "empty"]
    until: Moment


class MenuReply(Wire):
    """One shop's menu for now.

    `categories`, `dishes` and their groups belong to `version` and are left out when `unchanged`. `left` counts the
    dishes that are limited today, `unavailable` names those that cannot be ordered now. Before arriving (`shop_id`),
    `pickup_slots` are today's times at which one more order can be fetched.
    """

    shop_id: str
    shop_name: str
    open: bool
    payment: Literal["postpay", "prepay"]
    seat_fee_fen: int | None = None
    table_name: str | None = None
    version: str
    unchanged: bool | None = None
    categories: tuple[MenuCategory, ...] | None = None
    specs: tuple[MenuSpecGroup, ...] | None = None
    modifiers: tuple[MenuModifierGroup, ...] | None = None
    dishes: tuple[MenuDish, ...] | None = None
    pickup_slots: tuple[Moment, ...] | None = None
    left: dict[str, int]
    unavailable: dict[str, MenuAbsence]


def _one_message(value: object, parse: Callable[[object], object]) -> object:
    try:
        return parse(value)
    except ValidationError as error:
        raise ValueError("应为 nextDay、带时区的时间，或 null") from error


UntilWhen = Annotated[Literal["nextDay"] | Moment | None, WrapValidator(_one_message)]


class SetSoldOut(Wire):
    """Take a dish off sale until the next business day or a moment; `until` null puts it back on sale (rule 14)."""

    request_id: RequestId
    shop_id: Id | None = None
    dish_id: Id
    until: UntilWhen


class SoldOutReply(Wire):
    """The dish; `sold_out_until` is absent when it is on sale."""

    dish_id: str
    name: str
    sold_out_until: datetime | None = None


class SetStock(Wire):
    """How many there are: `left` exactly so many now, of today's; `daily` for every day from today on (rule 13).

    `daily` null makes the dish unlimited. With both, today has `left` and the days after it `daily`.
    """

    request_id: RequestId
    shop_id: Id | None = None
    dish_id: Id
    left: Count | None = None
    daily: Count | None = None

    @property
    def sets_daily(self) -> bool:
        """Whether `daily` was given, be it null."""
        return "daily" in self.model_fields_set

    @model_validator(mode="after")
    def _something(self) -> "SetStock":
        if self.left is None and not self.sets_daily:
            raise ValueError("请提供 left 或 daily")
        return self


class StockReply(Wire):
    """The dish; `left` is what is left of it today, absent when it is unlimited, as `daily` is."""

    dish_id: str
    name: str
    left: int | None = None
    daily: int | None = None
