"""Reserve, look, cancel: what is booked is one's own, and what is refused has a code and wrote nothing (rule 24)."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from pymongo.database import Database

from shared.runtime.clock import utc_now
from shared.store.client import Document
from tests.support.bookings import ask, book, slot, start_day_now
from tests.support.shops import Reply, TestShop, line, moment, open_shop, request_id

PHONE = "13800138000"


@pytest.fixture(autouse=True)
def _one_day(shop: TestShop) -> None:
    start_day_now(shop)


def stored(shop: TestShop) -> list[Document]:
    return list(shop.db["reservations"].find({"shop_id": shop.shop_id}, sort=[("_id", 1)]))


def booked(shop: TestShop, guest: str = "guest", **more: Any) -> Reply:
    reply = book(shop, guest, **more)
    assert reply["success"], reply
    booking: Reply = reply["data"]["booking"]
    return booking


def test_a_guest_books_the_best_fitting_table_with_dishes_ahead(shop: TestShop) -> None:
    shop.db["tables"].update_one({"shop_id": shop.shop_id, "table_id": "t3"}, {"$set": {"seats": 2}})
    at = slot()
    booking = booked(shop, at=at, phone=f" {PHONE} ", note="靠窗", lines=[line("fish", 2, note="少盐"), line("tea")])
    assert moment(booking["endsAt"]) - moment(at) == timedelta(minutes=90)
    assert moment(booking["heldUntil"]) - moment(at) == timedelta(minutes=15)
    told = {key: booking[key] for key in ("state", "guests", "tableId", "tableName", "name", "phone", "note")}
    assert told == {"state": "booked", "guests": 2, "tableId": "t3", "tableName": "3号桌", "name": "王女士",
                    "phone": PHONE, "note": "靠窗"}  # fmt: skip
    assert booking["lines"] == [
        {"lineId": "l-fish", "dishId": "fish", "name": "红烧黄河鲤鱼", "quantity": 2, "note": "少盐"},
        {"lineId": "l-tea", "dishId": "tea", "name": "大麦茶", "quantity": 1, "note": ""},
    ]
    (found,) = stored(shop)
    assert (found["guest_id"], len(found["slots"]), found["policy"]["held_min"]) == (shop.guest(), 12, 15)
    assert shop.counts() == {**shop.counts(), "reservations": 1, "commands": 1, "orders": 0, "taken": 0}


def test_the_same_request_again_books_once_and_another_body_is_refused(shop: TestShop) -> None:
    key, at = request_id(), slot()
    first, again = (book(shop, requestId=key, at=at) for _ in range(2))
    assert first["data"] == again["data"]
    assert book(shop, requestId=key, at=at, guests=3)["code"] == "REQUEST_ID_REUSED"
    assert len(stored(shop)) == 1


def test_one_guest_has_one_table_at_a_time(shop: TestShop) -> None:
    mine = booked(shop, at=slot(2))
    before = shop.counts()
    for hours in (2, 3, 1):
        refused = book(shop, at=slot(hours))
        assert (refused["code"], refused["details"]) == ("ALREADY_BOOKED", {"bookingId": mine["bookingId"]})
    assert shop.counts() == before
    assert book(shop, at=slot(3.5))["success"]
    assert book(shop, "other", at=slot(2))["success"]


def test_when_every_table_is_taken_the_nearest_free_times_are_named(shop: TestShop) -> None:
    at = slot(6)
    for number in range(4):
        booked(shop, f"g{number}", at=at)
    before = shop.counts()
    refused = book(shop, "late", at=at)
    assert refused["code"] == "SLOT_FULL"
    free = [moment(one) - moment(at) for one in refused["details"]["free"]]
    assert free == [timedelta(minutes=minutes) for minutes in (-120, -90, 90)]
    assert refused["message"].count("、") == 2
    assert "约满" in refused["message"]
    assert shop.counts() == before
    assert book(shop, "late", at=refused["details"]["free"][2])["success"]


def test_a_full_day_says_so(shop: TestShop) -> None:
    shop.db["tables"].delete_many({"shop_id": shop.shop_id, "table_id": {"$ne": "t1"}})
    shop.change(booking={"turn_min": 23 * 60, "days_ahead": 1})
    at = slot(3)
    booked(shop, at=at)
    refused = book(shop, "late", at=at)
    assert (refused["code"], refused["details"]) == ("SLOT_FULL", {"free": []})
    assert refused["message"].endswith("当天没有其他可订的时间，请换一天")


@pytest.mark.parametrize(
    ("more", "code", "told"),
    [
        ({"at": "2020-01-01T18:00:00+08:00"}, "SLOT_INVALID", "past"),
        ({"at": slot(24 * 30)}, "SLOT_INVALID", "tooFar"),
        ({"at": "9999-12-31T23:30:00Z"}, "SLOT_INVALID", "tooFar"),
        ({"at": slot(2).replace(":00+", ":01+")}, "SLOT_INVALID", "notASlot"),
        ({"at": slot(0)[:10] + "T18:00:00"}, "INVALID_ARGUMENT", "at"),
        ({"guests": 0}, "INVALID_ARGUMENT", "guests"),
        ({"guests": 5}, "PARTY_TOO_LARGE", 4),
        ({"name": "  "}, "INVALID_ARGUMENT", "name"),
        ({"name": "王" * 21}, "INVALID_ARGUMENT", "name"),
        ({"phone": "1380013800"}, "INVALID_ARGUMENT", "phone"),
        ({"phone": "12800138000"}, "INVALID_ARGUMENT", "phone"),
        ({"phone": "１３８００１３８０００"}, "INVALID_ARGUMENT", "phone"),
        ({"note": "好" * 51}, "INVALID_ARGUMENT", "note"),
        ({"lines": [line("dragon")]}, "DISH_UNAVAILABLE", "dragon"),
        ({"lines": [line("noodles")]}, "CHOICE_INVALID", "l-noodles"),
        ({"lines": [line("tea"), line("tea")]}, "INVALID_ARGUMENT", "lines"),
        ({"lines": [line("tea", 0)]}, "INVALID_ARGUMENT", "lines.0.quantity"),
        ({"shopId": "nowhere"}, "NOT_FOUND", None),
        ({"shopId": None}, "NOT_FOUND", None),
        ({"asStaff": True}, "PERMISSION_DENIED", None),
    ],
)
def test_a_faulty_booking_is_refused_with_a_code_and_writes_nothing(
    shop: TestShop, more: dict[str, Any], code: str, told: object
) -> None:
    before = shop.counts()
    refused = book(shop, **more)
    assert refused["code"] == code, refused
    if told is not None:
        assert told in json.loads(json.dumps(list(_leaves(refused["details"]))))
    assert shop.counts() == before


def _leaves(value: object) -> list[object]:
    if isinstance(value, dict):
        return [leaf for part in value.values() for leaf in _leaves(part)]
    if isinstance(value, list):
        return [leaf for part in value for leaf in _leaves(part)]
    return [value]


def test_a_time_outside_the_opening_hours_is_refused(shop: TestShop) -> None:
    shop.change(hours=[["11:00", "11:30"]])
    before = shop.counts()
    refused = book(shop, at=slot(30))
    assert (refused["code"], refused["details"]) == ("SLOT_INVALID", {"fault": "closed"})
    assert shop.counts() == before


def test_a_dish_is_ordered_ahead_only_for_a_time_at_which_it_is_sold(shop: TestShop) -> None:
    shop.change_dish("duck", sold_out_until=utc_now() + timedelta(hours=3))
    refused = book(shop, at=slot(2), lines=[line("duck")])
    assert (refused["code"], refused["details"]["dishes"][0]["reason"]) == ("DISH_UNAVAILABLE", "soldOut")
    assert book(shop, at=slot(4), lines=[line("duck")])["success"]


def test_staff_book_for_somebody_on_the_phone_as_often_as_they_like(shop: TestShop) -> None:
    at = slot()
    first, second = (booked(shop, "waiter", asStaff=True, at=at, phone=PHONE) for _ in range(2))
    assert {first["tableId"], second["tableId"]} == {"t1", "t2"}
    assert [(one.get("guest_id"), one["placed_by"]) for one in stored(shop)] == [(None, f"waiter-{shop.shop_id}")] * 2
    assert ask(shop, "getBookings", "waiter")["data"]["bookings"] == []


@pytest.mark.parametrize("role", ["kitchen", "waiter", "cashier", "manager", "owner"])
def test_who_may_do_what_for_the_shop(shop: TestShop, role: str) -> None:
    booking_id = booked(shop)["bookingId"]
    day = stored(shop)[0]["biz_date"]
    allowed = role != "kitchen"
    assert book(shop, role, asStaff=True)["success"] == allowed
    assert ask(shop, "getBookings", role, asStaff=True, date=day)["success"]
    assert ask(shop, "cancelBooking", role, asStaff=True, bookingId=booking_id, reason="客人来电")["success"] == allowed


def test_staff_of_another_shop_may_do_nothing_here(shop: TestShop, db: Database[Document]) -> None:
    booking, elsewhere = booked(shop), open_shop(db)
    before = shop.counts()
    for action, more in (
        ("bookTable", {"at": slot(), "guests": 2, "name": "李"}),
        ("cancelBooking", {"bookingId": booking["bookingId"], "reason": "x"}),
        ("getBookings", {"date": booking["bizDate"]}),
    ):
        told = {"shopId": shop.shop_id, "asStaff": True, **more}
        if action != "getBookings":
            told["requestId"] = request_id()
        assert elsewhere.call(action, elsewhere.guest("manager"), **told)["code"] == "PERMISSION_DENIED", action
    own = elsewhere.call(
        "cancelBooking", elsewhere.guest("manager"), requestId=request_id(), asStaff=True, reason="x",
        bookingId=booking["bookingId"],
    )  # fmt: skip
    assert own["code"] == "NOT_FOUND"
    assert shop.counts() == before


def test_a_cancelled_booking_frees_its_table_and_its_guest_at_once(shop: TestShop) -> None:
    shop.db["tables"].delete_many({"shop_id": shop.shop_id, "table_id": {"$ne": "t1"}})
    at = slot()
    mine = booked(shop, at=at)
    assert book(shop, "rival", at=at)["code"] == "SLOT_FULL"
    cancelled = ask(shop, "cancelBooking", "guest", bookingId=mine["bookingId"])
    assert cancelled["data"]["booking"]["state"] == "cancelled"
    assert booked(shop, "rival", at=at)["tableId"] == "t1"
    assert book(shop, at=at)["code"] == "SLOT_FULL"
    assert [("slots" in one, one["state"]) for one in stored(shop)] == [(False, "cancelled"), (True, "booked")]


def test_only_the_guest_and_the_shop_cancel_a_booking_and_only_once(shop: TestShop) -> None:
    mine = booked(shop)["bookingId"]
    before = shop.counts()
    assert ask(shop, "cancelBooking", "stranger", bookingId=mine)["code"] == "NOT_FOUND"
    assert ask(shop, "cancelBooking", "guest", bookingId="nothing")["code"] == "NOT_FOUND"
    assert ask(shop, "cancelBooking", "manager", bookingId=mine)["code"] == "NOT_FOUND"
    assert ask(shop, "cancelBooking", "guest", bookingId=mine, asStaff=True, reason="x")["code"] == "PERMISSION_DENIED"
    assert ask(shop, "cancelBooking", "manager", bookingId=mine, asStaff=True)["code"] == "INVALID_ARGUMENT"
    assert shop.counts() == before
    key = request_id()
    for _ in range(2):
        done = ask(shop, "cancelBooking", "manager", requestId=key, bookingId=mine, asStaff=True, reason="装修")
        assert (done["data"]["booking"]["state"], done["data"]["booking"]["reason"]) == ("cancelled", "装修")
    after = shop.counts()
    refused = ask(shop, "cancelBooking", "guest", bookingId=mine)
    assert (refused["code"], refused["message"]) == ("STATE_CONFLICT", "预订已取消，不能取消")
    assert shop.counts() == after == {**before, "commands": before["commands"] + 1}


def test_a_guest_sees_their_own_bookings_and_the_free_times_of_a_day(shop: TestShop) -> None:
    at = slot(6)
    mine = booked(shop, at=at)
    for number in range(3):
        booked(shop, f"g{number}", at=at)
    reply = ask(shop, "getBookings", "guest", date=mine["bizDate"], guests=4)["data"]
    assert [one["bookingId"] for one in reply["bookings"]] == [mine["bookingId"]]
    free = {moment(one["at"]) - moment(at): one["free"] for one in reply["slots"]}
    assert [free[timedelta(minutes=minutes)] for minutes in (-90, -60, 0, 60, 90)] == [4, 0, 0, 0, 4]
    assert "slots" not in ask(shop, "getBookings", "guest", date=mine["bizDate"])["data"]
    assert ask(shop, "getBookings", "guest", date=mine["bizDate"], guests=5)["code"] == "PARTY_TOO_LARGE"
    assert ask(shop, "getBookings", "guest", date="2020-01-01", guests=2)["data"]["slots"] == []
    assert ask(shop, "getBookings", "guest", date="2026-02-30", guests=2)["code"] == "INVALID_ARGUMENT"


def test_staff_page_through_a_day_in_the_order_of_time(shop: TestShop) -> None:
    made = [booked(shop, f"g{n}", at=slot(hours)) for n, hours in enumerate((4, 2, 4, 3))]
    expected = [made[n]["bookingId"] for n in (1, 3, 0, 2)]
    found: list[str] = []
    after: dict[str, str] = {}
    more = True
    while more:
        page = ask(shop, "getBookings", "cashier", asStaff=True, date=made[0]["bizDate"], limit=3, **after)["data"]
        found += [one["bookingId"] for one in page["bookings"]]
        more, after = page["more"], {"after": found[-1]}
    assert found == expected
    assert ask(shop, "getBookings", "cashier", asStaff=True)["code"] == "INVALID_ARGUMENT"


def test_the_kitchen_sees_a_masked_number_and_the_desk_the_whole(shop: TestShop) -> None:
    day = booked(shop, phone=PHONE)["bizDate"]
    seen = [
        ask(shop, "getBookings", role, asStaff=True, date=day)["data"]["bookings"][0]["phone"]
        for role in ("kitchen", "waiter")
    ]
    assert seen == ["138****8000", PHONE]


def test_the_log_tells_neither_name_nor_number(shop: TestShop, capsys: pytest.CaptureFixture[str]) -> None:
    mine = booked(shop, name="司马女士", phone=PHONE, note="花生过敏")["bookingId"]
    book(shop, name="司马女士", phone=PHONE, guests=5)
    book(shop, name="司马女士", phone=PHONE + "1")
    ask(shop, "cancelBooking", "guest", bookingId=mine, reason="花生过敏")
    printed = capsys.readouterr().out
    assert [json.loads(told).get("code") for told in printed.splitlines()] == [
        None, "PARTY_TOO_LARGE", "INVALID_ARGUMENT", None,
    ]  # fmt: skip
    assert [secret for secret in ("司马", "138001", "花生", shop.guest()) if secret in printed] == []
