"""The main job through the functions alone: order, relay record, store PC's sync, cook, call."""

from __future__ import annotations

import json
from datetime import timedelta

from shared.contracts.events import ENVELOPE_LIMIT_BYTES
from shared.runtime.clock import utc_now
from tests.support.shops import TestShop, line, moment, request_id


def test_an_order_takes_stock_and_leaves_one_ticket_per_station_and_one_for_the_pass(shop: TestShop) -> None:
    sitting = shop.seat()
    reply = shop.submit(
        [line("fish", 2), line("noodles", 1, specs={"size": "big"}, modifiers={"egg": 2}, note="少盐")],
        sittingId=sitting["sittingId"],
    )
    assert reply["success"], reply
    order = reply["data"]["order"]
    assert (order["state"], order["round"], order["tableName"]) == ("confirmed", 1, "1号桌")
    assert order["dueFen"] == 2 * 6800 + (1800 + 400 + 2 * 200)
    assert sorted((t["station"], t["kind"]) for t in order["tickets"]) == [
        ("hot", "new"),
        ("noodle", "new"),
        ("pass", "new"),
    ]
    assert shop.left("fish") == 1
    events = shop.sync()["data"]["events"]
    assert {event["eventId"] for event in events} == {ticket["ticketId"] for ticket in order["tickets"]}
    noodle = next(event["data"] for event in events if event["data"]["station"] == "noodle")
    assert noodle["lines"][0] == {
        "lineId": "l-noodles",
        "name": "羊肉烩面",
        "quantity": 1,
        "specs": ["大碗"],
        "modifiers": ["加蛋 ×2"],
        "note": "少盐",
    }


def test_the_longest_order_reaches_the_kitchen_whole_in_messages_under_the_limit(shop: TestShop) -> None:
    lines = [
        line("noodles", 99, f"l{n}", specs={"size": "big"}, modifiers={"egg": 2}, note="辣" * 50) for n in range(60)
    ]
    tickets = shop.submit(lines, note="急" * 50)["data"]["order"]["tickets"]
    assert sorted(ticket["station"] for ticket in tickets) == ["noodle", "noodle", "pass", "pass"]
    events = shop.sync()["data"]["events"]
    assert all(len(json.dumps(event, ensure_ascii=False).encode()) < ENVELOPE_LIMIT_BYTES for event in events)
    told = [one["lineId"] for event in events if event["data"]["station"] == "noodle" for one in event["data"]["lines"]]
    assert sorted(told) == sorted(one["lineId"] for one in lines)


def test_a_second_round_is_an_add_on(shop: TestShop) -> None:
    sitting = shop.seat()
    shop.submit([line("tea")], sittingId=sitting["sittingId"])
    second = shop.submit([line("duck")], sittingId=sitting["sittingId"])["data"]["order"]
    assert (second["round"], {ticket["kind"] for ticket in second["tickets"]}) == (2, {"add"})


def test_a_combo_goes_to_each_choices_station_and_takes_its_stock(shop: TestShop) -> None:
    reply = shop.submit([line("lunch", 2, combo={"main": "duck", "drink": "tea"})])
    order = reply["data"]["order"]
    assert order["pickupNo"] == "A001"
    assert order["dueFen"] == 5200
    assert sorted(ticket["station"] for ticket in order["tickets"]) == ["cold", "drink", "pass"]
    assert shop.left("duck") == 98


def test_what_the_pc_acknowledges_is_not_told_again_and_receipts_are_kept_once(shop: TestShop) -> None:
    order = shop.submit([line("tea")])["data"]["order"]
    events = shop.sync()["data"]["events"]
    assert len(events) == 2
    ids = [event["eventId"] for event in events]
    first = utc_now()
    receipt = {"eventId": ids[0], "jobId": ids[0], "outcome": "printed", "at": first.isoformat(), "printer": "p"}
    assert shop.sync(acks=ids[:1], receipts=[receipt])["data"]["events"] == events[1:]
    later = {**receipt, "at": (first + timedelta(minutes=1)).isoformat()}
    assert shop.sync(acks=ids, receipts=[later])["data"]["events"] == []
    listed = shop.call("listOrders", shop.guest("waiter"), states=["confirmed"])["data"]["orders"]
    assert [found["orderId"] for found in listed] == [order["orderId"]]
    printed = {t["ticketId"]: t.get("printedAt") for t in listed[0]["tickets"]}
    assert moment(str(printed[ids[0]])) == first
    assert printed[ids[1]] is None
    record = shop.db["orders"].find_one({"shop_id": shop.shop_id, "events": {"$exists": True}})
    assert record is not None
    assert record["unacked"] == []
    assert "due" not in record


def test_cook_waiter_and_screen(shop: TestShop) -> None:
    order = shop.submit([line("tea"), line("duck")])["data"]["order"]
    cook, waiter = shop.guest("kitchen"), shop.guest("waiter")
    early = shop.call("callGuest", waiter, requestId=request_id(), orderId=order["orderId"])
    assert early["code"] == "STATE_CONFLICT"
    tickets = {ticket["station"]: ticket["ticketId"] for ticket in order["tickets"]}

    def step(name: str, station: str) -> str:
        reply = shop.call(
            "advanceOrder", cook, requestId=request_id(), orderId=order["orderId"], step=name, ticketId=tickets[station]
        )
        state: str = reply["data"]["order"]["state"]
        return state

    assert step("start", "drink") == "cooking"
    assert step("ready", "drink") == "cooking"
    assert step("ready", "cold") == "ready"
    called = shop.call("callGuest", waiter, requestId=request_id(), orderId=order["orderId"])["data"]
    again = shop.call("callGuest", waiter, requestId=request_id(), orderId=order["orderId"])["data"]
    assert [(c["label"], c["count"]) for c in (called, again)] == [("A001", 1), ("A001", 2)]
    calls = [event for event in shop.sync()["data"]["events"] if event["type"] == "call.show"]
    assert [event["data"]["callId"] for event in calls] == [called["callId"], again["callId"]]
    done = shop.call("advanceOrder", waiter, requestId=request_id(), orderId=order["orderId"], step="complete")
    assert done["data"]["order"]["state"] == "completed"


def test_the_menu_tells_what_is_left_and_what_is_not_to_be_had(shop: TestShop) -> None:
    shop.submit([line("fish", 3)])
    menu = shop.call("getMenu", shop.guest(), tableCode=shop.code("t2"))["data"]
    assert (menu["open"], menu["tableName"]) == (True, "2号桌")
    assert menu["left"] == {"fish": 0, "duck": 100}
    assert {dish_id: absence["reason"] for dish_id, absence in menu["unavailable"].items()} == {"fish": "empty"}
