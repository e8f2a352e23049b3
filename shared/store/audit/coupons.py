"""Coupons: each is where its order says, and as many are out as are counted (rule 20)."""

from __future__ import annotations

from collections.abc import Iterator

from shared.store.audit.books import Books, Expression, Finding, Stage, or_else
from shared.store.client import Document

_ORDER = {"from": "orders", "localField": "order_id", "foreignField": "_id", "as": "order"}
_PAID: Expression = {"$sum": {"$ifNull": ["$order.lines.paid_fen", []]}}
_COUPON_LAYERS = ["item", "order"]


def held_by_orders(books: Books) -> Iterator[Finding]:
    """A locked coupon is in a standing order of which nothing is paid; a used one in an order, or taken at a counter.

    The order's offers name it. A coupon that is free or over is in none.
    """
    named = {"$in": ["$_id", or_else("$order.offers.offer_id", [])]}
    is_over = {"$in": [or_else("$order.state", "void"), ["void", "cancelled"]]}
    stays = or_else("$stays", False)
    wrong: Expression = {
        "$switch": {
            "branches": [
                {
                    "case": {"$eq": ["$state", "locked"]},
                    "then": {"$or": [is_over, {"$not": [named]}, {"$gt": [_PAID, 0]}]},
                },
                {
                    "case": {"$and": [{"$eq": ["$state", "used"]}, {"$ne": [{"$type": "$order_id"}, "missing"]}]},
                    "then": {"$or": [{"$not": [named]}, {"$and": [is_over, {"$not": [stays]}]}]},
                },
                {"case": {"$eq": ["$state", "used"]}, "then": {"$eq": [{"$type": "$redeemed"}, "missing"]}},
            ],
            "default": {"$ne": [{"$type": "$order_id"}, "missing"]},
        }
    }
    stages: list[Stage] = [
        {"$match": {"state": {"$ne": "void"}}},
        {"$lookup": _ORDER},
        {"$unwind": {"path": "$order", "preserveNullAndEmptyArrays": True}},
        {"$match": {"$expr": wrong}},
        {"$project": {"shop_id": 1, "state": 1, "order_id": 1}},
        {"$sort": {"_id": 1}},
    ]
    for one in books.rows("coupons", stages):
        told = f"优惠券 {one['_id']} 的状态是 {one['state']}，与订单 {one.get('order_id', '（无）')} 不符"
        yield Finding("COUPON_STATE_WRONG", "coupons", one["_id"], one["shop_id"], told)


def used_once(books: Books) -> Iterator[Finding]:
    """A coupon takes something off one order; orders of which lines went to another bill or were refunded set aside."""
    refunded: Expression = {"$sum": {"$ifNull": ["$lines.refunded_fen", []]}}
    stages: list[Stage] = [
        {"$match": {"state": {"$nin": ["void", "cancelled"]}, "offers.layer": {"$in": _COUPON_LAYERS}}},
        {"$match": {"$expr": {"$eq": [refunded, 0]}}},
        {"$unwind": "$offers"},
        {"$match": {"offers.layer": {"$in": _COUPON_LAYERS}}},
        {"$lookup": {"from": "coupons", "localField": "offers.offer_id", "foreignField": "_id", "as": "coupon"}},
        {"$set": {"coupon": {"$first": "$coupon"}}},
        {"$match": {"coupon.stays": {"$exists": False}, "$expr": {"$ne": ["$coupon.order_id", "$_id"]}}},
        {"$project": {"shop_id": 1, "order_no": 1, "name": "$offers.name"}},
        {"$sort": {"_id": 1}},
    ]
    for one in books.rows("orders", stages):
        told = f"订单 {one['order_no']} 用了「{one['name']}」，这张券却不在它名下"
        yield Finding("COUPON_NOT_THE_ORDERS", "orders", one["_id"], one["shop_id"], told)


def issued(books: Books) -> Iterator[Finding]:
    """As many coupons of a template are out, or held for a claim under way, as it counts: at most its total."""
    there: list[Stage] = [{"$match": {"state": {"$ne": "void"}}}, {"$count": "count"}]
    given = {"from": "coupons", "localField": "_id", "foreignField": "template_id", "pipeline": there, "as": "given"}
    held = {"from": "coupons", "localField": "holds.coupon_id", "foreignField": "_id", "pipeline": there, "as": "held"}
    # Counted, not listed: a template may have more coupons than a document holds.
    out: Expression = {
        "$subtract": [
            {"$add": [{"$sum": "$given.count"}, {"$size": or_else("$holds", [])}]},
            {"$sum": "$held.count"},
        ]
    }
    counted = or_else("$issued", 0)
    wrong = {"$or": [{"$ne": [out, counted]}, {"$gt": [counted, or_else("$total", counted)]}]}
    stages: list[Stage] = [
        {"$lookup": given},
        {"$lookup": held},
        {"$match": {"$expr": wrong}},
        {"$project": {"name": 1, "out": out, "issued": counted}},
        {"$sort": {"_id": 1}},
    ]
    for one in books.rows("coupon_templates", stages, where=_templates(books)):
        told = f"「{one['name']}」记的是发出 {one['issued']} 张，实际 {one['out']} 张"
        yield Finding("COUPONS_MISCOUNTED", "coupon_templates", one["_id"], books.shop_id or "", told)


def per_member(books: Books) -> Iterator[Finding]:
    """Nobody has claimed more coupons of a template than one may."""
    kind = {"from": "coupon_templates", "localField": "_id.template", "foreignField": "_id", "as": "kind"}
    stages: list[Stage] = [
        {"$match": {"grant": {"$regex": "^claim-"}, "state": {"$ne": "void"}}},
        {"$group": {"_id": {"template": "$template_id", "openid": "$openid"}, "count": {"$sum": 1}}},
        {"$lookup": kind},
        {"$set": {"limit": {"$ifNull": [{"$first": "$kind.per_member"}, 1]}, "name": {"$first": "$kind.name"}}},
        {"$match": {"$expr": {"$gt": ["$count", "$limit"]}}},
        {"$sort": {"_id": 1}},
    ]
    for one in books.rows("coupons", stages):
        told = f"「{one.get('name', '')}」每人限领 {one['limit']} 张，有会员领了 {one['count']} 张"
        yield Finding("COUPON_LIMIT_EXCEEDED", "coupon_templates", one["_id"]["template"], books.shop_id or "", told)


def _templates(books: Books) -> Document:
    """The condition that a template is within these books: coupons of it were given in the shop."""
    if books.shop_id is None:
        return {}
    found = books.rows("coupons", [{"$group": {"_id": "$template_id"}}])
    return {"_id": {"$in": sorted(one["_id"] for one in found)}}
