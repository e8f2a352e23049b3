"""The main job over real processes: guests order, each ticket is printed once where it belongs, the guest is called."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import httpx
import pytest

from scripts.local.process import wait_until
from tests.e2e.conftest import OpenPC
from tests.e2e.paper import COUNTER, PASS, STATIONS_OF, STOVE, codes
from tests.e2e.town import LIMIT_S, LiveShop, ticket_ids
from tests.support.shops import Reply, line, request_id

pytestmark = pytest.mark.xdist_group("e2e")
TWELVE = 12


def lunch(shop: LiveShop) -> list[Reply]:
    """Two tables and a pick-up, then a second round at the first table."""
    anna = {"guest": "anna", "sittingId": shop.seat("t1", "anna")["sittingId"], "tableCode": shop.code("t1")}
    bob = {"guest": "bob", "sittingId": shop.seat("t2", "bob")["sittingId"], "tableCode": shop.code("t2")}
    return [
        shop.order([line("fish", 2), line("noodles", specs={"size": "big"}, note="少盐")], **anna),
        shop.order([line("duck"), line("tea")], **bob),
        shop.order([line("lunch", combo={"main": "duck", "drink": "tea"})], guest="carol"),
        shop.order([line("tea")], **anna),
    ]


def test_every_orders_tickets_come_out_once_at_their_stations_printers(shop: LiveShop, open_pc: OpenPC) -> None:
    pc = open_pc()
    orders = lunch(shop)
    shop.wait_receipts()
    pc.stop()
    assert [(order["tableName"], order["round"]) for order in orders if "tableName" in order] == [
        ("1号桌", 1),
        ("2号桌", 1),
        ("1号桌", 2),
    ]
    assert (orders[2]["pickupNo"], orders[3]["tickets"][0]["kind"]) == ("A001", "add")
    for printer, stations in STATIONS_OF.items():
        assert codes(pc, printer) == ticket_ids(*orders, stations=stations), printer
    assert [len(codes(pc, printer)) for printer in (STOVE, COUNTER, PASS)] == [2, 5, 4]


def test_the_menu_shows_what_is_left_after_the_orders(shop: LiveShop) -> None:
    lunch(shop)
    menu = shop.call("getMenu", shop.guest("dora"), tableCode=shop.code("t3"))["data"]
    assert menu["left"] == {"fish": 1, "duck": 98}
    assert (menu["open"], menu["tableName"]) == (True, "3号桌")


def test_the_cook_readies_the_waiter_calls_and_the_screen_shows_the_number(shop: LiveShop, open_pc: OpenPC) -> None:
    pc = open_pc()
    order = shop.order([line("duck"), line("tea")])
    states = [
        shop.by_staff("kitchen", "advanceOrder", orderId=order["orderId"], step=step)["order"]["state"]
        for step in ("start", "ready")
    ]
    called = shop.by_staff("waiter", "callGuest", orderId=order["orderId"])

    def board() -> Reply:
        reply: Reply = httpx.get(f"{pc.screen_url}api/calls", trust_env=False).json()
        return reply

    assert wait_until(lambda: board()["current"] is not None, limit_s=LIMIT_S)
    current = board()["current"]
    assert states == ["cooking", "ready"]
    assert (current["callId"], current["label"], current["text"]) == (called["callId"], "A001", "请到取餐口取餐")
    shop.wait_receipts()
    stored = shop.db["orders"].find_one({"_id": order["orderId"]})
    assert stored is not None
    assert list(stored["shown"]) == ["1"]


def test_twelve_equal_submissions_at_once_are_one_order_and_one_answer(shop: LiveShop, open_pc: OpenPC) -> None:
    pc, key, together = open_pc(), request_id(), Barrier(TWELVE)

    def submit(_phone: int) -> Reply:
        together.wait(LIMIT_S)
        return shop.submit([line("duck", 2), line("tea")], key=key)

    with ThreadPoolExecutor(TWELVE) as phones:
        replies = list(phones.map(submit, range(TWELVE)))
    assert [reply.get("code") for reply in replies] == [None] * TWELVE
    assert [reply["data"] for reply in replies] == [replies[0]["data"]] * TWELVE
    shop.wait_receipts()
    pc.stop()
    assert (shop.counts()["orders"], shop.left("duck")) == (1, 98)
    assert codes(pc) == ticket_ids(replies[0]["data"]["order"])
