"""The floor: one party at a table, its rounds in turn, no table given twice, no slot overfull."""

from __future__ import annotations

from collections.abc import Iterator

from shared.store.audit.books import Books, Expression, Finding, Stage, or_else
from shared.store.client import Document

_QUARTER_MS = 15 * 60 * 1000


def one_party(books: Books) -> Iterator[Finding]:
    """At a table one sitting is open at most."""
    stages: list[Stage] = [
        {"$match": {"state": "open"}},
        {"$sort": {"_id": 1}},
        {"$group": {"_id": {"shop": "$shop_id", "table": "$table_id"}, "ids": {"$push": "$_id"}}},
        {"$match": {"ids.1": {"$exists": True}}},
    ]
    for one in books.rows("table_sessions", stages):
        told = f"{one['_id']['table']} 桌同时有 {len(one['ids'])} 个未结束的开台"
        yield Finding("TABLE_TWICE", "table_sessions", one["ids"][-1], one["_id"]["shop"], told)


def merges(books: Books) -> Iterator[Finding]:
    """A sitting that was merged tells into which, and that one lists it; no other tells of any."""
    stages: list[Stage] = [
        {"$match": {"$or": [{"state": "merged"}, {"merged_into": {"$exists": True}}]}},
        {
            "$lookup": {
                "from": "table_sessions",
                "localField": "merged_into",
                "foreignField": "_id",
                "pipeline": [{"$project": {"shop_id": 1, "merged": 1}}],
                "as": "into",
            }
        },
        {"$set": {"into": {"$first": "$into"}}},
        {
            "$match": {
                "$expr": {
                    "$or": [
                        {"$ne": ["$state", "merged"]},
                        {"$ne": ["$into.shop_id", "$shop_id"]},
                        {"$not": {"$in": ["$_id", or_else("$into.merged", [])]}},
                        {"$ne": [or_else("$cart", []), []]},
                    ]
                }
            }
        },
        {"$project": {"shop_id": 1, "table_id": 1}},
    ]
    for one in books.rows("table_sessions", stages):
        told = f"{one['table_id']} 桌的并台记录不完整"
        yield Finding("MERGE_WRONG", "table_sessions", one["_id"], one["shop_id"], told)


def rounds(books: Books) -> Iterator[Finding]:
    """Every round belongs to a sitting of its shop, and bears a number of that sitting's that no other round has."""
    stages: list[Stage] = [
        {"$match": {"state": {"$ne": "void"}, "sitting_id": {"$type": "string"}}},
        {
            "$group": {
                "_id": {"shop": "$shop_id", "sitting": "$sitting_id"},
                "rounds": {"$push": "$round"},
                "numbers": {"$addToSet": "$round"},
            }
        },
        {
            "$lookup": {
                "from": "table_sessions",
                "localField": "_id.sitting",
                "foreignField": "_id",
                "pipeline": [{"$project": {"shop_id": 1, "drawn": {"$size": "$rounds"}}}],
                "as": "sitting",
            }
        },
        {"$set": {"sitting": {"$first": "$sitting"}}},
        {
            "$match": {
                "$expr": {
                    "$or": [
                        {"$ne": ["$sitting.shop_id", "$_id.shop"]},
                        {"$lt": [{"$size": "$numbers"}, {"$size": "$rounds"}]},
                        {"$lt": [{"$min": "$rounds"}, 1]},
                        {"$gt": [{"$max": "$rounds"}, "$sitting.drawn"]},
                    ]
                }
            }
        },
    ]
    for one in books.rows("orders", stages):
        known = "sitting" in one and "shop_id" in one["sitting"]
        told = f"第 {'、'.join(str(n) for n in sorted(one['rounds']))} 轮" + (
            "轮次对不上" if known else "找不到所属的开台"
        )
        yield Finding("ROUND_WRONG", "table_sessions", one["_id"]["sitting"], one["_id"]["shop"], told)


