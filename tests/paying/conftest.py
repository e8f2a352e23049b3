"""A simulated WeChat Pay beside the database, known to the functions of this process, and a shop that takes money."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pymongo.database import Database

from scripts.local.wechat_pay.simulator import BRAND, WechatPaySimulator
from shared.gateways.wechat_pay import pay_channel
from shared.runtime.merchants import merchants
from shared.store.client import Document
from tests.paying.stories import prepared
from tests.support.audit import assert_clean
from tests.support.desk import Desk
from tests.support.shops import TestShop, open_shop

OTHER = "1900000110"


@contextmanager
def wechat_pay(folder: Path) -> Iterator[WechatPaySimulator]:
    """WeChat Pay for two merchants, which the functions of this process know meanwhile."""
    known = os.environ.get("WECHAT_PAY_FILE")
    with WechatPaySimulator(folder, merchants=(BRAND, OTHER)) as running:
        _use(str(running.merchants_file))
        yield running
    _use(known)


def _use(merchants_file: str | None) -> None:
    os.environ.pop("WECHAT_PAY_FILE", None)
    if merchants_file is not None:
        os.environ["WECHAT_PAY_FILE"] = merchants_file
    merchants.cache_clear()
    pay_channel.cache_clear()


@pytest.fixture(scope="session")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WechatPaySimulator]:
    """One for all tests that leave its clock alone."""
    with wechat_pay(tmp_path_factory.mktemp("wechat_pay")) as running:
        yield running


@pytest.fixture
def desk(db: Database[Document], simulator: WechatPaySimulator, request: pytest.FixtureRequest) -> Iterator[Desk]:
    """A postpay shop, in a database where nothing else waits for money; at the end its books are right."""
    for name in ("payments", "refunds"):
        db[name].delete_many({"shop_id": {"$exists": True}})
    db["orders"].delete_many({"state": "pending", "shop_id": {"$exists": True}})
    # What other tests booked may be due by now, in a shop that they took away.
    db["reservations"].delete_many({"shop_id": {"$exists": True}})
    found = Desk(open_shop(db), simulator)
    yield found
    if request.node.get_closest_marker("unclean") is None:
        assert_clean(db, found.shop.shop_id)


@pytest.fixture
def prepay(desk: Desk) -> Desk:
    """The same, where guests pay first."""
    desk.shop.change(payment="prepay")
    return desk


@pytest.fixture
def money(desk: Desk) -> Desk:
    """A shop where money goes every way, and WeChat Pay does nothing by itself."""
    prepared(desk)
    desk.wechat.habits(notices=False, refunds="wait")
    return desk


@pytest.fixture
def shop(desk: Desk) -> TestShop:
    """The desk's shop."""
    return desk.shop
