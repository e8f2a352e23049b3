"""What is left of each dish with a daily limit, per business day (rule 13): set = left + held + sold, always.

What was set, is left and is held is stored, and so what was sold is what remains of the sum.
One document per shop and day, so that one conditional update takes every dish of an order or none, without a
transaction and so without conflicts, however many guests want the same dish. What is taken is first *held* for an
order by name; the order's own document decides what becomes of it:

    left ──hold──→ held ──the order stands──→ sold
      ↑              │
      └──give back───┘  the order was refused, or its process died

A hold is not waited for: the order's majority write, later in the same history, covers it. Should the database have had
a change of primary between the two, the hold is looked for and taken again if it was lost.

A process may die between any two steps. `settle_all` then decides by the order's id: it stands, or a void order takes
its id first, so that a late insertion fails. Every step moves a hold only while it is there, and so happens once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from shared.domain.menu import Menu
from shared.errors import Busy, StockShort, Unknown, ZaotaiError
from shared.runtime.log import log_line
from shared.store.client import history_of
from shared.store.guard import BRAND_WIDE
from shared.store.scope import Chain, Shop
from shared.store.work import DoneBefore

COLLECTION = "stock"
HOLD_LIVES = timedelta(seconds=30)
"""Longer than any call lives: an older hold has lost its process."""
JOINED_AFTER = timedelta(seconds=12)
"""A call lives ten seconds: after these, a repeat of the command may go on with the hold of its first try."""
_CARRIED = 4
"""How many orders that stand are marked sold along with the next hold."""


OrderStands = Callable[[Shop, str, datetime], bool]
"""Whether an order exists; if not, the answer also makes sure that it never will."""


Withdraw = Callable[[Shop, str], bool]
"""Make an order that was just written void, unless its tickets are on their way; whether it is void."""


@dataclass(frozen=True)
class Hold:
    """What an order takes: counts by dish, and with `numbered` the day's next pick-up number (rule 12).

    `hold_id` names the command, so that its twin finds the hold taken.
    """

    hold_id: str
    order_id: str
    biz_date: str
    items: Mapping[str, int]
    numbered: bool = False

    @property
    def there(self) -> dict[str, Any]:
        """The condition that this hold is in the day's document."""
        return {f"holds.{self.hold_id}.order_id": self.order_id}

    @property
    def gone(self) -> dict[str, Any]:
        """The change that ends the hold, by which its counts are sold."""
        return {f"holds.{self.hold_id}": ""}

    def returned(self) -> dict[str, Any]:
        """The change that ends the hold and gives its counts back."""
        return {"$unset": self.gone, "$inc": {f"left.{dish_id}": count for dish_id, count in self.items.items()}}


@dataclass(frozen=True)
class Place:
    """What a held order is to be written under. `number` is its pick-up number, 0 if it wants none."""

    order_id: str
    number: int


@contextmanager
def held(
    shop: Shop, hold: Hold, menu: Menu, *, now: datetime, order_stands: OrderStands, withdraw: Withdraw
) -> Iterator[Place]:
    """Hold the stock while the order is written: sold if it stands, given back if it is refused.

    A repeated command whose first try is long dead goes on with that one's hold, under the same order id. A refused
    order leaves a gap in the pick-up numbers. Raises StockShort, naming every short dish with what is left; DoneBefore
    while the command's first try may still be at it.
    """
    if not hold.items:
        yield Place(hold.order_id, _next_number(shop, hold.biz_date) if hold.numbered else 0)
        return
    history = history_of(shop.db)
    held, number = _take_or_join(shop, hold, menu, now=now)
    try:
        yield Place(held.order_id, number)
    except Unknown:
        raise
    except (ZaotaiError, DoneBefore):
        # Another repeat may have joined the same hold and be writing its order now: then the order decides.
        is_mine = held.order_id == hold.order_id
        _end(shop, held, is_sold=not is_mine and order_stands(shop, held.order_id, now))
        raise
    if history_of(shop.db) is not history:
        _make_sure(shop, held, menu, now=now, withdraw=withdraw)
    _standing.setdefault(_day_id(shop, hold.biz_date), []).append(held)


def left_of(shop: Shop, biz_date: str) -> dict[str, int]:
    """What is left of each dish of the day; a dish that nobody has ordered yet may be absent."""
    found = shop.collection(COLLECTION).find_one({"_id": _day_id(shop, biz_date)}, {"left": 1})
    return dict(found["left"]) if found else {}


def begin_day(shop: Shop, biz_date: str, limits: Mapping[str, int]) -> None:
    """Give every dish its stock of the day unless it has it already."""
    days, day_id = shop.collection(COLLECTION), _day_id(shop, biz_date)
    days.upsert_one({"_id": day_id}, {"$setOnInsert": _fresh_day(biz_date)})
    days.update_each(
        (
            {"_id": day_id, f"set.{dish_id}": {"$exists": False}},
            {"$set": {f"set.{dish_id}": limit, f"left.{dish_id}": limit}},
        )
        for dish_id, limit in limits.items()
    )


def settle_all(chain: Chain, *, now: datetime, order_stands: OrderStands) -> int:
    """End every shop's holds whose process is gone: sold if the order stands, else given back; how many."""
    fields = {"shop_id": 1, "biz_date": 1, "holds": 1}
    settled = 0
    for day in chain.db[COLLECTION].find({"holds": {"$ne": {}}}, fields, comment=BRAND_WIDE):
        shop = Shop(chain.db, day["shop_id"])
        for hold_id, found in day["holds"].items():
            if found["at"] <= now - HOLD_LIVES:
                hold = Hold(hold_id, found["order_id"], day["biz_date"], found["items"])
                _end(shop, hold, is_sold=order_stands(shop, hold.order_id, now))
                settled += 1
    return settled


