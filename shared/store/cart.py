"""The shared cart: each edit is one conditional update of its sitting, so that twenty guests at once lose nothing.

A transaction per edit would make guests at one table wait for each other; here nothing is read first. An edit leaves
its command's name in `edits`, so that a repeated command finds itself done.

Lines leave for an order in the update that draws the order's round, into `taken`, and from there:

    cart ──taken──→ taken ──the order stands──→ gone
      ↑               │
      └──given back───┘  the order was refused, or its process died
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pymongo.errors import PyMongoError

from shared.domain.cart import CART_LINES, LINE_QUANTITY, CartLine
from shared.errors import Busy, CartChanged, CartLimit, RequestIdReused, Unknown, ZaotaiError
from shared.store import sittings
from shared.store.commands import CommandKey
from shared.store.guard import BRAND_WIDE
from shared.store.scope import Chain, Shop
from shared.store.sitting_document import NewSeats, Seat, Sitting, Taken, line_document, sitting_from, taken_from
from shared.store.sittings import COLLECTION
from shared.store.stock import HOLD_LIVES, JOINED_AFTER, OrderStands
from shared.store.work import DoneBefore

EDITS_KEPT = 200
"""More edits than a table makes while a client still repeats one of them."""


@dataclass(frozen=True)
class Edit:
    """One edit of a cart, as an update: `where` must hold; `arrays` picks the line out, which `line_id` names."""

    change: Mapping[str, Mapping[str, Any]]
    where: Mapping[str, Any] = field(default_factory=dict)
    arrays: Sequence[Mapping[str, Any]] | None = None
    line_id: str | None = None
    counts: bool = False


def adding(line: CartLine) -> Edit:
    """Add a line under an id that neither the cart nor a line on its way has."""
    where = {
        "cart.line_id": {"$ne": line.line_id},
        "taken.lines.line_id": {"$ne": line.line_id},
        f"cart.{CART_LINES - 1}": {"$exists": False},
    }
    return Edit({"$push": {"cart": line_document(line)}}, where)


def counting(line_id: str, by: int) -> Edit:
    """Change a line's quantity by so many, as long as it stays from 1 to 99."""
    fits = {"line_id": line_id, "quantity": {"$gte": 1 - by, "$lte": LINE_QUANTITY - by}}
    change = {"$inc": {"cart.$[line].quantity": by, "cart.$[line].rev": 1}}
    return Edit(change, {"cart": {"$elemMatch": fits}}, [{"line.line_id": line_id}], line_id, counts=True)


def setting(line_id: str, values: Mapping[str, Any], *, dish_id: str | None = None) -> Edit:
    """Set fields of a line, which must be of that dish if one is named."""
    fits = {"line_id": line_id} | ({"dish_id": dish_id} if dish_id else {})
    change = {
        "$set": {f"cart.$[line].{name}": value for name, value in values.items()},
        "$inc": {"cart.$[line].rev": 1},
    }
    return Edit(change, {"cart": {"$elemMatch": fits}}, [{"line.line_id": line_id}], line_id)


def removing(line_id: str) -> Edit:
    """Remove a line; one that is gone already stays gone."""
    return Edit({"$pull": {"cart": {"line_id": line_id}}})


def apply(shop: Shop, seat: Seat, edit: Edit, key: CommandKey) -> Sitting:
    """Do the edit once; the sitting after it, or as it is now if the command was done before.

    Raises SittingClosed, CartChanged, CartLimit, RequestIdReused.
    """
    name, body = _edit_name(key), key.body_hash[:16]
    change: dict[str, dict[str, Any]] = {verb: dict(fields) for verb, fields in edit.change.items()}
    change.setdefault("$inc", {})["version"] = 1
    kept = {"$each": [{"key": name, "body": body}], "$slice": -EDITS_KEPT}
    change.setdefault("$push", {})["edits"] = kept
    where = {**seat.open, "edits.key": {"$ne": name}, **edit.where}
    found = shop.collection(COLLECTION).find_and_update(where, change, {"edits": 0}, edit.arrays)
    if found is not None:
        return sitting_from(found)
    return _done_before(shop, seat, edit, name=name, body=body)


def lay(shop: Shop, sitting_id: str, lines: Sequence[CartLine]) -> None:
    """Put lines, with ids of their own, into the cart of an open sitting, in the caller's transaction."""
    if lines:
        change = {"$push": {"cart": {"$each": [line_document(line) for line in lines]}}, "$inc": {"version": 1}}
        shop.collection(COLLECTION).update_one({"_id": sitting_id, "state": "open"}, change)


def on_its_way(sitting: Sitting, command_id: str, *, now: datetime) -> Taken | None:
    """What this command's first try took before its process died, or None. Raises DoneBefore while that may live."""
    for entry in sitting.taken:
        if entry.command_id == command_id:
            if now - entry.at < JOINED_AFTER:
                raise DoneBefore
            return entry
    return None


@contextmanager
def taken(
    shop: Shop,
    seat: Seat,
    taking: Taken,
    *,
    is_joined: bool,
    new_seats: NewSeats | None = None,
    now: datetime,
    order_stands: OrderStands,
) -> Iterator[tuple[Sitting, int]]:
    """Take the lines while the order is written: back in the cart if it is refused; if it stands, `drop` ends it.

    With `is_joined` the lines are already on their way. Raises CartChanged when a line was edited or taken meanwhile,
    DoneBefore when the command's twin took them, SittingClosed.
    """
    place = (_join if is_joined else _take)(shop, seat, taking, new_seats)
    try:
        yield place
    except Unknown:
        raise
    except (ZaotaiError, DoneBefore):
        _end(shop, seat.sitting_id, taking, is_ordered=order_stands(shop, taking.order_id, now))
        raise


