"""Payments: their tenders and shares sum, lines know what is paid of them, and late money goes back (rule 15)."""

from __future__ import annotations

from collections.abc import Iterator

from shared.store.audit.books import Books, Expression, Finding, Stage, or_else
from shared.store.client import Document

_KINDS = ("claimed", "paid")


def payment_sums(books: Books) -> Iterator[Finding]:
    """A payment's tenders sum to its amount, and so do its shares of lines; a share's legs sum to it."""
    legs: Expression = {
        "$map": {
            "input": "$split",
            "as": "it",
            "in": {
                "fen": "$$it.fen",
                "legs": {"$sum": {"$map": {"input": {"$objectToArray": "$$it.legs"}, "as": "leg", "in": "$$leg.v"}}},
            },
        }
    }
    differs: Expression = {"$ne": ["$$it.fen", "$$it.legs"]}
    uneven: Expression = {"$anyElementTrue": {"$map": {"input": legs, "as": "it", "in": differs}}}
    wrong: Expression = {
        "$or": [
            {"$ne": ["$amount_fen", {"$sum": "$tenders.fen"}]},
            {"$ne": ["$amount_fen", {"$sum": "$split.fen"}]},
            uneven,
        ]
    }
    for one in books.rows("payments", [{"$match": {"$expr": wrong}}, {"$project": {"shop_id": 1}}]):
        told = f"付款 {one['_id']} 的金额、支付方式和各行分摊合计对不上"
        yield Finding("PAYMENT_SUM_WRONG", "payments", one["_id"], one["shop_id"], told)


def paid_lines(books: Books) -> Iterator[Finding]:
    """What a line says is paid of it, or being paid, is what payments say, and no more than it costs.

    A cancelled order's claims are let go when its payment is closed.
    """
    mine: Document = {"$match": books.mine}
    live: list[Stage] = [
        {"$match": {"state": {"$in": ["pending", "paid"]}}},
        {"$unwind": "$split"},
        {
            "$project": {
                "_id": {"order": "$split.order_id", "line": "$split.line_id"},
                "shop": "$shop_id",
                "claimed": "$split.fen",
                "paid": {"$cond": [{"$eq": ["$state", "paid"]}, "$split.fen", 0]},
            }
        },
    ]
    stages: list[Stage] = [
        {"$match": {"state": {"$ne": "void"}}},
        {"$unwind": "$lines"},
        {
            "$project": {
                "_id": {"order": "$_id", "line": "$lines.line_id"},
                "shop": "$shop_id",
                **{name: {"$multiply": [-1, or_else(f"$lines.{name}_fen", 0)]} for name in _KINDS},
            }
        },
        {"$match": {"$or": [{name: {"$ne": 0}} for name in _KINDS]}},
        {"$unionWith": {"coll": "payments", "pipeline": [mine, *live]}},
        {"$group": {"_id": "$_id", "shop": {"$first": "$shop"}, **{name: {"$sum": f"${name}"} for name in _KINDS}}},
        {"$match": {"$or": [{name: {"$ne": 0}} for name in _KINDS]}},
        {"$group": {"_id": "$_id.order", "shop": {"$first": "$shop"}}},
        {"$sort": {"_id": 1}},
    ]
    for one in books.rows("orders", stages):
        told = f"订单 {one['_id']} 各行的已付金额与付款记录对不上"
        yield Finding("LINE_PAID_WRONG", "orders", one["_id"], one["shop"], told)


def overpaid(books: Books) -> Iterator[Finding]:
    """No order that stands is paid, or being paid, more than it costs; what is paid of a line was claimed."""
    claimed: Expression = {"$sum": {"$ifNull": ["$lines.claimed_fen", []]}}
    paid: Expression = {"$sum": {"$ifNull": ["$lines.paid_fen", []]}}
    stages: list[Stage] = [
        {"$match": {"state": {"$nin": ["void", "cancelled"]}}},
        {"$set": {"claimed": claimed, "paid": paid}},
        {"$match": {"$expr": {"$or": [{"$gt": ["$claimed", "$due_fen"]}, {"$gt": ["$paid", "$claimed"]}]}}},
        {"$project": {"shop_id": 1, "order_no": 1, "claimed": 1, "due_fen": 1}},
    ]
    for one in books.rows("orders", stages):
        told = f"订单 {one['order_no']} 应付 {one['due_fen']} 分，已付或正在付 {one['claimed']} 分"
        yield Finding("ORDER_OVERPAID", "orders", one["_id"], one["shop_id"], told)


def late_money(books: Books) -> Iterator[Finding]:
    """Money that came for a closed payment has its refund, of all of it; no other payment tells of any."""
    stages: list[Stage] = [
        {"$match": {"late": {"$exists": True}}},
        {"$lookup": {"from": "refunds", "localField": "_id", "foreignField": "payment_id", "as": "back"}},
        {"$match": {"$expr": {"$or": [{"$ne": ["$state", "closed"]}, {"$ne": [{"$sum": "$back.fen"}, "$late.fen"]}]}}},
        {"$project": {"shop_id": 1, "fen": "$late.fen"}},
    ]
    for one in books.rows("payments", stages):
        told = f"付款 {one['_id']} 关闭后收到 {one['fen']} 分，没有对应的退款"
        yield Finding("LATE_MONEY_KEPT", "payments", one["_id"], one["shop_id"], told)
