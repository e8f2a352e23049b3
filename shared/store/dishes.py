"""What staff change of a dish; each change moves the menu's version, by which every instance reads the menu again."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from pymongo.database import Database

from shared.domain.menu import Dish
from shared.errors import NotFound
from shared.store.client import Document
from shared.store.scope import Shop
from shared.store.shops import dish_from

_UNKNOWN = "没有找到这道菜"


def require(shop: Shop, dish_id: str) -> None:
    """Raises NotFound for a dish that the shop does not have."""
    if shop.collection("dishes").find_one({"dish_id": dish_id}, {"_id": 1}) is None:
        raise NotFound(_UNKNOWN)


def shops_with(db: Database[Document], dish_id: str, shop_ids: Collection[str]) -> int:
    """How many of these shops have a dish."""
    return db["dishes"].count_documents({"shop_id": {"$in": list(shop_ids)}, "dish_id": dish_id})


def set_sold_out(shop: Shop, dish_id: str, *, until: datetime | None, staff_id: str, now: datetime) -> Dish:
    """Off sale until a moment, or on sale; who said so stays with the dish. Raises NotFound."""
    return _change(shop, dish_id, {"sold_out_until": until, "sold_out_set": {"by": staff_id, "at": now}})


def set_limits(shop: Shop, dish_id: str, limits: Mapping[str, Any], *, staff_id: str, now: datetime) -> Dish:
    """`daily_stock`, `limited_on`, or both as given; who set them stays with the dish. Raises NotFound."""
    return _change(shop, dish_id, {**limits, "limits_set": {"by": staff_id, "at": now}})


def _change(shop: Shop, dish_id: str, fields: Mapping[str, Any]) -> Dish:
    found = shop.collection("dishes").find_and_update({"dish_id": dish_id}, {"$set": fields})
    if found is None:
        raise NotFound(_UNKNOWN)
    shop.db["shops"].update_one({"_id": shop.shop_id}, {"$inc": {"menu_version": 1}}, session=shop.session)
    return dish_from(found)
