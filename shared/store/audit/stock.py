"""Stock: what was set of a dish is left, held, or taken by orders that stand (rule 13)."""

from __future__ import annotations

from collections.abc import Iterator

from shared.store.audit.books import Books, Expression, Finding, Stage, or_else, those
from shared.store.audit.orders import LIVE
from shared.store.client import Document


def stock_sums(books: Books) -> Iterator[Finding]:
    """Set − left = held + sold, for every dish of every day; neither is below nothing.

    What is sold is counted anew from the orders: what is live of their lines, and of what was voided after a cook had
    begun with it at most all, for that does not come back. A choice changed after the cook had begun leaves no trace
    of the dish that was taken before: on such a day too much may be taken, never too little.
    """
    unsure: set[tuple[str, str]] | None = None
    for one in books.rows("stock", [*_DISHES, *_with_orders(books), *_COMPARED]):
        shop_id, day, dish_id = one["_id"]["shop"], one["_id"]["day"], one["_id"]["dish"]
        if min(one["set"], one["left"]) >= 0 and one["taken"] > one["most"]:
            unsure = _unsure(books) if unsure is None else unsure
            if (shop_id, day) in unsure:
                continue
        told = (
            f"{day} {dish_id}：设定 {one['set']}，剩余 {one['left']}，即用去 {one['taken']}；"
            f"订单和占用合计却是 {one['least']}" + (f" 到 {one['most']}" if one["most"] != one["least"] else "")
        )
        yield Finding("STOCK_SUM_WRONG", "stock", f"{shop_id}|{day}", shop_id, told)


def _group(**sums: Expression) -> Stage:
    key = {"shop": "$shop_id", "day": "$biz_date", "dish": "$dish"}
    return {"$group": {"_id": key, **{name: {"$sum": value} for name, value in sums.items()}}}


_DISHES: list[Stage] = [
    {"$set": {"dish": {"$objectToArray": "$set"}}},
    {"$unwind": "$dish"},
    {
        "$project": {
            "_id": {"shop": "$shop_id", "day": "$biz_date", "dish": "$dish.k"},
            "set": "$dish.v",
            "left": {
                "$sum": {
                    "$map": {
                        "input": those({"$objectToArray": "$left"}, {"$eq": ["$$it.k", "$dish.k"]}),
                        "as": "it",
                        "in": "$$it.v",
                    }
                }
            },
        }
    },
]
_BY_LINE: Expression = {"$arrayElemAt": [{"$split": ["$$item", ":"]}, 0]}
_ITS_LINES: Expression = {"$map": {"input": "$$ticket.item_ids", "as": "item", "in": _BY_LINE}}
_STANDS_ON: Expression = {"$in": ["$it.line_id", _ITS_LINES]}
_BEGUN: Expression = {
    "$or": [
        or_else("$it.served", False),
        {"$gt": [or_else("$it.moved", 0), 0]},  # its ticket may have gone with it
        {
            "$ne": [
                those(
                    "$tickets",
                    {
                        "$and": [
                            {"$in": ["$$ticket.kind", ["new", "add"]]},
                            {"$not": "$$ticket.is_pass"},
                            {"$ne": ["$$ticket.state", "waiting"]},
                            _STANDS_ON,
                        ]
                    },
                    "ticket",
                ),
                [],
            ]
        },
    ]
}
"""Whether a cook may have begun with the line `it`."""
_LIVE: Expression = {"$let": {"vars": {"it": "$it"}, "in": LIVE}}
_SOLD: list[Stage] = [
    {"$match": {"state": {"$ne": "void"}, "lines.limited.0": {"$exists": True}}},
    {"$project": {"shop_id": 1, "biz_date": 1, "tickets": 1, "it": "$lines"}},
    {"$unwind": "$it"},
    {"$match": {"it.limited.0": {"$exists": True}}},
    {
        "$project": {
            "shop_id": 1,
            "biz_date": 1,
            "dish": "$it.limited",
            "live": _LIVE,
            "wasted": {"$cond": [_BEGUN, or_else("$it.voided", 0), 0]},
        }
    },
    {"$unwind": "$dish"},
    _group(least="$live", most={"$add": ["$live", "$wasted"]}),
]
_HELD: list[Stage] = [
    {"$match": {"holds": {"$ne": {}}}},
    {"$project": {"shop_id": 1, "biz_date": 1, "hold": {"$objectToArray": "$holds"}}},
    {"$unwind": "$hold"},
    {
        "$lookup": {
            "from": "orders",
            "localField": "hold.v.order_id",
            "foreignField": "_id",
            "pipeline": [{"$match": {"state": {"$ne": "void"}}}, {"$project": {"_id": 1}}],
            "as": "order",
        }
    },
    {"$match": {"order": []}},
    {"$project": {"shop_id": 1, "biz_date": 1, "item": {"$objectToArray": "$hold.v.items"}}},
    {"$unwind": "$item"},
    {"$set": {"dish": "$item.k"}},
    _group(least="$item.v", most="$item.v"),
]
"""What is held for orders that are not written yet; the others' is counted with the orders."""
_COMPARED: list[Stage] = [
    {
        "$group": {
            "_id": "$_id",
            **{name: {"$sum": f"${name}"} for name in ("set", "left", "least", "most")},
        }
    },
    {"$set": {"taken": {"$subtract": ["$set", "$left"]}}},
    {
        "$match": {
            "$expr": {
                "$or": [
                    {"$lt": ["$set", 0]},
                    {"$lt": ["$left", 0]},
                    {"$lt": ["$taken", "$least"]},
                    {"$gt": ["$taken", "$most"]},
                ]
            }
        }
    },
    {"$sort": {"_id": 1}},
]


def _with_orders(books: Books) -> list[Stage]:
    mine: Document = {"$match": books.mine}
    return [
        {"$unionWith": {"coll": "orders", "pipeline": [mine, *_SOLD]}},
        {"$unionWith": {"coll": "stock", "pipeline": [mine, *_HELD]}},
    ]


def _unsure(books: Books) -> set[tuple[str, str]]:
    """Shops and days of which a choice may have been changed after a cook had begun.

    A line was changed as often as its tickets say; what its removals do not explain was a note or a choice.
    """
    on_it: Expression = {"$and": [{"$in": ["$$ticket.kind", ["change", "void"]]}, _STANDS_ON]}
    changes = {"$size": {"$setUnion": [_revisions(those("$tickets", on_it, "ticket")), []]}}
    removals = {"$size": those(or_else("$removals", []), {"$eq": ["$$it.line_id", "$it.line_id"]})}
    stages: list[Stage] = [
        {"$match": {"tickets.kind": {"$in": ["change", "void"]}}},
        {"$project": {"shop_id": 1, "biz_date": 1, "tickets": 1, "removals": 1, "it": "$lines"}},
        {"$unwind": "$it"},
        {"$match": {"$expr": {"$and": [_BEGUN, {"$gt": [_LIVE, 0]}, {"$gt": [changes, removals]}]}}},
        {"$group": {"_id": {"shop": "$shop_id", "day": "$biz_date"}}},
    ]
    return {(one["_id"]["shop"], one["_id"]["day"]) for one in books.rows("orders", stages)}


def _revisions(tickets: Expression) -> Expression:
    return {"$map": {"input": tickets, "as": "ticket", "in": "$$ticket.revision"}}
