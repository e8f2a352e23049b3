"""A shop after a long evening, in which something of everything was done."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from pymongo import MongoClient
from pymongo.database import Database

from shared.domain.ledger import Move, earning, refunding, spending, topping_up
from shared.domain.loyalty import Stored
from shared.runtime.clock import utc_now
from shared.store import members
from shared.store.client import Document
from shared.store.schema import apply_schema
from tests.client.story import evening
from tests.support.banking import Bank
from tests.support.offers import put_campaign
from tests.support.shops import Reply, TestShop, line, open_shop, request_id

SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True)
class Night:
    """The shop, and what of it the tests change."""

    shop: TestShop
    bank: Bank
    reduced: str
    cancelled: str
    begun: str
    merged: tuple[str, str]
    slot: datetime
    booking: str
    paid: str
    payment: str
    top_up: str
    refunded: str
    refunded_payment: str
    refund: str
    group: str

    @property
    def db(self) -> Database[Document]:
        return self.shop.db


def _order(shop: TestShop, lines: list[Reply], **more: object) -> str:
    reply = shop.submit(lines, **more)  # type: ignore[arg-type]  # the fields of an order, each by its name
    assert reply["success"], reply
    order_id: str = reply["data"]["order"]["orderId"]
    return order_id


def _do(shop: TestShop, action: str, who: str, **data: object) -> Reply:
    reply = shop.call(action, shop.guest(who), requestId=request_id(), **data)
    assert reply["success"], reply
    found: Reply = reply["data"]
    return found


def _pay(shop: TestShop) -> tuple[str, str]:
    """An order that was paid by card and in cash, and its payment."""
    order_id = _order(shop, [line("duck"), line("tea", 2)])
    tenders = [{"kind": "card", "fen": 2000}, {"kind": "cash", "handedFen": 5000}]
    told = _do(shop, "payOrder", "cashier", orderId=order_id, shownFen=4_600, tenders=tenders)
    return order_id, told["payment"]["paymentId"]


def _refund(shop: TestShop) -> tuple[str, str, str]:
    """An order that was paid by stored value, its payment, and what went back of it as an amount."""
    bank = Bank(shop.db, shop.shop_id, shop.guest("zheng"))
    members.join(bank.shop, bank.openid, now=utc_now())
    bank.post("t1", "topUp", topping_up(Stored(9_000, 1_000)), now=utc_now())
    order_id = _order(shop, [line("duck", 2)], guest="zheng")
    told = _do(
        shop, "payOrder", "zheng", shopId=shop.shop_id, orderId=order_id, shownFen=8_500, tenders=[{"kind": "stored"}]
    )
    back = {"by": "amount", "fen": 1_000, "reason": "上菜太慢"}
    given = _do(shop, "refundOrder", "manager", orderId=order_id, refund=back)
    return order_id, told["payment"]["paymentId"], given["refunds"][0]["refundNo"]


def _merge(shop: TestShop) -> tuple[str, str]:
    """Two parties with a round each, of which one joins the other."""
    ids = []
    for table, guest in (("t3", "sun"), ("t4", "wu")):
        sitting = shop.seat(table, guest)["sittingId"]
        _order(shop, [line("duck", 2)], guest=guest, sittingId=sitting, tableCode=shop.code(table))
        ids.append(sitting)
    source, target = ids
    _do(shop, "arrangeTables", "waiter", arrangement={"op": "merge", "sittingId": source, "intoSittingId": target})
    return source, target


def _member(shop: TestShop) -> Bank:
    bank = Bank(shop.db, shop.shop_id, shop.guest("qian"))
    members.join(bank.shop, bank.openid, now=utc_now())
    ends = utc_now() + timedelta(days=300)
    bank.post("t1", "topUp", topping_up(Stored(10_000, 1_000)), now=utc_now())
    bank.post("e1", "earn", earning(points=80, growth=80), at=ends, now=utc_now())
    bank.post("p1", "pay", spending(points=50, stored=Stored(5_000, 500)), now=utc_now())
    undone = refunding(points=20, stored=Stored(2_000, 200), earned_points=70, earned_growth=70)
    bank.post("r1", "refund", undone, undoes=("p1", "e1"), now=utc_now())
    bank.post("e2", "earn", earning(points=90, growth=90), at=ends, now=utc_now())
    bank.post("x1", "expire", (Move("points", -70, "expired"),), at=ends, now=utc_now())
    bank.post("e3", "earn", earning(points=9, growth=9), at=ends + timedelta(days=31), now=utc_now())
    return bank


@pytest.fixture(scope="module")
def night(db: Database[Document]) -> Night:
    """The evening, once for all tests of a module; each leaves it as it was."""
    shop = open_shop(db)
    an_hour_ago = utc_now().astimezone(SHANGHAI) - timedelta(hours=1)
    shop.change(cutoff=f"{an_hour_ago:%H}:00")  # so that there are slots to come
    evening(shop)
    shop.change_dish("duck", sold_out_until=None)
    put_campaign(shop, "满 40 减 5", steps=[{"threshold_fen": 4_000, "cut_fen": 500}])
    reduced = _order(shop, [line("duck"), line("tea", 2)])
    cancelled = _order(shop, [line("lunch", combo={"main": "duck", "drink": "tea"})])
    _do(shop, "cancelOrder", "cashier", orderId=cancelled, reason="点错了")
    begun = _order(shop, [line("duck", 5)])
    _do(shop, "advanceOrder", "kitchen", orderId=begun, step="start")
    void = {"op": "void", "lineId": "l-duck", "quantity": 2, "reason": "不要了"}
    _do(shop, "editOrder", "waiter", orderId=begun, edit=void)
    merged = _merge(shop)
    slot = (utc_now() + timedelta(hours=2)).replace(minute=0, second=0, microsecond=0)
    _order(shop, [line("duck")], pickupAt=slot.isoformat())
    _do(shop, "cancelOrder", "cashier", orderId=_order(shop, [line("duck")], pickupAt=slot.isoformat()), reason="不来")
    (booking,) = db["reservations"].find({"shop_id": shop.shop_id, "slots": {"$exists": True}}).limit(1)
    (top_up,) = db["payments"].find({"shop_id": shop.shop_id, "top_up": {"$exists": True}}).limit(1)
    (group,) = db["groups"].find({"shop_id": shop.shop_id}).limit(1)
    money = (*_pay(shop), top_up["_id"], *_refund(shop), group["_id"])
    return Night(shop, _member(shop), reduced, cancelled, begun, merged, slot, booking["_id"], *money)


@pytest.fixture(scope="session")
def plain(mongodb_uri: str) -> Iterator[MongoClient[Document]]:
    """A client of the tests' own, which no guard watches."""
    with MongoClient[Document](mongodb_uri, tz_aware=True) as client:
        yield client


@pytest.fixture
def empty(plain: MongoClient[Document]) -> Iterator[Database[Document]]:
    """A database of the test's own, with the schema and nothing in it."""
    found = plain[f"zaotai_{secrets.token_hex(4)}"]
    apply_schema(found)
    yield found
    plain.drop_database(found.name)
