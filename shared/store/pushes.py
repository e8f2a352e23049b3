"""Pushes: one document each, whose cursor moves with what it gives, so that a run goes on where the last one stopped.

    pushes          {_id, title, template_id, segment, state, cursor, reached, granted, skipped, shop_id, started_at, …}
    push_contacts   {_id: openid, day, count}

`cursor` is the last openid that was reached; whoever moves it names where it was, so no member is reached twice.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pymongo import UpdateOne

from shared.contracts.pushing import PushState, Segment
from shared.errors import NotFound
from shared.store import coupons
from shared.store.client import Document
from shared.store.guard import BRAND_WIDE
from shared.store.scope import Chain, Shop

COLLECTION = "pushes"
CONTACTS = "push_contacts"
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Push:
    """One push as it stands."""

    push_id: str
    title: str
    template_id: str
    segment: Segment
    state: PushState
    cursor: str
    reached: int
    granted: int
    skipped: int
    shop_id: str
    started_at: datetime

    @property
    def grant(self) -> str:
        """The name under which it gives a member one coupon."""
        return f"push-{self.push_id}"


@dataclass(frozen=True)
class Redeemed:
    """What a push's coupons have come to: how many were used, for orders of how much, taking off how much."""

    count: int = 0
    turnover_fen: int = 0
    cut_fen: int = 0


def add(shop: Shop, push: Push, *, by: str) -> None:
    """Write a new push."""
    told = {name: value for name, value in vars(push).items() if name not in ("push_id", "segment")}
    segment = push.segment.model_dump(mode="json", exclude_defaults=True)
    fresh = {"_id": push.push_id, **told, "segment": segment, "started_by": by}
    shop.db[COLLECTION].insert_one(fresh, session=shop.session)


def get(shop: Shop, push_id: str) -> Push:
    """A push by its id. Raises NotFound."""
    found = shop.db[COLLECTION].find_one({"_id": push_id}, session=shop.session)
    if found is None:
        raise NotFound("没有找到这次推送")
    told = {name: found[name] for name in Push.__dataclass_fields__ if name in found}
    return Push(**{**told, "push_id": found["_id"], "segment": Segment.model_validate(found["segment"])})


def running(chain: Chain) -> list[tuple[str, str]]:
    """Shop and id of every push that goes on, the oldest first."""
    found = chain.db[COLLECTION].find({"state": "running"}, {"shop_id": 1}).sort("_id", 1)
    return [(one["shop_id"], one["_id"]) for one in found]


def move(shop: Shop, push_id: str, state: PushState, *, seen: PushState) -> bool:
    """Let a push be in a state; whether it was as it was seen."""
    where, change = {"_id": push_id, "state": seen}, {"$set": {"state": state}}
    return shop.db[COLLECTION].update_one(where, change, session=shop.session).matched_count == 1


def reach(shop: Shop, seen: Push, *, upto: str, count: int) -> bool:
    """Move the cursor of a running push over so many members; whether it stood where it was seen."""
    where = {"_id": seen.push_id, "state": "running", "cursor": seen.cursor}
    change = {"$set": {"cursor": upto}, "$inc": {"reached": count}}
    return shop.db[COLLECTION].update_one(where, change, session=shop.session).matched_count == 1


def note(shop: Shop, push_id: str, *, granted: int, skipped: int) -> None:
    """Count what was given, and who was not told."""
    change = {"$inc": {"granted": granted, "skipped": skipped}}
    shop.db[COLLECTION].update_one({"_id": push_id}, change, session=shop.session)


def heard_enough(shop: Shop, openids: Sequence[str], *, day: str, limit: int) -> set[str]:
    """Who of these was told of `limit` pushes on a day."""
    where = {"_id": {"$in": list(openids)}, "day": day, "count": {"$gte": limit}}
    return {one["_id"] for one in shop.db[CONTACTS].find(where, {"_id": 1}, session=shop.session)}


def note_contacts(shop: Shop, openids: Collection[str], *, day: str, now: datetime) -> None:
    """Each of these is told of one more push on a day."""
    count: dict[str, Any] = {"$cond": [{"$eq": ["$day", day]}, {"$add": ["$count", 1]}, 1]}
    change = [{"$set": {"count": count, "day": day, "expires_at": now + 2 * _DAY}}]
    if openids:
        many = [UpdateOne({"_id": openid}, change, upsert=True) for openid in openids]
        shop.db[CONTACTS].bulk_write(many, ordered=False, session=shop.session)


def consenting(shop: Shop, openids: Sequence[str]) -> set[str]:
    """Who of these consents to a message about a coupon."""
    where = {"_id": {"$in": list(openids)}, "kinds.coupon": {"$gte": 1}}
    return {one["_id"] for one in shop.db["message_consents"].find(where, {"_id": 1}, session=shop.session)}


def redeemed(chain: Chain, push: Push) -> Redeemed:
    """What its coupons have come to by now; the database counts."""
    mine = {"$filter": {"input": {"$ifNull": ["$order.offers", []]}, "as": "it", "cond": _IS_THE_COUPON}}
    stages: list[Document] = [
        {"$match": {"template_id": push.template_id, "grant": push.grant, "state": "used"}},
        {"$lookup": {"from": "orders", "localField": "order_id", "foreignField": "_id", "as": "order"}},
        {"$set": {"order": {"$first": "$order"}}},
        {"$set": {"fen": {"$ifNull": ["$order.due_fen", 0]}, "mine": mine}},
        {
            "$group": {
                "_id": None,
                "count": {"$sum": 1},
                "turnover_fen": {"$sum": "$fen"},
                "cut_fen": {"$sum": {"$sum": "$mine.fen"}},
            }
        },
    ]
    found = next(iter(chain.db[coupons.COLLECTION].aggregate(stages, comment=BRAND_WIDE)), None)
    return Redeemed(found["count"], found["turnover_fen"], found["cut_fen"]) if found else Redeemed()


_IS_THE_COUPON: Document = {"$eq": ["$$it.offer_id", "$_id"]}
