"""Who sits where: moves, merges and ends of sittings, each inside the transaction of the command that makes it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from pymongo.errors import DuplicateKeyError

from shared.domain.cart import CART_LINES, joined
from shared.errors import Busy, CartLimit, StateConflict, TableOccupied
from shared.store import sittings
from shared.store.scope import Shop
from shared.store.shops import Table
from shared.store.sitting_document import Seat, Sitting, line_document
from shared.store.sittings import COLLECTION


def move(shop: Shop, sitting_id: str, table: Table) -> Sitting:
    """Seat an open sitting at another table; the sitting as it was. Raises SittingClosed, TableOccupied."""
    before = sittings.of_open(shop, Seat(sitting_id))
    change = {
        "$set": {"table_id": table.table_id, "table_name": table.name},
        "$addToSet": {"earlier_tables": before.table_id},
    }
    try:
        _change(shop, before, change)
    except DuplicateKeyError as error:
        raise TableOccupied from error
    return before


def merge(shop: Shop, sitting_id: str, into_id: str) -> tuple[Sitting, Sitting]:
    """Let a sitting go up in another: both as they were.

    Members, cart, rounds and past come along, and guests are added up. Raises SittingClosed, CartLimit, Busy while an
    order is being submitted.
    """
    source, target = sittings.of_open(shop, Seat(sitting_id)), sittings.of_open(shop, Seat(into_id))
    if source.taken:
        raise Busy("有菜正在提交，请稍等几秒再并台")
    lines = joined(target.cart, source.cart)
    if len(lines) > CART_LINES:
        raise CartLimit(f"两桌购物车合计超过 {CART_LINES} 项，请先提交已选的菜", {"lines": len(lines)})
    _change(shop, source, {"$set": {"state": "merged", "merged_into": into_id, "cart": []}})
    known = {"guests": target.guests + source.guests} if target.guests and source.guests else {}
    gained = {"cart": [line_document(line) for line in lines], "names": {**source.names, **target.names}, **known}
    added = {
        "members": source.members,
        "rounds": source.rounds,
        "merged": source.all_ids,
        "earlier_tables": (source.table_id, *source.earlier_tables),
    }
    change: dict[str, dict[str, Any]] = {
        "$set": gained,
        "$addToSet": {name: {"$each": list(values)} for name, values in added.items()},
        "$push": {"seat_fees": {"$each": [vars(fee) for fee in source.seat_fees]}},
    }
    _change(shop, target, change)
    return source, target


def count_guests(shop: Shop, sitting_id: str, guests: int) -> Sitting:
    """Note how many sit there. Raises SittingClosed."""
    sitting = sittings.of_open(shop, Seat(sitting_id))
    _change(shop, sitting, {"$set": {"guests": guests}})
    return replace(sitting, guests=guests)


def close(shop: Shop, sitting_id: str, *, by: str, now: datetime, anyway: bool) -> Sitting:
    """End a sitting: its table is free. Raises SittingClosed; StateConflict for lines in the cart, unless `anyway`.

    Raises Busy while an order is being submitted.
    """
    sitting = sittings.of_open(shop, Seat(sitting_id))
    if sitting.taken:
        raise Busy("有菜正在提交，请稍等几秒再结束")
    if sitting.cart and not anyway:
        raise StateConflict("购物车里还有没提交的菜，请先提交或清空", {"cartLines": len(sitting.cart)})
    _change(shop, sitting, {"$set": {"state": "closed", "closed_by": by, "closed_at": now}})
    return replace(sitting, state="closed")


def draw_round(shop: Shop, sitting: Sitting, *, command_id: str) -> tuple[Sitting, int]:
    """The number of the round that dishes from elsewhere become. Raises StateConflict."""
    _change(shop, sitting, {"$addToSet": {"rounds": command_id}})
    return sitting, len(sitting.rounds) + 1


def touch(shop: Shop, sitting_id: str) -> None:
    """Note that an order of a sitting, open or merged into one, changed. Raises StateConflict when it is over."""
    where = {"_id": sitting_id, "state": {"$in": ["open", "merged"]}}
    if shop.collection(COLLECTION).update_one(where, {"$inc": {"version": 1}}) != 1:
        raise StateConflict("原来那一桌已经结束，不能再转菜")


def _change(shop: Shop, before: Sitting, change: dict[str, dict[str, Any]]) -> None:
    """Change a sitting that was read in the same transaction, which lets nobody in between."""
    where = {"_id": before.sitting_id, "state": "open"}
    if shop.collection(COLLECTION).update_one(where, {**change, "$inc": {"version": 1}}) != 1:
        raise StateConflict
