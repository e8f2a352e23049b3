"""Sittings: one open at a table at most, by a unique index. Every change of one raises its `version`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from pymongo.errors import DuplicateKeyError

from shared.errors import Busy, NotFound, SittingClosed, TableOccupied
from shared.runtime.log import pseudonym
from shared.store.client import Document
from shared.store.guard import BRAND_WIDE
from shared.store.scope import Chain, Shop
from shared.store.shops import Table
from shared.store.sitting_document import NewSeats, Seat, Sitting, sitting_from
from shared.store.work import DoneBefore

COLLECTION = "table_sessions"
ON_ITS_WAY = timedelta(seconds=30)
"""So long after its round was drawn, no order comes any more: no call lives longer."""
LIGHT = {"cart": 0, "taken": 0, "edits": 0}
"""What a caller that only orders need not be sent."""
_NOTED = {"edits": 0}


def join(shop: Shop, table: Table, *, openid: str | None, name: str = "", now: datetime) -> Sitting | None:
    """Join the table's open sitting, or None when there is none. Staff, who have no openid here, only look in."""
    where = {"table_id": table.table_id, "state": "open"}
    if openid is None:
        found = shop.collection(COLLECTION).find_one(where, LIGHT)
        return sitting_from(found) if found else None
    told: Document = {"touched_at": now, **_named(openid, name)}
    change = {"$addToSet": {"members": openid}, "$set": told, "$inc": {"version": 1}}
    found = shop.collection(COLLECTION).find_and_update(where, change, LIGHT)
    return sitting_from(found) if found else None


def open_at(
    shop: Shop,
    table: Table,
    *,
    sitting_id: str,
    openid: str | None,
    guests: int | None,
    now: datetime,
    biz_date: str,
    name: str = "",
) -> Sitting:
    """Open a sitting. A rival that opens the same table first makes the transaction fail, to be tried again."""
    document: Document = {
        "_id": sitting_id,
        "table_id": table.table_id,
        "table_name": table.name,
        "state": "open",
        "guests": guests,
        "rounds": [],
        "members": [openid] if openid else [],
        "names": {pseudonym(openid): name} if openid and name else {},
        "cart": [],
        "version": 1,
        "opened_at": now,
        "touched_at": now,
        "biz_date": biz_date,
    }
    shop.collection(COLLECTION).insert_one(document)
    return sitting_from(document)


def open_free(
    shop: Shop,
    table: Table,
    *,
    sitting_id: str,
    openid: str | None,
    guests: int | None,
    now: datetime,
    biz_date: str,
    name: str = "",
) -> Sitting:
    """Open a sitting at a table where nobody sits. Raises TableOccupied."""
    try:
        return open_at(
            shop, table, sitting_id=sitting_id, openid=openid, guests=guests, now=now, biz_date=biz_date, name=name
        )
    except DuplicateKeyError as error:
        raise TableOccupied from error


def next_round(shop: Shop, seat: Seat, *, command_id: str, new_seats: NewSeats | None = None) -> tuple[Sitting, int]:
    """An open sitting the caller belongs to, and the number of this command's round, the same when it is repeated.

    Raises SittingClosed; Busy when others were quicker to pay for seats; DoneBefore when it was the command's twin. The
    round stands only with its order, whose majority write covers this one.
    """
    drawn = draw_round(shop, seat, command_id=command_id, new_seats=new_seats)
    if drawn is not None:
        return drawn
    if command_id in of_open(shop, seat).rounds:
        raise DoneBefore
    raise Busy


def draw_round(
    shop: Shop,
    seat: Seat,
    *,
    command_id: str,
    new_seats: NewSeats | None = None,
    where: Mapping[str, Any] | None = None,
    pull: Mapping[str, Any] | None = None,
    push: Mapping[str, Any] | None = None,
) -> tuple[Sitting, int] | None:
    """The next round, if the sitting is open and `where` holds, with `pull` and `push` in the same update; else None.

    A number may have a gap, and so is not waited for; what is pulled and pushed is.
    """
    unpaid, noted = new_seats.noting(command_id) if new_seats else ({}, {})
    drawn: dict[str, Any] = {"$addToSet": {"rounds": command_id}, "$inc": {"version": 1}}
    drawn |= {"$currentDate": {"drawn_at": True}}
    drawn |= {"$pull": pull} if pull else {}
    drawn |= {"$push": {**(push or {}), **noted}} if push or noted else {}
    written = shop if pull or push or noted else shop.lightly()
    found = written.collection(COLLECTION).find_and_update({**seat.open, **(where or {}), **unpaid}, drawn, LIGHT)
    if found is None:
        return None
    sitting = sitting_from(found)
    return sitting, sitting.rounds.index(command_id) + 1


