"""Pick-up at a time: a slot of today takes as many orders as the shop says, and not one more."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from pymongo import MongoClient
from pymongo.database import Database

from functions.submitOrder.index import main as submit_order
from shared.domain.pickup import PickupHours, PickupPolicy
from shared.runtime.clock import utc_now
from shared.store import orders, pickup_slots, shops
from shared.store.client import Document
from shared.store.scope import Chain, Shop
from tests.store.faults import UNHEARD, failing
from tests.support.shops import Reply, TestShop, context, line, open_shop, request_id

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def slots(shop: TestShop) -> list[str]:
    """The slots of today that are still to come, of a shop that takes three orders in each.

    Its business day began an hour ago, so that there are always some.
    """
    cutoff = (utc_now().astimezone(SHANGHAI) - timedelta(hours=1)).strftime("%H:00")
    shop.change(pickup_slot={"minutes": 15, "capacity": 3}, cutoff=cutoff)
    config = shops.shop_settings(Shop(shop.db, shop.shop_id), utc_now())
    found = PickupHours(config.calendar, config.hours, config.pickup).slots(utc_now())
    return [iso(at) for at in found]


def iso(at: datetime) -> str:
    return at.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")


def taken(shop: TestShop) -> dict[str, int]:
    """How many orders each slot has."""
    return {iso(one["at"]): one["count"] for one in shop.db["pickup_slots"].find({"shop_id": shop.shop_id})}


def settle(shop: TestShop) -> int:
    """What the sweep does about held places, half a minute later."""
    late = utc_now() + timedelta(seconds=31)
    return pickup_slots.settle_slots(Chain(shop.db), now=late, order_stands=orders.stands)


def test_an_order_for_a_slot_says_so_to_guest_and_kitchen(shop: TestShop, slots: list[str]) -> None:
    reply = shop.submit([line("tea")], pickupAt=slots[4], takeaway=True)
    order = reply["data"]["order"]
    assert (order["pickupAt"], order["takeaway"], order["channel"]) == (slots[4], True, "pickup")
    found = shop.db["orders"].find_one({"shop_id": shop.shop_id})
    assert found is not None
    told = [json.loads(event)["data"] for event in found["events"]]
    assert {(one["pickupAt"], one["takeaway"]) for one in told} == {(slots[4], True)}
    assert taken(shop) == {slots[4]: 1}


def test_a_full_slot_names_the_nearest_free_ones(shop: TestShop, slots: list[str]) -> None:
    for at in (slots[5], slots[5], slots[5], slots[6], slots[6], slots[6]):
        assert shop.submit([line("tea")], pickupAt=at)["success"]
    before = (shop.counts(), taken(shop))
    told = shop.call("getMenu", shop.guest(), shopId=shop.shop_id)["data"]["pickupSlots"]
    assert set(slots) - set(told) <= {slots[0], slots[5], slots[6]}
    assert {slots[5], slots[6]}.isdisjoint(told)
    reply = shop.submit([line("tea")], pickupAt=slots[5])
    assert (reply["code"], reply["details"]) == ("SLOT_FULL", {"free": [slots[3], slots[4], slots[7]]})
    clock = [datetime.fromisoformat(at.replace("Z", "+00:00")).astimezone(SHANGHAI).strftime("%H:%M") for at in slots]
    assert reply["message"] == f"{clock[5]} 取餐已约满，可选 {clock[3]}、{clock[4]}、{clock[7]}"
    assert (shop.counts(), taken(shop)) == before


def test_of_twenty_orders_at_once_as_many_as_fit_get_the_slot(shop: TestShop, slots: list[str]) -> None:
    with ThreadPoolExecutor(20) as phones:
        replies = list(phones.map(lambda n: shop.submit([line("tea")], guest=f"g{n}", pickupAt=slots[2]), range(20)))
    assert sorted(reply.get("code", "done") for reply in replies) == ["SLOT_FULL"] * 17 + ["done"] * 3
    assert (taken(shop), shop.counts()["orders"]) == ({slots[2]: 3}, 3)


def test_control_a_slot_that_is_counted_first_and_taken_then_gets_too_many(shop: TestShop, slots: list[str]) -> None:
    key = {"shop_id": shop.shop_id, "_id": f"{shop.shop_id}|control"}
    shop.db["pickup_slots"].insert_one(
        {**key, "at": utc_now(), "biz_date": "2026-11-24", "count": 0, "held": [], "expires_at": utc_now()}
    )

    all_have_counted = threading.Barrier(20, timeout=30)

    def take(_: int) -> bool:
        found = shop.db["pickup_slots"].find_one(key)
        assert found is not None
        all_have_counted.wait()
        if found["count"] < 3:
            shop.db["pickup_slots"].update_one(key, {"$inc": {"count": 1}})
        return bool(found["count"] < 3)

    with ThreadPoolExecutor(20) as phones:
        assert sum(phones.map(take, range(20))) == 20


def test_the_same_order_at_once_takes_one_place(shop: TestShop, slots: list[str]) -> None:
    key = request_id()
    with ThreadPoolExecutor(8) as phones:
        replies = list(phones.map(lambda _: shop.submit([line("duck")], key=key, pickupAt=slots[2]), range(8)))
    assert len({reply["data"]["order"]["orderId"] for reply in replies}) == 1
    settle(shop)
    assert shop.submit([line("duck")], key=key, pickupAt=slots[2])["data"] == replies[0]["data"]
    assert (taken(shop), shop.counts()["orders"]) == ({slots[2]: 1}, 1)


@pytest.mark.parametrize(
    ("at", "fault"),
    [
        (timedelta(minutes=-20), "past"),
        (timedelta(days=1), "tooFar"),
        (timedelta(minutes=1), "notASlot"),
    ],
)
def test_a_time_that_is_no_slot_is_refused(shop: TestShop, slots: list[str], at: timedelta, fault: str) -> None:
    before = shop.counts()
    slot = datetime.fromisoformat(slots[0].replace("Z", "+00:00"))
    reply = shop.submit([line("tea")], pickupAt=iso(slot + at))
    assert (reply["code"], reply["details"]) == ("SLOT_INVALID", {"fault": fault})
    assert (shop.counts(), taken(shop)) == (before, {})


def test_a_time_outside_opening_hours_is_refused(db: Database[Document]) -> None:
    now = utc_now().astimezone(SHANGHAI)
    shop = open_shop(db, hours=((f"{now:%H:%M}", f"{now + timedelta(minutes=5):%H:%M}"),))
    shop.change(cutoff=(now - timedelta(hours=1)).strftime("%H:00"))
    later = (now + timedelta(hours=2)).replace(minute=0, second=0, microsecond=0)
    reply = shop.submit([line("tea")], pickupAt=iso(later))
    assert (reply["code"], reply["message"]) == ("SLOT_INVALID", "这个取餐时间不在营业时间内")


def test_a_table_order_takes_no_slot(shop: TestShop, slots: list[str]) -> None:
    sitting_id = shop.seat()["sittingId"]
    reply = shop.submit([line("tea")], sittingId=sitting_id, pickupAt=slots[0])
    assert (reply["code"], taken(shop)) == ("INVALID_ARGUMENT", {})
    packed = shop.submit([line("tea")], sittingId=sitting_id, takeaway=True)
    assert packed["data"]["order"]["takeaway"] is True


def test_an_order_refused_after_its_place_was_held_gives_it_back(shop: TestShop, slots: list[str]) -> None:
    assert shop.submit([line("fish", 9)], pickupAt=slots[2])["code"] == "STOCK_SHORT"
    assert sum(taken(shop).values()) == 0


def test_a_cancelled_order_frees_its_place(shop: TestShop, slots: list[str]) -> None:
    placed = shop.submit([line("tea")], pickupAt=slots[2])["data"]["order"]
    settle(shop)
    for _ in range(2):
        shop.call("cancelOrder", shop.guest(), requestId=request_id(), orderId=placed["orderId"], shopId=shop.shop_id)
    assert taken(shop) == {slots[2]: 0}


@pytest.fixture(scope="module")
def plain(mongodb_uri: str) -> Iterator[MongoClient[Document]]:
    """A client of the tests' own, to put faults in and take them out."""
    with MongoClient[Document](mongodb_uri) as client:
        yield client


