"""How many orders each pick-up slot has taken: one counter document per slot, and so no order too many.

Like stock, a place is first held for an order by name, and the order decides what becomes of it: it keeps the place, or
gives it back because it was refused, or its process died and `settle_slots` finds that it never came to be.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from shared.errors import SlotFull, Unknown, ZaotaiError
from shared.store.guard import BRAND_WIDE
from shared.store.scope import Chain, Shop
from shared.store.stock import HOLD_LIVES, JOINED_AFTER, OrderStands
from shared.store.work import DoneBefore

COLLECTION = "pickup_slots"
_KEPT = timedelta(days=2)


@dataclass(frozen=True)
class SlotHold:
    """One order's place in the slot that begins `at`. `hold_id` names the command, so that its twin finds it taken."""

    at: datetime
    biz_date: str
    hold_id: str
    order_id: str


@contextmanager
def held(shop: Shop, hold: SlotHold, *, capacity: int, now: datetime, order_stands: OrderStands) -> Iterator[None]:
    """Hold a place while the order is written; given back if it is refused.

    Raises SlotFull, DoneBefore when the command's first try made its order, or may still be at it.
    """
    _take(shop, hold, capacity=capacity, now=now, order_stands=order_stands)
    try:
        yield
    except Unknown:
        raise
    except (ZaotaiError, DoneBefore):
        release(shop, hold)
        raise


def release(shop: Shop, hold: SlotHold) -> None:
    """Give back a held place, once."""
    change = {"$inc": {"count": -1}, "$pull": {"held": {"hold_id": hold.hold_id}}}
    shop.collection(COLLECTION).update_one({"_id": _slot_id(shop, hold.at), **_there(hold)}, change)


def give_up(shop: Shop, at: datetime, hold_id: str) -> None:
    """Take a cancelled order out of its slot, inside the transaction that cancels it."""
    change = {"$inc": {"count": -1}, "$pull": {"held": {"hold_id": hold_id}}}
    shop.collection(COLLECTION).update_one({"_id": _slot_id(shop, at), "count": {"$gte": 1}}, change)


def counts(shop: Shop, biz_date: str) -> dict[datetime, int]:
    """How many orders each slot of the day has, those without any left out."""
    found = shop.collection(COLLECTION).find({"biz_date": biz_date}, limit=1440, fields={"at": 1, "count": 1})
    return {slot["at"]: slot["count"] for slot in found}


def settle_slots(chain: Chain, *, now: datetime, order_stands: OrderStands) -> int:
    """End every shop's held places whose process is gone: kept if the order stands, else given back; how many."""
    late = {"held.at": {"$lte": now - HOLD_LIVES}}
    settled = 0
    for slot in chain.db[COLLECTION].find(late, comment=BRAND_WIDE):
        shop = Shop(chain.db, slot["shop_id"])
        for entry in slot["held"]:
            if entry["at"] > now - HOLD_LIVES:
                continue
            hold = SlotHold(slot["at"], slot["biz_date"], entry["hold_id"], entry["order_id"])
            if order_stands(shop, hold.order_id, now):
                gone = {"$pull": {"held": {"hold_id": hold.hold_id}}}
                shop.collection(COLLECTION).update_one({"_id": slot["_id"], **_there(hold)}, gone)
            else:
                release(shop, hold)
            settled += 1
    return settled


def _take(shop: Shop, hold: SlotHold, *, capacity: int, now: datetime, order_stands: OrderStands) -> None:
    slots, slot_id = shop.collection(COLLECTION), _slot_id(shop, hold.at)
    where = {"_id": slot_id, "count": {"$lt": capacity}, "held.hold_id": {"$ne": hold.hold_id}}
    entry = {"hold_id": hold.hold_id, "order_id": hold.order_id, "at": now}
    if slots.update_one(where, {"$inc": {"count": 1}, "$push": {"held": entry}}) == 1:
        return
    found = slots.find_one({"_id": slot_id})
    if found is None:
        fresh = {"at": hold.at, "biz_date": hold.biz_date, "count": 0, "held": [], "expires_at": hold.at + _KEPT}
        slots.upsert_one({"_id": slot_id}, {"$setOnInsert": fresh})
        _take(shop, hold, capacity=capacity, now=now, order_stands=order_stands)
        return
    first = next((one for one in found["held"] if one["hold_id"] == hold.hold_id), None)
    if first is None:
        raise SlotFull
    if now - first["at"] < JOINED_AFTER or order_stands(shop, first["order_id"], now):
        raise DoneBefore
    _join(shop, hold, first, now=now)


def _join(shop: Shop, hold: SlotHold, first: dict[str, Any], *, now: datetime) -> None:
    """Go on with the place of the command's first try, which died without its order. Raises DoneBefore for a twin."""
    there = {"held": {"$elemMatch": {"hold_id": hold.hold_id, "order_id": first["order_id"]}}}
    change = {"$set": {"held.$.order_id": hold.order_id, "held.$.at": now}}
    if shop.collection(COLLECTION).update_one({"_id": _slot_id(shop, hold.at), **there}, change) != 1:
        raise DoneBefore


def _there(hold: SlotHold) -> dict[str, Any]:
    return {"held": {"$elemMatch": {"hold_id": hold.hold_id, "order_id": hold.order_id}}}


def _slot_id(shop: Shop, at: datetime) -> str:
    return f"{shop.shop_id}|{at.astimezone(timezone.utc):%Y-%m-%dT%H:%MZ}"
