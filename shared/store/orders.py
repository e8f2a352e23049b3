"""Orders: the aggregate of lines, frozen quote and kitchen tickets, in one document that moves by compare-and-set."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from shared.contracts.bridge import Receipt
from shared.contracts.slips import COUNTER_MARK
from shared.domain.orders import Order
from shared.errors import NotFound, StateConflict
from shared.store.client import Document
from shared.store.guard import BRAND_WIDE
from shared.store.order_document import order_document, order_from
from shared.store.scope import Chain, Shop

_COLLECTION = "orders"
CALL_MARK = ".call."
_WITHOUT_RECORD = {"events": 0, "reply": 0}
_LISTS = {"lines", "tickets"}
_NO_VALUE = object()


def add(shop: Shop, order: Order, record: Document) -> None:
    """Write a new order with the record of the command that makes it. Raises the driver's DuplicateKeyError."""
    shop.collection(_COLLECTION).insert_one({**order_document(order), **record})


def stands(shop: Shop, order_id: str, now: datetime) -> bool:
    """Whether the order exists. If not, a void order takes its id, so that a commit still under way fails."""
    where = {"_id": order_id}
    void = {
        "state": "void",
        "biz_date": "0001-01-01",
        "order_no": f"void-{order_id}",
        "round": 0,
        "lines": [],
        "tickets": [],
        "gross_fen": 0,
        "due_fen": 0,
        "placed_at": now,
    }
    shop.collection(_COLLECTION).upsert_one(where, {"$setOnInsert": void})
    found = shop.collection(_COLLECTION).find_one(where, {"state": 1})
    return found is not None and found["state"] != "void"


def withdraw(shop: Shop, order_id: str) -> bool:
    """Make an order void, with the record of its command, while none of its tickets has left; whether it is void."""
    where = {"_id": order_id, "tries": {"$in": [0, None]}, "lease": {"$exists": False}}
    gone = dict.fromkeys(("command_key", "hash", "reply", "events", "unacked", "due", "pickup_no"), "")
    return shop.collection(_COLLECTION).update_one(where, {"$set": {"state": "void"}, "$unset": gone}) == 1


def get(shop: Shop, order_id: str) -> Order:
    """One order of the shop. Raises NotFound."""
    found = shop.collection(_COLLECTION).find_one({"_id": order_id, "state": {"$ne": "void"}}, _WITHOUT_RECORD)
    if found is None:
        raise NotFound("没有找到这个订单")
    return order_from(found)


def several(shop: Shop, order_ids: Sequence[str]) -> list[Order]:
    """Orders of the shop by their ids, the oldest first. Raises NotFound if one of them is not there."""
    where = {"_id": {"$in": list(order_ids)}, "state": {"$ne": "void"}}
    limit = max(len(order_ids), 1)
    found = shop.collection(_COLLECTION).find(where, limit=limit, sort=[("_id", 1)], fields=_WITHOUT_RECORD)
    if len(found) != len(set(order_ids)):
        raise NotFound("没有找到这个订单")
    return [order_from(one) for one in found]


def rounds_written(shop: Shop, sitting_ids: Sequence[str]) -> int:
    """How many orders there are of these sittings, whatever became of them."""
    where = {"sitting_id": {"$in": list(sitting_ids)}}
    return len(shop.collection(_COLLECTION).find(where, limit=1000, fields={"_id": 1}))


def save_move(shop: Shop, before: Order, after: Order) -> None:
    """Write what a move changed, if nobody moved the order meanwhile. Raises StateConflict otherwise."""
    update = _move(before, after)
    if update is not None and shop.collection(_COLLECTION).update_one(*update) != 1:
        raise StateConflict


def save_moves(shop: Shop, moved: Iterable[tuple[Order, Order]]) -> None:
    """Write several orders' moves in one bulk, in a transaction. Raises StateConflict if one was moved since."""
    updates = [update for before, after in moved if (update := _move(before, after)) is not None]
    if shop.collection(_COLLECTION).update_each(updates) != len(updates):
        raise StateConflict


