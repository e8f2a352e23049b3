"""What staff set of a day's stock by hand, beside everybody's orders: set = left + held + sold stays true.

What was sold and is held is `set` − `left` whatever happens, so one update moves both by the same amount. The day
remembers which command counted a dish last, so that a repeated command counts once. No transaction: one that died
would hold up every order of the shop.
"""

from __future__ import annotations

from typing import Any

from shared.store import stock
from shared.store.scope import Shop


def set_left(shop: Shop, biz_date: str, dish_id: str, *, left: int, command_id: str) -> int:
    """Exactly so many are left now; what is left when the command was done before."""
    return _set(shop, biz_date, dish_id, left={"$literal": left}, command_id=command_id)


def set_daily(shop: Shop, biz_date: str, dish_id: str, *, daily: int, command_id: str) -> int:
    """The whole day has so many, or as many as are taken already; what is left of them."""
    left = {"$max": [0, {"$subtract": [daily, _taken(dish_id)]}]}
    return _set(shop, biz_date, dish_id, left=left, command_id=command_id)


def _set(shop: Shop, biz_date: str, dish_id: str, *, left: dict[str, Any], command_id: str) -> int:
    days, where = shop.collection(stock.COLLECTION), {"biz_date": biz_date}
    fields = {
        f"left.{dish_id}": left,
        f"set.{dish_id}": {"$add": [left, _taken(dish_id)]},
        f"counted.{dish_id}": {"$literal": command_id},
    }
    fresh = {**where, f"counted.{dish_id}": {"$ne": command_id}}
    shown = {f"left.{dish_id}": 1}
    day = days.find_and_update(fresh, [{"$set": fields}], fields=shown) or days.find_one(where, shown)
    if day is None or dish_id not in day.get("left", {}):  # or an order began the day, or another dish, just now
        stock.begin_day(shop, biz_date, {})
        return _set(shop, biz_date, dish_id, left=left, command_id=command_id)
    return int(day["left"][dish_id])


def _taken(dish_id: str) -> dict[str, Any]:
    return {"$subtract": [{"$ifNull": [f"$set.{dish_id}", 0]}, {"$ifNull": [f"$left.{dish_id}", 0]}]}
