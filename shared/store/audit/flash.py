"""Flash sales: as many pieces as were set, none beyond a member's limit, none held or sold without reason (rule 21)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from shared.store.audit.books import Books, Expression, Finding, Stage, or_else
from shared.store.audit.orders import LIVE

_SWEEP_COMES = timedelta(minutes=5)
"""How long after its hold a piece may still be held: the sweep comes every minute."""


def pieces(books: Books) -> Iterator[Finding]:
    """free + held + sold are the pieces that were set; a piece has what belongs to its state, and nothing else."""
    where = {"kind": "flash"} if books.shop_id is None else {"kind": "flash", "shops": books.shop_id}
    living: list[Stage] = [{"$match": {"state": {"$in": ["free", "held", "sold"]}}}, {"$count": "n"}]
    count: list[Stage] = [
        {
            "$lookup": {
                "from": "flash_pieces",
                "localField": "_id",
                "foreignField": "sale_id",
                "pipeline": living,
                "as": "there",
            }
        },
        {"$set": {"there": {"$ifNull": [{"$first": "$there.n"}, 0]}}},
        {"$match": {"$expr": {"$ne": ["$there", "$pieces"]}}},
    ]
    for one in books.rows("campaigns", count, where=where):
        told = f"秒杀 {one['name']} 设定 {one['pieces']} 份，实有 {one['there']} 份"
        yield Finding("FLASH_PIECES_WRONG", "campaigns", one["_id"], "", told)
    for one in books.rows("flash_pieces", [{"$match": {"$expr": {"$not": _SOUND}}}]):
        told = f"秒杀份额的状态 {one['state']} 与内容不符"
        yield Finding("FLASH_PIECE_WRONG", "flash_pieces", one["_id"], one.get("shop_id", ""), told)


def limits(books: Books) -> Iterator[Finding]:
    """No member, and no phone, has more pieces of a sale than one may have."""
    for name in ("openid", "device_id"):
        stages: list[Stage] = [
            {"$match": {name: {"$exists": True}}},
            {
                "$group": {
                    "_id": {"sale": "$sale_id", "who": f"${name}"},
                    "count": {"$sum": 1},
                    "piece": {"$min": "$_id"},
                    "shop_id": {"$first": "$shop_id"},
                }
            },
            {"$match": {"count": {"$gt": 1}}},
            {"$lookup": {"from": "campaigns", "localField": "_id.sale", "foreignField": "_id", "as": "sale"}},
            {"$set": {"limit": {"$first": "$sale.per_member"}}},
            {"$match": {"$expr": {"$gt": ["$count", "$limit"]}}},
        ]
        for one in books.rows("flash_pieces", stages):
            told = f"一人抢到 {one['count']} 份，超过每人 {one['limit']} 份"
            yield Finding("FLASH_LIMIT_WRONG", "flash_pieces", one["piece"], one["shop_id"], told)


def holds(books: Books) -> Iterator[Finding]:
    """A piece that nobody ordered comes back when its hold is over."""
    late = {"state": "held", "hold_until": {"$lte": books.now - _SWEEP_COMES}}
    for one in books.rows("flash_pieces", [{"$match": late}]):
        yield Finding("FLASH_HOLD_FORGOTTEN", "flash_pieces", one["_id"], one["shop_id"], "秒杀份额到期没有放出")


def sold(books: Books) -> Iterator[Finding]:
    """A piece is sold exactly while a unit of its order has its claim."""
    lost: list[Stage] = [
        {"$match": {"state": "sold"}},
        {"$lookup": {"from": "orders", "localField": "order_id", "foreignField": "_id", "as": "order"}},
        {"$set": {"order": {"$first": "$order"}}},
        {"$match": {"$expr": {"$not": {"$in": ["$claim_id", _in_use("$order.lines")]}}}},
        {"$project": {"shop_id": 1}},
    ]
    for one in books.rows("flash_pieces", lost):
        yield Finding("FLASH_SALE_LOST", "flash_pieces", one["_id"], one["shop_id"], "秒杀份额记为售出，订单里却没有")
    bare: list[Stage] = [
        {"$match": {"lines.flash_claims.0": {"$exists": True}, "state": {"$ne": "void"}}},
        {"$project": {"shop_id": 1, "order_no": 1, "used": _in_use("$lines")}},
        {"$unwind": "$used"},
        {"$lookup": {"from": "flash_pieces", "localField": "used", "foreignField": "claim_id", "as": "piece"}},
        {"$set": {"piece": {"$first": "$piece"}}},
        {
            "$match": {
                "$expr": {"$not": {"$and": [{"$eq": ["$piece.state", "sold"]}, {"$eq": ["$piece.order_id", "$_id"]}]}}
            }
        },
        {"$group": {"_id": "$_id", "shop_id": {"$first": "$shop_id"}, "order_no": {"$first": "$order_no"}}},
    ]
    for one in books.rows("orders", bare):
        told = f"订单 {one['order_no']} 用了秒杀价，却没有相应的份额"
        yield Finding("FLASH_ORDER_WRONG", "orders", one["_id"], one["shop_id"], told)


def _in_use(lines: str) -> Expression:
    """The claims of the units that an order still has: see `shared.domain.flash.in_use`."""
    units: Expression = {"$max": [{"$subtract": [LIVE, or_else("$$it.kept", 0)]}, 0]}
    mine: Expression = {"$slice": [or_else("$$it.flash_claims", []), units]}
    each: Expression = {"$map": {"input": or_else(lines, []), "as": "it", "in": mine}}
    return {"$reduce": {"input": each, "initialValue": [], "in": {"$concatArrays": ["$$value", "$$this"]}}}


def _has(name: str) -> Expression:
    return {"$ne": [{"$type": f"${name}"}, "missing"]}


_CLAIMED: Expression = {"$and": [_has(name) for name in ("claim_id", "openid", "device_id", "nth", "shop_id")]}
_SOUND: Expression = {
    "$switch": {
        "branches": [
            {
                "case": {"$in": ["$state", ["free", "off"]]},
                "then": {"$not": {"$or": [_has(name) for name in ("claim_id", "openid", "hold_until", "order_id")]}},
            },
            {
                "case": {"$eq": ["$state", "held"]},
                "then": {"$and": [_CLAIMED, _has("hold_until"), {"$not": _has("order_id")}]},
            },
            {
                "case": {"$eq": ["$state", "sold"]},
                "then": {"$and": [_CLAIMED, _has("order_id"), {"$not": _has("hold_until")}]},
            },
        ],
        "default": False,
    }
}
"""Whether a piece has what belongs to its state, and nothing else."""
