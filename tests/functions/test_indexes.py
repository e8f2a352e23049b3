"""Whatever the functions ask the database, an index answers: what they cost does not grow with history."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.shops import TestShop, call, line, request_id

BUSINESS = (
    "orders",
    "commands",
    "table_sessions",
    "stock",
    "reservations",
    "queue_tickets",
    "pickup_slots",
    "tables",
    "stations",
    "dishes",
    "categories",
    "staff",
    "devices",
    "members",
    "coupons",
)


@pytest.fixture
def profiled(shop: TestShop) -> Iterator[TestShop]:
    """A shop in a database that notes down the plan of every command."""
    shop.db.command("profile", 0)
    shop.db["system.profile"].drop()
    shop.db.command("profile", 2)
    yield shop
    shop.db.command("profile", 0)


def scans(shop: TestShop) -> list[tuple[str, str, object]]:
    """What was answered by reading a whole collection."""
    found = shop.db["system.profile"].find({"planSummary": {"$regex": "COLLSCAN"}})
    return [
        (one["ns"].partition(".")[2], one["op"], one["command"])
        for one in found
        if one["ns"].partition(".")[2] in BUSINESS
    ]


def plans(shop: TestShop, collection: str, verb: str) -> set[str]:
    """The plans of a collection's commands of one kind."""
    where = {"ns": f"{shop.db.name}.{collection}", f"command.{verb}": {"$exists": True}}
    return {one["planSummary"] for one in shop.db["system.profile"].find(where)}


def test_an_evenings_functions_read_no_collection_whole(profiled: TestShop) -> None:
    shop = profiled
    guest, waiter, here = shop.guest(), shop.guest("waiter"), {"shopId": shop.shop_id}
    seated = {"tableCode": shop.code(), "sittingId": shop.seat()["sittingId"]}
    added = {"op": "add", "line": line("tea")}
    assert shop.call("editCart", guest, requestId=request_id(), edit=added, **seated)["success"]
    state = shop.call("getSitting", guest, **seated)["data"]["sitting"]
    shown = [{"lineId": one["lineId"], "rev": one["rev"]} for one in state["cart"]["lines"]]
    order = shop.call("submitOrder", guest, requestId=request_id(), cart=shown, **seated)["data"]["order"]
    shop.submit([line("duck")])
    for who, more in ((guest, here), (guest, seated), (waiter, {"states": ["confirmed"], "station": "drink"})):
        assert shop.call("listOrders", who, **more)["success"]
    assert shop.call("getMenu", guest, **here)["success"]
    assert shop.call("quoteOrder", guest, lines=[line("duck")], **here)["success"]
    assert shop.call("joinQueue", guest, requestId=request_id(), guests=2, **here)["success"]
    assert shop.call("getQueue", guest, **here)["success"]
    assert shop.call("manageQueue", waiter, requestId=request_id(), move={"op": "next", "letter": "A"})["success"]
    assert shop.call("getBookings", guest, guests=2, **here)["success"]
    for step in ("ready", "serve", "complete"):
        kitchen = shop.guest("manager")
        reply = shop.call("advanceOrder", kitchen, requestId=request_id(), orderId=order["orderId"], step=step)
        assert reply["success"], reply
    assert shop.sync(acks=[])["success"]
    assert call("sweep", {"TriggerName": "everyMinute"}, openid=None)["success"]
    assert scans(shop) == []
    assert any("guest_id: 1" in plan for plan in plans(shop, "orders", "filter.guest_id"))


def test_control_a_question_without_an_index_is_noticed(profiled: TestShop) -> None:
    assert list(profiled.db["orders"].find({"shop_id": profiled.shop_id, "note": "x"}).hint([("$natural", 1)])) == []
    assert [(name, verb) for name, verb, _ in scans(profiled)] == [("orders", "query")]
