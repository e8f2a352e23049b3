"""Reservations: what each occupies stands in it as keys, and a unique index lets a key stand in one of them only.

A reservation that ends without the party, cancelled or not shown up, gives its keys up in the same update.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from shared.domain.booking import BookingPolicy, Reservation
from shared.domain.pricing import WantedLine
from shared.errors import NotFound, StateConflict
from shared.store.client import Document
from shared.store.guard import BRAND_WIDE
from shared.store.scope import Chain, Shop

_COLLECTION = "reservations"
_AT_ONCE = 2000
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Cancellation:
    """Who cancels and why. `guest_id` set: only their own, and only before it begins."""

    by: str
    reason: str
    guest_id: str | None


def add(shop: Shop, reservation: Reservation) -> None:
    """Write a new reservation. Raises the driver's DuplicateKeyError if another has one of its keys."""
    shop.collection(_COLLECTION).insert_one(_document(reservation))


def get(shop: Shop, booking_id: str) -> Reservation:
    """One reservation of the shop. Raises NotFound."""
    found = shop.collection(_COLLECTION).find_one({"_id": booking_id})
    if found is None:
        raise NotFound("没有找到这个预订")
    return _reservation(found)


def holders(shop: Shop, keys: Iterable[str]) -> dict[str, str]:
    """Which reservation has each of the keys; a free key is absent."""
    where = {"slots": {"$in": list(keys)}}
    found = shop.collection(_COLLECTION).find(where, limit=_AT_ONCE, fields={"slots": 1})
    return {key: one["_id"] for one in found for key in one["slots"]}


def taken(shop: Shop, *, since: datetime, until: datetime) -> frozenset[str]:
    """Every key of reservations that overlap a span of time."""
    where = {"slots": {"$exists": True}, "at": {"$gt": since - _DAY, "$lt": until}, "ends_at": {"$gt": since}}
    found = shop.collection(_COLLECTION).find(where, limit=_AT_ONCE, fields={"slots": 1})
    return frozenset(key for one in found for key in one["slots"])


def cancel(shop: Shop, booking_id: str, cancellation: Cancellation, *, now: datetime) -> Reservation | None:
    """Cancel a reservation that still stands and give its keys up, or None when it is not there to be cancelled."""
    where: dict[str, Any] = {"_id": booking_id, "state": "booked"}
    if cancellation.guest_id is not None:
        where |= {"guest_id": cancellation.guest_id, "at": {"$gt": now}}
    change = {
        "$set": {
            "state": "cancelled",
            "reason": cancellation.reason,
            "cancelled_by": cancellation.by,
            "cancelled_at": now,
        },
        "$unset": {"slots": ""},
    }
    found = shop.collection(_COLLECTION).find_and_update(where, change)
    return _reservation(found) if found else None


def seat(shop: Shop, reservation: Reservation, *, seated_by: str, now: datetime) -> None:
    """Mark a reservation seated, at the table that it names now. Raises StateConflict unless it still stands."""
    change = {
        "state": "seated",
        "sitting_id": reservation.sitting_id,
        "table_id": reservation.table_id,
        "table_name": reservation.table_name,
        "slots": list(reservation.keys),
        "seated_by": seated_by,
        "seated_at": now,
    }
    where = {"_id": reservation.booking_id, "state": "booked"}
    if shop.collection(_COLLECTION).update_one(where, {"$set": change}) != 1:
        raise StateConflict


def of_guest(shop: Shop, guest_id: str, *, limit: int) -> list[Reservation]:
    """A guest's reservations, newest first."""
    found = shop.collection(_COLLECTION).find({"guest_id": guest_id}, limit=limit, sort=[("_id", -1)])
    return [_reservation(one) for one in found]


def of_day(shop: Shop, biz_date: str, *, after: Reservation | None, limit: int) -> list[Reservation]:
    """A business day's reservations in the order of time, from behind one of them."""
    where: dict[str, Any] = {"biz_date": biz_date}
    if after is not None:
        where["$or"] = [{"at": {"$gt": after.at}}, {"at": after.at, "_id": {"$gt": after.booking_id}}]
    found = shop.collection(_COLLECTION).find(where, limit=limit, sort=[("at", 1), ("_id", 1)])
    return [_reservation(one) for one in found]


def end_no_shows(chain: Chain, *, now: datetime) -> int:
    """Every reservation whose party did not come in time is over and gives its keys up; how many."""
    late = {"state": "booked", "held_until": {"$lte": now}}
    change = {"$set": {"state": "noShow", "no_show_at": now}, "$unset": {"slots": ""}}
    return chain.db[_COLLECTION].update_many(late, change, comment=BRAND_WIDE).modified_count


def to_remind(chain: Chain, *, now: datetime, limit: int) -> list[tuple[str, str]]:
    """Shop and id of reservations that the shop is to be reminded of and was not yet."""
    due = {"state": "booked", "remind_at": {"$lte": now}, "held_until": {"$gt": now}}
    found = chain.db[_COLLECTION].find(due, {"shop_id": 1}, comment=BRAND_WIDE).sort("remind_at", 1).limit(limit)
    return [(one["shop_id"], one["_id"]) for one in found]


def mark_reminded(shop: Shop, booking_id: str, *, now: datetime) -> bool:
    """Note that the shop is reminded; False when it was, or when there is nothing to be reminded of any more."""
    where = {"_id": booking_id, "state": "booked", "remind_at": {"$exists": True}}
    change = {"$set": {"reminded_at": now}, "$unset": {"remind_at": ""}}
    return shop.collection(_COLLECTION).update_one(where, change) == 1


def _document(reservation: Reservation) -> Document:
    told = {key: value for key, value in vars(reservation).items() if key != "booking_id" and value is not None}
    policy = reservation.policy
    return {
        **told,
        "_id": reservation.booking_id,
        "lines": [dict(vars(line)) for line in reservation.lines],
        "policy": {**vars(policy), "longer_turns": [list(pair) for pair in policy.longer_turns]},
        "slots": list(reservation.keys),
        "ends_at": reservation.ends_at,
        "held_until": reservation.held_until,
        "remind_at": reservation.remind_at,
    }


def _reservation(found: Document) -> Reservation:
    return Reservation(
        booking_id=found["_id"],
        booking_no=found["booking_no"],
        state=found["state"],
        biz_date=found["biz_date"],
        at=found["at"],
        guests=found["guests"],
        table_id=found["table_id"],
        table_name=found["table_name"],
        guest_id=found.get("guest_id"),
        name=found["name"],
        phone=found.get("phone"),
        note=found["note"],
        lines=tuple(WantedLine(**line) for line in found["lines"]),
        policy=BookingPolicy.of(found["policy"]),
        placed_by=found["placed_by"],
        placed_at=found["placed_at"],
        sitting_id=found.get("sitting_id"),
        reason=found.get("reason"),
    )
