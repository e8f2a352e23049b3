"""The outbox: what the commands left to be told to the shops, until the shops say they have it.

`due` is when a record's events are next to be published; `unacked` holds the event ids no store PC has confirmed.
A claim is not waited for: if the database loses it, an event is published once more, and its receiver knows it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from shared.runtime.ids import new_id
from shared.store.client import Document, lightly_written
from shared.store.commands import HOMES, KEPT
from shared.store.guard import BRAND_WIDE
from shared.store.scope import Chain, Shop

ALARM_AFTER = timedelta(seconds=60)
_AGAIN_AFTER_MS = (10_000, 20_000, 60_000, 300_000)
"""How long after each claim the events may be claimed again, if no store PC has acknowledged them."""


@dataclass(frozen=True)
class Parcel:
    """One record's events that this run has claimed; `events` are envelopes as they go over the wire."""

    home: str
    record_id: str
    events: tuple[dict[str, Any], ...]


def claim(chain: Chain, *, now: datetime, limit: int) -> list[Parcel]:
    """Take up to `limit` due records of every home for this run; nobody else gets them for ten seconds.

    Then they are due again, ever more seldom, unless a store PC acknowledges them before.
    """
    return [parcel for home in HOMES for parcel in _claim(chain, home, now=now, limit=limit)]


def give_back(chain: Chain, parcels: Sequence[Parcel], *, now: datetime) -> None:
    """These could not be published: the next run takes them at once."""
    for home, mine in _by_home(parcels):
        where = {"_id": {"$in": [parcel.record_id for parcel in mine]}, **_UNACKED}
        back = {"$set": {"due": now}, "$inc": {"tries": -1}}
        lightly_written(chain.db)[home].update_many(where, back, comment=BRAND_WIDE)


def raise_alarms(chain: Chain, *, now: datetime) -> list[str]:
    """Mark what nobody has acknowledged for a minute; the record ids newly alarmed (each once)."""
    late = {"due": {"$exists": True}, "at": {"$lte": now - ALARM_AFTER}, "alarmed_at": {"$exists": False}}
    alarmed: list[str] = []
    for home in HOMES:
        records = chain.db[home]
        ids = [found["_id"] for found in records.find(late, {"_id": 1}, comment=BRAND_WIDE).limit(500)]
        if ids:
            where = {"_id": {"$in": ids}, "alarmed_at": {"$exists": False}}
            records.update_many(where, {"$set": {"alarmed_at": now}}, comment=BRAND_WIDE)
        alarmed += ids
    return alarmed


def acknowledge(shop: Shop, event_ids: Sequence[str], *, now: datetime) -> None:
    """The shop has these events: they are not told again. Unknown and repeated ids do nothing."""
    if not event_ids:
        return
    ids = list(event_ids)
    waiting = {"shop_id": shop.shop_id, "due": {"$exists": True}}
    done = {"$unset": {"due": "", "lease": ""}, "$set": {"acked_at": now, "expires_at": now + KEPT}}
    for home in HOMES:
        records = shop.db[home]
        records.update_many({**waiting, "unacked": {"$in": ids}}, {"$pull": {"unacked": {"$in": ids}}})
        records.update_many({**waiting, "unacked": []}, done)


def unacknowledged(shop: Shop, *, limit: int) -> list[dict[str, Any]]:
    """Up to `limit` events of the shop that it has not acknowledged, oldest first."""
    where = {"due": {"$exists": True}, **_UNACKED}
    found = [
        record
        for home in HOMES
        for record in shop.collection(home).find(where, limit=limit, sort=[("at", 1)], fields=_TOLD)
    ]
    found.sort(key=lambda record: record["at"])
    return list(islice((event for record in found for event in _waiting(record)), limit))


_UNACKED = {"unacked.0": {"$exists": True}}
_TOLD = {"events": 1, "unacked": 1, "at": 1}


def _claim(chain: Chain, home: str, *, now: datetime, limit: int) -> list[Parcel]:
    records, due = chain.db[home], {"due": {"$lte": now}}
    found = list(records.find(due, _TOLD, comment=BRAND_WIDE).sort("due", 1).limit(limit))
    if not found:
        return []
    ids, lease = [record["_id"] for record in found], new_id()
    taken = [{"$set": {"due": _due_again(now), "lease": lease, "tries": {"$add": ["$tries", 1]}}}]
    claimed = lightly_written(chain.db)[home].update_many({"_id": {"$in": ids}, **due}, taken, comment=BRAND_WIDE)
    if claimed.matched_count < len(ids):
        # A rival run was quicker with some of them.
        mine = {"_id": {"$in": ids}, "lease": lease}
        found = list(records.find(mine, _TOLD, comment=BRAND_WIDE))
    found.sort(key=lambda record: record["at"])
    return [Parcel(home, record["_id"], tuple(_waiting(record))) for record in found]


def _due_again(now: datetime) -> dict[str, Any]:
    """An expression over a record: its next due time after a claim now."""
    nth = {"$min": ["$tries", len(_AGAIN_AFTER_MS) - 1]}
    return {"$add": [now, {"$arrayElemAt": [list(_AGAIN_AFTER_MS), nth]}]}


def _by_home(parcels: Sequence[Parcel]) -> Iterator[tuple[str, list[Parcel]]]:
    for home in HOMES:
        mine = [parcel for parcel in parcels if parcel.home == home]
        if mine:
            yield home, mine


def _waiting(record: Document) -> list[dict[str, Any]]:
    unacked = set(record["unacked"])
    return [event for event in map(json.loads, record["events"]) if event["eventId"] in unacked]
