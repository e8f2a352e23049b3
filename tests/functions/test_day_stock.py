"""Staff set what is left, beside guests who order it: set = left + held + sold, always (rule 13)."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymongo import MongoClient
from pymongo.database import Database

from functions.setStock.index import main as set_stock_main
from shared.contracts.menu import SetStock
from shared.contracts.ordering import SubmitOrder
from shared.store.client import Document
from shared.usecases.menu import set_stock
from shared.usecases.ordering import submit_order
from tests.functions.at_moments import local, menu_at, work_at
from tests.store.faults import TRANSIENT, failing
from tests.support.shops import Reply, TestShop, context, line, open_shop, request_id


def say(shop: TestShop, dish: str = "duck", *, role: str = "kitchen", **numbers: Any) -> Reply:
    return shop.call("setStock", shop.guest(role), **{"requestId": request_id(), "dishId": dish} | numbers)


def day(shop: TestShop) -> Document:
    found = shop.db["stock"].find_one({"shop_id": shop.shop_id})
    return found or {"set": {}, "left": {}, "holds": {}}


def sold(shop: TestShop, dish: str = "duck") -> int:
    orders = shop.db["orders"].find({"shop_id": shop.shop_id})
    return sum(one["quantity"] for order in orders for one in order["lines"] if one["dish_id"] == dish)


def shown(shop: TestShop, dish: str = "duck") -> int | None:
    left: int | None = shop.call("getMenu", shop.guest(), shopId=shop.shop_id)["data"]["left"].get(dish)
    return left


def unchanged(shop: TestShop) -> tuple[dict[str, int], Document, Document | None]:
    """What a refusal leaves as it was."""
    return shop.counts(), day(shop), shop.db["dishes"].find_one({"shop_id": shop.shop_id, "dish_id": "duck"})


def test_exactly_so_many_are_left_and_what_was_sold_stays_sold(shop: TestShop) -> None:
    shop.submit([line("duck", 10)])
    reply = say(shop, left=5)
    assert reply["data"] == {"dishId": "duck", "name": "道口烧鸡", "left": 5, "daily": 100}
    assert (day(shop)["set"]["duck"], shop.left("duck"), shown(shop)) == (15, 5, 5)
    assert shop.submit([line("duck", 6)])["code"] == "STOCK_SHORT"
    assert shop.submit([line("duck", 5)])["success"]
    assert (day(shop)["set"]["duck"], shop.left("duck"), sold(shop)) == (15, 0, 15)


def test_before_the_first_order_of_the_day_too(shop: TestShop) -> None:
    assert say(shop, left=2)["data"]["left"] == 2
    assert shop.submit([line("duck", 3)])["details"]["dishes"][0]["left"] == 2
    assert shop.submit([line("duck", 2), line("fish")])["success"]
    assert (shop.left("duck"), shop.left("fish")) == (0, 2)


def test_none_left_is_empty_and_more_is_back(shop: TestShop) -> None:
    say(shop, left=0)
    menu = shop.call("getMenu", shop.guest(), shopId=shop.shop_id)["data"]
    assert (menu["left"]["duck"], menu["unavailable"]["duck"]["reason"]) == (0, "empty")
    say(shop, left=1)
    assert shop.submit([line("duck")])["success"]


def test_an_unlimited_dish_is_limited_today_and_unlimited_tomorrow(shop: TestShop) -> None:
    command = SetStock(request_id=request_id(), dish_id="tea", left=2)
    reply = set_stock(command, work_at(shop, local("24T12:00"), role="kitchen"))
    assert (reply.left, reply.daily) == (2, None)
    late, early = local("25T03:59:59"), local("25T04:00")
    assert (menu_at(shop, late).left["tea"], "tea" in menu_at(shop, early).left) == (2, False)

    def order(quantity: int, now: Any) -> Any:
        wanted = {"lineId": "l", "dishId": "tea", "quantity": quantity}
        command = SubmitOrder.model_validate({"requestId": request_id(), "shopId": shop.shop_id, "lines": [wanted]})
        return submit_order(command, work_at(shop, now)).order

    order(2, late)
    assert menu_at(shop, late).unavailable["tea"].until == early
    order(50, early)
    assert [
        found["left"].get("tea") for found in shop.db["stock"].find({"shop_id": shop.shop_id}).sort("biz_date")
    ] == [
        0,
        None,
    ]


def test_a_combo_takes_the_unlimited_dish_that_is_limited_today(shop: TestShop) -> None:
    say(shop, "tea", left=1)
    lunch = line("lunch", combo={"main": "duck", "drink": "tea"})
    assert shop.submit([lunch])["success"]
    refused = shop.submit([lunch])
    assert refused["details"]["dishes"] == [{"dishId": "tea", "name": "大麦茶", "left": 0, "wanted": 1}]


def test_a_days_stock_is_whole_again_at_the_shops_cutoff(shop: TestShop) -> None:
    say_at = work_at(shop, local("24T23:00"), role="kitchen")
    set_stock(SetStock(request_id=request_id(), dish_id="duck", left=7), say_at)
    moments = [local(f"{at}") for at in ("24T23:00", "25T00:00", "25T03:59:59", "25T04:00", "25T23:59")]
    assert [menu_at(shop, now).left["duck"] for now in moments] == [7, 7, 7, 100, 100]


def test_every_day_from_today_on_has_the_new_number_and_what_is_sold_counts(shop: TestShop) -> None:
    noon = local("24T12:00")
    lines = [{"lineId": "l", "dishId": "duck", "quantity": 30}]
    submit = SubmitOrder.model_validate({"requestId": request_id(), "shopId": shop.shop_id, "lines": lines})
    submit_order(submit, work_at(shop, noon))

    def daily(number: int | None) -> int | None:
        command = SetStock(request_id=request_id(), dish_id="duck", daily=number)
        return set_stock(command, work_at(shop, noon, role="manager")).left

    assert (daily(50), day(shop)["set"]["duck"]) == (20, 50)
    assert menu_at(shop, noon + timedelta(days=1)).left["duck"] == 50
    assert (daily(10), day(shop)["set"]["duck"]) == (0, 30)
    assert menu_at(shop, noon + timedelta(days=1)).left["duck"] == 10
    assert daily(None) is None
    assert ["duck" in menu_at(shop, noon + timedelta(days=ahead)).left for ahead in (0, 1)] == [False, False]
    assert (daily(40), day(shop)["set"]["duck"]) == (10, 40)


def test_today_and_every_day_may_be_set_in_one(shop: TestShop) -> None:
    assert say(shop, left=4, daily=9)["data"] == {"dishId": "duck", "name": "道口烧鸡", "left": 4, "daily": 9}
    assert say(shop, "tea", left=4, daily=None)["data"] == {"dishId": "tea", "name": "大麦茶", "left": 4}
    assert (shown(shop), shown(shop, "tea")) == (4, 4)


@pytest.mark.parametrize(
    ("numbers", "field"),
    [
        ({}, "event"),
        ({"left": None}, "event"),
        ({"left": -1}, "left"),
        ({"left": 10_000}, "left"),
        ({"daily": 1.5}, "daily"),
        ({"left": "many"}, "left"),
        ({"left": {"$inc": 1}}, "left"),
    ],
)
def test_what_is_no_number_is_refused(shop: TestShop, numbers: Reply, field: str) -> None:
    before = unchanged(shop)
    reply = say(shop, **numbers)
    assert (reply["code"], reply["details"]["fields"][0]["field"]) == ("INVALID_ARGUMENT", field)
    assert unchanged(shop) == before


def test_a_dish_that_is_not_there_and_people_who_may_not_change_nothing(shop: TestShop) -> None:
    before = unchanged(shop)
    assert say(shop, "caviar", left=1)["code"] == "NOT_FOUND"
    for role in ("guest", "waiter", "cashier"):
        assert say(shop, role=role, shopId=shop.shop_id, left=1)["code"] == "PERMISSION_DENIED"
    assert unchanged(shop) == before


def test_once_however_often_it_is_sent(shop: TestShop) -> None:
    key = request_id()
    first = say(shop, left=5, requestId=key)
    shop.submit([line("duck", 2)])
    assert say(shop, left=5, requestId=key)["data"] == first["data"]
    assert (shop.left("duck"), day(shop)["set"]["duck"]) == (3, 5)
    assert say(shop, left=6, requestId=key)["code"] == "REQUEST_ID_REUSED"


def test_sent_again_after_it_broke_half_way_it_counts_once(shop: TestShop, mongodb_uri: str) -> None:
    shop.submit([line("duck")])
    key = request_id()
    event = {"requestId": key, "dishId": "duck", "left": 5}
    hurried = {**context(shop.guest("kitchen")), "time_limit_in_ms": 2_000}
    with MongoClient[Document](mongodb_uri) as plain, failing(plain, "insert", TRANSIENT, times=None):
        assert set_stock_main(event, hurried)["code"] == "BUSY"
    assert shop.left("duck") == 5
    shop.submit([line("duck", 2)])
    assert say(shop, left=5, requestId=key)["data"]["left"] == 3
    assert (shop.left("duck"), day(shop)["set"]["duck"]) == (3, 6)


def test_who_set_it_and_when_stays_with_the_dish(shop: TestShop) -> None:
    say(shop, left=5, role="manager")
    found = shop.db["dishes"].find_one({"shop_id": shop.shop_id, "dish_id": "duck"})
    assert found is not None
    assert found["limits_set"]["by"] == f"manager-{shop.shop_id}"


def test_set_in_the_middle_of_a_rush_nothing_is_lost_and_nothing_oversold(shop: TestShop) -> None:
    """Sixty orders of one and eight new numbers at once: whatever their order, the sum holds, and the end is exact."""

    def act(number: int) -> Reply:
        return say(shop, left=10) if number % 8 == 0 else shop.submit([line("duck")], guest=f"g{number}")

    with ThreadPoolExecutor(24) as crowd:
        replies = list(crowd.map(act, range(64)))
    assert {reply.get("code", "done") for reply in replies} <= {"done", "STOCK_SHORT"}
    assert all(replies[number]["success"] for number in range(0, 64, 8))
    taken = day(shop)["set"]["duck"] - shop.left("duck")
    assert (taken, 0 <= shop.left("duck") <= 10) == (sold(shop), True)
    before = sold(shop)
    assert say(shop, left=3)["data"]["left"] == 3
    rest = [shop.submit([line("duck")], guest=f"late{n}").get("code", "sold") for n in range(5)]
    assert Counter(rest) == {"sold": 3, "STOCK_SHORT": 2}
    assert (sold(shop), day(shop)["set"]["duck"]) == (before + 3, before + 3)


def test_read_and_written_apart_the_same_rush_loses_sales(db: Database[Document]) -> None:
    """The negative control: the new number computed from what was read, with an order in between."""
    days = db.client[f"{db.name}_unguarded"]["days"]
    days.insert_one({"_id": "day", "set": 100, "left": 100})
    try:
        found = days.find_one({"_id": "day"})
        assert found is not None
        days.update_one({"_id": "day", "left": {"$gte": 1}}, {"$inc": {"left": -1}})
        days.update_one({"_id": "day"}, {"$set": {"left": 10, "set": 10 + found["set"] - found["left"]}})
        after = days.find_one({"_id": "day"})
    finally:
        db.client.drop_database(f"{db.name}_unguarded")
    assert after == {"_id": "day", "set": 10, "left": 10}


steps = st.lists(
    st.tuples(st.sampled_from(("order", "left", "daily")), st.integers(0, 12)) | st.tuples(st.just("free"), st.just(0)),
    min_size=1,
    max_size=6,
)


@settings(max_examples=40)
@given(steps=steps)
def test_whatever_is_set_and_ordered_the_sum_holds(db: Database[Document], steps: list[tuple[str, int]]) -> None:
    shop = open_shop(db)
    for step, number in steps:
        if step == "order":
            shop.submit([line("duck", max(number, 1))])
        elif step == "free":
            assert "left" not in say(shop, daily=None)["data"]
        else:
            numbers: dict[str, Any] = {step: number}
            reply = say(shop, **numbers)
            assert reply["data"]["left"] == shop.left("duck")
    found = day(shop)
    assert found["set"].get("duck", 0) - found["left"].get("duck", 0) <= sold(shop)
    assert found["left"].get("duck", 0) >= 0
