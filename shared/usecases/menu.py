"""What a guest sees before ordering, one shop's menu for now; and what staff change of it in the course of a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from shared.access.table_code import read_table_code
from shared.contracts import menu as wire
from shared.domain.availability import absences, left_now
from shared.domain.bizday import BusinessCalendar
from shared.domain.menu import Menu
from shared.domain.pricing import dish_price
from shared.errors import InvalidArgument
from shared.runtime import ids
from shared.runtime.settings import settings
from shared.store import day_stock, dishes, shops, stock
from shared.store.scope import Shop
from shared.store.work import Outcome, Work
from shared.usecases.menu_page import MenuPage, menu_page
from shared.usecases.pickup import free_slots

SOLD_OUT_AT_MOST = timedelta(days=30)


def get_menu(command: wire.GetMenu, work: Work) -> wire.MenuReply:
    """The shop's menu, unless the client has it, with what is left now. Raises TableCodeInvalid, NotFound."""
    config = shops.shop_settings(work.shop, work.now)
    table_name = _table_name(command.table_code, work) if command.table_code else None
    menu = shops.catalogue(work.shop, config.menu_version).menu
    page = _page(work.shop, menu, now=work.now, calendar=config.calendar)
    biz_date = config.calendar.biz_date(work.now)
    left = left_now(menu, stock.left_of(work.shop, biz_date), biz_date)
    missing = absences(menu, left, now=work.now, calendar=config.calendar)
    is_new = command.version != page.version
    return wire.MenuReply(
        shop_id=config.shop_id,
        shop_name=config.name,
        open=config.is_open(work.now),
        payment=config.payment,
        seat_fee_fen=config.seat_fee_fen or None,
        table_name=table_name,
        version=page.version,
        unchanged=None if is_new else True,
        categories=page.categories if is_new else None,
        specs=page.specs if is_new else None,
        modifiers=page.modifiers if is_new else None,
        dishes=page.dishes if is_new else None,
        pickup_slots=free_slots(config, work) if command.table_code is None else None,
        left=left,
        unavailable={
            dish_id: wire.MenuAbsence(reason=absence.reason, until=absence.until)
            for dish_id, absence in missing.items()
        },
    )


def set_sold_out(command: wire.SetSoldOut, work: Work) -> wire.SoldOutReply:
    """Off sale until the next business day or a moment, or on again. Raises NotFound, InvalidArgument (rule 14)."""
    config = shops.shop_settings(work.shop, work.now)
    until = config.calendar.next_day_at(work.now) if command.until == "nextDay" else command.until
    if until is not None and not work.now < until <= work.now + SOLD_OUT_AT_MOST:
        told = "请选择从现在起 30 天以内的时间"
        raise InvalidArgument(told, {"fields": [{"field": "until", "message": told}]})

    def body(shop: Shop) -> Outcome[wire.SoldOutReply]:
        dish = dishes.set_sold_out(shop, command.dish_id, until=until, staff_id=work.caller.id, now=work.now)
        return Outcome(wire.SoldOutReply(dish_id=dish.id, name=dish.name, sold_out_until=until))

    return work.transact(body)


def set_stock(command: wire.SetStock, work: Work) -> wire.StockReply:
    """How many are left today, and how many every day has from today on. Raises NotFound (rule 13).

    The day's number is set first: before the dish is limited, and by itself, so that no order ever waits for it.
    """
    biz_date = shops.shop_settings(work.shop, work.now).calendar.biz_date(work.now)
    dishes.require(work.shop, command.dish_id)
    work.require_new()
    left = _set_day(command, work, biz_date)
    limits: dict[str, object] = {"limited_on": biz_date if command.left is not None else None}
    if command.sets_daily:
        limits["daily_stock"] = command.daily

    def body(shop: Shop) -> Outcome[wire.StockReply]:
        dish = dishes.set_limits(shop, command.dish_id, limits, staff_id=work.caller.id, now=work.now)
        return Outcome(wire.StockReply(dish_id=dish.id, name=dish.name, left=left, daily=dish.daily_stock))

    return work.transact(body)


def _set_day(command: wire.SetStock, work: Work, biz_date: str) -> int | None:
    command_id = work.key.digest if work.key else ids.new_id()
    if command.left is not None:
        return day_stock.set_left(work.shop, biz_date, command.dish_id, left=command.left, command_id=command_id)
    if command.daily is not None:
        return day_stock.set_daily(work.shop, biz_date, command.dish_id, daily=command.daily, command_id=command_id)
    return None


@dataclass(frozen=True)
class _Kept:
    menu: Menu
    prices: Mapping[str, int]
    page: MenuPage


_kept: dict[tuple[str, str], _Kept] = {}


def _page(shop: Shop, menu: Menu, *, now: datetime, calendar: BusinessCalendar) -> MenuPage:
    """The page of this menu at this hour's prices, made once for both."""
    prices = {dish.id: dish_price(dish, now=now, calendar=calendar)[0] for dish in menu.dishes}
    key = (shop.db.name, shop.shop_id)
    kept = _kept.get(key)
    if kept is None or kept.menu is not menu or kept.prices != prices:
        kept = _kept[key] = _Kept(menu, prices, menu_page(menu, prices))
    return kept.page


def _table_name(code: str, work: Work) -> str:
    ref = read_table_code(code, key=settings().table_code_key.get_secret_value())
    return shops.table(work.shop, ref.table_id, code_revision=ref.revision).name
