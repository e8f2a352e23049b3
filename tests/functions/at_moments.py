"""A use case at a moment that a test chooses, on the shop's clock in November 2026."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from shared.access.caller import Caller, Role
from shared.contracts.menu import GetMenu, MenuReply
from shared.runtime.clock import Deadline
from shared.store.scope import Shop
from shared.store.work import Work
from shared.usecases.menu import get_menu
from tests.support.shops import TestShop

SHANGHAI = ZoneInfo("Asia/Shanghai")


def local(text: str) -> datetime:
    """`24T12:00` is noon of the 24th."""
    return datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=SHANGHAI)


def work_at(shop: TestShop, now: datetime, *, role: Role = "guest") -> Work:
    """A call's work at a moment."""
    caller = Caller(f"{role}-{shop.shop_id}", role, frozenset({shop.shop_id}))
    return Work(Shop(shop.db, shop.shop_id), caller, now, Deadline.after(8), "t")


def menu_at(shop: TestShop, now: datetime, version: str | None = None) -> MenuReply:
    """The menu that a guest gets at a moment."""
    return get_menu(GetMenu(shop_id=shop.shop_id, version=version), work_at(shop, now))
