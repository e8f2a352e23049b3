"""What guests are told of their orders, bookings and turns, and what the brand does not send costs nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from scripts.local.wechat_pay.simulator import WechatPaySimulator
from shared.domain.messages import MessageKind, told_time
from shared.gateways.wechat_pay import pay_channel
from shared.runtime.merchants import merchants
from tests.messages.conftest import KEYS, Post, template_id
from tests.support.audit import assert_clean
from tests.support.bookings import Desk as Bookings
from tests.support.bookings import book, slot, start_day_now
from tests.support.desk import Desk, sweep
from tests.support.running import run
from tests.support.shops import Reply, line, moment, request_id

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def pay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[WechatPaySimulator]:
    """WeChat Pay, known to the functions of this process."""
    with WechatPaySimulator(tmp_path) as running, monkeypatch.context() as told:
        told.setenv("WECHAT_PAY_FILE", str(running.merchants_file))
        merchants.cache_clear()
        pay_channel.cache_clear()
        yield running
    merchants.cache_clear()
    pay_channel.cache_clear()


def told(post: Post, kind: MessageKind, guest: str = "guest") -> list[dict[str, str]]:
    """What reached a guest's phone of a kind, by fact, but for the note."""
    facts = {key: fact for fact, key in KEYS.items()}
    return [
        {facts[key]: text for key, text in one.data.items() if facts[key] != "note"}
        for one in post.taken(guest)
        if one.template_id == template_id(kind)
    ]


def test_who_fetches_an_order_is_told_once_that_it_is_ready(post: Post) -> None:
    post.consent("ready", times=2)
    order = run(post.shop, [line("noodles", 2, specs={"size": "big"}), line("tea")])
    assert order.step("start")["success"]
    assert post.waiting() == {}
    assert order.step("ready", person="kitchen")["success"]
    assert order.step("ready", person="kitchen")["success"]
    post.send()
    assert told(post, "ready") == [{"shop": "豫味坊·测试店", "number": "A001", "dishes": "羊肉烩面等3份"}]
    assert post.taken()[0].page == f"pages/told/index?ref={order.order_id}"
    assert order.step("complete")["success"]
    assert post.send()["sent"] == 0
    assert_clean(post.shop.db, post.shop.shop_id)


def test_at_a_table_nobody_is_told_that_a_dish_is_ready(post: Post) -> None:
    post.consent("ready")
    sitting_id = post.shop.seat()["sittingId"]
    order_id = post.shop.submit([line("tea")], sittingId=sitting_id)["data"]["order"]["orderId"]
    done = post.shop.call(
        "advanceOrder", post.shop.guest("kitchen"), requestId=request_id(), orderId=order_id, step="ready"
    )
    assert done["success"]
    assert post.waiting() == {}


def test_a_kind_without_a_template_is_not_even_written(post: Post) -> None:
    post.change(kinds={})
    post.consent("ready")
    order = run(post.shop, [line("tea")])
    assert order.step("ready")["success"]
    start_day_now(post.shop)
    assert book(post.shop)["success"]
    assert post.waiting() == {}


def test_a_paid_order_is_told_to_be_accepted_and_its_refund_too(post: Post, pay: WechatPaySimulator) -> None:
    desk = Desk(post.shop, pay)
    post.shop.change(payment="prepay")
    post.consent("accepted")
    post.consent("refund")
    order = run(post.shop, [line("duck")])
    desk.paid(4500, orderId=order.order_id)
    post.send()
    (accepted,) = told(post, "accepted")
    placed = told_time(order.now.placed_at, SHANGHAI)
    assert accepted == {
        "shop": "豫味坊·测试店", "number": order.now.pickup_no, "dishes": "道口烧鸡", "amount": "45.00元", "at": placed,
    }  # fmt: skip
    unwanted = run(post.shop, [line("duck")])
    number = desk.tap(desk.pay(4500, orderId=unwanted.order_id))
    post.shop.db["orders"].update_one(unwanted.mine, {"$set": {"pay_by": datetime(2026, 1, 1, tzinfo=timezone.utc)}})
    assert unwanted.cancel("cashier", reason="客人走了")["success"]
    desk.pass_by(number, over=True)
    assert desk.hear(number)["success"]
    assert desk.refunds() != []
    sweep()
    for one in desk.refunds():
        if one["state"] == "asked":
            pay.settle(one["_id"], "SUCCESS")
            desk.refund_due(one["_id"])
    sweep()
    assert [one["state"] for one in desk.refunds()] == ["done"]
    post.send()
    (refund,) = told(post, "refund")
    assert (refund["amount"], refund["number"]) == ("45.00元", f"{number}-late"[:32])


