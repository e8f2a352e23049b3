"""The waiting queue through the functions: draw, look, leave, call, pass, recall, seat (rules 25, 26)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from pymongo.database import Database

from shared.errors import StateConflict
from shared.runtime.clock import utc_now
from shared.store import waiting
from shared.store.client import Document
from shared.store.scope import Chain, Shop
from tests.support.shops import Reply, TestShop, call, open_shop, request_id


def join(shop: TestShop, guest: str = "guest", guests: int = 3, **more: Any) -> Reply:
    key = {"requestId": request_id(), "shopId": shop.shop_id}
    return shop.call("joinQueue", shop.guest(guest), **{**key, "guests": guests, **more})


def joined(shop: TestShop, guest: str = "guest", guests: int = 3, **more: Any) -> Reply:
    """The place of a party that has joined."""
    reply = join(shop, guest, guests, **more)
    assert reply["success"], reply
    place: Reply = reply["data"]["place"]
    return place


def manage(shop: TestShop, op: str, ticket_id: str | None = None, *, by: str = "waiter", **more: Any) -> Reply:
    move = {"op": op, **({"ticketId": ticket_id} if ticket_id else {}), **more}
    return shop.call("manageQueue", shop.guest(by), requestId=request_id(), move=move)


def leave(shop: TestShop, ticket_id: str, guest: str = "guest") -> Reply:
    return shop.call("leaveQueue", shop.guest(guest), requestId=request_id(), shopId=shop.shop_id, ticketId=ticket_id)


def look(shop: TestShop, person: str = "guest", **more: Any) -> Reply:
    reply = shop.call("getQueue", shop.guest(person), shopId=shop.shop_id, **more)
    assert reply["success"], reply
    data: Reply = reply["data"]
    return data


def tickets(shop: TestShop) -> list[Document]:
    """Everything written of the queue, and the calls that are on their way."""
    found = list(shop.db["queue_tickets"].find({"shop_id": shop.shop_id}).sort("_id", 1))
    return [*found, *shop.db["commands"].find({"shop_id": shop.shop_id, "events": {"$exists": True}})]


def test_a_party_draws_the_next_number_of_its_class_and_hears_what_to_expect(shop: TestShop) -> None:
    places = [joined(shop, f"g{n}", guests) for n, guests in enumerate((2, 3, 4, 1, 4, 12))]
    assert [(place["label"], place["ahead"]) for place in places] == [
        ("A001", 0), ("B001", 0), ("B002", 1), ("A002", 1), ("B003", 2), ("D001", 0),
    ]  # fmt: skip
    # Four tables for four, 45 minutes each; none for two or for twelve.
    assert [place["estimateMin"] for place in places] == [45, 12, 23, 90, 34, 45]
    assert {place["state"] for place in places} == {"waiting"}


def test_forty_parties_at_once_draw_forty_numbers(shop: TestShop) -> None:
    with ThreadPoolExecutor(20) as phones:
        places = list(phones.map(lambda n: joined(shop, f"g{n}"), range(40)))
    assert sorted(place["label"] for place in places) == [f"B{n:03d}" for n in range(1, 41)]


def test_a_number_is_never_used_again(shop: TestShop) -> None:
    first = joined(shop)
    assert leave(shop, first["ticketId"])["success"]
    again = joined(shop)
    assert (first["label"], again["label"]) == ("B001", "B002")


def test_a_guest_queues_once_also_when_two_phones_try_at_once(shop: TestShop) -> None:
    with ThreadPoolExecutor(4) as phones:
        replies = list(phones.map(lambda _: join(shop), range(4)))
    assert sorted(reply.get("code", "") for reply in replies) == ["", *["ALREADY_QUEUED"] * 3]
    before = (shop.counts(), tickets(shop))
    again = join(shop, guests=8)
    mine = before[1][0]
    assert (again["code"], again["message"]) == ("ALREADY_QUEUED", f"您已经在排队，号码是 {mine['label']}")
    assert again["details"] == {"ticketId": mine["_id"], "label": mine["label"]}
    assert (shop.counts(), tickets(shop)) == before


def test_the_same_request_again_is_the_same_number(shop: TestShop) -> None:
    key = request_id()
    with ThreadPoolExecutor(3) as phones:
        replies = list(phones.map(lambda _: join(shop, requestId=key), range(3)))
    assert len({reply["data"]["place"]["label"] for reply in replies}) == 1
    assert shop.counts()["queue_tickets"] == 1
    assert join(shop, requestId=key, guests=4)["code"] == "REQUEST_ID_REUSED"
    assert shop.counts()["queue_tickets"] == 1


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({"guests": 0}, ("guests", "不能小于 1")),
        ({"guests": 100}, ("guests", "不能大于 99")),
        ({"guests": {"$gt": 0}}, ("guests", "应为整数")),
        ({"name": "张" * 21}, ("name", "最多 20 个字")),
        ({"label": "A001"}, ("label", "不认识的字段")),
    ],
)
def test_a_field_out_of_shape_is_named(shop: TestShop, changed: dict[str, Any], fault: tuple[str, str]) -> None:
    before = shop.counts()
    reply = join(shop, **changed)
    assert reply["code"] == "INVALID_ARGUMENT"
    assert [(one["field"], one["message"]) for one in reply["details"]["fields"]] == [fault]
    assert shop.counts() == before


def test_a_closed_shop_gives_no_numbers(shop: TestShop) -> None:
    shop.change(paused=True)
    before = shop.counts()
    assert join(shop)["code"] == "SHOP_CLOSED"
    assert shop.counts() == before


def test_a_waiter_draws_for_those_without_the_mini_program_as_often_as_they_come(shop: TestShop) -> None:
    places = [joined(shop, "waiter", 3, walkIn=True, name="张先生") for _ in range(2)]
    assert [place["label"] for place in places] == ["B001", "B002"]
    assert [found["openid"] for found in tickets(shop)] == [None, None]


@pytest.mark.parametrize("person", ["guest", "kitchen"])
def test_who_does_not_deal_with_guests_draws_for_themselves_only(shop: TestShop, person: str) -> None:
    before = shop.counts()
    assert join(shop, person, walkIn=True)["code"] == "PERMISSION_DENIED"
    assert shop.counts() == before
    assert joined(shop, person)["label"] == "B001"


def test_staff_off_duty_queue_like_anybody_also_at_another_shop(shop: TestShop, db: Database[Document]) -> None:
    other = open_shop(db)
    key = {"requestId": request_id(), "shopId": other.shop_id}
    place = call("joinQueue", {**key, "guests": 2}, openid=shop.guest("waiter"))["data"]["place"]
    mine = call("getQueue", {"shopId": other.shop_id}, openid=shop.guest("waiter"))["data"]["mine"]
    assert mine["ticketId"] == place["ticketId"]


def test_a_guest_sees_their_place_and_everybody_the_board(shop: TestShop) -> None:
    for n in range(3):
        joined(shop, f"g{n}", name=f"客人{n}")
    assert manage(shop, "next", letter="B")["success"]
    seen, stranger = look(shop, "g2"), look(shop, "stranger")
    assert (seen["mine"]["label"], seen["mine"]["ahead"], seen["mine"]["estimateMin"]) == ("B003", 1, 23)
    assert stranger == {"classes": seen["classes"]}
    assert seen["classes"] == [
        {"letter": "A", "maxGuests": 2, "waiting": 0, "called": [], "estimateMin": 45},
        {"letter": "B", "maxGuests": 4, "waiting": 2, "called": ["B001"], "estimateMin": 34},
        {"letter": "C", "maxGuests": 8, "waiting": 0, "called": [], "estimateMin": 45},
        {"letter": "D", "maxGuests": 99, "waiting": 0, "called": [], "estimateMin": 45},
    ]


def test_staff_see_every_party_in_turn_and_guests_do_not(shop: TestShop) -> None:
    for n, guests in enumerate((3, 2, 4)):
        joined(shop, f"g{n}", guests, name=f"客人{n}")
    parties = look(shop, "kitchen", all=True)["parties"]
    assert [(one["label"], one["name"], one["guests"]) for one in parties] == [
        ("A001", "客人1", 2), ("B001", "客人0", 3), ("B002", "客人2", 4),
    ]  # fmt: skip
    assert shop.call("getQueue", shop.guest(), shopId=shop.shop_id, all=True)["code"] == "PERMISSION_DENIED"


def test_the_estimate_follows_how_fast_parties_are_seated(shop: TestShop) -> None:
    for n in range(4):
        joined(shop, f"g{n}")
    for n, minutes in enumerate((20, 10, 5)):
        seated = manage(shop, "seat", look(shop, f"g{n}")["mine"]["ticketId"], tableId=f"t{n + 1}")
        at = utc_now() - timedelta(minutes=minutes)
        assert seated["success"], seated
        shop.db["queue_tickets"].update_one(
            {"shop_id": shop.shop_id, "_id": seated["data"]["place"]["ticketId"]}, {"$set": {"seated_at": at}}
        )
    assert (look(shop, "g3")["mine"]["ahead"], look(shop, "g3")["mine"]["estimateMin"]) == (0, 7)


def test_a_call_is_counted_and_goes_to_the_screen(shop: TestShop) -> None:
    place = joined(shop)
    first = manage(shop, "next", letter="B")["data"]["place"]
    again = manage(shop, "call", place["ticketId"])["data"]["place"]
    assert [(one["label"], one["state"], one["calls"]) for one in (first, again)] == [
        ("B001", "called", 1), ("B001", "called", 2),
    ]  # fmt: skip
    assert first["calledAt"] == again["calledAt"]
    calls = [event["data"] for event in shop.sync()["data"]["events"] if event["type"] == "call.show"]
    assert [(one["kind"], one["label"], one["text"], one["count"]) for one in calls] == [
        ("queue", "B001", "请到前台入座", 1), ("queue", "B001", "请到前台入座", 2),
    ]  # fmt: skip
    assert len({one["callId"] for one in calls}) == 2
    receipts = [
        {"eventId": one["callId"], "jobId": one["callId"], "outcome": "shown", "at": one["calledAt"]} for one in calls
    ]
    assert shop.sync(acks=[one["callId"] for one in calls], receipts=receipts)["data"]["events"] == []


def test_waiters_who_press_next_at_once_call_different_parties(shop: TestShop) -> None:
    for n in range(6):
        joined(shop, f"g{n}")
    with ThreadPoolExecutor(6) as waiters:
        replies = list(waiters.map(lambda _: manage(shop, "next", letter="B"), range(6)))
    assert sorted(reply["data"]["place"]["label"] for reply in replies) == [f"B{n:03d}" for n in range(1, 7)]
    assert {found["calls"] for found in tickets(shop) if "label" in found} == {1}


def test_without_the_compare_and_set_two_waiters_would_call_one_party(shop: TestShop) -> None:
    joined(shop)
    scope, biz_date = Shop(shop.db, shop.shop_id), str(tickets(shop)[0]["biz_date"])
    seen = [waiting.first_waiting(scope, biz_date=biz_date, letter="B") for _ in range(2)]
    moves = [(one, one.call(utc_now())) for one in seen]
    waiting.save_move(scope, *moves[0])
    with pytest.raises(StateConflict):
        waiting.save_move(scope, *moves[1])
    assert tickets(shop)[0]["version"] == 1
    for before, after in moves:  # the control: the same two moves by a filter that does not name the version
        change = {"$set": {"state": after.state}, "$inc": {"version": 1}}
        assert scope.collection("queue_tickets").update_one({"_id": before.ticket_id}, change) == 1
    assert tickets(shop)[0]["version"] == 3


def test_next_of_a_class_where_nobody_waits_calls_nobody(shop: TestShop) -> None:
    joined(shop)
    before = (shop.counts(), tickets(shop))
    reply = manage(shop, "next", letter="A")
    assert (reply["code"], reply["message"]) == ("NOT_FOUND", "A 类桌没有人在等位")
    assert (shop.counts(), tickets(shop)) == before


def test_a_passed_party_keeps_its_number_is_recalled_and_the_third_time_is_over(shop: TestShop) -> None:
    ticket_id = joined(shop)["ticketId"]
    joined(shop, "next-in-line")
    states = [manage(shop, kind, ticket_id)["data"]["place"]["state"] for kind in ("call", "pass")]
    assert manage(shop, "next", letter="B")["data"]["place"]["label"] == "B002"
    assert look(shop)["mine"]["label"] == "B001"
    states += [manage(shop, kind, ticket_id)["data"]["place"]["state"] for kind in ("recall", "pass", "recall", "pass")]
    assert states == ["called", "passed", "called", "passed", "called", "over"]
    before = (shop.counts(), tickets(shop))
    refused = manage(shop, "recall", ticket_id)
    assert (refused["code"], refused["message"]) == ("STATE_CONFLICT", "B001 已经作废，不能重新叫号")
    assert (shop.counts(), tickets(shop)) == before
    assert look(shop)["mine"]["state"] == "over"
    assert joined(shop)["label"] == "B003"


def test_a_seated_party_has_its_table_and_the_guest_orders_there(shop: TestShop) -> None:
    place = joined(shop, name="王女士")
    assert manage(shop, "next", letter="B")["success"]
    seated = manage(shop, "seat", place["ticketId"], tableId="t2")["data"]["place"]
    assert (seated["state"], seated["tableName"]) == ("seated", "2号桌")
    sitting = shop.db["table_sessions"].find_one({"shop_id": shop.shop_id})
    assert sitting is not None
    assert (sitting["_id"], sitting["table_id"], sitting["members"], sitting["guests"]) == (
        seated["sittingId"], "t2", [shop.guest()], 3,
    )  # fmt: skip
    mine = look(shop)["mine"]
    assert (mine["state"], mine["sittingId"]) == ("seated", seated["sittingId"])
    assert shop.seat("t2")["sittingId"] == seated["sittingId"]
    figures = next(found for found in tickets(shop) if found["_id"] == place["ticketId"])
    assert figures["joined_at"] <= figures["called_at"] <= figures["seated_at"]


def test_a_party_without_a_phone_is_seated_too(shop: TestShop) -> None:
    place = joined(shop, "waiter", 3, walkIn=True)
    assert manage(shop, "seat", place["ticketId"], tableId="t1")["success"]
    joins = shop.seat("t1", "somebody")
    assert (joins["joined"], joins["guests"]) == (True, 3)


def test_a_taken_table_or_one_that_is_not_there_seats_nobody(shop: TestShop) -> None:
    shop.seat("t1", "who-was-there-first")
    ticket_id = joined(shop)["ticketId"]
    before = (shop.counts(), tickets(shop))
    assert manage(shop, "seat", ticket_id, tableId="t1")["code"] == "TABLE_OCCUPIED"
    assert manage(shop, "seat", ticket_id, tableId="t99")["code"] == "NOT_FOUND"
    assert (shop.counts(), tickets(shop)) == before
    assert look(shop)["mine"]["state"] == "waiting"


def test_of_two_parties_seated_at_one_table_at_once_one_gets_it(shop: TestShop) -> None:
    ids = [joined(shop, f"g{n}")["ticketId"] for n in range(2)]
    with ThreadPoolExecutor(2) as waiters:
        replies = list(waiters.map(lambda one: manage(shop, "seat", one, tableId="t1"), ids))
    assert sorted(reply.get("code", "") for reply in replies) == ["", "TABLE_OCCUPIED"]
    assert shop.counts()["table_sessions"] == 1
    assert sorted(found["state"] for found in tickets(shop)) == ["seated", "waiting"]


def test_of_two_waiters_who_seat_one_party_at_once_one_does(shop: TestShop) -> None:
    ticket_id = joined(shop)["ticketId"]
    with ThreadPoolExecutor(2) as waiters:
        replies = list(waiters.map(lambda table: manage(shop, "seat", ticket_id, tableId=table), ("t1", "t2")))
    assert sorted(reply.get("code", "") for reply in replies) == ["", "STATE_CONFLICT"]
    assert shop.counts()["table_sessions"] == 1


def test_who_has_left_is_out_of_the_queue_and_neither_leaves_again_nor_is_called(shop: TestShop) -> None:
    place = joined(shop)
    assert leave(shop, place["ticketId"])["data"]["place"]["state"] == "left"
    assert joined(shop, "next-in-line")["ahead"] == 0
    before = (shop.counts(), tickets(shop))
    twice = leave(shop, place["ticketId"])
    assert (twice["code"], twice["message"]) == ("STATE_CONFLICT", "B001 已经取消排队，不能再取消")
    for kind in ("call", "pass", "recall", "remove"):
        assert manage(shop, kind, place["ticketId"])["code"] == "STATE_CONFLICT", kind
    assert manage(shop, "seat", place["ticketId"], tableId="t1")["code"] == "STATE_CONFLICT"
    assert (shop.counts(), tickets(shop)) == before


def test_a_waiter_takes_a_party_off_that_went_away(shop: TestShop) -> None:
    place = joined(shop, "waiter", walkIn=True)
    assert manage(shop, "remove", place["ticketId"])["data"]["place"]["state"] == "left"
    assert look(shop, "waiter", all=True)["parties"] == []


def test_another_guests_and_another_shops_number_look_like_none(shop: TestShop, db: Database[Document]) -> None:
    other = open_shop(db)
    ours, theirs = joined(shop), joined(other)
    before = (shop.counts(), tickets(shop), other.counts(), tickets(other))
    refusals = [
        leave(shop, ours["ticketId"], "stranger"),
        leave(shop, theirs["ticketId"]),
        manage(shop, "call", theirs["ticketId"]),
        manage(shop, "seat", theirs["ticketId"], tableId="t1"),
        manage(shop, "call", "no-such-ticket"),
    ]
    assert [(one["code"], one["message"]) for one in refusals] == [("NOT_FOUND", "没有找到这个排队号")] * 5
    assert (shop.counts(), tickets(shop), other.counts(), tickets(other)) == before


@pytest.mark.parametrize("person", ["guest", "kitchen"])
def test_who_does_not_deal_with_guests_does_not_manage_the_queue(shop: TestShop, person: str) -> None:
    ticket_id = joined(shop)["ticketId"]
    before = (shop.counts(), tickets(shop))
    assert manage(shop, "call", ticket_id, by=person)["code"] == "PERMISSION_DENIED"
    assert (shop.counts(), tickets(shop)) == before


@pytest.mark.parametrize(
    "move",
    [
        {"op": "skip", "ticketId": "x"},
        {"ticketId": "x"},
        {"op": "call"},
        {"op": "next", "letter": "bb"},
        {"op": "next", "letter": {"$gt": ""}},
        {"op": "seat", "ticketId": "x"},
        {"op": "call", "ticketId": {"$ne": ""}},
        "call",
    ],
    ids=str,
)
def test_a_move_out_of_shape_is_refused(shop: TestShop, move: object) -> None:
    before = shop.counts()
    reply = shop.call("manageQueue", shop.guest("waiter"), requestId=request_id(), move=move)
    assert reply["code"] == "INVALID_ARGUMENT"
    assert all(one["field"].startswith("move") for one in reply["details"]["fields"])
    assert shop.counts() == before


def test_a_shop_sets_its_own_classes(shop: TestShop) -> None:
    shop.change(
        waiting={
            "classes": [{"letter": "L", "max_guests": 10}, {"letter": "S", "max_guests": 4}],
            "turn_min": 60,
            "max_passes": 1,
        }
    )
    small, large = joined(shop, "g0", 4), joined(shop, "g1", 12)
    assert [(one["label"], one["estimateMin"]) for one in (small, large)] == [("S001", 15), ("L001", 60)]
    assert manage(shop, "call", small["ticketId"])["success"]
    assert manage(shop, "pass", small["ticketId"])["data"]["place"]["state"] == "over"


def test_at_the_end_of_the_day_the_queue_is_over_once(shop: TestShop) -> None:
    ids = [joined(shop, f"g{n}")["ticketId"] for n in range(3)]
    assert manage(shop, "call", ids[1])["success"]
    assert manage(shop, "seat", ids[2], tableId="t1")["success"]
    ends_at = tickets(shop)[0]["ends_at"]
    chain = Chain(shop.db)
    mine = {"shop_id": shop.shop_id}

    def states() -> list[str]:
        return [found["state"] for found in shop.db["queue_tickets"].find(mine).sort("number", 1)]

    waiting.end_of_day(chain, now=ends_at - timedelta(seconds=1))
    assert states() == ["waiting", "called", "seated"]
    with ThreadPoolExecutor(2) as sweeps:
        ended = list(sweeps.map(lambda _: waiting.end_of_day(chain, now=ends_at), range(2)))
    assert states() == ["over", "over", "seated"]
    assert sum(ended) >= 2
    assert waiting.end_of_day(chain, now=ends_at) == 0


def test_the_sweep_ends_yesterdays_numbers_and_even_before_it_they_bind_nobody(shop: TestShop) -> None:
    ids = [joined(shop, f"g{n}")["ticketId"] for n in range(2)]
    mine = {"shop_id": shop.shop_id}
    yesterday = {"biz_date": "2026-01-01", "ends_at": utc_now() - timedelta(minutes=1)}
    shop.db["queue_tickets"].update_many(mine, {"$set": yesterday})
    assert look(shop, "g0").get("mine") is None
    assert manage(shop, "call", ids[0])["code"] == "NOT_FOUND"
    today = joined(shop, "g0")["ticketId"]
    swept = call("sweep", {}, openid=None)
    assert swept["success"], swept
    assert {found["_id"]: found["state"] for found in shop.db["queue_tickets"].find(mine)} == {
        ids[0]: "over", ids[1]: "over", today: "waiting",
    }  # fmt: skip
