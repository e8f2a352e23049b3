"""The database's own process is killed during orders and comes back: no order lost, none doubled, each ticket once."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from scripts.local.mongod import Mongod
from scripts.local.process import free_port, wait_until
from scripts.local.store_pc import StorePC
from tests.e2e.conftest import running_town
from tests.e2e.paper import codes, store_pc, wait_log
from tests.e2e.test_dying_functions import Phones, settle_what_died, wait_answered
from tests.e2e.town import LIMIT_S, Town, ticket_ids

pytestmark = pytest.mark.xdist_group("e2e")
ORDERS, CLIENTS = 30, 4


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Mongod]:
    """A database of the test's own, which keeps its data and its port."""
    with Mongod(tmp_path / "db", port=free_port()) as started:
        yield started


@pytest.fixture
def frail(server: Mongod, tmp_path: Path) -> Iterator[Town]:
    """A town over that database."""
    with running_town(server.uri, tmp_path / "town") as found:
        yield found


def die_and_come_back(server: Mongod) -> None:
    """Without a word, and with what its journal holds."""
    os.kill(server.pid, signal.SIGKILL)
    server.stop()
    server.start()


@contextmanager
def started(pc: StorePC) -> Iterator[None]:
    """The store PC runs in the block."""
    pc.start()
    try:
        yield
    finally:
        pc.stop()


def is_taken(phones: Phones, key: str) -> bool:
    """Ask once more."""
    phones.ask_until_taken(key)
    return key in phones.got


def test_a_killed_database_has_every_order_that_was_taken_once_with_its_stock_and_its_tickets(
    frail: Town, server: Mongod, tmp_path: Path
) -> None:
    shop = frail.open_shop()
    pc = store_pc(tmp_path / "pc", town=frail, shop=shop, sync_interval_s=1.0)
    phones = Phones(shop, ORDERS)
    with started(pc):
        wait_log(pc, "mqtt.subscribed")
        with ThreadPoolExecutor(CLIENTS) as clients:
            asked = [clients.submit(phones.ask_until_taken, key) for key in phones.keys]
            for answered in (5, 15):
                wait_answered(asked, answered)
                die_and_come_back(server)
        for one in asked:
            one.result()
        taken = {order["orderId"] for order in phones.got.values()}
        assert taken <= {found["_id"] for found in shop.db["orders"].find({"state": "confirmed"}, {"_id": 1})}
        settle_what_died(frail)
        # The first calls after a restart may still meet closed connections: then the phone asks once more.
        for key in phones.keys:
            assert wait_until(partial(is_taken, phones, key), limit_s=LIMIT_S)
        settle_what_died(frail)
        shop.wait_receipts()
    placed = list(phones.got.values())
    assert len({order["orderId"] for order in placed}) == ORDERS
    standing = shop.db["orders"].find({"shop_id": shop.shop_id, "state": {"$ne": "void"}}, {"_id": 1})
    assert sorted(found["_id"] for found in standing) == sorted(order["orderId"] for order in placed)
    day = shop.db["stock"].find_one({"shop_id": shop.shop_id})
    assert day is not None
    assert (day["set"]["duck"], day["left"]["duck"], day["holds"]) == (100, 100 - 2 * ORDERS, {})
    assert codes(pc) == ticket_ids(*placed)