def test_a_booking_is_told_when_it_is_made_and_when_its_time_is_near(post: Post) -> None:
    # The sweep reminds of every shop's, also of those whose shop other tests took away.
    post.shop.db["reservations"].delete_many({"shop_id": {"$exists": True}})
    start_day_now(post.shop)
    post.consent("booked")
    post.consent("reminder")
    booking = book(post.shop, at=slot(2), guests=4)["data"]["booking"]
    post.send()
    (made,) = told(post, "booked")
    assert made == {
        "shop": "豫味坊·测试店", "number": booking["bookingNo"], "at": told_time(moment(booking["at"]), SHANGHAI),
        "guests": "4", "table": booking["tableName"], "name": "王女士",
    }  # fmt: skip
    near = Bookings(post.shop, moment(booking["at"]) - timedelta(minutes=90))
    near.remind()
    near.remind()
    post.make_due()
    post.send()
    assert told(post, "reminder") == [made]
    assert_clean(post.shop.db, post.shop.shop_id)


def test_a_booking_by_telephone_tells_nobody(post: Post) -> None:
    start_day_now(post.shop)
    assert book(post.shop, "waiter", asStaff=True, phone="13800138000")["success"]
    assert post.waiting() == {}


def join(post: Post, guest: str) -> str:
    told = {"requestId": request_id(), "shopId": post.shop.shop_id, "guests": 3}
    reply = post.shop.call("joinQueue", post.shop.guest(guest), **told)
    assert reply["success"], reply
    ticket_id: str = reply["data"]["place"]["ticketId"]
    return ticket_id


def move(post: Post, **told: str) -> Reply:
    reply = post.shop.call("manageQueue", post.shop.guest("waiter"), requestId=request_id(), move=told)
    assert reply["success"], reply
    return reply


def test_a_party_is_told_once_that_its_turn_is_near_and_at_each_call(post: Post) -> None:
    guests = [f"g{n}" for n in range(6)]
    for guest in guests:
        for kind in ("queueNear", "queueCalled"):
            post.consent(kind, guest, times=3)
    tickets = [join(post, guest) for guest in guests]
    move(post, op="next", letter="B")
    post.send()
    near = [[one["ahead"] for one in told(post, "queueNear", guest)] for guest in guests]
    assert near == [[], ["0"], ["1"], ["2"], [], []]
    assert [one["number"] for one in told(post, "queueCalled", "g0")] == ["B001"]
    move(post, op="call", ticketId=tickets[0])
    move(post, op="next", letter="B")
    post.send()
    assert [len(told(post, "queueNear", guest)) for guest in guests] == [0, 1, 1, 1, 1, 0]
    assert [len(told(post, "queueCalled", guest)) for guest in guests] == [2, 1, 0, 0, 0, 0]
    move(post, op="pass", ticketId=tickets[0])
    move(post, op="recall", ticketId=tickets[0])
    post.send()
    assert len(told(post, "queueCalled", "g0")) == 3
    assert [len(told(post, "queueNear", guest)) for guest in guests] == [0, 1, 1, 1, 1, 0]


def test_a_party_without_a_phone_is_called_on_the_screen_only(post: Post) -> None:
    told_of = {"requestId": request_id(), "guests": 3, "walkIn": True, "shopId": post.shop.shop_id}
    assert post.shop.call("joinQueue", post.shop.guest("waiter"), **told_of)["success"]
    move(post, op="next", letter="B")
    assert post.waiting() == {}
