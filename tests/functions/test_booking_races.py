"""Many want the same evening: as many have a table as there are tables, and no table has two parties (rule 24)."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from shared.store.client import Document
from tests.support.bookings import ask, book, slot, start_day_now
from tests.support.shops import Reply, TestShop, moment, request_id

GUESTS = 50


@pytest.fixture(autouse=True)
def _one_day(shop: TestShop) -> None:
    start_day_now(shop)


def patient(shop: TestShop, guest: str, at: str) -> Reply:
    """Book as a client does: after BUSY or UNKNOWN, the same request again."""
    key = request_id()
    while (reply := book(shop, guest, at=at, requestId=key)).get("code") in {"BUSY", "UNKNOWN"}:
        pass
    return reply


def doubly_booked(found: list[Document]) -> list[str]:
    """The quarters of a table, or of a guest, that two reservations have."""
    keys = Counter(key for one in found for key in one.get("slots", ()))
    return [key for key, times in keys.items() if times > 1]


def standing(shop: TestShop) -> list[Document]:
    return list(shop.db["reservations"].find({"shop_id": shop.shop_id, "state": "booked"}))


def test_fifty_at_once_for_four_tables_are_four_parties_and_forty_six_refusals(shop: TestShop) -> None:
    at = slot()
    with ThreadPoolExecutor(GUESTS) as phones:
        replies = list(phones.map(lambda n: patient(shop, f"g{n}", at), range(GUESTS)))
    assert Counter(reply.get("code", "booked") for reply in replies) == {"booked": 4, "SLOT_FULL": GUESTS - 4}
    found = standing(shop)
    assert sorted(one["table_id"] for one in found) == ["t1", "t2", "t3", "t4"]
    assert doubly_booked(found) == []
    assert shop.counts()["commands"] == 4


def test_overlapping_times_at_once_never_share_a_quarter_of_a_table(shop: TestShop) -> None:
    first = moment(slot())
    times = [(first + n * timedelta(minutes=30)).isoformat() for n in range(5)]
    with ThreadPoolExecutor(GUESTS) as phones:
        replies = list(phones.map(lambda n: patient(shop, f"g{n}", times[n % 5]), range(GUESTS)))
    found = standing(shop)
    assert {reply.get("code", "booked") for reply in replies} == {"booked", "SLOT_FULL"}
    assert len(found) == sum(reply["success"] for reply in replies)
    assert doubly_booked(found) == []
    # Nobody was refused while a table was free: whatever time one asks for now, it is full.
    day = found[0]["biz_date"]
    free = {one["at"]: one["free"] for one in ask(shop, "getBookings", "x", date=day, guests=2)["data"]["slots"]}
    refused = {times[n % 5] for n, reply in enumerate(replies) if not reply["success"]}
    assert [free[moment(at).isoformat().replace("+00:00", "Z")] for at in refused] == [0] * len(refused)


def test_one_guest_on_ten_phones_has_one_table(shop: TestShop) -> None:
    at = slot()
    with ThreadPoolExecutor(10) as phones:
        replies = list(phones.map(lambda _: patient(shop, "guest", at), range(10)))
    assert Counter(reply.get("code", "booked") for reply in replies) == {"booked": 1, "ALREADY_BOOKED": 9}
    assert len(standing(shop)) == 1


def test_one_request_sent_ten_times_at_once_is_one_booking_with_one_answer(shop: TestShop) -> None:
    at, key = slot(), request_id()
    with ThreadPoolExecutor(10) as phones:
        replies = list(phones.map(lambda _: book(shop, at=at, requestId=key), range(10)))
    assert {reply["data"]["booking"]["bookingId"] for reply in replies} == {standing(shop)[0]["_id"]}
    assert len(standing(shop)) == 1


def test_reading_first_books_a_table_twice(shop: TestShop) -> None:
    """The control: look for a free table, then write, without the index; the looks meet, and so do the parties."""
    rivals = 8
    free, looked = shop.db["reservations_read_first"], threading.Barrier(rivals)
    keys = ["table|t1|2026-11-25T10:00Z", "table|t1|2026-11-25T10:15Z"]

    def read_first(number: int) -> bool:
        is_free = free.find_one({"shop_id": shop.shop_id, "slots": {"$in": keys}}) is None
        looked.wait(timeout=10)
        if is_free:
            free.insert_one({"shop_id": shop.shop_id, "slots": keys, "guest": number})
        return is_free

    try:
        with ThreadPoolExecutor(rivals) as phones:
            assert list(phones.map(read_first, range(rivals))) == [True] * rivals
        assert doubly_booked(list(free.find({"shop_id": shop.shop_id}))) == keys
    finally:
        free.drop()


def test_a_guest_who_cancels_while_the_party_is_seated_does_one_of_both(shop: TestShop) -> None:
    for number in range(8):
        booking = book(shop, f"g{number}")["data"]["booking"]

        def cancel(booking: Reply = booking, guest: str = f"g{number}") -> Reply:
            return ask(shop, "cancelBooking", guest, bookingId=booking["bookingId"])

        def seat(booking: Reply = booking) -> Reply:
            return ask(shop, "seatParty", "waiter", bookingId=booking["bookingId"])

        with ThreadPoolExecutor(2) as two:
            replies = [done.result() for done in (two.submit(cancel), two.submit(seat))]
        assert sorted(reply.get("code", "done") for reply in replies) == ["STATE_CONFLICT", "done"]
        found = shop.db["reservations"].find_one({"_id": booking["bookingId"], "shop_id": shop.shop_id})
        opened = shop.db["table_sessions"].count_documents({"shop_id": shop.shop_id, "state": "open"})
        assert found is not None
        assert (found["state"], opened) == (("cancelled", 0) if replies[0]["success"] else ("seated", 1))
        shop.db["table_sessions"].update_many({"shop_id": shop.shop_id}, {"$set": {"state": "closed"}})
        shop.db["reservations"].update_many({"shop_id": shop.shop_id}, {"$unset": {"slots": ""}})
