"""Ordering from the shared cart: exactly the shown lines, once, whatever happens in between (rule 10)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from pymongo import MongoClient

from functions.submitOrder.index import main as submit_order
from shared.runtime.clock import utc_now
from shared.store import cart, orders, stock
from shared.store.client import Document
from shared.store.scope import Chain, Shop
from shared.store.sitting_document import Seat, Taken
from shared.store.sittings import of_open
from tests.functions.test_cart import add, edit, lines_of, stored
from tests.store.faults import UNHEARD, failing
from tests.support.shops import Reply, TestShop, context, line, request_id

Plain = MongoClient[Document]
ROOT = Path(__file__).parents[2]
KILLED = """
import json, os, signal, sys
from pymongo import monitoring
from tests.store.faults import JustBefore
monitoring.register(JustBefore(sys.argv[1], lambda: os.kill(os.getpid(), signal.SIGKILL)))
from functions.submitOrder.index import main
print(main(json.loads(sys.argv[2]), json.loads(sys.argv[3])))
"""


@pytest.fixture(scope="module")
def plain(mongodb_uri: str) -> Iterator[Plain]:
    """A client of the tests' own, to put faults in and take them out."""
    with Plain(mongodb_uri) as client:
        yield client


def table_with(shop: TestShop, *lines: Reply) -> str:
    """A sitting whose cart holds the lines."""
    sitting_id: str = shop.seat()["sittingId"]
    for one in lines:
        assert add(shop, sitting_id, one, guestName="小李")["success"]
    return sitting_id


def order(shop: TestShop, sitting_id: str, picks: dict[str, int], *, key: str | None = None, **more: object) -> Reply:
    """Submit these lines of the cart, each at the rev it was shown with."""
    event = {
        "requestId": key or request_id(),
        "tableCode": shop.code(),
        "sittingId": sitting_id,
        "cart": [{"lineId": line_id, "rev": rev} for line_id, rev in picks.items()],
        **more,
    }
    return shop.call("submitOrder", shop.guest(), **event)


def settle(shop: TestShop, *, after_s: int = 31) -> int:
    """What the sweep does about lines on their way, half a minute later."""
    return cart.settle_taken(Chain(shop.db), now=utc_now() + timedelta(seconds=after_s), order_stands=orders.stands)


