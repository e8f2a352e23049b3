"""Sold out by hand until a moment or the next business day, and back by itself (rule 14)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest

from shared.contracts.menu import SetSoldOut
from shared.runtime.clock import utc_now
from shared.usecases.menu import set_sold_out
from tests.functions.at_moments import SHANGHAI, local, menu_at, work_at
from tests.support.shops import Reply, TestShop, line, moment, request_id


def say(shop: TestShop, until: Any, *, dish: str = "tea", role: str = "kitchen", **more: Any) -> Reply:
    return shop.call(
        "setSoldOut", shop.guest(role), **{"requestId": request_id(), "dishId": dish, "until": until} | more
    )


def stored(shop: TestShop, dish_id: str = "tea") -> Reply:
    found = shop.db["dishes"].find_one({"shop_id": shop.shop_id, "dish_id": dish_id})
    assert found is not None
    return found


def version(shop: TestShop) -> int:
    found = shop.db["shops"].find_one({"_id": shop.shop_id})
    assert found is not None
    number: int = found["menu_version"]
    return number


def unavailable(shop: TestShop) -> Reply:
    found: Reply = shop.call("getMenu", shop.guest(), shopId=shop.shop_id)["data"]["unavailable"]
    return found


def test_the_next_order_of_it_is_refused_until_it_is_put_back(shop: TestShop) -> None:
    until = (utc_now() + timedelta(hours=2)).isoformat()
    reply = say(shop, until, dish="noodles")
    assert reply["data"] == {"dishId": "noodles", "name": "羊肉烩面", "soldOutUntil": until.replace("+00:00", "Z")}
    assert unavailable(shop) == {"noodles": {"reason": "soldOut", "until": reply["data"]["soldOutUntil"]}}
    before = shop.counts()
    refused = shop.submit([line("noodles", specs={"size": "small"}), line("tea")])
    assert (refused["code"], refused["message"]) == ("DISH_UNAVAILABLE", "羊肉烩面已沽清")
    assert shop.counts() == before
    assert say(shop, None, dish="noodles")["data"] == {"dishId": "noodles", "name": "羊肉烩面"}
    assert unavailable(shop) == {}
    assert shop.submit([line("noodles", specs={"size": "small"})])["success"]


def test_who_said_so_and_when_stays_with_the_dish_and_the_menu_is_another(shop: TestShop) -> None:
    before = version(shop)
    began = utc_now()
    say(shop, "nextDay", role="manager")
    told = stored(shop)["sold_out_set"]
    assert (told["by"], version(shop)) == (f"manager-{shop.shop_id}", before + 1)
    assert began <= told["at"] <= utc_now()


@pytest.mark.parametrize(
    ("now", "back"), [("24T12:00", "25T04:00"), ("25T03:59", "25T04:00"), ("25T04:00", "26T04:00")]
)
def test_until_the_next_day_ends_at_the_shops_cutoff_by_itself(shop: TestShop, now: str, back: str) -> None:
    command = SetSoldOut(request_id=request_id(), dish_id="tea", until="nextDay")
    reply = set_sold_out(command, work_at(shop, local(now), role="kitchen"))
    assert reply.sold_out_until == local(back)
    before_it = menu_at(shop, local(back) - timedelta(milliseconds=1)).unavailable
    assert {dish_id: (one.reason, one.until) for dish_id, one in before_it.items()} == {
        "tea": ("soldOut", local(back)),
        "lunch": ("soldOut", local(back)),
    }
    assert menu_at(shop, local(back)).unavailable == {}


def test_a_moment_that_is_past_or_over_thirty_days_ahead_is_refused(shop: TestShop) -> None:
    before, number = shop.counts(), version(shop)
    now = utc_now()
    for until in (
        now - timedelta(seconds=1),
        now + timedelta(days=30, minutes=1),
        datetime(1999, 1, 1, tzinfo=SHANGHAI),
    ):
        reply = say(shop, until.isoformat())
        assert (reply["code"], reply["message"]) == ("INVALID_ARGUMENT", "请选择从现在起 30 天以内的时间")
        assert [fault["field"] for fault in reply["details"]["fields"]] == ["until"]
    assert (shop.counts(), version(shop), stored(shop)["sold_out_until"]) == (before, number, None)
    assert say(shop, (now + timedelta(days=29, hours=23)).isoformat())["success"]


@pytest.mark.parametrize("until", ["tomorrow", "2026-11-25T04:00:00", "", {"$gt": ""}, []])
def test_what_is_no_moment_is_refused_in_one_sentence(shop: TestShop, until: Any) -> None:
    reply = say(shop, until)
    assert reply["code"] == "INVALID_ARGUMENT"
    assert reply["details"]["fields"] == [{"field": "until", "message": "应为 nextDay、带时区的时间，或 null"}]
    assert stored(shop)["sold_out_until"] is None


def test_until_must_be_said(shop: TestShop) -> None:
    reply = shop.call("setSoldOut", shop.guest("kitchen"), requestId=request_id(), dishId="tea")
    assert reply["details"]["fields"] == [{"field": "until", "message": "缺少这一项"}]


def test_a_dish_that_is_not_there_changes_nothing(shop: TestShop) -> None:
    before, number = shop.counts(), version(shop)
    reply = say(shop, "nextDay", dish="caviar")
    assert (reply["code"], reply["message"]) == ("NOT_FOUND", "没有找到这道菜")
    assert (shop.counts(), version(shop)) == (before, number)


def test_guests_and_cashiers_may_not(shop: TestShop) -> None:
    before = shop.counts()
    for role in ("guest", "cashier"):
        assert say(shop, "nextDay", role=role, shopId=shop.shop_id)["code"] == "PERMISSION_DENIED"
    assert (shop.counts(), stored(shop)["sold_out_until"]) == (before, None)


def test_once_however_often_it_is_sent(shop: TestShop) -> None:
    key = request_id()
    first = say(shop, "nextDay", requestId=key)
    say(shop, None)
    assert say(shop, "nextDay", requestId=key)["data"] == first["data"]
    assert stored(shop)["sold_out_until"] is None
    assert say(shop, None, requestId=key)["code"] == "REQUEST_ID_REUSED"


def test_many_dishes_at_once_all_count(shop: TestShop) -> None:
    number = version(shop)
    dishes = ("fish", "duck", "noodles", "tea", "lunch")
    with ThreadPoolExecutor(5) as staff:
        replies = list(staff.map(lambda dish: say(shop, "nextDay", dish=dish), dishes))
    assert [reply["success"] for reply in replies] == [True] * 5
    assert (sorted(unavailable(shop)), version(shop)) == (sorted(dishes), number + 5)
    assert all(moment(reply["data"]["soldOutUntil"]) > utc_now() for reply in replies)
