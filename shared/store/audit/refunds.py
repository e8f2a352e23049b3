"""Refunds: never more than was paid, of any line or leg, and what one says went back did (rule 16)."""

from __future__ import annotations

from collections.abc import Iterator

from shared.store.audit.books import Books, Expression, Finding, Stage, or_else, those, total
from shared.store.audit.orders import BILLED, LIVE
from shared.store.client import Document

_OF_ACCOUNTS = ("points", "principal", "bonus")
_REFUNDED: Expression = or_else("$$it.refunded_fen", 0)
_UNITS: Expression = or_else("$$it.refunded", 0)
_KEPT: Expression = or_else("$$it.kept", 0)
_PAID: Expression = or_else("$$it.paid_fen", 0)


def _pairs(path: str) -> Expression:
    return {"$objectToArray": or_else(path, {})}


def line_refunds(books: Books) -> Iterator[Finding]:
    """A line's units gave back their part of what was paid, no line more than that, and only units that were there."""
    share: Expression = {"$multiply": [_PAID, _UNITS]}
    floor = {"$divide": [{"$subtract": [share, {"$mod": [share, BILLED]}]}, BILLED]}
    wrong: Expression = {
        "$or": [
            {"$gt": [_REFUNDED, _PAID]},
            {"$gt": [_UNITS, BILLED]},
            {"$gt": [_KEPT, LIVE]},
            {"$gt": [_KEPT, _UNITS]},
            {"$gt": [{"$subtract": [_UNITS, _KEPT]}, or_else("$$it.voided", 0)]},
            {"$lt": [_REFUNDED, {"$cond": [{"$gt": [BILLED, 0]}, floor, 0]}]},
        ]
    }
    stages: list[Stage] = [
        {
            "$match": {
                "state": {"$ne": "void"},
                "$or": [{"lines.refunded": {"$gt": 0}}, {"lines.refunded_fen": {"$gt": 0}}],
            }
        },
        {"$set": {"wrong": those("$lines", wrong)}},
        {"$match": {"wrong.0": {"$exists": True}}},
        {"$project": {"shop_id": 1, "order_no": 1, "names": "$wrong.name"}},
    ]
    for one in books.rows("orders", stages):
        told = f"订单 {one['order_no']} 的 {'、'.join(one['names'])}：退款份数或金额与已付的对不上"
        yield Finding("LINE_REFUND_WRONG", "orders", one["_id"], one["shop_id"], told)


def refunded_lines(books: Books) -> Iterator[Finding]:
    """What a line says went back of it is what its payments say."""
    mine: Document = {"$match": books.mine}
    key = {"order": "$_id", "line": "$lines.line_id"}
    of_payments: list[Stage] = [
        {"$unwind": "$split"},
        {
            "$project": {
                "_id": {"order": "$split.order_id", "line": "$split.line_id"},
                "shop": "$shop_id",
                "fen": {"$sum": {"$map": {"input": _pairs("$split.refunded"), "as": "it", "in": "$$it.v"}}},
            }
        },
        {"$match": {"fen": {"$ne": 0}}},
    ]
    stages: list[Stage] = [
        {"$match": {"lines.refunded_fen": {"$gt": 0}}},
        {"$unwind": "$lines"},
        {"$project": {"_id": key, "shop": "$shop_id", "fen": {"$multiply": [-1, or_else("$lines.refunded_fen", 0)]}}},
        {"$unionWith": {"coll": "payments", "pipeline": [mine, *of_payments]}},
        {"$group": {"_id": "$_id", "shop": {"$first": "$shop"}, "fen": {"$sum": "$fen"}}},
        {"$match": {"fen": {"$ne": 0}}},
        {"$group": {"_id": "$_id.order", "shop": {"$first": "$shop"}}},
        {"$sort": {"_id": 1}},
    ]
    for one in books.rows("orders", stages):
        told = f"订单 {one['_id']} 各行的已退金额与付款记录对不上"
        yield Finding("LINE_REFUNDED_WRONG", "orders", one["_id"], one["shop"], told)


def overdrawn_legs(books: Books) -> Iterator[Finding]:
    """No leg of a line gives back more than it paid, and only a payment that was paid gives back."""
    paid: Expression = {"$first": those(_pairs("$$row.legs"), {"$eq": ["$$leg.k", "$$it.k"]}, "leg")}
    over: Expression = {"$gt": ["$$it.v", {"$ifNull": [{"$getField": {"field": "v", "input": paid}}, 0]}]}
    rows: Expression = {
        "$map": {"input": "$split", "as": "row", "in": {"$size": those(_pairs("$$row.refunded"), over)}}
    }
    some: Expression = {"$map": {"input": "$split", "as": "row", "in": {"$size": _pairs("$$row.refunded")}}}
    unpaid: Expression = {"$and": [{"$ne": ["$state", "paid"]}, {"$gt": [{"$sum": some}, 0]}]}
    stages: list[Stage] = [
        {"$match": {"$expr": {"$or": [{"$gt": [{"$sum": rows}, 0]}, unpaid]}}},
        {"$project": {"shop_id": 1}},
    ]
    for one in books.rows("payments", stages):
        told = f"付款 {one['_id']} 退回的钱超过了付的钱"
        yield Finding("LEG_OVERDRAWN", "payments", one["_id"], one["shop_id"], told)