def killed(shop: TestShop, event: Reply, *, before: str) -> None:
    """Submit in a process of its own that is killed just before its first command of this name leaves."""
    died = subprocess.run(
        [sys.executable, "-c", KILLED, before, json.dumps(event), json.dumps(context(shop.guest()))],
        cwd=ROOT,
        env=dict(os.environ),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert died.returncode == -9, died.stderr.decode()


def begin(shop: TestShop, sitting_id: str, *, key: str, ids: list[str]) -> Taken:
    """A command that took its lines and then died, twenty seconds ago; its command id is `key`."""
    mine, seat = Shop(shop.db, shop.shop_id), Seat(sitting_id)
    lines = tuple(one for one in of_open(mine, seat).cart if one.line_id in ids)
    taking = Taken(key, f"{shop.shop_id}-{key}", utc_now() - timedelta(seconds=20), lines)
    with (
        pytest.raises(KeyboardInterrupt),
        cart.taken(mine, seat, taking, is_joined=False, now=utc_now(), order_stands=orders.stands),
    ):
        raise KeyboardInterrupt
    return taking


def test_exactly_the_shown_lines_become_a_round_under_their_guests_names(shop: TestShop) -> None:
    sitting_id = table_with(shop, line("tea", 2), line("duck"), line("noodles", specs={"size": "big"}))
    placed = order(shop, sitting_id, {"l-tea": 1, "l-noodles": 1})["data"]["order"]
    assert [(one["lineId"], one["amountFen"]) for one in placed["lines"]] == [("l-tea", 600), ("l-noodles", 2200)]
    assert (placed["round"], placed["tableName"], placed["dueFen"]) == (1, "1号桌", 2800)
    assert lines_of(shop, sitting_id) == {"l-duck": 1}
    assert stored(shop, sitting_id)["taken"] == []
    found = shop.db["orders"].find_one({"shop_id": shop.shop_id})
    assert found is not None
    assert {(one["guest_id"], one["guest_name"]) for one in found["lines"]} == {(shop.guest(), "小李")}
    key = request_id()
    second = order(shop, sitting_id, {"l-duck": 1}, key=key)
    assert (second["data"]["order"]["round"], lines_of(shop, sitting_id)) == (2, {})
    assert order(shop, sitting_id, {"l-duck": 1}, key=key)["data"] == second["data"]
    assert order(shop, sitting_id, {"l-duck": 2}, key=key)["code"] == "REQUEST_ID_REUSED"


def test_a_line_that_changed_or_is_gone_stops_the_order_and_nothing_is_written(shop: TestShop) -> None:
    sitting_id = table_with(shop, line("tea", 2), line("duck"), line("fish"))
    edit(shop, sitting_id, "change", lineId="l-duck", by=1)
    edit(shop, sitting_id, "remove", lineId="l-fish")
    before = (shop.counts(), stored(shop, sitting_id))
    reply = order(shop, sitting_id, {"l-tea": 1, "l-duck": 1, "l-fish": 1})
    assert (reply["code"], reply["message"]) == ("CART_CHANGED", "购物车有变动，请确认后重新提交")
    assert reply["details"] == {
        "lines": [{"lineId": "l-duck", "fault": "changed"}, {"lineId": "l-fish", "fault": "gone"}]
    }
    assert (shop.counts(), stored(shop, sitting_id)) == before
    assert order(shop, sitting_id, {"l-tea": 1, "l-duck": 2})["success"]


@pytest.mark.parametrize(
    ("picks", "more", "code"),
    [
        ({"l-fish": 1, "l-tea": 1}, {}, "STOCK_SHORT"),
        ({"l-tea": 1}, {"quoteHash": "0123456789abcdef"}, "PRICE_CHANGED"),
        ({"l-tea": 1}, {"lines": [line("tea")]}, "INVALID_ARGUMENT"),
        ({}, {}, "INVALID_ARGUMENT"),
    ],
)
def test_a_refused_order_leaves_the_cart_as_it_was(
    shop: TestShop, picks: dict[str, int], more: Reply, code: str
) -> None:
    sitting_id = table_with(shop, line("tea", 2), line("fish", 9))
    cart_before, before = stored(shop, sitting_id)["cart"], shop.counts()
    assert order(shop, sitting_id, picks, **more)["code"] == code
    assert (stored(shop, sitting_id)["cart"], shop.counts()) == (cart_before, before)


def test_the_same_submission_at_once_from_eight_threads_is_one_order(shop: TestShop) -> None:
    sitting_id, key = table_with(shop, line("tea", 2), line("duck", 3)), request_id()
    with ThreadPoolExecutor(8) as phones:
        replies = list(phones.map(lambda _: order(shop, sitting_id, {"l-tea": 1, "l-duck": 1}, key=key), range(8)))
    assert all(reply["success"] for reply in replies), replies
    assert len({reply["data"]["order"]["orderId"] for reply in replies}) == 1
    assert (shop.counts()["orders"], shop.left("duck"), lines_of(shop, sitting_id)) == (1, 97, {})


def test_two_guests_submit_the_same_lines_at_once_and_one_of_them_is_told(shop: TestShop) -> None:
    sitting_id = table_with(shop, line("tea", 2), line("duck", 3))
    with ThreadPoolExecutor(8) as phones:
        replies = list(phones.map(lambda _: order(shop, sitting_id, {"l-tea": 1, "l-duck": 1}), range(8)))
    assert sorted(reply.get("code", "done") for reply in replies) == ["CART_CHANGED"] * 7 + ["done"]
    assert (shop.counts()["orders"], shop.left("duck"), lines_of(shop, sitting_id)) == (1, 97, {})


def test_an_edit_and_a_submission_at_once_never_order_what_was_not_shown(shop: TestShop) -> None:
    for _ in range(10):
        sitting_id = table_with(shop, line("tea", 1))
        with ThreadPoolExecutor(2) as phones:
            submitted = phones.submit(order, shop, sitting_id, {"l-tea": 1})
            edited = phones.submit(edit, shop, sitting_id, "change", lineId="l-tea", by=1)
        placed, changed = submitted.result(), edited.result()
        assert placed["success"] != changed["success"], (placed, changed)
        if placed["success"]:
            assert placed["data"]["order"]["lines"][0]["quantity"] == 1
        assert lines_of(shop, sitting_id) == ({} if placed["success"] else {"l-tea": 2})
        shop.db["table_sessions"].update_one(
            {"shop_id": shop.shop_id, "_id": sitting_id}, {"$set": {"state": "closed"}}
        )


@pytest.mark.parametrize(
    ("killed_before", "is_taken"),
    [("insert", True), ("update", False), ("findAndModify", False)],
    ids=["the order", "the hold", "the round"],
)
def test_a_process_killed_on_the_way_orders_nothing_and_the_repeat_orders_once(
    shop: TestShop, killed_before: str, is_taken: bool
) -> None:
    sitting_id, key = table_with(shop, line("tea", 2), line("duck", 3)), request_id()
    shop.submit([line("duck")], sittingId=sitting_id)  # so that the day's stock has begun
    event: Reply = {"requestId": key, "tableCode": shop.code(), "sittingId": sitting_id}
    event |= {"cart": [{"lineId": "l-tea", "rev": 1}, {"lineId": "l-duck", "rev": 1}]}
    killed(shop, event, before=killed_before)
    assert shop.counts()["orders"] == 1
    assert lines_of(shop, sitting_id) == ({} if is_taken else {"l-tea": 2, "l-duck": 3})
    assert len(stored(shop, sitting_id).get("taken", [])) == is_taken
    settle(shop)
    stock.settle_all(Chain(shop.db), now=utc_now() + timedelta(seconds=31), order_stands=orders.stands)
    assert (lines_of(shop, sitting_id), shop.left("duck")) == ({"l-tea": 2, "l-duck": 3}, 99)
    assert shop.call("submitOrder", shop.guest(), **event)["success"]
    assert (lines_of(shop, sitting_id), shop.left("duck")) == ({}, 96)


def test_a_process_killed_after_the_order_stands_leaves_nothing_in_the_cart(shop: TestShop) -> None:
    sitting_id, key = table_with(shop, line("tea", 2)), request_id()
    event: Reply = {"requestId": key, "tableCode": shop.code(), "sittingId": sitting_id}
    event["cart"] = [{"lineId": "l-tea", "rev": 1}]
    killed(shop, event, before="update")  # tea is unlimited, so nothing is held: this update is what drops the lines
    assert (shop.counts()["orders"], lines_of(shop, sitting_id)) == (1, {})
    assert len(stored(shop, sitting_id)["taken"]) == 1
    settle(shop)
    assert (stored(shop, sitting_id)["taken"], lines_of(shop, sitting_id)) == ([], {})
    assert shop.call("submitOrder", shop.guest(), **event)["data"]["order"]["dueFen"] == 600
    assert shop.counts()["orders"] == 1


def test_lines_of_a_process_that_died_come_back_once(shop: TestShop) -> None:
    sitting_id = table_with(shop, line("tea", 2), line("duck"))
    begin(shop, sitting_id, key="dead", ids=["l-tea"])
    assert lines_of(shop, sitting_id) == {"l-duck": 1}
    assert (settle(shop, after_s=5), lines_of(shop, sitting_id)) == (0, {"l-duck": 1})
    settle(shop)
    settle(shop)
    assert lines_of(shop, sitting_id) == {"l-tea": 2, "l-duck": 1}
    assert stored(shop, sitting_id)["taken"] == []


def test_a_dead_commands_repeat_goes_on_with_its_lines(shop: TestShop) -> None:
    sitting_id, key = table_with(shop, line("tea", 2), line("duck")), request_id()
    picks = {"l-tea": 1, "l-duck": 1}
    event: Reply = {"tableCode": shop.code(), "sittingId": sitting_id, "requestId": key}
    event["cart"] = [{"lineId": line_id, "rev": rev} for line_id, rev in picks.items()]
    digest = digest_of(shop, event)
    begun = begin(shop, sitting_id, key=digest, ids=["l-tea", "l-duck"])
    placed = order(shop, sitting_id, picks, key=key)
    assert placed["success"], placed
    assert placed["data"]["order"]["orderId"] == begun.order_id
    assert (settle(shop), stored(shop, sitting_id)["taken"], lines_of(shop, sitting_id)) == (0, [], {})
    assert shop.counts()["orders"] == 1


def test_a_repeat_that_comes_after_the_lines_went_back_takes_them_again(shop: TestShop) -> None:
    sitting_id, key = table_with(shop, line("duck")), request_id()
    event: Reply = {"tableCode": shop.code(), "sittingId": sitting_id, "requestId": key}
    event["cart"] = [{"lineId": "l-duck", "rev": 1}]
    begin(shop, sitting_id, key=digest_of(shop, event), ids=["l-duck"])
    settle(shop)
    assert order(shop, sitting_id, {"l-duck": 1}, key=key)["success"]
    assert lines_of(shop, sitting_id) == {}


def test_a_first_try_that_may_still_live_is_waited_for_and_not_doubled(shop: TestShop) -> None:
    sitting_id, key = table_with(shop, line("tea")), request_id()
    event: Reply = {"tableCode": shop.code(), "sittingId": sitting_id, "requestId": key}
    event["cart"] = [{"lineId": "l-tea", "rev": 1}]
    begin(shop, sitting_id, key=digest_of(shop, event), ids=["l-tea"])
    where = {"shop_id": shop.shop_id, "_id": sitting_id}
    shop.db["table_sessions"].update_one(where, {"$set": {"taken.0.at": utc_now()}})
    hurried = {**context(shop.guest()), "time_limit_in_ms": 2_000}
    assert submit_order(event, hurried)["code"] == "BUSY"
    assert shop.counts()["orders"] == 0


def test_an_order_that_never_arrived_keeps_its_lines_out_until_the_sweep_gives_them_back(
    shop: TestShop, plain: Plain
) -> None:
    sitting_id, key = table_with(shop, line("duck", 2)), request_id()
    event: Reply = {"tableCode": shop.code(), "sittingId": sitting_id, "requestId": key}
    event["cart"] = [{"lineId": "l-duck", "rev": 1}]
    hurried = {**context(shop.guest()), "time_limit_in_ms": 2_000}
    with failing(plain, "insert", UNHEARD, times=None):
        assert submit_order(event, hurried)["code"] == "UNKNOWN"
    assert lines_of(shop, sitting_id) == {}
    settle(shop)
    stock.settle_all(Chain(shop.db), now=utc_now() + timedelta(seconds=31), order_stands=orders.stands)
    assert (lines_of(shop, sitting_id), shop.left("duck")) == ({"l-duck": 2}, 100)
    assert order(shop, sitting_id, {"l-duck": 1}, key=key)["success"]
    assert (lines_of(shop, sitting_id), shop.left("duck")) == ({}, 98)


def test_lines_come_back_beside_what_was_added_meanwhile(shop: TestShop) -> None:
    sitting_id = table_with(shop, line("tea", 2))
    begin(shop, sitting_id, key="dead", ids=["l-tea"])
    assert add(shop, sitting_id, line("duck", 1, "l-tea"))["code"] == "CART_CHANGED"
    assert add(shop, sitting_id, line("duck"))["success"]
    settle(shop)
    assert [one["line_id"] for one in stored(shop, sitting_id)["cart"]] == ["l-tea", "l-duck"]


def digest_of(shop: TestShop, event: Reply) -> str:
    """The command id of a guest's submission."""
    from shared.contracts.ordering import SubmitOrder
    from shared.store.commands import CommandKey

    key = CommandKey.of(shop.guest(), "submitOrder", SubmitOrder.model_validate(event))
    assert key is not None
    return key.digest
