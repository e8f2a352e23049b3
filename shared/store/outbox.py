"""The outbox: what the commands left to be told to the shops, until the shops say they have it (DESIGN, Outbox).

`due` is when an event's document is next to be published; `unacked` holds the event ids no store PC has confirmed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from pymongo import UpdateOne
from pymongo.database import Database

from shared.runtime.ids import new_id
from shared.store.client import Document
from shared.store.commands import COLLECTION, KEPT
from shared.store.scope import Chain, Shop

LEASE = timedelta(seconds=10)
ALARM_AFTER = timedelta(seconds=60)
_REPUBLISH_AFTER = (timedelta(seconds=10), timedelta(seconds=20), timedelta(seconds=60), timedelta(minutes=5))


@dataclass(frozen=True)
class Parcel:
    """One command's events that this run has claimed; `events` are envelopes as they go over the wire."""

    record_id: str
    events: tuple[dict[str, Any], ...]
    tries: int


def claim(chain: Chain, *, now: datetime, limit: int) -> list[Parcel]:
    """Take up to `limit` due documents for this run; nobody else gets them until the lease ends."""
    records = chain.db[COLLECTION]
    due = [found["_id"] for found in records.find({"due": {"$lte": now}}, {"_id": 1}).sort("due", 1).limit(limit)]
    if not due:
        return []
    lease = new_id()
    records.update_many({"_id": {"$in": due}, "due": {"$lte": now}}, {"$set": {"due": now + LEASE, "lease": lease}})
    claimed = records.find({"_id": {"$in": due}, "lease": lease}).sort("at", 1)
    return [
        Parcel(
            record_id=found["_id"],
            events=tuple(event for event in found["events"] if event["eventId"] in set(found["unacked"])),
            tries=found["tries"],
        )
        for found in claimed
    ]


def mark_published(chain: Chain, parcels: Sequence[Parcel], *, now: datetime) -> None:
    """These went out: try again later, ever more seldom, unless a store PC acknowledges before."""
    if parcels:
        chain.db[COLLECTION].bulk_write(
            [
                UpdateOne(
                    {"_id": parcel.record_id, "unacked.0": {"$exists": True}},
                    {
                        "$set": {
                            "due": now + _REPUBLISH_AFTER[min(parcel.tries, len(_REPUBLISH_AFTER) - 1)],
                            "published_at": now,
                        },
                        "$inc": {"tries": 1},
                    },
                )
                for parcel in parcels
            ],
            ordered=False,
        )


def give_back(chain: Chain, parcels: Sequence[Parcel], *, now: datetime) -> None:
    """These could not be published: the next run takes them at once."""
    if parcels:
        chain.db[COLLECTION].update_many(
            {"_id": {"$in": [parcel.record_id for parcel in parcels]}, "unacked.0": {"$exists": True}},
            {"$set": {"due": now}},
        )


def raise_alarms(chain: Chain, *, now: datetime) -> list[str]:
    """Mark what nobody has acknowledged for a minute; the record ids newly alarmed (each once)."""
    records = chain.db[COLLECTION]
    late = {"due": {"$exists": True}, "at": {"$lte": now - ALARM_AFTER}, "alarmed_at": {"$exists": False}}
    ids = [found["_id"] for found in records.find(late, {"_id": 1}).limit(500)]
    if ids:
        records.update_many({"_id": {"$in": ids}, "alarmed_at": {"$exists": False}}, {"$set": {"alarmed_at": now}})
    return ids


def acknowledge(shop: Shop, event_ids: Sequence[str], *, now: datetime) -> None:
    """The shop has these events: they are not told again. Unknown and repeated ids do nothing."""
    if not event_ids:
        return
    ids = list(event_ids)
    bound = {"shop_id": shop.shop_id}
    records = shop.db[COLLECTION]
    records.update_many({**bound, "unacked": {"$in": ids}}, {"$pull": {"unacked": {"$in": ids}}})
    records.update_many(
        {**bound, "due": {"$exists": True}, "unacked": {"$size": 0}},
        {"$unset": {"due": "", "lease": ""}, "$set": {"acked_at": now, "expires_at": now + KEPT}},
    )


def unacknowledged(shop: Shop, *, limit: int) -> list[dict[str, Any]]:
    """Up to `limit` events of the shop that it has not acknowledged, oldest first."""
    found = shop.collection(COLLECTION).find({"unacked.0": {"$exists": True}}, limit=limit, sort=[("at", 1)])
    waiting = (event for doc in found for event in doc["events"] if event["eventId"] in set(doc["unacked"]))
    return list(islice(waiting, limit))


def waiting(db: Database[Document]) -> int:
    """How many documents hold events that no shop has acknowledged."""
    return db[COLLECTION].count_documents({"unacked.0": {"$exists": True}})
