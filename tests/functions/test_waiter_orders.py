"""A waiter opens a table and orders for its guests, without a table code and without becoming a guest."""

from __future__ import annotations

from typing import Any

import pytest
from pymongo.database import Database

from shared.store.client import Document
from tests.functions.test_cart import stored
from tests.support.shops import Reply, TestShop, line, open_shop, request_id


def by_staff(shop: TestShop, action: str, person: str = "waiter", **more: Any) -> Reply:
    """A call by a member of staff, in their shop."""
    key = {} if action == "getSitting" else {"requestId": request_id()}
    return shop.call(action, shop.guest(person), shopId=shop.shop_id, **key, **more)


@pytest.mark.parametrize("person", ["waiter", "cashier", "manager", "owner"])
def test_a_waiter_opens_a_table_fills_its_cart_and_orders(shop: TestShop, person: str) -> None:
    opened = by_staff(shop, "openTable", person, tableId="t2", guests=4)["data"]
    sitting_id = opened["sittingId"]
    assert (opened["joined"], opened["tableName"], stored(shop, sitting_id)["members"]) == (False, "2号桌", [])
    cart = by_staff(shop, "editCart", person, sittingId=sitting_id, edit={"op": "add", "line": line("tea", 2)})
    picked = cart["data"]["cart"]["lines"][0]
    assert (picked["guestName"], picked["guestId"]) == ("服务员", "")
    reply = by_staff(shop, "submitOrder", person, sittingId=sitting_id, cart=[{"lineId": "l-tea", "rev": 1}])
    assert (reply["data"]["order"]["tableName"], reply["data"]["order"]["dueFen"]) == ("2号桌", 600)
    again = by_staff(shop, "submitOrder", person, sittingId=sitting_id, lines=[line("duck")])
    assert again["data"]["order"]["round"] == 2
    found = shop.db["orders"].find_one({"shop_id": shop.shop_id})
    assert found is not None
    assert (found["placed_by"], found["guest_id"]) == (f"{person}-{shop.shop_id}", "")
    seen = by_staff(shop, "getSitting", person, sittingId=sitting_id)["data"]["sitting"]
    assert (seen["orderedFen"], seen["members"]) == (5100, [])


def test_guests_join_the_table_a_waiter_opened_and_the_waiter_looks_in(shop: TestShop) -> None:
    sitting_id = by_staff(shop, "openTable", tableId="t1")["data"]["sittingId"]
    joined = shop.seat(guest="li")
    assert (joined["sittingId"], joined["joined"]) == (sitting_id, True)
    assert by_staff(shop, "openTable", tableId="t1")["data"]["joined"] is True
    assert stored(shop, sitting_id)["members"] == [shop.guest("li")]


def test_a_waiter_who_scans_a_code_sits_there_as_a_guest(shop: TestShop) -> None:
    sitting_id = shop.seat(guest="waiter")["sittingId"]
    assert stored(shop, sitting_id)["members"] == [shop.guest("waiter")]
    reply = shop.submit([line("tea")], guest="waiter", sittingId=sitting_id)
    found = shop.db["orders"].find_one({"shop_id": shop.shop_id, "_id": reply["data"]["order"]["orderId"]})
    assert found is not None
    assert (found["guest_id"], "placed_by" in found) == (shop.guest("waiter"), False)


def test_a_guest_without_a_code_orders_at_no_table(shop: TestShop) -> None:
    sitting_id = shop.seat()["sittingId"]
    before = shop.counts()
    for action, more in (
        ("openTable", {"tableId": "t1"}),
        ("submitOrder", {"sittingId": sitting_id, "lines": [line("tea")]}),
        ("editCart", {"sittingId": sitting_id, "edit": {"op": "add", "line": line("tea")}}),
        ("getSitting", {"sittingId": sitting_id}),
    ):
        told = by_staff(shop, action, "guest", **more)
        assert (told["code"], told["message"]) == ("PERMISSION_DENIED", "请扫描桌上的二维码，或请服务员帮忙")
    assert (shop.counts(), stored(shop, sitting_id)["cart"]) == (before, [])


def test_the_kitchen_and_another_shops_waiter_order_at_no_table(shop: TestShop, db: Database[Document]) -> None:
    sitting_id, other = shop.seat()["sittingId"], open_shop(db)
    before = shop.counts()
    order = {"sittingId": sitting_id, "lines": [line("tea")]}
    assert by_staff(shop, "submitOrder", "kitchen", **order)["code"] == "PERMISSION_DENIED"
    foreign = shop.call("submitOrder", other.guest("waiter"), requestId=request_id(), shopId=shop.shop_id, **order)
    assert (foreign["code"], foreign["message"]) == ("PERMISSION_DENIED", "您不属于这家门店")
    theirs = by_staff(other, "submitOrder", **order)
    assert theirs["code"] == "SITTING_CLOSED"
    assert shop.counts() == before


def test_a_table_that_is_not_there_is_not_opened(shop: TestShop) -> None:
    assert by_staff(shop, "openTable", tableId="t99")["code"] == "NOT_FOUND"
    assert shop.counts()["table_sessions"] == 0
