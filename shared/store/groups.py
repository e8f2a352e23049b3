"""Groups of group buys: a seat is taken, paid and freed by one conditional update each, with its order (rule 22).

    campaigns  {_id, kind: "group", name, active, shops, dish_id, price_fen, size, lasts_min, valid_from, valid_until}
    groups     {_id, shop_id, offer_id, dish_id, price_fen, size, state, taken, paid, expires_at,
                seats: [{order_id, openid, device_id, paid}], leader, opened_at}

`taken` and `paid` count the seats, so that a full group's filter fails; `expires_at` is set once. One guest sits once,
and one phone, in all open groups of an offer: unique indexes.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from shared.domain.groups import Group, GroupOffer, GroupSeat
from shared.errors import GroupClosed, GroupFull, InGroupAlready, NotFound
from shared.store.client import Document
from shared.store.guard import BRAND_WIDE
from shared.store.kept import Kept
from shared.store.scope import Chain, Shop
from shared.store.work import DoneBefore

COLLECTION = "groups"
ONE_SEAT = "one_seat"
"""The unique index by which a guest sits once in all open groups of an offer; a phone's begins with the same name."""
_kept = Kept[GroupOffer]()


def offer(db: Database[Document], offer_id: str, now: datetime) -> GroupOffer:
    """A campaign of group buys, as old as a shop's settings may be. Raises NotFound."""
    return _kept.get(db.name, offer_id, now=now, read=lambda: _read(db, offer_id))


def _read(db: Database[Document], offer_id: str) -> GroupOffer:
    found = db["campaigns"].find_one({"_id": offer_id, "kind": "group"})
    if found is None:
        raise NotFound("没有找到这个拼团活动")
    return offer_from(found)


def to_come(shop: Shop, *, now: datetime) -> list[GroupOffer]:
    """The offers of the shop that are not over, the first to begin first."""
    here = {"$or": [{"shops": shop.shop_id}, {"shops": []}]}
    where = {"kind": "group", "active": True, "valid_until": {"$gt": now}, **here}
    return [offer_from(one) for one in shop.db["campaigns"].find(where, sort=[("valid_from", 1)], limit=50)]


def offer_from(found: Mapping[str, Any]) -> GroupOffer:
    """A group buy from its campaign's document."""
    return GroupOffer(
        offer_id=found["_id"],
        name=found["name"],
        dish_id=found["dish_id"],
        price_fen=found["price_fen"],
        size=found["size"],
        lasts=timedelta(minutes=found["lasts_min"]),
        starts_at=found["valid_from"],
        ends_at=found["valid_until"],
        shops=frozenset(found["shops"]),
        is_active=found["active"],
    )


def begin(shop: Shop, group: Group, *, now: datetime) -> None:
    """Open a group with its leader's seat, in the transaction of their order. Raises InGroupAlready, DoneBefore."""
    (leader,) = group.seats
    document = {
        "_id": group.group_id,
        "offer_id": group.offer_id,
        "dish_id": group.dish_id,
        "price_fen": group.price_fen,
        "size": group.size,
        "state": "open",
        "taken": 1,
        "paid": 0,
        "expires_at": group.expires_at,
        "seats": [_seat_document(leader)],
        "leader": leader.openid,
        "opened_at": now,
    }
    try:
        shop.collection(COLLECTION).insert_one(document)
    except DuplicateKeyError as error:
        raise (InGroupAlready if ONE_SEAT in str(error) else DoneBefore) from error


