"""`cancelOrder`: who may until when, what the kitchen gets, and stock that comes back exactly once (rules 7, 13)."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from pymongo.database import Database

from shared.runtime.clock import utc_now
from shared.store import orders, stock
from shared.store.client import Document
from shared.store.scope import Chain
from tests.support.running import Running, run, told, written
from tests.support.shops import Reply, TestShop, line, open_shop, request_id

ROUNDS = 12
ROOT = Path(__file__).parents[2]
PHONE = """
import json, sys
from shared.store.client import database
from tests.support.running import Running
from tests.support.shops import TestShop, line
shop = TestShop(database(), sys.argv[1], "")
action, todo = json.loads(sys.argv[2])
def do(what):
    if action == "submitOrder":
        return shop.submit([line("duck"), line("tea")], guest=what)
    return Running(shop, what).cancel("manager", reason="x")
print(json.dumps([do(what).get("code", "done") for what in todo]))
"""


def settle(shop: TestShop) -> int:
    """What the relay does about held stock, half a minute later."""
    return stock.settle_all(Chain(shop.db), now=utc_now() + timedelta(seconds=31), order_stands=orders.stands)


def test_a_guest_cancels_before_the_kitchen_starts_and_everything_comes_back(shop: TestShop) -> None:
    order = run(shop, [line("duck", 5), line("fish", course=1), line("tea")])
    assert (shop.left("duck"), shop.left("fish")) == (95, 2)
    shown = order.cancel()["data"]["order"]
    assert (shown["state"], shown["dueFen"], shown["cancelReason"]) == ("cancelled", 0, "客人取消")
    assert told(order.papers, revision=2) == {
        ("cold", "void", ("l-duck",)),
        ("drink", "void", ("l-tea",)),
        ("pass", "void", ("l-duck", "l-tea")),
    }
    assert (shop.left("duck"), shop.left("fish")) == (100, 3)
    cancelled = order.now.cancelled
    assert cancelled is not None
    assert cancelled.by == shop.guest()


def test_a_guest_does_not_cancel_what_is_being_cooked_and_staff_do_with_a_reason(shop: TestShop) -> None:
    order = run(shop, [line("fish", 2), line("duck", 5)])
    order.step("start", "hot", person="kitchen")
    before = written(shop)
    late = order.cancel()
    assert (late["code"], late["message"]) == ("STATE_CONFLICT", "厨房已经开始制作，如需取消请联系服务员")
    silent = order.cancel("manager")
    assert (silent["code"], silent["details"]["fields"]) == (
        "INVALID_ARGUMENT",
        [{"field": "reason", "message": "请填写取消原因"}],
    )
    assert written(shop) == before
    assert order.cancel("manager", reason="客人有急事")["data"]["order"]["state"] == "cancelled"
    assert {paper.note for paper in order.papers if paper.kind == "void"} == {"客人有急事"}
    assert (shop.left("fish"), shop.left("duck")) == (1, 100), "what is begun does not come back"


@pytest.mark.parametrize("settled", [False, True], ids=["held", "sold"])
def test_stock_comes_back_once_whether_its_hold_was_settled_or_not(shop: TestShop, settled: bool) -> None:
    order = run(shop, [line("duck", 5)])
    if settled:
        settle(shop)
    key = request_id()
    replies = [order.cancel(key=key), order.cancel(key=key)]
    assert replies[0]["data"] == replies[1]["data"]
    settle(shop)
    run(shop, [line("duck")])
    settle(shop)
    day = shop.db["stock"].find_one({"shop_id": shop.shop_id})
    assert day is not None
    assert (day["set"]["duck"], day["left"]["duck"], day["holds"]) == (100, 99, {})


def test_an_order_is_cancelled_once_however_many_try(shop: TestShop) -> None:
    order = run(shop, [line("duck", 5)])
    with ThreadPoolExecutor(6) as people:
        replies = list(people.map(lambda _: order.cancel(), range(6)))
    assert sorted(reply.get("code", "") for reply in replies) == ["", *["STATE_CONFLICT"] * 5]
    assert shop.left("duck") == 100
    assert len({paper.job_id for paper in order.papers}) == 4


def test_a_dish_that_is_ordered_while_others_cancel_it_is_counted_exactly(shop: TestShop) -> None:
    """Each phone is a process of its own, as each call has an instance of its own."""
    standing = [run(shop, [line("duck", 2)], guest=f"g{n}") for n in range(30)]
    tasks = [
        *([["cancelOrder", [order.order_id for order in standing[start::2]]] for start in range(2)]),
        *([["submitOrder", [f"h{phone}-{n}" for n in range(15)]] for phone in range(2)]),
    ]
    phones = [
        subprocess.Popen(
            [sys.executable, "-c", PHONE, shop.shop_id, json.dumps(task)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        for task in tasks
    ]
    told = [json.loads(phone.communicate(timeout=60)[0].splitlines()[-1]) for phone in phones]
    assert told == [["done"] * 15] * 4
    settle(shop)
    day = shop.db["stock"].find_one({"shop_id": shop.shop_id})
    assert day is not None
    assert (day["left"]["duck"], day["holds"]) == (70, {})


def test_a_cook_who_starts_while_the_guest_cancels_decides_it_one_way_or_the_other(shop: TestShop) -> None:
    for number in range(ROUNDS):
        order = run(shop, [line("duck")], guest=f"g{number}")
        moves: list[Callable[[], Reply]] = [
            partial(order.cancel, f"g{number}"),
            partial(order.step, "start", person="kitchen"),
        ]
        with ThreadPoolExecutor(2) as both:
            cancelled, started = both.map(lambda move: move(), moves if number % 2 else moves[::-1])
        if not number % 2:
            cancelled, started = started, cancelled
        assert [cancelled["success"], started["success"]].count(True) == 1
        assert order.now.state == ("cancelled" if cancelled["success"] else "cooking")
    cooking = shop.db["orders"].count_documents({"shop_id": shop.shop_id, "state": "cooking"})
    assert shop.left("duck") == 100 - cooking


@pytest.mark.parametrize("person", ["waiter", "kitchen"])
def test_staff_whose_it_is_not_do_not_cancel(shop: TestShop, person: str) -> None:
    order = run(shop, [line("duck")])
    before = written(shop)
    assert order.cancel(person, reason="x")["code"] == "PERMISSION_DENIED"
    assert written(shop) == before


def test_another_guests_and_another_shops_order_look_like_none(shop: TestShop, db: Database[Document]) -> None:
    sitting = shop.seat()
    shop.seat(guest="friend")
    order = run(shop, [line("duck")], sittingId=sitting["sittingId"])
    theirs = run(open_shop(db), [line("duck")])
    before = written(shop)
    at_table = {"tableCode": shop.code()}
    refused = [
        order.cancel("friend", at=at_table),
        order.cancel("manager", at=at_table, reason="as a guest"),
        order.cancel("stranger"),
        Running(shop, theirs.order_id).cancel("manager", reason="x"),
        Running(shop, theirs.order_id).cancel("guest"),
        Running(shop, "no-such-order").cancel("manager", reason="x"),
    ]
    assert {(reply["code"], reply["message"]) for reply in refused} == {("NOT_FOUND", "没有找到这个订单")}
    assert written(shop) == before
    assert order.cancel("guest", at=at_table)["success"]


def test_what_was_handed_over_or_cancelled_is_not_cancelled_again(shop: TestShop) -> None:
    done, gone = run(shop, [line("tea")]), run(shop, [line("tea")])
    done.step("ready")
    done.step("complete")
    gone.cancel()
    before = written(shop)
    for order in (done, gone):
        for person, reason in (("guest", ""), ("manager", "x")):
            assert order.cancel(person, reason=reason)["code"] == "STATE_CONFLICT"
    assert written(shop) == before
