"""Payments: their tenders and shares sum, lines know what is paid of them, and late money goes back (rule 15)."""

from __future__ import annotations

from collections.abc import Iterator

from shared.store.audit.books import Books, Expression, Finding, Stage, or_else, those, total
from shared.store.audit.orders import BILLED_FEN
from shared.store.client import Document

_KINDS = ("claimed", "paid")
_IS_TOP_UP: Expression = {"$eq": [{"$type": "$top_up"}, "object"]}


def payment_sums(books: Books) -> Iterator[Finding]:
    """A payment's tenders sum to its amount, and so do its shares of lines; a share's legs sum to it.

    A top-up pays no line.
    """
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
            {"$ne": [{"$cond": [_IS_TOP_UP, 0, "$amount_fen"]}, {"$sum": "$split.fen"}]},
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
    """No line of an order that stands is paid, or being paid, above its bill; what is paid of it was claimed."""
    claimed, paid = or_else("$$it.claimed_fen", 0), or_else("$$it.paid_fen", 0)
    wrong: Expression = {"$or": [{"$gt": [claimed, BILLED_FEN]}, {"$gt": [paid, claimed]}]}
    stages: list[Stage] = [
        {
            "$match": {
                "state": {"$nin": ["void", "cancelled"]},
                "$or": [{f"lines.{name}_fen": {"$gt": 0}} for name in _KINDS],
            }
        },
        {"$set": {"billed": total("$lines", BILLED_FEN), "claimed": {"$sum": "$lines.claimed_fen"}}},
        {"$set": {"wrong": those("$lines", wrong)}},
        {"$match": {"wrong.0": {"$exists": True}}},
        {"$project": {"shop_id": 1, "order_no": 1, "claimed": 1, "billed": 1}},
    ]
    for one in books.rows("orders", stages):
        told = f"订单 {one['order_no']} 应付 {int(one['billed'])} 分，已付或正在付 {one['claimed']} 分"
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


def top_ups(books: Books) -> Iterator[Finding]:
    """What was paid in is in the ledger once, as much as the package said; what was not is not."""
    gained: Expression = {
        "$sum": {
            "$map": {
                "input": {"$filter": {"input": "$entries", "as": "it", "cond": _is_credit()}},
                "as": "it",
                "in": "$$it.amount",
            }
        }
    }
    owed: Expression = {"$add": ["$top_up.principal_fen", "$top_up.bonus_fen"]}
    stages: list[Stage] = [
        {"$match": {"top_up": {"$exists": True}}},
        {"$set": {"cause": {"$concat": ["payment:", "$_id", ":topUp"]}}},
        {"$lookup": {"from": "ledger", "localField": "cause", "foreignField": "cause", "as": "sets"}},
        {"$set": {"entries": {"$ifNull": [{"$first": "$sets.entries"}, []]}}},
        {"$match": {"$expr": {"$ne": [gained, {"$cond": [{"$eq": ["$state", "paid"]}, owed, 0]}]}}},
        {"$project": {"shop_id": 1}},
    ]
    for one in books.rows("payments", stages):
        told = f"储值付款 {one['_id']} 与账本中的入账对不上"
        yield Finding("TOP_UP_WRONG", "payments", one["_id"], one["shop_id"], told)


def _is_credit() -> Expression:
    return {"$and": [{"$eq": ["$$it.account", "member"]}, {"$in": ["$$it.unit", ["principal", "bonus"]]}]}


def account_legs(books: Books) -> Iterator[Finding]:
    """What points and stored value pay was taken from the account by the payment's own set, and by no closed payment.

    A payment that was closed has given it back by another set.
    """
    taken: Expression = {
        "$sum": {
            "$map": {
                "input": {"$filter": {"input": "$entries", "as": "it", "cond": _is_spent()}},
                "as": "it",
                "in": {"$multiply": [-1, "$$it.amount"]},
            }
        }
    }
    kinds: Expression = {
        "$filter": {"input": "$tenders", "as": "it", "cond": {"$in": ["$$it.kind", ["points", "stored"]]}}
    }
    worth: Expression = {"$sum": {"$map": {"input": kinds, "as": "it", "in": {"$ifNull": ["$$it.points", "$$it.fen"]}}}}
    stages: list[Stage] = [
        {"$match": {"tenders.kind": {"$in": ["points", "stored"]}}},
        {"$set": {"cause": {"$concat": ["payment:", "$_id", ":pay"]}}},
        {"$lookup": {"from": "ledger", "localField": "cause", "foreignField": "cause", "as": "sets"}},
        {"$set": {"entries": {"$ifNull": [{"$first": "$sets.entries"}, []]}}},
        {"$match": {"$expr": {"$ne": [taken, worth]}}},
        {"$project": {"shop_id": 1}},
    ]
    for one in books.rows("payments", stages):
        told = f"付款 {one['_id']} 用的积分或储值与账本对不上"
        yield Finding("ACCOUNT_LEG_WRONG", "payments", one["_id"], one["shop_id"], told)


def forgotten(books: Books) -> Iterator[Finding]:
    """A payment that is pending will be looked at; one that is not will not."""
    wrong: Expression = {"$ne": [{"$eq": ["$state", "pending"]}, {"$eq": [{"$type": "$look_at"}, "date"]}]}
    for one in books.rows("payments", [{"$match": {"$expr": wrong}}, {"$project": {"shop_id": 1}}]):
        told = f"付款 {one['_id']} 的状态与下次查询时间对不上"
        yield Finding("PAYMENT_FORGOTTEN", "payments", one["_id"], one["shop_id"], told)


def free_tables(books: Books) -> Iterator[Finding]:
    """A table that is free because its bill was paid has no order that is not."""
    paid: Expression = {"$sum": {"$ifNull": ["$lines.paid_fen", []]}}
    stages: list[Stage] = [
        {
            "$match": {
                "sitting_id": {"$exists": True},
                "payment": {"$ne": "prepay"},
                "state": {"$nin": ["void", "cancelled"]},
            }
        },
        {"$match": {"$expr": {"$lt": [paid, "$due_fen"]}}},
        {"$group": {"_id": "$sitting_id", "shop": {"$first": "$shop_id"}}},
        {"$lookup": {"from": "table_sessions", "localField": "_id", "foreignField": "_id", "as": "sitting"}},
        {"$match": {"sitting.state": "settled"}},
        {"$sort": {"_id": 1}},
    ]
    for one in books.rows("orders", stages):
        told = f"桌台 {one['_id']} 已结清空出，但还有没付清的订单"
        yield Finding("FREE_TABLE_UNPAID", "table_sessions", one["_id"], one["shop"], told)


def _is_spent() -> Expression:
    return {"$and": [{"$eq": ["$$it.account", "member"]}, {"$in": ["$$it.unit", ["points", "principal", "bonus"]]}]}
