"""Group buys: seats are counted right, and an order waits exactly as long as its group does (rule 22)."""

from __future__ import annotations

from collections.abc import Iterator

from shared.store.audit.books import Books, Expression, Finding, Stage


def seats(books: Books) -> Iterator[Finding]:
    """`taken` and `paid` are the seats there are, never more than the size; full is paid whole, and only that."""
    paid: Expression = {"$size": {"$filter": {"input": "$seats", "as": "it", "cond": "$$it.paid"}}}
    wrong: Expression = {
        "$or": [
            {"$ne": ["$taken", {"$size": "$seats"}]},
            {"$ne": ["$paid", paid]},
            {"$gt": ["$taken", "$size"]},
            {"$ne": [{"$eq": ["$state", "full"]}, {"$eq": ["$paid", "$size"]}]},
        ]
    }
    for one in books.rows("groups", [{"$match": {"$expr": wrong}}, {"$project": {"shop_id": 1}}]):
        yield Finding("GROUP_SEATS_WRONG", "groups", one["_id"], one["shop_id"], f"拼团 {one['_id']} 的人数对不上")


def waiting_orders(books: Books) -> Iterator[Finding]:
    """An order of a group that stands has a seat; it waits while the group is open, and is cooked when it is full."""
    mine: Expression = {"$filter": {"input": "$group.seats", "as": "it", "cond": {"$eq": ["$$it.order_id", "$_id"]}}}
    waits: Expression = {"$eq": ["$state", "pending"]}
    stages: list[Stage] = [
        {"$match": {"group_id": {"$exists": True}, "state": {"$nin": ["cancelled", "void"]}}},
        {"$lookup": {"from": "groups", "localField": "group_id", "foreignField": "_id", "as": "group"}},
        {"$set": {"group": {"$first": "$group"}}},
        {"$set": {"mine": {"$ifNull": [mine, []]}, "should": {"$eq": ["$group.state", "open"]}}},
        {"$match": {"$expr": {"$or": [{"$eq": ["$mine", []]}, {"$ne": [waits, "$should"]}]}}},
        {"$project": {"shop_id": 1, "order_no": 1}},
    ]
    for one in books.rows("orders", stages):
        told = f"订单 {one['order_no']} 与它的拼团对不上"
        yield Finding("GROUP_ORDER_WRONG", "orders", one["_id"], one["shop_id"], told)