def test_a_place_whose_order_never_arrived_comes_back_once(
    shop: TestShop, slots: list[str], plain: MongoClient[Document]
) -> None:
    key = request_id()
    assert shop.submit([line("tea")], pickupAt=slots[2])["success"]
    event: Reply = {"requestId": key, "shopId": shop.shop_id, "lines": [line("tea")], "pickupAt": slots[2]}
    with failing(plain, "insert", UNHEARD, times=None):
        reply = submit_order(event, {**context(shop.guest()), "time_limit_in_ms": 2_000})
    assert (reply["code"], taken(shop)) == ("UNKNOWN", {slots[2]: 2})
    assert settle(shop) >= 1
    settle(shop)
    assert taken(shop) == {slots[2]: 1}
    assert submit_order(event, context(shop.guest()))["success"]
    assert taken(shop) == {slots[2]: 2}


def test_a_dead_first_try_hands_its_place_to_the_repeat(shop: TestShop, slots: list[str]) -> None:
    at = datetime.fromisoformat(slots[2].replace("Z", "+00:00"))
    mine = Shop(shop.db, shop.shop_id)
    first = pickup_slots.SlotHold(at, "2026-11-24", "cmd", f"{shop.shop_id}-1")
    earlier = utc_now() - timedelta(seconds=20)
    with (
        pytest.raises(KeyboardInterrupt),
        pickup_slots.held(mine, first, capacity=1, now=earlier, order_stands=orders.stands),
    ):
        raise KeyboardInterrupt
    second = pickup_slots.SlotHold(at, "2026-11-24", "cmd", f"{shop.shop_id}-2")
    with pickup_slots.held(mine, second, capacity=1, now=utc_now(), order_stands=orders.stands):
        assert taken(shop) == {slots[2]: 1}
    found = shop.db["pickup_slots"].find_one({"shop_id": shop.shop_id})
    assert found is not None
    assert [one["order_id"] for one in found["held"]] == [f"{shop.shop_id}-2"]


