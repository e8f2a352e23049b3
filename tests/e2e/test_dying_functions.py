"""A function's process may be killed at any moment: every order asked for exists once, and so do its tickets."""

from __future__ import annotations

import os
import signal
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from scripts.local.process import wait_until
from shared.runtime.clock import utc_now
from shared.store import orders, stock
from shared.store.scope import Chain
from tests.e2e.conftest import OpenPC
from tests.e2e.paper import codes
from tests.e2e.town import LIMIT_S, LiveShop, Town, ticket_ids
from tests.support.shops import Reply, line, request_id

pytestmark = pytest.mark.xdist_group("e2e")
ORDERS, CLIENTS, KILLS = 40, 4, range(4, 36, 4)
PATIENCE = 20


class Phones:
    """Guests who each want one order, and ask again with the same number until they get it or are told to wait."""

    def __init__(self, shop: LiveShop, count: int) -> None:
        self._shop = shop
        self.keys = [request_id() for _ in range(count)]
        self.got: dict[str, Reply] = {}
        self.unanswered = 0

    def ask_until_taken(self, key: str) -> None:
        """Ask; the platform's own failures are no answer, `BUSY` and `UNKNOWN` are one: later."""
        for _ in range(PATIENCE):
            reply = self._shop.submit([line("duck", 2)], key=key)
            if "errCode" not in reply:
                break
            self.unanswered += 1
        if reply.get("success"):
            self.got[key] = reply["data"]["order"]
        else:
            assert reply["code"] in ("BUSY", "UNKNOWN"), reply


def test_instances_killed_under_load_leave_every_order_once_the_stock_exact_and_each_ticket_printed_once(
    town: Town, shop: LiveShop, open_pc: OpenPC
) -> None:
    pc, phones = open_pc(), Phones(shop, ORDERS)
    with ThreadPoolExecutor(CLIENTS) as clients:
        asked = [clients.submit(phones.ask_until_taken, key) for key in phones.keys]
        for count in KILLS:
            wait_answered(asked, count)
            for pid in instances(town, "submitOrder")[:1]:
                os.kill(pid, signal.SIGKILL)
    for one in asked:
        one.result()
    settle_what_died(town)
    for key in phones.keys:
        phones.ask_until_taken(key)
    settle_what_died(town)
    placed = list(phones.got.values())
    shop.wait_receipts()
    pc.stop()
    assert phones.unanswered > 0
    assert len({order["orderId"] for order in placed}) == ORDERS
    standing = shop.db["orders"].find({"shop_id": shop.shop_id, "state": {"$ne": "void"}}, {"_id": 1})
    assert sorted(found["_id"] for found in standing) == sorted(order["orderId"] for order in placed)
    day = shop.db["stock"].find_one({"shop_id": shop.shop_id})
    assert day is not None
    assert (day["set"]["duck"], day["left"]["duck"], day["holds"]) == (100, 100 - 2 * ORDERS, {})
    assert codes(pc) == ticket_ids(*placed)


def wait_answered(asked: list[Future[None]], count: int) -> None:
    """Until so many of the guests have their answer."""
    assert wait_until(lambda: sum(one.done() for one in asked) >= count, limit_s=LIMIT_S)


def instances(town: Town, function: str) -> list[int]:
    """The process ids of this cloud's instances of a function."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            arguments = (folder / "cmdline").read_bytes().decode().split("\0")
        except OSError:
            continue
        if function in arguments and any(part.startswith(str(town.folder)) for part in arguments):
            found.append(int(folder.name))
    return sorted(found)


def settle_what_died(town: Town) -> None:
    """What the relay does once the dead calls' holds are old enough; nobody is ordering meanwhile."""
    later = utc_now() + stock.HOLD_LIVES + timedelta(seconds=1)
    stock.settle_all(Chain(town.db), now=later, order_stands=orders.stands)
