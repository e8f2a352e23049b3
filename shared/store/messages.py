"""Messages to guests on their way to WeChat, each sent at most once (rule 23).

    messages        {_id: cause, openid, kind, class, facts, ref, push_id, state, reason, tries, due_at, ends_at}
    brand_settings  {_id: "messages", kinds: {ready: {template_id, page, fields}}, per_minute, near}

    due ──taken──→ sending ──→ sent | refused (no consent) | failed
     ↑                │
     └── WeChat busy ─┘
     ↕
    held, while its push is stopped

A message that WeChat did not answer may have arrived: it is `failed` with the reason `unanswered` and not sent again,
and so is one whose sender died while it was `sending`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from pymongo import ReturnDocument
from pymongo.database import Database

from shared.domain.messages import MARKETING, Message, MessagePolicy
from shared.store.client import Document
from shared.store.guard import BRAND_WIDE
from shared.store.kept import Kept
from shared.store.scope import Chain, Shop

COLLECTION = "messages"
KEPT = timedelta(days=90)
LEASE = timedelta(seconds=60)
"""Longer than a sender may take for one message: after that it is dead."""

Class = Literal["service", "marketing"]
Ended = Literal["sent", "refused", "failed"]
CLASSES: tuple[Class, ...] = ("service", "marketing")
"""In this order they are sent."""


@dataclass(frozen=True)
class Taken:
    """A message that is this sender's alone; `tries` counts this one."""

    message: Message
    tries: int


def policy(db: Database[Document], now: datetime) -> MessagePolicy:
    """The brand's settings, as old as a shop's may be."""
    settings = db["brand_settings"]
    return _kept.get(db.name, now=now, read=lambda: MessagePolicy.of(settings.find_one({"_id": "messages"}) or {}))


_kept = Kept[MessagePolicy]()


def enqueue(shop: Shop, message: Message, *, now: datetime) -> None:
    """Let a message be sent, with what the transaction does; a cause that was told before is not told again."""
    shop.collection(COLLECTION).upsert_one({"_id": message.cause}, {"$setOnInsert": _fresh(message, now)})


def enqueue_many(shop: Shop, many: Sequence[Message], *, now: datetime) -> None:
    """Let many messages be sent, none of which was ever told, in a transaction that happens once."""
    fresh = [{"_id": one.cause, "shop_id": shop.shop_id, **_fresh(one, now)} for one in many]
    if fresh:
        shop.db[COLLECTION].insert_many(fresh, session=shop.session)


def hold(shop: Shop, push_id: str) -> None:
    """What is due of a push waits for `release`."""
    where = {"push_id": push_id, "state": "due"}
    messages = shop.db[COLLECTION]
    messages.update_many(where, {"$set": {"state": "held"}}, session=shop.session, comment=BRAND_WIDE)


def release(shop: Shop, push_id: str) -> None:
    """What was held of a push is due."""
    where = {"push_id": push_id, "state": "held"}
    messages = shop.db[COLLECTION]
    messages.update_many(where, {"$set": {"state": "due"}}, session=shop.session, comment=BRAND_WIDE)


def waiting(chain: Chain, push_id: str, *, limit: int) -> int:
    """How many of a push are due, counted up to a limit."""
    where = {"push_id": push_id, "state": "due"}
    return chain.db[COLLECTION].count_documents(where, limit=limit, comment=BRAND_WIDE)


def fates(chain: Chain, push_id: str) -> dict[str, int]:
    """How many messages of a push are in each state."""
    by_state = {"$group": {"_id": "$state", "count": {"$sum": 1}}}
    found = chain.db[COLLECTION].aggregate([{"$match": {"push_id": push_id}}, by_state], comment=BRAND_WIDE)
    return {one["_id"]: one["count"] for one in found}


def take(chain: Chain, *, now: datetime, classes: Sequence[Class] = CLASSES) -> Taken | None:
    """The next message that is due, for this sender alone; None when none is. What guests wait for goes first."""
    for one in classes:
        found = chain.db[COLLECTION].find_one_and_update(
            {"state": "due", "class": one, "due_at": {"$lte": now}},
            {"$set": {"state": "sending", "leased_until": now + LEASE}, "$inc": {"tries": 1}},
            sort=[("due_at", 1)],
            return_document=ReturnDocument.AFTER,
            comment=BRAND_WIDE,
        )
        if found is not None:
            return Taken(_message(found), found["tries"])
    return None


def end(chain: Chain, cause: str, state: Ended, *, now: datetime, reason: str = "") -> None:
    """What became of a message that is being sent."""
    told = {"state": state, "done_at": now, **({"reason": reason} if reason else {})}
    where = {"_id": cause, "state": "sending"}
    chain.db[COLLECTION].update_one(where, {"$set": told, "$unset": {"leased_until": ""}}, comment=BRAND_WIDE)


def put_back(chain: Chain, taken: Taken, *, due_at: datetime, counts: bool) -> None:
    """A message that was not sent is due again; a try that does not count was no fault of WeChat's or the message's."""
    change = {
        "$set": {"state": "due", "due_at": due_at, "tries": taken.tries - (not counts)},
        "$unset": {"leased_until": ""},
    }
    chain.db[COLLECTION].update_one({"_id": taken.message.cause, "state": "sending"}, change, comment=BRAND_WIDE)


def end_orphans(chain: Chain, *, now: datetime) -> int:
    """Messages whose sender died on them: nobody knows whether they were sent, so they are not sent again; how many."""
    left = {"state": "sending", "leased_until": {"$lte": now}}
    told = {"state": "failed", "reason": "unanswered", "done_at": now}
    change = {"$set": told, "$unset": {"leased_until": ""}}
    return chain.db[COLLECTION].update_many(left, change, comment=BRAND_WIDE).modified_count


def _fresh(message: Message, now: datetime) -> Document:
    return {
        "openid": message.openid,
        "kind": message.kind,
        "class": "marketing" if message.kind in MARKETING else "service",
        "facts": dict(message.facts),
        "ref": message.ref,
        "state": "due",
        "due_at": message.due_at,
        "ends_at": message.ends_at,
        "tries": 0,
        "at": now,
        "expires_at": max(message.ends_at, now) + KEPT,
        **({"push_id": message.push_id} if message.push_id else {}),
    }


def _message(found: Document) -> Message:
    return Message(
        cause=found["_id"],
        kind=found["kind"],
        openid=found["openid"],
        facts=found["facts"],
        due_at=found["due_at"],
        ends_at=found["ends_at"],
        ref=found["ref"],
        push_id=found.get("push_id"),
    )
