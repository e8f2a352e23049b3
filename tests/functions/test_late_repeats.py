"""A command repeated late, when others have acted since: it gives its first answer and undoes nothing."""

from __future__ import annotations

from datetime import timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from shared.domain.pickup import PickupHours
from shared.runtime.clock import utc_now
from shared.store import orders, pickup_slots, shops, stock
from shared.store.scope import Chain, Shop
from tests.support.shops import TestShop, line, request_id

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def slot(shop: TestShop) -> str:
    """A slot of today, of a shop that takes two orders in each; its business day began an hour ago."""
    cutoff = (utc_now().astimezone(SHANGHAI) - timedelta(hours=1)).strftime("%H:00")
    shop.change(pickup_slot={"minutes": 15, "capacity": 2}, cutoff=cutoff)
    config = shops.shop_settings(Shop(shop.db, shop.shop_id), utc_now())
    found = PickupHours(config.calendar, config.hours, config.pickup).slots(utc_now())[3]
    return found.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")


def grow_old(shop: TestShop, seconds: int = 20) -> None:
    """What is held was held so many seconds earlier: longer ago than any call lives."""
    for one in shop.db["pickup_slots"].find({"shop_id": shop.shop_id}):
        held = [{**entry, "at": entry["at"] - timedelta(seconds=seconds)} for entry in one["held"]]
        shop.db["pickup_slots"].update_one({"shop_id": shop.shop_id, "_id": one["_id"]}, {"$set": {"held": held}})
    for day in shop.db["stock"].find({"shop_id": shop.shop_id}):
        holds = {name: {**held, "at": held["at"] - timedelta(seconds=seconds)} for name, held in day["holds"].items()}
        shop.db["stock"].update_one({"shop_id": shop.shop_id, "_id": day["_id"]}, {"$set": {"holds": holds}})


def settle(shop: TestShop) -> None:
    """What relay and sweep do about what is held, a minute later."""
    late = utc_now() + timedelta(minutes=1)
    stock.settle_all(Chain(shop.db), now=late, order_stands=orders.stands)
    pickup_slots.settle_slots(Chain(shop.db), now=late, order_stands=orders.stands)


def places(shop: TestShop) -> int:
    """How many places of slots are taken."""
    return sum(one["count"] for one in shop.db["pickup_slots"].find({"shop_id": shop.shop_id}))


@pytest.mark.parametrize("dish", ["tea", "duck"], ids=["unlimited", "of limited stock"])
@pytest.mark.parametrize("is_settled", [False, True], ids=["held", "settled"])
def test_an_order_sent_again_after_twenty_seconds_keeps_its_place_in_the_slot(
    shop: TestShop, slot: str, dish: str, is_settled: bool
) -> None:
    key = request_id()
    first = shop.submit([line(dish)], key=key, pickupAt=slot)
    grow_old(shop)
    if is_settled:
        settle(shop)
    for _ in range(3):
        assert shop.submit([line(dish)], key=key, pickupAt=slot)["data"] == first["data"]
        assert places(shop) == 1
    settle(shop)
    assert (places(shop), shop.counts()["orders"]) == (1, 1)
    assert shop.submit([line("tea")], pickupAt=slot)["success"]
    assert shop.submit([line("tea")], pickupAt=slot)["code"] == "SLOT_FULL"


def test_a_number_set_earlier_and_sent_again_does_not_undo_a_later_one(shop: TestShop) -> None:
    def say(key: str, **numbers: int) -> object:
        return shop.call("setStock", shop.guest("kitchen"), requestId=key, dishId="duck", **numbers)["data"]

    earlier = request_id()
    first = say(earlier, left=5)
    say(request_id(), left=40)
    assert say(earlier, left=5) == first
    assert shop.left("duck") == 40
    daily = request_id()
    told = say(daily, daily=50)
    say(request_id(), left=7)
    assert say(daily, daily=50) == told
    assert shop.left("duck") == 7
