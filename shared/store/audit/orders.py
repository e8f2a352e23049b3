"""Orders: their sums are their lines', their cuts their offers', and the kitchen has each dish on one ticket."""

from __future__ import annotations

from collections.abc import Iterator

from shared.store.audit.books import Books, Expression, Finding, Stage, or_else, those, total

_STANDING = {"$match": {"state": {"$ne": "void"}}}
GONE: Expression = {"$add": [or_else("$$it.voided", 0), or_else("$$it.moved", 0)]}
LIVE: Expression = {"$subtract": ["$$it.quantity", GONE]}
BILLED: Expression = {"$add": [LIVE, {"$subtract": [or_else("$$it.refunded", 0), or_else("$$it.kept", 0)]}]}
_CUT: Expression = {"$sum": {"$ifNull": ["$$it.cuts.fen", []]}}
_DUE: Expression = {"$subtract": ["$$it.amount_fen", _CUT]}


def _still(amount: Expression, gone: Expression = GONE) -> Expression:
    """What of an amount belongs to what is live: amount − ⌊amount · gone / quantity⌋, in whole numbers (rule 16)."""
    share = {"$multiply": [amount, gone]}
    floor = {"$divide": [{"$subtract": [share, {"$mod": [share, "$$it.quantity"]}]}, "$$it.quantity"]}
    return {"$subtract": [amount, floor]}


BILLED_FEN: Expression = _still(_DUE, {"$subtract": ["$$it.quantity", BILLED]})
"""What the bill asks for a line: what was given back stays on it."""


def line_sums(books: Books) -> Iterator[Finding]:
    """A line's amount is its unit price by its quantity, its cuts are no more, and no more is gone than there was."""
    bad: Expression = {
        "$or": [
            {"$ne": ["$$it.amount_fen", {"$multiply": ["$$it.unit_fen", "$$it.quantity"]}]},
            {"$gt": [_CUT, "$$it.amount_fen"]},
            {"$lt": [LIVE, 0]},
            {"$lt": [or_else("$$it.voided", 0), 0]},
            {"$lt": [or_else("$$it.moved", 0), 0]},
        ]
    }
    stages: list[Stage] = [
        _STANDING,
        {"$set": {"wrong": those("$lines", bad)}},
        {"$match": {"wrong.0": {"$exists": True}}},
        {"$project": {"shop_id": 1, "order_no": 1, "names": "$wrong.name"}},
    ]
    for one in books.rows("orders", stages):
        told = f"订单 {one['order_no']} 的 {'、'.join(one['names'])}：单价、份数、优惠和小计对不上"
        yield Finding("LINE_SUM_WRONG", "orders", one["_id"], one["shop_id"], told)


def order_sums(books: Books) -> Iterator[Finding]:
    """An order's gross and due are the sums of what is live of its lines."""
    stages: list[Stage] = [
        _STANDING,
        {"$set": {"gross": total("$lines", _still("$$it.amount_fen")), "due": total("$lines", _still(_DUE))}},
        {"$match": {"$expr": {"$or": [{"$ne": ["$gross", "$gross_fen"]}, {"$ne": ["$due", "$due_fen"]}]}}},
        {"$project": {"shop_id": 1, "order_no": 1, "gross": 1, "due": 1, "gross_fen": 1, "due_fen": 1}},
    ]
    for one in books.rows("orders", stages):
        told = (
            f"订单 {one['order_no']} 记的是 {one['gross_fen']} 分、应付 {one['due_fen']} 分，"
            f"各行合计却是 {int(one['gross'])} 分、应付 {int(one['due'])} 分"
        )
        yield Finding("ORDER_SUM_WRONG", "orders", one["_id"], one["shop_id"], told)


def offer_cuts(books: Books) -> Iterator[Finding]:
    """Every cut of a line is of one of the order's offers, and what an offer took off is what it took off the lines.

    A line whose choices were changed later may keep less of its cut than it was given, never more.
    """
    cuts: Expression = {
        "$reduce": {
            "input": {"$map": {"input": "$lines", "as": "it", "in": or_else("$$it.cuts", [])}},
            "initialValue": [],
            "in": {"$concatArrays": ["$$value", "$$this"]},
        }
    }
    same: Expression = {"$and": [{"$eq": ["$$cut.layer", "$$it.layer"]}, {"$eq": ["$$cut.offer_id", "$$it.offer_id"]}]}
    of_offer = {"$sum": {"$map": {"input": those("$cuts", same, "cut"), "as": "cut", "in": "$$cut.fen"}}}
    changed: Expression = {"$gt": [{"$max": "$tickets.revision"}, 1]}
    wrong = {"$or": [{"$lt": ["$$it.fen", of_offer]}, {"$and": [{"$ne": ["$$it.fen", of_offer]}, {"$not": changed}]}]}
    stages: list[Stage] = [
        _STANDING,
        {"$set": {"offers": or_else("$offers", []), "cuts": cuts}},
        {"$match": {"$or": [{"offers.0": {"$exists": True}}, {"cuts.0": {"$exists": True}}]}},
        {"$set": {"wrong": those("$offers", wrong), "told": total("$offers", of_offer), "cut": {"$sum": "$cuts.fen"}}},
        {"$match": {"$expr": {"$or": [{"$ne": ["$wrong", []]}, {"$ne": ["$told", "$cut"]}]}}},
        {"$project": {"shop_id": 1, "order_no": 1, "names": "$wrong.name"}},
    ]
    for one in books.rows("orders", stages):
        names = "、".join(one["names"]) or "未知优惠"
        told = f"订单 {one['order_no']} 的优惠（{names}）与各行减免合计不一致"
        yield Finding("OFFER_CUTS_WRONG", "orders", one["_id"], one["shop_id"], told)


