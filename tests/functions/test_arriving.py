"""A reserved party is seated, and what it ordered ahead goes to the kitchen as far as there is stock (rule 24)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from pymongo import MongoClient

from shared.errors import StateConflict
from shared.runtime.clock import utc_now
from shared.store.client import Document
from tests.store.faults import UNHEARD, failing
from tests.support.bookings import Desk, ask, book, local, slot, start_day_now
from tests.support.shops import Reply, TestShop, line, request_id

NOODLES = line("noodles", specs={"size": "big"}, modifiers={"egg": 2}, note="多放醋")


@pytest.fixture(autouse=True)
def _one_day(shop: TestShop) -> None:
    start_day_now(shop)


def booked(shop: TestShop, guest: str = "guest", **more: Any) -> str:
    reply = book(shop, guest, **more)
    assert reply["success"], reply
    booking_id: str = reply["data"]["booking"]["bookingId"]
    return booking_id


def seat(shop: TestShop, booking_id: str, person: str = "waiter", **more: Any) -> Reply:
    return ask(shop, "seatParty", person, bookingId=booking_id, **more)


def sittings(shop: TestShop) -> list[Document]:
    return list(shop.db["table_sessions"].find({"shop_id": shop.shop_id, "state": "open"}))


def orders(shop: TestShop) -> list[Document]:
    return list(shop.db["orders"].find({"shop_id": shop.shop_id, "state": {"$ne": "void"}}))


def names(found: list[Document]) -> list[str]:
    return [line["dish_id"] for line in found]


def test_a_seated_party_has_its_sitting_its_guest_and_its_dishes_in_the_kitchen(shop: TestShop) -> None:
    booking_id = booked(shop, guests=3, note="花生过敏", lines=[line("fish", 2), NOODLES])
    data = seat(shop, booking_id)["data"]
    assert (data["preorder"], data["refused"], data["tableName"]) == ("ordered", [], "1号桌")
    assert data["booking"]["state"] == "seated"
    (sitting,), (order,) = sittings(shop), orders(shop)
    assert (sitting["_id"], sitting["table_id"], sitting["guests"]) == (data["sittingId"], "t1", 3)
    assert (sitting["members"], sitting["cart"], sitting.get("taken", [])) == ([shop.guest()], [], [])
    assert (order["_id"], order["sitting_id"], order["round"]) == (data["orderId"], sitting["_id"], 1)
    assert (names(order["lines"]), order["note"]) == (["fish", "noodles"], "花生过敏")
    assert [one["guest_name"] for one in order["lines"]] == ["王女士", "王女士"]
    assert order["due_fen"] == 2 * 6800 + 1800 + 400 + 2 * 200
    assert {ticket["station"] for ticket in order["tickets"]} == {"hot", "noodle", "pass"}
    assert shop.left("fish") == 1


def test_the_guest_goes_on_ordering_at_the_table_by_its_code(shop: TestShop) -> None:
    sitting_id = seat(shop, booked(shop))["data"]["sittingId"]
    joined = shop.seat("t1")
    assert (joined["sittingId"], joined["joined"]) == (sitting_id, True)
    assert shop.submit([line("tea")], sittingId=sitting_id)["data"]["order"]["round"] == 1


def test_the_same_request_again_seats_and_orders_once_with_the_same_answer(shop: TestShop) -> None:
    booking_id, key = booked(shop, lines=[line("tea")]), request_id()
    first = seat(shop, booking_id, requestId=key)
    before = shop.counts()
    again = seat(shop, booking_id, requestId=key)
    assert first["data"] == again["data"]
    assert seat(shop, booking_id, requestId=key, tableId="t2")["code"] == "REQUEST_ID_REUSED"
    assert seat(shop, booking_id)["code"] == "STATE_CONFLICT"
    assert shop.counts() == before
    assert (len(sittings(shop)), len(orders(shop))) == (1, 1)


def test_a_process_that_died_between_seating_and_ordering_is_made_good_by_the_repeat(shop: TestShop) -> None:
    booking_id, key = booked(shop, lines=[line("tea", 2)]), request_id()
    shop.change(paused=True)  # the party is seated, and the order then refused as if its process had died
    assert seat(shop, booking_id, requestId=key)["data"]["preorder"] == "waiting"
    assert (names(sittings(shop)[0]["cart"]), orders(shop)) == (["tea"], [])
    shop.change(paused=False)
    again = seat(shop, booking_id, requestId=key)["data"]
    assert (again["preorder"], again["orderId"]) == ("ordered", orders(shop)[0]["_id"])
    assert sittings(shop)[0]["cart"] == []
    assert seat(shop, booking_id, requestId=key)["data"] == again
    assert len(orders(shop)) == 1


def test_a_process_that_died_while_it_ordered_is_made_good_by_the_repeat_with_the_same_stock(
    shop: TestShop, mongodb_uri: str
) -> None:
    shop.change(cutoff="04:00")
    desk = Desk(shop, local("25T17:00"), left_s=1)
    booking_id = desk.book(at=local("25T18:00"), lines=[line("fish", 2)]).booking.booking_id
    key, cut = request_id(), {**UNHEARD, "namespace": f"{shop.db.name}.orders"}
    with MongoClient[Document](mongodb_uri) as plain, failing(plain, "insert", cut, times=None):
        assert desk.seat(booking_id, key=key).preorder == "waiting"
    desk.now += timedelta(seconds=5)
    assert desk.seat(booking_id, key=key).preorder == "waiting"  # its first try may still be at it
    assert (sittings(shop)[0]["cart"], len(sittings(shop)[0]["taken"]), orders(shop)) == ([], 1, [])
    desk.now += timedelta(seconds=10)
    done = desk.seat(booking_id, key=key)
    assert (done.preorder, done.order_id) == ("ordered", orders(shop)[0]["_id"])
    assert (len(orders(shop)), shop.left("fish")) == (1, 1)
    assert desk.seat(booking_id, key=key) == done


def test_what_waits_in_the_cart_may_be_submitted_by_the_guests_themselves(shop: TestShop) -> None:
    booking_id, key = booked(shop, lines=[line("tea", 2)]), request_id()
    shop.change(paused=True)
    sitting_id = seat(shop, booking_id, requestId=key)["data"]["sittingId"]
    shop.change(paused=False)
    (waiting,) = sittings(shop)[0]["cart"]
    told = {"lineId": waiting["line_id"], "rev": waiting["rev"]}
    reply = shop.call(
        "submitOrder", shop.guest(), requestId=request_id(), tableCode=shop.code(), sittingId=sitting_id, cart=[told]
    )
    again = seat(shop, booking_id, requestId=key)["data"]
    assert (again["preorder"], again["orderId"]) == ("ordered", reply["data"]["order"]["orderId"])
    assert len(orders(shop)) == 1


def test_dishes_that_are_short_are_told_and_wait_in_the_cart_while_the_others_are_cooked(shop: TestShop) -> None:
    ahead = [line("fish", 2, "l1"), line("tea", 1, "l2"), line("fish", 3, "l3"), line("duck", 1, "l4")]
    booking_id = booked(shop, lines=ahead)
    shop.change_dish("duck", sold_out_until=utc_now() + timedelta(hours=9))
    data = seat(shop, booking_id)["data"]
    assert data["preorder"] == "ordered"
    assert data["refused"] == [
        {"lineId": "l4", "name": "道口烧鸡", "reason": "已沽清"},
        {"lineId": "l3", "name": "红烧黄河鲤鱼", "reason": "只剩 3 份"},
    ]
    assert [(one["dish_id"], one["quantity"]) for one in orders(shop)[0]["lines"]] == [("fish", 2), ("tea", 1)]
    assert [(one["dish_id"], one["quantity"]) for one in sittings(shop)[0]["cart"]] == [("fish", 3), ("duck", 1)]
    assert shop.left("fish") == 1


def test_when_nothing_can_be_had_the_party_is_seated_all_the_same(shop: TestShop) -> None:
    booking_id, key = booked(shop, lines=[line("lunch", combo={"main": "duck", "drink": "tea"}), NOODLES]), request_id()
    shop.change_dish("tea", sold_out_until=utc_now() + timedelta(hours=9))
    shop.change_dish("noodles", specs=[])
    data = seat(shop, booking_id, requestId=key)["data"]
    assert (data["preorder"], data["booking"]["state"]) == ("refused", "seated")
    assert [(one["name"], one["reason"]) for one in data["refused"]] == [
        ("工作日套餐", "已沽清"),
        ("羊肉烩面", "没有规格 size"),
    ]
    assert (len(sittings(shop)[0]["cart"]), orders(shop)) == (2, [])


def test_at_a_table_where_others_sit_nobody_is_seated(shop: TestShop) -> None:
    booking_id = booked(shop, lines=[line("tea")])
    shop.seat("t1", "stranger")
    before = shop.counts()
    refused = seat(shop, booking_id)
    assert (refused["code"], refused["message"]) == ("TABLE_OCCUPIED", "1号桌有客人在用餐，请换一桌")
    assert shop.counts() == before
    data = seat(shop, booking_id, tableId="t2")["data"]
    assert (data["tableName"], data["booking"]["tableId"], data["preorder"]) == ("2号桌", "t2", "ordered")


def test_a_guest_who_scanned_the_code_of_their_table_first_keeps_that_sitting(shop: TestShop) -> None:
    booking_id = booked(shop, lines=[line("tea")])
    opened = shop.seat("t1")["sittingId"]
    data = seat(shop, booking_id)["data"]
    assert (data["sittingId"], data["preorder"], len(sittings(shop))) == (opened, "ordered", 1)


def test_another_table_is_given_only_if_nobody_reserved_it_for_that_time(shop: TestShop) -> None:
    at = slot()
    mine, others = booked(shop, at=at), booked(shop, "other", at=at)
    before = shop.counts()
    refused = seat(shop, mine, tableId="t2")
    assert (refused["code"], refused["message"]) == ("TABLE_OCCUPIED", "2号桌这段时间已留给其他预订，请换一桌")
    assert seat(shop, mine, tableId="t9")["code"] == "NOT_FOUND"
    assert shop.counts() == before
    assert seat(shop, mine, tableId="t3")["success"]
    assert book(shop, "late", at=at)["data"]["booking"]["tableId"] == "t1"  # given up for the third table
    assert seat(shop, others)["data"]["tableName"] == "2号桌"


def test_only_staff_of_the_shop_seat_a_party_and_only_one_that_is_booked(shop: TestShop) -> None:
    booking_id = booked(shop)
    before = shop.counts()
    assert [seat(shop, booking_id, person)["code"] for person in ("guest", "kitchen")] == ["PERMISSION_DENIED"] * 2
    assert seat(shop, "nothing")["code"] == "NOT_FOUND"
    assert shop.counts() == before
    ask(shop, "cancelBooking", "guest", bookingId=booking_id)
    refused = seat(shop, booking_id)
    assert (refused["code"], refused["message"]) == ("STATE_CONFLICT", "预订已取消，不能入座")
    assert sittings(shop) == []


def test_a_party_of_another_day_is_not_seated_today(shop: TestShop) -> None:
    shop.change(cutoff="04:00")
    desk = Desk(shop, local("24T12:00"))
    booking_id = desk.book(at=local("25T18:00")).booking.booking_id
    before = shop.counts()
    with pytest.raises(StateConflict, match="这是 2026-11-25 的预订"):
        desk.seat(booking_id)
    assert shop.counts() == before
    desk.now = local("25T17:00")
    assert desk.seat(booking_id).booking.state == "seated"


def test_a_party_that_booked_by_phone_sits_without_a_member_and_its_round_is_the_waiters(shop: TestShop) -> None:
    booking_id = booked(shop, "cashier", asStaff=True, lines=[line("tea")])
    assert seat(shop, booking_id)["data"]["preorder"] == "ordered"
    assert (sittings(shop)[0]["members"], orders(shop)[0]["placed_by"]) == ([], f"waiter-{shop.shop_id}")
