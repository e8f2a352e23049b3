"""What is left of each dish with a daily limit, per business day (rule 13): set = left + held + sold, always."""

from __future__ import annotations

from collections.abc import Mapping

from shared.domain.menu import Menu
from shared.errors import StockShort
from shared.store.scope import Shop

_COLLECTION = "stock"


class StockNotTaken(Exception):
    """At least one dish was short or its day not begun: the transaction takes nothing, and `explain` tells which."""


def take(shop: Shop, needed: Mapping[str, int], *, biz_date: str) -> None:
    """Inside a transaction: take all, in one round trip. Raises StockNotTaken unless every dish had enough."""
    matched = shop.collection(_COLLECTION).update_each(
        (
            {"_id": _id(shop, biz_date, dish_id), "left": {"$gte": count}},
            {"$inc": {"left": -count, "sold": count}},
        )
        for dish_id, count in sorted(needed.items())
    )
    if matched != len(needed):
        raise StockNotTaken


def explain(shop: Shop, needed: Mapping[str, int], menu: Menu, *, biz_date: str) -> None:
    """After StockNotTaken: begin the day of dishes that have none yet, and come back; or raise StockShort.

    StockShort names every short dish with what is left. When it returns, taking may be tried again.
    """
    left = left_of(shop, tuple(needed), biz_date=biz_date)
    dishes = menu.by_id()
    for dish_id in needed.keys() - left.keys():
        left[dish_id] = begin_day(shop, dish_id, biz_date=biz_date, limit=dishes[dish_id].daily_stock or 0)
    short = [
        {"dishId": dish_id, "name": dishes[dish_id].name, "left": left[dish_id], "wanted": wanted}
        for dish_id, wanted in needed.items()
        if left[dish_id] < wanted
    ]
    if short:
        told = "，".join(
            f"{one['name']}只剩 {one['left']} {dishes[str(one['dishId'])].unit}"
            if one["left"]
            else f"{one['name']}已售完"
            for one in short
        )
        raise StockShort(told, {"dishes": short})


def begin_day(shop: Shop, dish_id: str, *, biz_date: str, limit: int) -> int:
    """Give a dish its stock of the day unless it has it already; what is left now."""
    where = {"_id": _id(shop, biz_date, dish_id)}
    fresh = {"biz_date": biz_date, "dish_id": dish_id, "set": limit, "left": limit, "held": 0, "sold": 0}
    shop.collection(_COLLECTION).upsert_one(where, {"$setOnInsert": fresh})
    return left_of(shop, (dish_id,), biz_date=biz_date)[dish_id]


def left_of(shop: Shop, dish_ids: tuple[str, ...], *, biz_date: str) -> dict[str, int]:
    """What is left of those dishes whose day has begun."""
    where = {"_id": {"$in": [_id(shop, biz_date, dish_id) for dish_id in dish_ids]}}
    found = shop.collection(_COLLECTION).find(where, limit=len(dish_ids) or 1, fields={"dish_id": 1, "left": 1})
    return {doc["dish_id"]: doc["left"] for doc in found}


def _id(shop: Shop, biz_date: str, dish_id: str) -> str:
    return f"{shop.shop_id}|{biz_date}|{dish_id}"
