"""What a running order gives back to the day's stock, or takes of it, in the transaction that changes it (rule 13)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from shared.domain.menu import Menu
from shared.domain.orders import Order
from shared.errors import StockShort
from shared.store.scope import Shop
from shared.store.stock import COLLECTION


def move_stock(shop: Shop, order: Order, moved: Mapping[str, int], menu: Menu) -> None:
    """Give back what is positive, take what is negative, all or nothing, inside the caller's transaction.

    The order stands, so its hold, if it is still there, is sold by the same update: what comes back is counted once,
    whether the hold was settled or not. Raises StockShort, naming every short dish with what is left.
    """
    if not moved:
        return
    days, day_id = shop.collection(COLLECTION), f"{shop.shop_id}|{order.biz_date}"
    wanted = {dish_id: -count for dish_id, count in moved.items() if count < 0}
    change: dict[str, Any] = {"$inc": {f"left.{dish_id}": count for dish_id, count in moved.items()}}
    if order.hold_id is not None:
        change["$unset"] = {f"holds.{order.hold_id}": ""}
    where = {"_id": day_id, **{f"left.{dish_id}": {"$gte": count} for dish_id, count in wanted.items()}}
    if days.update_one(where, change) == 1 or not wanted:
        return
    day = days.find_one({"_id": day_id}, {"left": 1})
    left: Mapping[str, int] = day["left"] if day else {}
    short = [
        {"dishId": dish_id, "name": menu.by_id[dish_id].name, "left": left.get(dish_id, 0), "wanted": count}
        for dish_id, count in wanted.items()
        if left.get(dish_id, 0) < count
    ]
    raise StockShort("，".join(f"{one['name']}只剩 {one['left']} 份" for one in short), {"dishes": short})