def refund_sums(books: Books) -> Iterator[Finding]:
    """A refund's legs sum to it, and so do its lines, if it is of an order."""
    wrong: Expression = {
        "$or": [
            {"$ne": ["$fen", {"$sum": "$legs.fen"}]},
            {"$and": [{"$eq": ["$kind", "order"]}, {"$ne": ["$fen", {"$sum": "$lines.fen"}]}]},
        ]
    }
    for one in books.rows("refunds", [{"$match": {"$expr": wrong}}, {"$project": {"shop_id": 1}}]):
        told = f"退款 {one['_id']} 的金额、退回方式和各行合计对不上"
        yield Finding("REFUND_SUM_WRONG", "refunds", one["_id"], one["shop_id"], told)


def refunds_of_payments(books: Books) -> Iterator[Finding]:
    """What a payment says went back by each leg is what its refunds say."""
    mine: Document = {"$match": books.mine}
    of_refunds: list[Stage] = [
        {"$match": {"kind": "order"}},
        {"$unwind": "$legs"},
        {
            "$project": {
                "_id": {"payment": "$payment_id", "leg": "$legs.leg"},
                "shop": "$shop_id",
                "fen": {"$multiply": [-1, "$legs.fen"]},
            }
        },
    ]
    stages: list[Stage] = [
        {"$unwind": "$split"},
        {"$project": {"shop_id": 1, "leg": _pairs("$split.refunded")}},
        {"$unwind": "$leg"},
        {"$project": {"_id": {"payment": "$_id", "leg": "$leg.k"}, "shop": "$shop_id", "fen": "$leg.v"}},
        {"$unionWith": {"coll": "refunds", "pipeline": [mine, *of_refunds]}},
        {"$group": {"_id": "$_id", "shop": {"$first": "$shop"}, "fen": {"$sum": "$fen"}}},
        {"$match": {"fen": {"$ne": 0}}},
        {"$group": {"_id": "$_id.payment", "shop": {"$first": "$shop"}}},
        {"$sort": {"_id": 1}},
    ]
    for one in books.rows("payments", stages):
        told = f"付款 {one['_id']} 退回的金额与退款记录对不上"
        yield Finding("REFUND_UNTOLD", "payments", one["_id"], one["shop"], told)


def refunds_in_ledger(books: Books) -> Iterator[Finding]:
    """What a refund gave back to an account is in the ledger, once."""
    booked = {unit: _booked(unit) for unit in _OF_ACCOUNTS}
    stages: list[Stage] = [
        {"$match": {"kind": "order", "legs.leg": {"$in": list(_OF_ACCOUNTS)}}},
        {"$set": {"cause": {"$concat": ["refund:", "$_id"]}}},
        {"$lookup": {"from": "ledger", "localField": "cause", "foreignField": "cause", "as": "sets"}},
        {"$set": {"entries": {"$ifNull": [{"$first": "$sets.entries"}, []]}}},
        {"$match": {"$expr": {"$or": [{"$ne": [_given(unit), fen]} for unit, fen in booked.items()]}}},
        {"$project": {"shop_id": 1}},
    ]
    for one in books.rows("refunds", stages):
        told = f"退款 {one['_id']} 退回账户的部分与账本对不上"
        yield Finding("REFUND_NOT_BOOKED", "refunds", one["_id"], one["shop_id"], told)


def forgotten(books: Books) -> Iterator[Finding]:
    """A refund that is under way is looked at again, and one that people must see to is on their list."""
    ids: Expression = {
        "$concatArrays": [[""], {"$map": {"input": "$legs", "as": "it", "in": {"$concat": [":", "$$it.leg"]}}}]
    }
    listed: Expression = {"$map": {"input": ids, "as": "it", "in": {"$concat": ["refundStuck:", "$_id", "$$it"]}}}
    untold: Expression = {"$and": [{"$eq": ["$state", "failed"]}, {"$eq": ["$told", []]}]}
    stages: list[Stage] = [
        {"$match": {"state": {"$in": ["due", "asked", "failed"]}}},
        {"$set": {"ids": listed}},
        {"$lookup": {"from": "exceptions", "localField": "ids", "foreignField": "_id", "as": "told"}},
        {
            "$match": {
                "$expr": {
                    "$or": [
                        untold,
                        {"$and": [{"$ne": ["$state", "failed"]}, {"$eq": [{"$type": "$look_at"}, "missing"]}]},
                    ]
                }
            }
        },
        {"$project": {"shop_id": 1}},
    ]
    for one in books.rows("refunds", stages):
        told = f"退款 {one['_id']} 没有办完，也没有人知道"
        yield Finding("REFUND_FORGOTTEN", "refunds", one["_id"], one["shop_id"], told)


def _given(unit: str) -> Expression:
    """What the refund says that the account got."""
    mine: Expression = {"$and": [{"$eq": ["$$it.leg", unit]}, {"$eq": ["$$it.state", "done"]}]}
    return total(those("$legs", mine), or_else("$$it.points", 0) if unit == "points" else "$$it.fen")


def _booked(unit: str) -> Expression:
    """What the ledger says, on the other side."""
    mine: Expression = {"$and": [{"$eq": ["$$it.unit", unit]}, {"$eq": ["$$it.account", "spent"]}]}
    return total(those("$entries", mine), {"$multiply": [-1, "$$it.amount"]})
