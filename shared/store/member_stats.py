"""What members ordered, kept with the member for segments: how often, how much, what, where, when last (rule 23).

    members   {visits, spend_fen, seen_at, been: [shop ids], dishes: {id: count}, counted: {sitting, upto}}
    cursors   {_id: "memberStats", upto}

`seen_at` is the last visit, at first the joining; `been` begins with the shop in which they joined.

Orders are looked at three hours after they were placed, when they are eaten or cancelled, in the order of their ids,
which is that of time. `upto` is the last one that is counted, for the member and for all; so an order counts once,
however often a run dies or is repeated. What is refunded later stays counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pymongo import UpdateOne

from shared.store.client import Document
from shared.store.guard import BRAND_WIDE
from shared.store.scope import Chain

CURSORS = "cursors"
_NAME = "memberStats"
SETTLED_AFTER = timedelta(hours=3)
_ORDER = {
    "shop_id": 1,
    "guest_id": 1,
    "state": 1,
    "sitting_id": 1,
    "due_fen": 1,
    "placed_at": 1,
    "lines": {"dish_id": 1, "kind": 1, "quantity": 1, "voided": 1, "moved": 1},
}
_NOT_EATEN = ("pending", "cancelled", "void")


def count_orders(chain: Chain, *, now: datetime, limit: int) -> int:
    """Count the next orders that are settled; how many were looked at."""
    seen = chain.db[CURSORS].find_one({"_id": _NAME}) or {"upto": ""}
    where = {"_id": {"$gt": seen["upto"], "$lt": _id_at(now - SETTLED_AFTER)}}
    found = list(chain.db["orders"].find(where, _ORDER, comment=BRAND_WIDE).sort("_id", 1).limit(limit))
    if not found:
        return 0
    counted = [one for one in found if one["state"] not in _NOT_EATEN and one.get("guest_id")]
    if counted:
        # One member's orders in their order.
        chain.db["members"].bulk_write([_counting(one) for one in counted], ordered=True)
    chain.db[CURSORS].update_one({"_id": _NAME}, {"$max": {"upto": found[-1]["_id"]}}, upsert=True)
    return len(found)


def _counting(order: Document) -> UpdateOne:
    """Count an order with its member, if that is a member and the order is not counted yet."""
    where = {"_id": order["guest_id"], "counted.upto": {"$not": {"$gte": order["_id"]}}}
    sitting = order.get("sitting_id") or order["_id"]
    visit: Mapping[str, Any] = {"$cond": [{"$eq": ["$counted.sitting", sitting]}, 0, 1]}
    dishes = Counter[str]()
    for line in order["lines"]:
        if line.get("kind", "dish") == "dish":
            dishes[line["dish_id"]] += line["quantity"] - line.get("voided", 0) - line.get("moved", 0)
    more: dict[str, Any] = {"visits": visit, "spend_fen": order["due_fen"]}
    more |= {f"dishes.{dish_id}": count for dish_id, count in dishes.items() if count > 0}
    sums = {name: {"$add": [{"$ifNull": [f"${name}", 0]}, n]} for name, n in more.items()}
    been = {"$setUnion": [{"$ifNull": ["$been", []]}, [order["shop_id"]]]}
    seen = {"seen_at": {"$max": ["$seen_at", order["placed_at"]]}, "been": been, "counted.upto": order["_id"]}
    # The sitting last: what is counted before it asks what it was.
    return UpdateOne(where, [{"$set": {**sums, **seen}}, {"$set": {"counted.sitting": sitting}}])


def _id_at(moment: datetime) -> str:
    """What is before every id that is made from this moment on."""
    return f"{int(moment.timestamp() * 1000):011x}"