def drop(shop: Shop, seat: Seat, taking: Taken) -> None:
    """Forget the lines of an order that stands, whatever happens here: what this misses, `settle_taken` finds."""
    with suppress(PyMongoError):
        _end(shop.lightly(), seat.sitting_id, taking, is_ordered=True)


def settle_taken(chain: Chain, *, now: datetime, order_stands: OrderStands) -> int:
    """End every sitting's lines whose process is gone: dropped if the order stands, else given back; how many."""
    late = {"taken.at": {"$lte": now - HOLD_LIVES}}
    settled = 0
    for found in chain.db[COLLECTION].find(late, {"shop_id": 1, "taken": 1}, comment=BRAND_WIDE):
        shop = Shop(chain.db, found["shop_id"])
        for entry in map(taken_from, found["taken"]):
            if entry.at <= now - HOLD_LIVES:
                is_ordered = order_stands(shop, entry.order_id, now)
                _end(shop, found["_id"], entry, is_ordered=is_ordered)
                settled += 1
    return settled


def _take(shop: Shop, seat: Seat, taking: Taken, new_seats: NewSeats | None) -> tuple[Sitting, int]:
    there = [{"$elemMatch": {"line_id": line.line_id, "rev": line.rev}} for line in taking.lines]
    where = {"cart": {"$all": there}, "taken.command_id": {"$ne": taking.command_id}}
    entry = {
        "command_id": taking.command_id,
        "order_id": taking.order_id,
        "at": taking.at,
        "lines": [line_document(line) for line in taking.lines],
    }
    ids = [line.line_id for line in taking.lines]
    drawn = sittings.draw_round(
        shop,
        seat,
        command_id=taking.command_id,
        new_seats=new_seats,
        where=where,
        pull={"cart": {"line_id": {"$in": ids}}},
        push={"taken": entry},
    )
    if drawn is None:
        raise _not_taken(shop, seat, taking)
    return drawn


def _join(shop: Shop, seat: Seat, taking: Taken, new_seats: NewSeats | None) -> tuple[Sitting, int]:
    where = _there(taking)
    drawn = sittings.draw_round(shop, seat, command_id=taking.command_id, new_seats=new_seats, where=where)
    if drawn is None:
        raise _not_taken(shop, seat, taking)
    return drawn


def _not_taken(shop: Shop, seat: Seat, taking: Taken) -> ZaotaiError | DoneBefore:
    """Why lines could not be taken: others edited or took them, or the command's twin did. Raises SittingClosed."""
    sitting = sittings.of_open(shop, seat)
    if any(entry.command_id == taking.command_id for entry in sitting.taken):
        return DoneBefore()
    is_there = {(line.line_id, line.rev) for line in sitting.cart}
    ids = {line.line_id for line in sitting.cart}
    changed = [line.line_id for line in taking.lines if (line.line_id, line.rev) not in is_there]
    if not changed:
        return Busy()
    lines = [{"lineId": one, "fault": "changed" if one in ids else "gone"} for one in changed]
    return CartChanged(details={"lines": lines})


def _end(shop: Shop, sitting_id: str, entry: Taken, *, is_ordered: bool) -> None:
    """End what is on its way, once: whoever comes second finds it gone."""
    gone = {"$pull": {"taken": {"command_id": entry.command_id}}}
    where = {"_id": sitting_id, **_there(entry)}
    if is_ordered:
        shop.collection(COLLECTION).update_one(where, gone)
        return
    back = {"$each": [line_document(line) for line in entry.lines], "$position": 0}
    shop.collection(COLLECTION).update_one(where, {**gone, "$push": {"cart": back}, "$inc": {"version": 1}})


def _there(entry: Taken) -> dict[str, Any]:
    return {"taken": {"$elemMatch": {"command_id": entry.command_id, "order_id": entry.order_id}}}


def _edit_name(key: CommandKey) -> str:
    return hashlib.sha256(key.record_id.encode()).hexdigest()[:20]


def _done_before(shop: Shop, seat: Seat, edit: Edit, *, name: str, body: str) -> Sitting:
    """Why an edit changed nothing: it was done before, or it cannot be."""
    found = shop.collection(COLLECTION).find_one(seat.open)
    if found is None:
        raise sittings.closed(shop, seat)
    for done in found.get("edits", ()):
        if done["key"] == name:
            if done["body"] != body:
                raise RequestIdReused
            return sitting_from(found)
    _explain(sitting_from(found), edit)
    raise Busy


def _explain(sitting: Sitting, edit: Edit) -> None:
    """Raises CartChanged or CartLimit by what the cart is now; returns if the edit would now go through."""
    line = next((line for line in sitting.cart if line.line_id == edit.line_id), None)
    if edit.line_id is not None:
        if line is None or not edit.counts:
            raise CartChanged("这一项已经不在购物车里了", {"lines": [{"lineId": edit.line_id, "fault": "gone"}]})
        raise CartLimit(f"每项可点 1 到 {LINE_QUANTITY} 份", {"lineId": edit.line_id, "quantity": line.quantity})
    if len(sitting.cart) >= CART_LINES:
        raise CartLimit(details={"lines": len(sitting.cart)})
    raise CartChanged("这一项已经在购物车里了")