@pytest.mark.parametrize(
    ("hours", "first", "last", "count"),
    [
        ((("10:00", "14:00"), ("17:00", "21:00")), "12:15", "20:45", 7 + 16),
        ((("18:00", "02:00"),), "18:00", "01:45", 32),
        ((("12:07", "12:50"),), "12:15", "12:45", 3),
        ((("08:00", "11:00"),), None, None, 0),
    ],
)
def test_slots_lie_within_opening_hours_and_still_to_come_today(
    hours: tuple[tuple[str, str], ...], first: str | None, last: str | None, count: int
) -> None:
    from datetime import time

    from shared.domain.bizday import BusinessCalendar
    from shared.domain.menu import Window

    windows = tuple(Window(time.fromisoformat(a), time.fromisoformat(b)) for a, b in hours)
    calendar = BusinessCalendar(SHANGHAI, time(4, 0))
    now = datetime(2026, 11, 24, 12, 0, 30, tzinfo=SHANGHAI)
    found = [at.astimezone(SHANGHAI) for at in PickupHours(calendar, windows, PickupPolicy()).slots(now)]
    assert len(found) == count
    assert [f"{at:%H:%M}" for at in (found[:1] + found[-1:])] == [one for one in (first, last) if one]


def test_a_shop_that_takes_no_orders_offers_no_slots(shop: TestShop) -> None:
    shop.change(paused=True)
    assert shop.call("getMenu", shop.guest(), shopId=shop.shop_id)["data"]["pickupSlots"] == []
    shop.change(paused=False)
    assert shop.call("getMenu", shop.guest(), shopId=shop.shop_id)["data"]["pickupSlots"] != []