def _move(before: Order, after: Order) -> tuple[Document, Document] | None:
    """The condition and the change that make a move, or None when it changes nothing."""
    old, new = order_document(before), order_document(after)
    changes = {name: new[name] for name in new.keys() - _LISTS if name not in old or old[name] != new[name]}
    for name in _LISTS:
        changes |= _changed_parts(name, old[name], new[name])
    gone = dict.fromkeys(old.keys() - new.keys(), "")
    if not changes and not gone:
        return None
    change = {"$set": changes, "$unset": gone, "$inc": {"version": 1}}
    where = {"_id": before.order_id, "version": before.version}
    return where, {verb: told for verb, told in change.items() if told}


def expired(chain: Chain, *, now: datetime, limit: int) -> list[tuple[str, str]]:
    """Shop and order id of up to `limit` unpaid orders of all shops whose time is over, the longest over first."""
    where = {"state": "pending", "pay_by": {"$lte": now}}
    found = chain.db[_COLLECTION].find(where, {"shop_id": 1}, comment=BRAND_WIDE).sort("pay_by", 1).limit(limit)
    return [(order["shop_id"], order["_id"]) for order in found]


def note_printed(shop: Shop, receipts: Sequence[Receipt]) -> None:
    """Keep when each ticket came out; a receipt repeated changes nothing."""
    shop.collection(_COLLECTION).update_each(
        (
            {"_id": receipt.job_id.split(".")[0], "tickets.ticket_id": receipt.job_id},
            {
                "$min": {"tickets.$.printed_at": receipt.at},
                "$max": {"tickets.$.attempts": receipt.attempts},
                "$set": {"tickets.$.outcome": receipt.outcome, "tickets.$.printer": receipt.printer},
            },
        )
        for receipt in receipts
        if CALL_MARK not in receipt.job_id and COUNTER_MARK not in receipt.job_id
    )


def note_shown(shop: Shop, receipts: Sequence[Receipt]) -> None:
    """Keep when each call was shown."""
    shop.collection(_COLLECTION).update_each(
        (
            {"_id": receipt.job_id.split(".")[0]},
            {"$min": {f"shown.{receipt.job_id.rsplit('.', 1)[1]}": receipt.at}},
        )
        for receipt in receipts
        if CALL_MARK in receipt.job_id and receipt.outcome == "shown"
    )


def rounds_of(shop: Shop, sitting_ids: Sequence[str], *, limit: int) -> list[Order]:
    """Up to `limit` orders of these sittings, newest first."""
    return newest(shop, sitting_ids=sitting_ids, guest_id=None, states=(), station=None, before=None, limit=limit)


def newest(
    shop: Shop,
    *,
    sitting_ids: Sequence[str] = (),
    guest_id: str | None,
    states: Sequence[str],
    station: str | None,
    before: str | None,
    limit: int,
) -> list[Order]:
    """Up to `limit` orders, newest first, that fit every given condition."""
    where: dict[str, Any] = {"state": {"$ne": "void"}}
    if sitting_ids:
        where["sitting_id"] = {"$in": list(sitting_ids)}
    if guest_id is not None:
        where["guest_id"] = guest_id
    if states:
        where["state"] = {"$in": list(states)}
    if station is not None:
        where["tickets.station"] = station
    if before is not None:
        where["_id"] = {"$lt": before}
    found = shop.collection(_COLLECTION).find(where, limit=limit, sort=[("_id", -1)], fields=_WITHOUT_RECORD)
    return [order_from(doc) for doc in found]


def moves_of(shop: Shop, sitting_ids: Sequence[str]) -> int:
    """A number that grows whenever an order of these sittings is made or moves."""
    where = {"state": {"$ne": "void"}, "sitting_id": {"$in": list(sitting_ids)}}
    found = shop.collection(_COLLECTION).find(where, limit=1000, fields={"version": 1})
    return sum(1 + order["version"] for order in found)


def _changed_parts(name: str, old: Sequence[Document], new: Sequence[Document]) -> Document:
    """What changed of a list, part by part: what others write meanwhile into a part (a receipt) stays."""
    if len(new) < len(old):
        return {name: new}
    changes: Document = {f"{name}.{i}": part for i, part in enumerate(new) if i >= len(old)}
    for i, (was, part) in enumerate(zip(old, new, strict=False)):
        if was.keys() - part.keys():
            changes[f"{name}.{i}"] = part
        else:
            changes |= {f"{name}.{i}.{key}": value for key, value in part.items() if was.get(key, _NO_VALUE) != value}
    return changes
