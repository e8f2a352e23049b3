"""Money and points: sets sum to nothing, balances are the sums of their entries, lots hold the points (rule 18)."""

from __future__ import annotations

from collections.abc import Iterator

from shared.store.audit.books import Books, Finding, Stage
from shared.store.client import Document
from shared.store.ledger import BALANCES

_NAMES = {"points": "积分", "principal": "储值本金", "bonus": "储值赠金", "growth": "成长值"}


def set_sums(books: Books) -> Iterator[Finding]:
    """The entries of a set sum to nothing, unit by unit."""
    stages: list[Stage] = [
        {"$unwind": "$entries"},
        {
            "$group": {
                "_id": {"set": "$_id", "unit": "$entries.unit"},
                "sum": {"$sum": "$entries.amount"},
                "cause": {"$first": "$cause"},
                "shop": {"$first": "$shop_id"},
            }
        },
        {"$match": {"sum": {"$ne": 0}}},
        {"$sort": {"_id": 1}},
    ]
    for one in books.rows("ledger", stages):
        told = f"{one['cause']} 的{_NAMES[one['_id']['unit']]}借贷不平，相差 {one['sum']}"
        yield Finding("LEDGER_SET_WRONG", "ledger", one["_id"]["set"], one["shop"], told)


def balances(books: Books) -> Iterator[Finding]:
    """A member's balances are the sums of their entries; of an account whose member has left, nothing remains."""
    member_side: list[Stage] = [
        {"$unwind": "$entries"},
        {"$match": {"entries.account": "member"}},
        {
            "$group": {
                "_id": {"account": "$account", "unit": "$entries.unit"},
                "sum": {"$sum": "$entries.amount"},
                "shop": {"$first": "$shop_id"},
            }
        },
    ]
    kept: list[Stage] = [
        {"$set": {"balance": [{"unit": unit, "amount": f"${name}"} for unit, name in BALANCES.items()]}},
        {"$unwind": "$balance"},
        {
            "$project": {
                "_id": {"account": "$account", "unit": "$balance.unit"},
                "balance": "$balance.amount",
                "shop": "$shop_id",
            }
        },
    ]
    mine = _accounts(books)
    stages: list[Stage] = [
        *member_side,
        {"$unionWith": {"coll": "members", "pipeline": [{"$match": mine}, *kept]}},
        {
            "$group": {
                "_id": "$_id",
                "sum": {"$sum": "$sum"},
                "balance": {"$sum": "$balance"},
                "shop": {"$max": "$shop"},
            }
        },
        {"$match": {"$expr": {"$ne": ["$sum", "$balance"]}}},
        {"$sort": {"_id": 1}},
    ]
    for one in books.rows("ledger", stages, where=mine):
        told = f"{_NAMES[one['_id']['unit']]}余额是 {one['balance']}，流水合计却是 {one['sum']}"
        yield Finding("BALANCE_WRONG", "members", one["_id"]["account"], one["shop"], told)


def money_left(books: Books) -> Iterator[Finding]:
    """Nobody's stored value is below nothing."""
    below = {"$or": [{"principal_fen": {"$lt": 0}}, {"bonus_fen": {"$lt": 0}}]}
    for one in books.rows("members", [{"$match": below}]):
        told = f"储值余额为负：本金 {one['principal_fen']} 分，赠金 {one['bonus_fen']} 分"
        yield Finding("BALANCE_BELOW_NOTHING", "members", one["account"], one["shop_id"], told)


def lots(books: Books) -> Iterator[Finding]:
    """A member's lots hold their points: together the balance, or nothing while it is a debt."""
    mine = _accounts(books)
    kept: list[Stage] = [
        {"$project": {"_id": "$account", "points": {"$max": ["$points", 0]}, "shop": "$shop_id"}},
    ]
    stages: list[Stage] = [
        {"$group": {"_id": "$account", "left": {"$sum": "$left"}, "least": {"$min": "$left"}}},
        {"$unionWith": {"coll": "members", "pipeline": [{"$match": mine}, *kept]}},
        {
            "$group": {
                "_id": "$_id",
                "left": {"$sum": "$left"},
                "least": {"$min": "$least"},
                "points": {"$sum": "$points"},
                "shop": {"$max": "$shop"},
            }
        },
        {"$match": {"$or": [{"least": {"$lt": 0}}, {"$expr": {"$ne": ["$left", "$points"]}}]}},
        {"$sort": {"_id": 1}},
    ]
    for one in books.rows("point_lots", stages, where=mine):
        told = f"积分余额是 {one['points']}，各批次合计却是 {one['left']}"
        yield Finding("LOTS_WRONG", "members", one["_id"], one["shop"] or "", told)


def _accounts(books: Books) -> Document:
    """The condition that an account is within these books: its member joined in the shop, or it moved there."""
    if books.shop_id is None:
        return {}
    group: list[Stage] = [{"$group": {"_id": "$account"}}]
    found = {one["_id"] for name in ("members", "ledger") for one in books.rows(name, group)}
    return {"account": {"$in": sorted(found)}}