_standing: dict[str, list[Hold]] = {}
"""Holds of this process whose orders stand: the next hold marks them sold, and `settle_all` what is forgotten."""


def _take_or_join(shop: Shop, hold: Hold, menu: Menu, *, now: datetime) -> tuple[Hold, int]:
    while (number := _take(shop, hold, now=now)) is None:
        first = _explain(shop, hold, menu, now=now)
        if first is not None:
            return first, _next_number(shop, hold.biz_date) if hold.numbered else 0
    return hold, number


def _take(shop: Shop, hold: Hold, *, now: datetime) -> int | None:
    """Hold all or nothing in one round trip; along with it, mark earlier orders of this process sold.

    The order's pick-up number, 0 if it wants none; None when nothing was held.
    """
    waiting = _standing.pop(_day_id(shop, hold.biz_date), [])
    # Its own hold cannot be carried: this is a repeated command, which will find its order.
    carried = [earlier for earlier in waiting if earlier.hold_id != hold.hold_id][:_CARRIED]
    rest = [earlier for earlier in waiting if earlier not in carried]
    if rest:
        _standing[_day_id(shop, hold.biz_date)] = rest
    unwaited = shop.lightly()
    if carried and (number := _hold(unwaited, hold, carried, now=now)) is not None:
        return number
    # One that is carried may have been settled meanwhile; then all of them are left to `settle_all`.
    return _hold(unwaited, hold, (), now=now)


def _hold(shop: Shop, hold: Hold, carried: Sequence[Hold], *, now: datetime) -> int | None:
    where: dict[str, Any] = {"_id": _day_id(shop, hold.biz_date), f"holds.{hold.hold_id}": {"$exists": False}}
    where |= {f"left.{dish_id}": {"$gte": count} for dish_id, count in hold.items.items()}
    change: dict[str, Any] = {
        "$set": {f"holds.{hold.hold_id}": {"order_id": hold.order_id, "at": now, "items": dict(hold.items)}},
        "$inc": {f"left.{dish_id}": -count for dish_id, count in hold.items.items()},
    }
    for earlier in carried:
        where |= earlier.there
        change.setdefault("$unset", {}).update(earlier.gone)
    if hold.numbered:
        change["$inc"]["pickups"] = 1
        day = shop.collection(COLLECTION).find_and_update(where, change, fields={"pickups": 1})
        return None if day is None else int(day["pickups"])
    return 0 if shop.collection(COLLECTION).update_one(where, change) == 1 else None


def _make_sure(shop: Shop, hold: Hold, menu: Menu, *, now: datetime, withdraw: Withdraw) -> None:
    """Keep the hold of an order that stands through a change of primary. Raises StockShort if others were quicker."""
    days, where = shop.collection(COLLECTION), {"_id": _day_id(shop, hold.biz_date), **hold.there}
    if days.update_one(where, {"$set": {f"holds.{hold.hold_id}.at": now}}) == 1:
        return
    again = replace(hold, numbered=False)
    if _hold(shop, again, (), now=now) is not None:
        return
    if withdraw(shop, hold.order_id):
        _explain(shop, again, menu, now=now)
        raise Busy
    log_line("alarm", {"kind": "oversold", "shop": shop.shop_id, "order": hold.order_id})


def _next_number(shop: Shop, biz_date: str) -> int:
    days, where = shop.collection(COLLECTION), {"_id": _day_id(shop, biz_date)}
    day = days.find_and_update(where, {"$inc": {"pickups": 1}}, fields={"pickups": 1})
    if day is None:
        days.upsert_one(where, {"$setOnInsert": _fresh_day(biz_date)})
        return _next_number(shop, biz_date)
    return int(day["pickups"])


def _fresh_day(biz_date: str) -> dict[str, Any]:
    return {"biz_date": biz_date, "set": {}, "left": {}, "holds": {}, "pickups": 0}


def _end(shop: Shop, hold: Hold, *, is_sold: bool) -> None:
    where = {"_id": _day_id(shop, hold.biz_date), **hold.there}
    shop.collection(COLLECTION).update_one(where, {"$unset": hold.gone} if is_sold else hold.returned())


def _explain(shop: Shop, hold: Hold, menu: Menu, *, now: datetime) -> Hold | None:
    """Why nothing was held: the hold of the same command's first try; or None after beginning the day of new dishes.

    Raises StockShort; DoneBefore while that first try may live.
    """
    found = shop.collection(COLLECTION).find_one({"_id": _day_id(shop, hold.biz_date)})
    if found is not None and hold.hold_id in found["holds"]:
        first = found["holds"][hold.hold_id]
        if now - first["at"] < JOINED_AFTER:
            raise DoneBefore
        return replace(hold, order_id=first["order_id"], items=first["items"])
    begun = found["left"] if found else {}
    dishes = menu.by_id
    fresh = {dish_id: dishes[dish_id].daily_stock or 0 for dish_id in hold.items if dish_id not in begun}
    if fresh:
        begin_day(shop, hold.biz_date, fresh)
    left = {dish_id: begun[dish_id] if dish_id in begun else fresh[dish_id] for dish_id in hold.items}
    short = [
        {"dishId": dish_id, "name": dishes[dish_id].name, "left": left[dish_id], "wanted": wanted}
        for dish_id, wanted in hold.items.items()
        if left[dish_id] < wanted
    ]
    if short:
        told = "，".join(
            f"{one['name']}只剩 {one['left']} {dishes[str(one['dishId'])].unit}"
            if one["left"]
            else f"{one['name']}已售完"
            for one in short
        )
        raise StockShort(told, {"dishes": short})
    return None


def _day_id(shop: Shop, biz_date: str) -> str:
    return f"{shop.shop_id}|{biz_date}"