def booking_keys(books: Books) -> Iterator[Finding]:
    """A reservation that stands has the keys of its table's, and its guest's, whole turn; any other has none."""
    quarters: Expression = {"$divide": [{"$subtract": ["$ends_at", "$at"]}, _QUARTER_MS]}
    kinds: Expression = {"$cond": [{"$gt": [or_else("$guest_id", ""), ""]}, 2, 1]}
    of_table: Expression = {
        "$filter": {
            "input": "$keys",
            "as": "key",
            "cond": {"$eq": [{"$indexOfCP": ["$$key", {"$concat": ["table|", "$table_id", "|"]}]}, 0]},
        }
    }
    stages: list[Stage] = [
        {"$set": {"keys": or_else("$slots", []), "stands": {"$in": ["$state", ["booked", "seated"]]}}},
        {
            "$match": {
                "$expr": {
                    "$or": [
                        {"$ne": [{"$size": "$keys"}, {"$cond": ["$stands", {"$multiply": [quarters, kinds]}, 0]}]},
                        {"$ne": [{"$size": of_table}, {"$cond": ["$stands", quarters, 0]}]},
                    ]
                }
            }
        },
        {"$project": {"shop_id": 1, "booking_no": 1, "state": 1}},
    ]
    for one in books.rows("reservations", stages):
        told = f"预订 {one.get('booking_no', '')} 的状态是 {one['state']}，与占用的时段不符"
        yield Finding("BOOKING_KEYS_WRONG", "reservations", one["_id"], one["shop_id"], told)


def booked_twice(books: Books) -> Iterator[Finding]:
    """No quarter of an hour of a table or a guest is in two reservations."""
    stages: list[Stage] = [
        {"$match": {"slots": {"$exists": True}}},
        {"$unwind": "$slots"},
        {"$sort": {"_id": 1}},
        {"$group": {"_id": {"shop": "$shop_id", "key": "$slots"}, "ids": {"$push": "$_id"}}},
        {"$match": {"ids.1": {"$exists": True}}},
        {"$sort": {"_id": 1}},
        {"$group": {"_id": {"shop": "$_id.shop", "ids": "$ids"}, "key": {"$first": "$_id.key"}}},
    ]
    for one in books.rows("reservations", stages):
        told = f"{one['_id']['ids'][0]} 与它占用同一时段 {one['key']}"
        yield Finding("BOOKED_TWICE", "reservations", one["_id"]["ids"][-1], one["_id"]["shop"], told)


def pickup_counts(books: Books) -> Iterator[Finding]:
    """A pick-up slot counts the orders that stand in it, and the places held for orders that are not written yet."""
    mine: Document = {"$match": books.mine}
    standing: list[Stage] = [
        {
            "$match": {
                "pickup_at": {"$type": "date"},
                "hold_id": {"$type": "string"},
                "state": {"$nin": ["void", "cancelled"]},
            }
        },
        {"$group": {"_id": {"shop": "$shop_id", "at": "$pickup_at"}, "orders": {"$sum": 1}}},
    ]
    held: list[Stage] = [
        {"$unwind": "$held"},
        {
            "$lookup": {
                "from": "orders",
                "localField": "held.order_id",
                "foreignField": "_id",
                "pipeline": [{"$match": {"state": {"$ne": "void"}}}, {"$project": {"_id": 1}}],
                "as": "order",
            }
        },
        {"$match": {"order": []}},
        {"$group": {"_id": {"shop": "$shop_id", "at": "$at"}, "orders": {"$sum": 1}}},
    ]
    stages: list[Stage] = [
        {"$project": {"slot": "$_id", "count": 1, "_id": {"shop": "$shop_id", "at": "$at"}}},
        {"$unionWith": {"coll": "orders", "pipeline": [mine, *standing]}},
        {"$unionWith": {"coll": "pickup_slots", "pipeline": [mine, *held]}},
        {
            "$group": {
                "_id": "$_id",
                "slot": {"$max": "$slot"},
                "count": {"$sum": "$count"},
                "orders": {"$sum": "$orders"},
            }
        },
        # A slot is forgotten two days after its time.
        {"$match": {"slot": {"$type": "string"}, "$expr": {"$ne": ["$count", "$orders"]}}},
    ]
    for one in books.rows("pickup_slots", stages):
        told = f"取餐时段记了 {one['count']} 单，实有 {one['orders']} 单"
        yield Finding("PICKUP_COUNT_WRONG", "pickup_slots", one["slot"], one["_id"]["shop"], told)
