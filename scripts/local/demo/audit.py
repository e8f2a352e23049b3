"""The cloud's books when everybody has gone home: what is in the database must be what was played and printed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pymongo import MongoClient
from pymongo.database import Database

from scripts.local.demo.journal import Journal, now
from scripts.local.demo.watch import OrderBook
from shared.domain.bills import is_paid
from shared.domain.orders import Order, misplaced
from shared.store.audit import LAWS, Books, findings
from shared.store.client import Document
from shared.store.order_document import order_from
from shared.store.orders import CALL_MARK
from shared.store.scope import Chain

_STANDING = {"state": {"$ne": "void"}}


@dataclass(frozen=True)
class Audit:
    """What was compared, in words with a count each, and what is wrong."""

    compared: Mapping[str, int]
    problems: tuple[str, ...]

    def __add__(self, other: Audit) -> Audit:
        """Both."""
        return Audit({**self.compared, **other.compared}, self.problems + other.problems)


def expect_everything(journal: Journal, *, uri: str, database: str) -> None:
    """Whatever the database knows of must be on paper and on the screens, also what nobody who played was told of."""
    book = OrderBook(uri, database)
    with MongoClient[Document](uri, tz_aware=True) as client:
        db = client[database]
        for found in db["orders"].find(_STANDING):
            known = book.find(found["_id"])
            if known is not None:
                journal.expect_order(known)
        for collection in ("orders", "queue_tickets"):
            for found in db[collection].find({"calls": {"$gt": 0}}, {"calls": 1}):
                for count in range(1, found["calls"] + 1):
                    journal.expect_call(f"{found['_id']}{CALL_MARK}{count}", now())
    book.close()


def audit(states: Mapping[str, Mapping[str, str]], *, uri: str, database: str) -> Audit:
    """Compare; `states` is by collection and id how everything must have ended."""
    with MongoClient[Document](uri, tz_aware=True) as client:
        db = client[database]
        orders = [order_from(found) for found in db["orders"].find(_STANDING)]
        days = list(db["stock"].find({}))
        by_day = {(day["shop_id"], day["biz_date"]): _sold(db, day) for day in days}
        problems = [*_misplaced(orders), *_uneven(days, by_day), *_taken(db), *_otherwise(db, states)]
    return Audit(
        {
            "要做的菜 各在一张制作单上": sum(len(order.items) for order in orders),
            "限量菜 设定 = 剩余 + 占用 + 已售": sum(len(day["set"]) for day in days),
            "预订 入座": len(states["reservations"]),
            "排队号 入座或取消": len(states["queue_tickets"]),
            "桌台 付清离店": len(states["table_sessions"]),
        },
        tuple(problems),
    )


def money_audit(*, uri: str, database: str, wechat_fen: int) -> Audit:
    """Whether every order is paid, every law holds, and all that the phones paid (`wechat_fen`) is booked."""
    with MongoClient[Document](uri, tz_aware=True) as client:
        db = client[database]
        orders = [order_from(found) for found in db["orders"].find({"state": "completed"})]
        problems = [*_unpaid(orders), *_broken_laws(db), *_unbooked(db, wechat_fen)]
    return Audit({"订单 付清": len(orders), "账目 应守的规律": len(LAWS)}, tuple(problems))


def _unpaid(orders: Iterable[Order]) -> Iterable[str]:
    for order in orders:
        if not is_paid((order,)):
            yield f"{order.order_no} is not paid"


def _broken_laws(db: Database[Document]) -> Iterable[str]:
    for found in findings(Books(Chain(db), now())):
        yield f"{found.code} {found.collection}/{found.document_id}: {found.message}"


def _unbooked(db: Database[Document], wechat_fen: int) -> Iterable[str]:
    """Every fen that the phones paid is booked, by payments that stand or as money that came late."""
    booked = 0
    for payment in db["payments"].find({}):
        taken = sum(tender["fen"] for tender in payment["tenders"] if tender["kind"] == "wechat")
        booked += taken if payment["state"] == "paid" else payment.get("late", {}).get("fen", 0)
    if booked != wechat_fen:
        yield f"the phones paid {wechat_fen} fen, and {booked} are booked"


def _misplaced(orders: Iterable[Order]) -> Iterable[str]:
    for order in orders:
        for item_id, count in misplaced(order).items():
            yield f"{order.order_no}: {item_id} stands on {count} cooking tickets"
        if order.state not in ("completed", "cancelled"):
            yield f"{order.order_no} is {order.state} at the end"


def _sold(db: Database[Document], day: Document) -> Counter[str]:
    """How many of each limited dish the day's orders still take; nothing was taken back after it was begun."""
    sold: Counter[str] = Counter()
    for found in db["orders"].find({"shop_id": day["shop_id"], "biz_date": day["biz_date"], **_STANDING}):
        for line in order_from(found).lines:
            for dish_id in line.limited:
                sold[dish_id] += line.quantity - line.gone
    return sold


def _uneven(days: Iterable[Document], by_day: Mapping[tuple[str, str], Counter[str]]) -> Iterable[str]:
    for day in days:
        sold = by_day[day["shop_id"], day["biz_date"]]
        held: Counter[str] = Counter()
        for hold in day["holds"].values():
            held.update(hold["items"])
        for dish_id, count in day["set"].items():
            left = day["left"][dish_id]
            if count != left + sold[dish_id]:
                parts = f"left {left}, held {held[dish_id]}, sold {sold[dish_id] - held[dish_id]}"
                yield f"{day['shop_id']} {dish_id}: {count} were set, but {parts}"


def _taken(db: Database[Document]) -> Iterable[str]:
    for found in db["table_sessions"].find({"state": "open"}):
        yield f"{found['shop_id']} {found['table_name']} is still taken"


def _otherwise(db: Database[Document], states: Mapping[str, Mapping[str, str]]) -> Iterable[str]:
    for collection, wanted in states.items():
        found = {one["_id"]: one["state"] for one in db[collection].find({"_id": {"$in": list(wanted)}})}
        for name, state in wanted.items():
            if found.get(name) != state:
                yield f"{collection} {name} is {found.get(name)}, not {state}"
