"""Pushes: what they count is what members got (rule 23)."""

from __future__ import annotations

from collections.abc import Iterator

from shared.store.audit.books import Books, Finding, Stage


def granted(books: Books) -> Iterator[Finding]:
    """As many coupons are out under a push's name as it has granted, none of them to a member it did not reach."""
    theirs: list[Stage] = [
        {"$match": {"$expr": {"$eq": ["$grant", "$$grant"]}}},
        {"$group": {"_id": None, "count": {"$sum": 1}}},
    ]
    given = {
        "from": "coupons",
        "localField": "template_id",
        "foreignField": "template_id",
        "let": {"grant": {"$concat": ["push-", "$_id"]}},
        "pipeline": theirs,
        "as": "given",
    }
    stages: list[Stage] = [
        {"$lookup": given},
        {"$set": {"given": {"$ifNull": [{"$first": "$given.count"}, 0]}}},
        {"$match": {"$expr": {"$or": [{"$ne": ["$granted", "$given"]}, {"$gt": ["$granted", "$reached"]}]}}},
        {"$project": {"shop_id": 1, "title": 1, "granted": 1, "given": 1}},
        {"$sort": {"_id": 1}},
    ]
    for one in books.rows("pushes", stages):
        told = f"推送「{one['title']}」记为发出 {one['granted']} 张券，实际有 {one['given']} 张"
        yield Finding("PUSH_COUNT_WRONG", "pushes", one["_id"], one["shop_id"], told)