def unseat(shop: Shop, sitting_id: str, command_id: str) -> None:
    """Forget that guests paid for their seats with a round that never came to be."""
    change = {"$pull": {"seat_fees": {"command_id": command_id}}, "$inc": {"version": 1}}
    shop.collection(COLLECTION).update_one({"_id": sitting_id, "seat_fees.command_id": command_id}, change)


def closed(shop: Shop, seat: Seat) -> SittingClosed:
    """Why a sitting takes no more: settled or unknown; or merged, and then where its guests now order."""
    found = shop.collection(COLLECTION).find_one(seat.here, {"state": 1, "merged_into": 1})
    if found is None or found["state"] != "merged":
        return SittingClosed()
    target = shop.collection(COLLECTION).find_one({"_id": found["merged_into"]}, {"table_name": 1})
    table_name = target["table_name"] if target else ""
    details = {"sittingId": found["merged_into"], "tableName": table_name}
    return SittingClosed(f"这一桌已经并到{table_name}，请在那一桌继续点餐", details)


def of_open(shop: Shop, seat: Seat) -> Sitting:
    """The open sitting with its cart. Raises SittingClosed."""
    found = shop.collection(COLLECTION).find_one(seat.open, _NOTED)
    if found is None:
        raise closed(shop, seat)
    return sitting_from(found)


def get(shop: Shop, seat: Seat, *, with_cart: bool = False) -> Sitting:
    """The sitting, or the one it was merged into, if the caller belongs to it. Raises NotFound."""
    while True:
        found = shop.collection(COLLECTION).find_one(seat.here, _NOTED if with_cart else LIGHT)
        if found is None:
            raise NotFound("没有找到这一桌")
        if found["state"] != "merged":
            return sitting_from(found)
        seat = Seat(found["merged_into"], seat.table_id, seat.openid)


def seats(shop: Shop, sitting_id: str, *, openid: str) -> bool:
    """Whether the guest belongs to the sitting, or to the one it was merged into."""
    where = {"members": openid, "$or": [{"_id": sitting_id}, {"merged": sitting_id}]}
    return shop.collection(COLLECTION).find_one(where, {"_id": 1}) is not None


def hold(shop: Shop, sitting_id: str) -> Sitting:
    """The sitting, or the one it was merged into, kept from any change by others until the transaction ends."""
    sitting = get(shop, Seat(sitting_id))
    found = shop.collection(COLLECTION).find_and_update({"_id": sitting.sitting_id}, {"$inc": {"version": 1}}, LIGHT)
    return sitting_from(found) if found else sitting


def settle(shop: Shop, sitting_id: str, *, written: int, now: datetime) -> bool:
    """End an open sitting that is paid: its table is free. Whether it ended.

    Not while an order is on its way: lines are taken from its cart, or a round was drawn a moment ago and fewer orders
    are `written` than rounds drawn. Then it is looked at again by `to_settle`.
    """
    all_written = {"$expr": {"$lte": [{"$size": "$rounds"}, written]}}
    long_ago = {"$or": [{"drawn_at": {"$exists": False}}, {"drawn_at": {"$lte": now - ON_ITS_WAY}}]}
    where = {"_id": sitting_id, "state": "open", "taken.0": {"$exists": False}, "$or": [all_written, long_ago]}
    over = {"$set": {"state": "settled", "settled_at": now}, "$unset": {"settle_at": ""}, "$inc": {"version": 1}}
    if shop.collection(COLLECTION).update_one(where, over) == 1:
        return True
    later = {"$set": {"settle_at": now + ON_ITS_WAY}}
    shop.collection(COLLECTION).update_one({"_id": sitting_id, "state": "open"}, later)
    return False


def to_settle(chain: Chain, *, now: datetime, limit: int) -> list[tuple[str, str]]:
    """Shop and id of open sittings that were paid while an order was on its way, some time ago."""
    due = {"state": "open", "settle_at": {"$lte": now}}
    found = chain.db[COLLECTION].find(due, {"shop_id": 1}, comment=BRAND_WIDE).sort("settle_at", 1).limit(limit)
    return [(one["shop_id"], one["_id"]) for one in found]


def require_nothing_on_its_way(sitting: Sitting, *, written: int, now: datetime) -> None:
    """Raises Busy while a round was drawn a moment ago and its order is not written yet: it would miss the change."""
    if sitting.drawn_at and sitting.drawn_at > now - ON_ITS_WAY and written < len(sitting.rounds):
        raise Busy("有菜正在提交，请稍等几秒再试")


def keep_open(shop: Shop, sitting_id: str) -> None:
    """It is not paid after all: what came on its way is on its bill."""
    shop.collection(COLLECTION).update_one({"_id": sitting_id}, {"$unset": {"settle_at": ""}})


def _named(openid: str, name: str) -> dict[str, str]:
    return {f"names.{pseudonym(openid)}": name} if name else {}
