"""A group is cooked when its last seat is paid, and not before; one that fails sends everybody's money home."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from pymongo import MongoClient

from shared.access.caller import Caller
from shared.runtime.clock import Deadline, utc_now
from shared.store.client import Document
from shared.store.scope import Shop
from shared.store.work import Work
from shared.usecases.group_seats import end_group
from tests.store.faults import JustBefore
from tests.support.audit import assert_clean
from tests.support.desk import Desk, sweep
from tests.support.group_buys import PRICE, GroupBuys, group_of, order_of
from tests.support.shops import line, request_id


@pytest.fixture
def buys(desk: Desk) -> Iterator[GroupBuys]:
    """A shop with the offer; at the end the books are right."""
    found = GroupBuys(desk)
    found.offer()
    yield found
    assert_clean(desk.shop.db, desk.shop.shop_id)


def seated(buys: GroupBuys, *guests: str) -> str:
    """A group in which these guests have paid, the first of them its leader; its id."""
    first = buys.open(guests[0])
    group_id = group_of(first)
    assert buys.pay(guests[0], first) == "settled"
    for guest in guests[1:]:
        assert buys.pay(guest, buys.join(guest, group_id)) == "settled"
    return group_id


def test_a_seat_costs_the_groups_price_and_nothing_cuts_it(buys: GroupBuys) -> None:
    reply = buys.open()
    order = reply["data"]["order"]
    assert (order["state"], order["dueFen"], order["lines"][0]["unitFen"]) == ("pending", PRICE, PRICE)
    (group,) = reply["data"]["groups"]
    assert (group["taken"], group["paid"], group["size"], group["mine"]) == (1, 0, 3, order_of(reply))


def test_the_kitchen_gets_everything_when_the_last_seat_is_paid_and_nothing_before(buys: GroupBuys) -> None:
    group_id = seated(buys, "g0", "g1")
    assert (buys.tickets(), buys.states()) == (0, ["pending", "pending"])
    last = buys.join("g2", group_id)
    number = buys.tap("g2", last)
    assert [buys.hear(number) for _ in range(3)] == ["settled", "known", "known"]
    assert (buys.tickets(), buys.states()) == (6, ["confirmed"] * 3)
    assert (buys.group(group_id)["state"], buys.sent_home()) == ("full", 0)


def test_a_paid_seat_does_not_expire_and_is_not_cancelled_while_it_waits(buys: GroupBuys) -> None:
    reply = buys.open()
    buys.pay("g0", reply)
    told = buys.desk.shop.call(
        "cancelOrder",
        buys.desk.shop.guest("g0"),
        requestId=request_id(),
        shopId=buys.desk.shop.shop_id,
        orderId=order_of(reply),
    )
    assert (told["code"], "等待成团" in told["message"]) == ("STATE_CONFLICT", True)
    sweep()
    assert buys.states() == ["pending"]
    assert buys.desk.pay(PRICE, guest="g0", orderId=order_of(reply))["code"] == "STATE_CONFLICT"


def test_a_seat_that_is_not_paid_in_time_comes_free_once(buys: GroupBuys) -> None:
    group_id = seated(buys, "g0")
    replies = [buys.join(guest, group_id) for guest in ("g1", "g2")]
    assert buys.join("g3", group_id)["code"] == "GROUP_FULL"
    buys.unpaid_too_long(replies[0])
    sweep()
    sweep()
    group = buys.group(group_id)
    assert (group["taken"], len(group["seats"])) == (2, 2)
    assert buys.join("g3", group_id)["success"]
    assert buys.join("g4", group_id)["code"] == "GROUP_FULL"


def test_a_guest_who_cancels_before_paying_frees_the_seat_and_may_come_again(buys: GroupBuys) -> None:
    group_id = seated(buys, "g0")
    reply = buys.join("g1", group_id)
    shop = buys.desk.shop
    shop.call("cancelOrder", shop.guest("g1"), requestId=request_id(), shopId=shop.shop_id, orderId=order_of(reply))
    assert buys.group(group_id)["taken"] == 1
    assert buys.join("g1", group_id)["success"]


def test_ten_guests_who_want_the_last_seat_at_once_one_gets_it(buys: GroupBuys) -> None:
    group_id = seated(buys, "g0", "g1")
    with ThreadPoolExecutor(10) as pool:
        replies = list(pool.map(lambda n: buys.join(f"late{n}", group_id), range(10)))
    codes = [reply.get("code", "seated") for reply in replies]
    assert codes.count("seated") == 1
    assert set(codes) <= {"seated", "GROUP_FULL", "BUSY"}
    assert (buys.group(group_id)["taken"], len(buys.states())) == (3, 3)


def test_without_the_condition_two_guests_get_the_last_seat(buys: GroupBuys) -> None:
    group_id = seated(buys, "g0", "g1")
    where = {"_id": group_id, "shop_id": buys.desk.shop.shop_id}
    for guest in ("a", "b"):
        seat = {"order_id": guest, "openid": guest, "device_id": guest, "paid": False}
        buys.desk.shop.db["groups"].update_one(where, {"$inc": {"taken": 1}, "$push": {"seats": seat}})
    assert buys.group(group_id)["taken"] == 4
    buys.desk.shop.db["groups"].delete_one(where)
    buys.desk.shop.db["orders"].update_many({"shop_id": buys.desk.shop.shop_id}, {"$unset": {"group_id": ""}})


def test_two_last_payments_at_once_fill_the_group_once(buys: GroupBuys) -> None:
    group_id = seated(buys, "g0")
    numbers = [buys.tap(guest, buys.join(guest, group_id)) for guest in ("g1", "g2")]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(buys.desk.hear, numbers))
    for number in numbers:
        buys.desk.hear(number)
    assert (buys.group(group_id)["state"], buys.tickets(), buys.states()) == ("full", 6, ["confirmed"] * 3)


def test_a_group_that_fails_sends_everybody_home_with_their_money(buys: GroupBuys) -> None:
    group_id = seated(buys, "g0", "g1")
    left = buys.desk.shop.left("duck")
    buys.join("g2", group_id)
    buys.over(group_id)
    for _ in range(2):
        assert sweep()["failed"] == []
    assert (buys.group(group_id)["state"], buys.states()) == ("expired", ["cancelled"] * 3)
    assert (buys.sent_home(), len(buys.desk.refunds()), buys.tickets()) == (2 * PRICE, 2, 0)
    assert buys.desk.shop.left("duck") == left + 2
    for back in buys.desk.refunds():
        buys.desk.wechat.settle(back["_id"], "SUCCESS")
        buys.desk.hear(back["_id"], refund=True)
    assert [back["state"] for back in buys.desk.refunds()] == ["done", "done"]


def test_whoever_pays_when_it_is_over_gets_it_back(buys: GroupBuys) -> None:
    group_id = seated(buys, "g0", "g1")
    last = buys.join("g2", group_id)
    number = buys.tap("g2", last)
    buys.over(group_id)
    assert buys.hear(number) == "returned"
    sweep()
    assert (buys.states(), buys.sent_home(), buys.tickets()) == (["cancelled"] * 3, 3 * PRICE, 0)


def test_who_has_not_begun_to_pay_when_it_is_over_is_told_so(buys: GroupBuys) -> None:
    reply = buys.open()
    buys.over(group_of(reply))
    assert buys.desk.pay(PRICE, guest="g0", orderId=order_of(reply))["code"] == "GROUP_CLOSED"
    assert buys.join("g1", group_of(reply))["code"] == "GROUP_CLOSED"


@pytest.mark.parametrize("step", ["update", "insert", "commitTransaction"])
def test_the_process_that_sends_them_home_may_die_at_any_step(buys: GroupBuys, mongodb_uri: str, step: str) -> None:
    group_id = seated(buys, "g0", "g1")
    buys.over(group_id)

    def die() -> None:
        raise KeyboardInterrupt

    with MongoClient[Document](mongodb_uri, tz_aware=True, event_listeners=[JustBefore(step, die)]) as client:
        shop = Shop(client[buys.desk.shop.db.name], buys.desk.shop.shop_id)
        work = Work(shop, Caller("sweep", "system"), utc_now(), Deadline.after(8), "t")
        with pytest.raises(KeyboardInterrupt):
            end_group(group_id, work)
        # A transaction whose process died before its commit is ended by the server after a minute; here at once.
        client.admin.command("killAllSessions", [])
    sweep()
    sweep()
    assert (buys.states(), buys.sent_home()) == (["cancelled"] * 2, 2 * PRICE)


def test_the_same_request_is_the_same_seat(buys: GroupBuys) -> None:
    key = request_id()
    replies = [buys.open(key=key) for _ in range(3)]
    assert {order_of(reply) for reply in replies} == {order_of(replies[0])}
    group_id = group_of(replies[0])
    other = request_id()
    joined = [buys.join("g1", group_id, key=other) for _ in range(3)]
    assert {order_of(reply) for reply in joined} == {order_of(joined[0])}
    assert buys.group(group_id)["taken"] == 2


def test_nobody_sits_twice_in_open_groups_of_an_offer(buys: GroupBuys) -> None:
    group_id = seated(buys, "g0")
    assert buys.join("g0", group_id)["code"] == "IN_GROUP_ALREADY"
    assert buys.open("g0")["code"] == "IN_GROUP_ALREADY"
    other = group_of(buys.open("g1"))
    assert buys.join("g0", other)["code"] == "IN_GROUP_ALREADY"
    with ThreadPoolExecutor(6) as pool:
        replies = list(pool.map(lambda _: buys.open("g9"), range(6)))
    assert sum(reply["success"] for reply in replies) == 1


def test_two_names_on_one_phone_do_not_fill_a_group(buys: GroupBuys) -> None:
    group_id = group_of(buys.open("g0", deviceId="one-phone"))
    for reply in (
        buys.join("g1", group_id, deviceId="one-phone"),
        buys.open("g1", deviceId="one-phone"),
        buys.join("g1", group_of(buys.open("g2")), deviceId="one-phone"),
    ):
        assert reply["code"] == "IN_GROUP_ALREADY"
    assert buys.join("g1", group_id)["success"]
    with ThreadPoolExecutor(6) as pool:
        replies = list(pool.map(lambda n: buys.open(f"h{n}", deviceId="another"), range(6)))
    assert sum(reply["success"] for reply in replies) == 1


def test_who_was_in_a_full_group_may_take_part_again(buys: GroupBuys) -> None:
    seated(buys, "g0", "g1", "g2")
    assert buys.open("g0")["success"]


def test_groups_with_a_free_seat_are_found_and_looked_at(buys: GroupBuys) -> None:
    mine, full = seated(buys, "g0"), seated(buys, "g1", "g2", "g3")
    told = buys.step("g9", op="list", offerId=buys.offer_id)["data"]["groups"]
    assert [(one["groupId"], one["taken"], one.get("mine")) for one in told] == [(mine, 1, None)]
    (looked,) = buys.step("g1", op="look", groupId=full)["data"]["groups"]
    assert (looked["state"], looked["paid"]) == ("full", 3)
    assert "o-" not in str(told)


@pytest.mark.parametrize(
    ("step", "code"),
    [
        ({"op": "open", "offerId": "nothing", "deviceId": "d", "line": line("duck")}, "NOT_FOUND"),
        ({"op": "join", "groupId": "nothing", "deviceId": "d", "line": line("duck")}, "NOT_FOUND"),
        ({"op": "join", "groupId": {"$ne": ""}, "deviceId": "d", "line": line("duck")}, "INVALID_ARGUMENT"),
        ({"op": "look", "groupId": "nothing"}, "NOT_FOUND"),
    ],
)
def test_what_is_not_there_is_not_joined(buys: GroupBuys, step: dict[str, Any], code: str) -> None:
    before = buys.desk.written()
    assert buys.step("g1", **step)["code"] == code
    assert buys.desk.written() == before


def test_only_one_unit_of_the_offers_dish_takes_a_seat(buys: GroupBuys) -> None:
    before = buys.desk.written()
    assert buys.open(line=line("duck", 2))["code"] == "INVALID_ARGUMENT"
    assert buys.open(line=line("tea"))["code"] == "DISH_UNAVAILABLE"
    assert buys.desk.written() == before


def test_an_offer_that_is_off_elsewhere_or_over_opens_no_group(desk: Desk) -> None:
    now = utc_now()
    wrong: tuple[Document, ...] = (
        {"active": False},
        {"shops": ["other"]},
        {"valid_until": now},
        {"valid_from": now.replace(year=2099)},
    )
    for n, more in enumerate(wrong):
        buys = GroupBuys(desk)
        offer_id = f"{buys.offer_id}-{n}"
        buys.offer(_id=offer_id, **more)
        reply = buys.step("g0", op="open", offerId=offer_id, deviceId="d", line=line("duck"))
        assert reply["code"] == "GROUP_NOT_ON"


def test_head_office_makes_an_offer_that_guests_see_and_open(desk: Desk) -> None:
    shop, now = desk.shop, utc_now()
    told = {
        "kind": "group",
        "name": "三人拼烧鸡",
        "shops": [shop.shop_id],
        "validFrom": now.isoformat(),
        "validUntil": (now + timedelta(days=1)).isoformat(),
        "dishId": "duck",
        "priceFen": PRICE,
        "size": 3,
        "lastsMin": 60,
    }
    saved = shop.call("saveCampaign", shop.guest("owner"), requestId=request_id(), campaign=told)
    assert saved["success"], saved
    (seen,) = shop.call("listOffers", shop.guest("g0"), shopId=shop.shop_id)["data"]["groupBuys"]
    assert (seen["offerId"], seen["size"], seen["lastsMin"]) == (saved["data"]["campaignId"], 3, 60)
    opened = GroupBuys(desk).step("g0", op="open", offerId=seen["offerId"], deviceId="d", line=line("duck"))
    assert opened["data"]["order"]["dueFen"] == PRICE
    for wrong in ({"size": 1}, {"size": 11}, {"lastsMin": 1}, {"dishId": "nothing"}, {"validUntil": None}):
        refused = shop.call("saveCampaign", shop.guest("owner"), requestId=request_id(), campaign=told | wrong)
        assert refused["code"] == "INVALID_ARGUMENT", (wrong, refused)
