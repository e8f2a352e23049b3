"""What a guest is told when the database fails under an order, and what is left of it: once, or nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from pymongo import MongoClient

from functions.openTable.index import main as open_table
from functions.submitOrder.index import main as submit_order
from shared.runtime.clock import utc_now
from shared.store import orders, stock
from shared.store.client import Document
from shared.store.scope import Chain
from tests.store.faults import TRANSIENT, UNHEARD, UNSURE, failing
from tests.support.shops import Reply, TestShop, context, line, request_id

Plain = MongoClient[Document]


@pytest.fixture(scope="module")
def plain(mongodb_uri: str) -> Iterator[Plain]:
    """A client of the tests' own, to put faults in and take them out."""
    with Plain(mongodb_uri) as client:
        yield client


def hurried(shop: TestShop) -> dict[str, object]:
    """The context of a guest's call that has half a second left."""
    return {**context(shop.guest()), "time_limit_in_ms": 2_000}


def submit(shop: TestShop, lines: list[Reply], key: str) -> Reply:
    """Order in a hurry."""
    event = {"requestId": key, "shopId": shop.shop_id, "lines": lines}
    return submit_order(event, hurried(shop))


def settle(shop: TestShop) -> int:
    """What the relay does about held stock, half a minute later."""
    return stock.settle_all(Chain(shop.db), now=utc_now() + timedelta(seconds=31), order_stands=orders.stands)


@pytest.mark.parametrize("how", [UNHEARD, UNSURE], ids=["unheard", "unsure"])
@pytest.mark.parametrize("lines", [[line("duck", 2)], [line("tea")]], ids=["of limited stock", "unlimited"])
def test_an_order_whose_write_fails_once_stands_once(
    shop: TestShop, plain: Plain, how: dict[str, Any], lines: list[Reply]
) -> None:
    shop.submit([line("duck")])
    key = request_id()
    with failing(plain, "insert", how, times=1):
        first = submit(shop, lines, key)
    assert first["success"], first
    assert submit(shop, lines, key)["data"] == first["data"]
    assert shop.counts()["orders"] == 2
    assert shop.left("duck") == (97 if lines[0]["dishId"] == "duck" else 99)


def test_an_order_that_stands_though_nobody_could_say_so_is_answered_all_the_same(shop: TestShop, plain: Plain) -> None:
    shop.submit([line("duck")])
    with failing(plain, "insert", UNSURE, times=None):
        reply = submit(shop, [line("duck", 2)], request_id())
    assert reply["success"], reply
    settle(shop)
    assert (shop.counts()["orders"], shop.left("duck")) == (2, 97)


def test_an_order_that_never_arrived_is_unknown_and_sent_again_it_stands_once(shop: TestShop, plain: Plain) -> None:
    key, before = request_id(), shop.counts()
    with failing(plain, "insert", UNHEARD, times=None):
        reply = submit(shop, [line("tea")], key)
    assert (reply["code"], reply["message"]) == ("UNKNOWN", "网络不稳，正在确认结果，请稍后用同一请求再试")
    assert shop.counts() == before
    assert submit(shop, [line("tea")], key)["success"]
    assert shop.counts()["orders"] == 1


def test_held_stock_of_an_order_that_never_arrived_comes_back_once(shop: TestShop, plain: Plain) -> None:
    shop.submit([line("duck")])
    with failing(plain, "insert", UNHEARD, times=None):
        assert submit(shop, [line("duck", 40)], request_id())["code"] == "UNKNOWN"
    assert shop.left("duck") == 59
    for _ in range(2):
        settle(shop)
        assert shop.left("duck") == 99
    listed = shop.call("listOrders", shop.guest("manager"))["data"]["orders"]
    assert [order["lines"][0]["quantity"] for order in listed] == [1]


def test_a_busy_database_is_told_as_such_and_nothing_is_written(
    shop: TestShop, plain: Plain, capsys: pytest.CaptureFixture[str]
) -> None:
    event, before = {"requestId": request_id(), "tableCode": shop.code()}, shop.counts()
    with failing(plain, "insert", TRANSIENT, times=None):
        reply = open_table(event, hurried(shop))
    assert (reply["code"], reply["message"]) == ("BUSY", "点餐的人有点多，请稍等几秒再试")
    assert shop.counts() == before
    assert json.loads(capsys.readouterr().out)["retries"] > 1
    assert open_table(event, hurried(shop))["data"]["joined"] is False


def test_a_conflict_or_two_cost_a_guest_nothing_and_are_counted_in_the_log(
    shop: TestShop, plain: Plain, capsys: pytest.CaptureFixture[str]
) -> None:
    with failing(plain, "insert", TRANSIENT, times=2):
        shop.seat()
    assert json.loads(capsys.readouterr().out)["retries"] == 2
    assert shop.counts()["table_sessions"] == 1
