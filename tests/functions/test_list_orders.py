"""Orders come in pages without gaps, and everybody sees only what is theirs to see."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.shops import TestShop, line, request_id


def listed(shop: TestShop, person: str, **more: Any) -> list[str]:
    """The ids of the orders that this person is shown."""
    reply = shop.call("listOrders", shop.guest(person), **more)
    assert reply["success"], reply
    return [order["orderId"] for order in reply["data"]["orders"]]


def ordered(shop: TestShop, guest: str = "guest", **more: Any) -> str:
    order_id: str = shop.submit([line("tea")], guest=guest, **more)["data"]["order"]["orderId"]
    return order_id


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8])
def test_pages_hold_every_order_once_newest_first_though_orders_keep_coming(shop: TestShop, limit: int) -> None:
    placed = [ordered(shop) for _ in range(7)]
    seen: list[str] = []
    more = True
    before: dict[str, str] = {}
    while more:
        data = shop.call("listOrders", shop.guest("waiter"), limit=limit, **before)["data"]
        seen += [order["orderId"] for order in data["orders"]]
        more, before = data["more"], {"before": seen[-1]}
        ordered(shop, "somebody-else")
    assert seen == placed[::-1]


def test_a_page_that_ends_with_the_last_order_says_so(shop: TestShop) -> None:
    first, second = ordered(shop), ordered(shop)
    reply = shop.call("listOrders", shop.guest("waiter"), limit=2)["data"]
    assert ([order["orderId"] for order in reply["orders"]], reply["more"]) == ([second, first], False)
    empty = shop.call("listOrders", shop.guest("waiter"), before=first)["data"]
    assert empty == {"orders": [], "more": False}


def test_a_guest_sees_their_own_orders_and_staff_the_shops(shop: TestShop) -> None:
    mine, theirs = ordered(shop, "me"), ordered(shop, "other")
    assert listed(shop, "me", shopId=shop.shop_id) == [mine]
    assert listed(shop, "nobody-yet", shopId=shop.shop_id) == []
    for person in ("owner", "manager", "cashier", "waiter", "kitchen"):
        assert listed(shop, person) == [theirs, mine]


def test_a_sittings_orders_are_for_those_who_sit_there(shop: TestShop) -> None:
    sitting_id = shop.seat(guest="one")["sittingId"]
    shop.seat(guest="other")
    at_table = {"sittingId": sitting_id, "tableCode": shop.code()}
    rounds = [ordered(shop, guest, sittingId=sitting_id) for guest in ("one", "other")]
    ordered(shop, "one")
    for member in ("one", "other"):
        assert listed(shop, member, **at_table) == rounds[::-1]
    assert listed(shop, "waiter", sittingId=sitting_id) == rounds[::-1]


@pytest.mark.parametrize("way", ["stranger", "another table's code", "no code", "unknown sitting"])
def test_a_sitting_one_does_not_belong_to_is_not_found(shop: TestShop, way: str) -> None:
    sitting_id = shop.seat(guest="one")["sittingId"]
    ordered(shop, "one", sittingId=sitting_id)
    person, asked = {
        "stranger": ("stranger", {"sittingId": sitting_id, "tableCode": shop.code()}),
        "another table's code": ("one", {"sittingId": sitting_id, "tableCode": shop.code("t2")}),
        "no code": ("one", {"sittingId": sitting_id, "shopId": shop.shop_id}),
        "unknown sitting": ("one", {"sittingId": "nowhere", "tableCode": shop.code()}),
    }[way]
    reply = shop.call("listOrders", shop.guest(person), **asked)
    assert (reply["success"], reply["code"]) == (False, "NOT_FOUND")


def test_a_guest_who_says_no_place_is_asked_for_one(shop: TestShop) -> None:
    reply = shop.call("listOrders", shop.guest())
    assert (reply["code"], reply["message"]) == ("NOT_FOUND", "请先选择门店")


def test_orders_are_found_by_state_and_by_station(shop: TestShop) -> None:
    tea, duck = ordered(shop), shop.submit([line("duck")])["data"]["order"]["orderId"]
    shop.call("advanceOrder", shop.guest("kitchen"), requestId=request_id(), orderId=tea, step="ready")
    assert listed(shop, "kitchen", states=["confirmed", "cooking"]) == [duck]
    assert listed(shop, "kitchen", states=["ready"]) == [tea]
    assert listed(shop, "kitchen", states=["completed"]) == []
    assert listed(shop, "kitchen", station="cold") == [duck]
    assert listed(shop, "kitchen", station="drink", states=["confirmed"]) == []


def test_an_order_shows_no_guest_and_nothing_of_the_store_behind_it(shop: TestShop) -> None:
    ordered(shop, "me")
    (order,) = shop.call("listOrders", shop.guest("waiter"))["data"]["orders"]
    assert shop.guest("me") not in str(order)
    assert not {"guestId", "quoteHash", "version", "events", "reply", "commandKey"} & set(order)