def states(books: Books) -> Iterator[Finding]:
    """Nothing of a cancelled order is wanted any more; an order that is paid or over has nothing to wait for."""
    live = total("$lines", LIVE)
    wrong: Expression = {
        "$or": [
            {"$and": [{"$eq": ["$state", "cancelled"]}, {"$ne": [live, 0]}]},
            {"$and": [{"$ne": ["$state", "pending"]}, {"$ne": [{"$type": "$pay_by"}, "missing"]}]},
        ]
    }
    stages: list[Stage] = [
        _STANDING,
        {"$match": {"$expr": wrong}},
        {"$project": {"shop_id": 1, "order_no": 1, "state": 1}},
    ]
    for one in books.rows("orders", stages):
        told = f"订单 {one['order_no']} 的状态是 {one['state']}，与菜品或付款期限不符"
        yield Finding("ORDER_STATE_WRONG", "orders", one["_id"], one["shop_id"], told)


def tickets(books: Books) -> Iterator[Finding]:
    """Every dish that is to be cooked stands on exactly one cooking ticket of its station, and nothing else does.

    The tickets are read in turn as a cook does: the same law as `shared.domain.orders.misplaced`, in the database.
    """
    stages: list[Stage] = [
        _STANDING,
        {"$set": {"wanted": _WANTED, "papers": _PAPERS}},
        {
            "$match": {
                "$expr": {
                    "$or": [
                        {"$ne": [{"$size": "$wanted"}, {"$size": "$papers"}]},
                        {"$not": {"$setEquals": ["$wanted", "$papers"]}},
                    ]
                }
            }
        },
        {"$project": {"shop_id": 1, "order_no": 1}},
    ]
    for one in books.rows("orders", stages):
        told = f"订单 {one['order_no']} 有菜不在制作单上、重复在制作单上，或已不要的菜还在制作单上"
        yield Finding("TICKET_WRONG", "orders", one["_id"], one["shop_id"], told)


def ticket_ids(books: Books) -> Iterator[Finding]:
    """A ticket's id stands once: by order, station, kind and revision (rule 27)."""
    ids = "$tickets.ticket_id"
    stages: list[Stage] = [
        {"$match": {"$expr": {"$ne": [{"$size": ids}, {"$size": {"$setUnion": [ids, []]}}]}}},
        {"$project": {"shop_id": 1, "order_no": 1}},
    ]
    for one in books.rows("orders", stages):
        told = f"订单 {one['order_no']} 有两张编号相同的制作单"
        yield Finding("TICKET_TWICE", "orders", one["_id"], one["shop_id"], told)


_TO_COOK: Expression = {
    "$and": [
        {"$eq": [or_else("$$it.kind", "dish"), "dish"]},
        {"$gt": [LIVE, 0]},
        {"$or": [{"$eq": [or_else("$$it.course", 0), 0]}, or_else("$$it.fired", False)]},
    ]
}
_ITEMS: Expression = {
    "$cond": [
        {"$eq": ["$$this.combo", []]},
        [{"id": "$$this.line_id", "at": "$$this.station"}],
        {
            "$map": {
                "input": "$$this.combo",
                "as": "slot",
                "in": {"id": {"$concat": ["$$this.line_id", ":", "$$slot.slot_id"]}, "at": "$$slot.station"},
            }
        },
    ]
}
_WANTED: Expression = {
    "$cond": [
        {"$in": ["$state", ["pending", "cancelled"]]},
        [],
        {
            "$reduce": {
                "input": those("$lines", _TO_COOK),
                "initialValue": [],
                "in": {"$concatArrays": ["$$value", _ITEMS]},
            }
        },
    ]
}
"""What should be cooked: items with their stations."""
_IS_COOKING: Expression = {"$and": [{"$in": ["$$this.kind", ["new", "add"]]}, {"$not": "$$this.is_pass"}]}
_IS_VOID: Expression = {"$and": [{"$eq": ["$$this.kind", "void"]}, {"$not": "$$this.is_pass"}]}
_PUT_ON: Expression = {
    "$map": {"input": "$$this.item_ids", "as": "id", "in": {"id": "$$id", "at": "$$this.station"}},
}
_TAKEN_OFF: Expression = those(
    "$$value",
    {"$not": {"$and": [{"$in": ["$$on.id", "$$this.item_ids"]}, {"$eq": ["$$on.at", "$$this.station"]}]}},
    "on",
)
_PAPERS: Expression = {
    "$reduce": {
        "input": "$tickets",
        "initialValue": [],
        "in": {
            "$switch": {
                "branches": [
                    {"case": _IS_COOKING, "then": {"$concatArrays": ["$$value", _PUT_ON]}},
                    {"case": _IS_VOID, "then": _TAKEN_OFF},
                ],
                "default": "$$value",
            }
        },
    }
}
"""What stands on the stations' cooking tickets once every void was read; a change's voids stand before its new ones."""