def take_seat(shop: Shop, group_id: str, seat: GroupSeat, *, now: datetime) -> None:
    """Take a free seat for an order, in its transaction.

    Raises GroupFull while every seat is taken (one may come free again), GroupClosed, InGroupAlready, NotFound.
    """
    where: Document = {"_id": group_id, "state": "open", "expires_at": {"$gt": now}}
    where |= {"seats.openid": {"$ne": seat.openid}, "seats.device_id": {"$ne": seat.device_id}}
    free = {"$expr": {"$lt": ["$taken", "$size"]}}
    change = {"$inc": {"taken": 1}, "$push": {"seats": _seat_document(seat)}}
    try:
        if shop.collection(COLLECTION).update_one(where | free, change) == 1:
            return
    except DuplicateKeyError as error:
        raise InGroupAlready from error
    group = get(shop, group_id)
    group.require_open(now)
    raise InGroupAlready if any(one.is_the_same_persons(seat) for one in group.seats) else GroupFull


def pay_seat(shop: Shop, group_id: str, order_id: str) -> Group:
    """Note a seat as paid in the payment's transaction; the last one makes the group full. The group as it is then.

    Raises GroupClosed when the group is no more, or the seat was paid or freed before.
    """
    groups = shop.collection(COLLECTION)
    where = {"_id": group_id, "state": "open", "seats": {"$elemMatch": {"order_id": order_id, "paid": False}}}
    if groups.update_one(where, {"$set": {"seats.$.paid": True}, "$inc": {"paid": 1}}) != 1:
        raise GroupClosed
    groups.update_one({"_id": group_id, "$expr": {"$eq": ["$paid", "$size"]}}, {"$set": {"state": "full"}})
    return get(shop, group_id)


def leave(shop: Shop, group_id: str, order_id: str) -> bool:
    """Free the seat of an order that ends, in the transaction that ends it; whether the open group had one."""
    for was_paid in (False, True):
        seat = {"$elemMatch": {"order_id": order_id, "paid": was_paid}}
        change = {"$inc": {"taken": -1, "paid": -int(was_paid)}, "$pull": {"seats": {"order_id": order_id}}}
        if shop.collection(COLLECTION).update_one({"_id": group_id, "state": "open", "seats": seat}, change) == 1:
            return True
    return False


def expire(shop: Shop, group_id: str, *, now: datetime) -> bool:
    """End an open group whose time is over; whether it was one."""
    where = {"_id": group_id, "state": "open", "expires_at": {"$lte": now}}
    return shop.collection(COLLECTION).update_one(where, {"$set": {"state": "expired", "ended_at": now}}) == 1


def get(shop: Shop, group_id: str) -> Group:
    """One group of the shop. Raises NotFound."""
    found = shop.collection(COLLECTION).find_one({"_id": group_id})
    if found is None:
        raise NotFound("没有找到这个团")
    return _group(found)


def joinable(shop: Shop, offer_id: str, *, now: datetime, limit: int) -> list[Group]:
    """Open groups of an offer with a free seat, those that end first in front."""
    where = {"offer_id": offer_id, "state": "open", "expires_at": {"$gt": now}, "$expr": {"$lt": ["$taken", "$size"]}}
    return [_group(one) for one in shop.collection(COLLECTION).find(where, sort=[("expires_at", 1)], limit=limit)]


def overdue(chain: Chain, *, now: datetime, limit: int) -> list[tuple[str, str]]:
    """Shop and id of open groups whose time is over, the longest over first."""
    where = {"state": "open", "expires_at": {"$lte": now}}
    found = chain.db[COLLECTION].find(where, {"shop_id": 1}, comment=BRAND_WIDE).sort("expires_at", 1).limit(limit)
    return [(one["shop_id"], one["_id"]) for one in found]


def _seat_document(seat: GroupSeat) -> Document:
    return {"order_id": seat.order_id, "openid": seat.openid, "device_id": seat.device_id, "paid": seat.is_paid}


def _group(found: Mapping[str, Any]) -> Group:
    return Group(
        group_id=found["_id"],
        offer_id=found["offer_id"],
        dish_id=found["dish_id"],
        price_fen=found["price_fen"],
        size=found["size"],
        state=found["state"],
        expires_at=found["expires_at"],
        seats=tuple(GroupSeat(one["order_id"], one["openid"], one["device_id"], one["paid"]) for one in found["seats"]),
    )
