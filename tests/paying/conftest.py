"""A simulated WeChat Pay beside the database, known to the functions of this process, and a shop that takes money."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from pymongo.database import Database

from scripts.local.wechat_pay.simulator import BRAND, WechatPaySimulator
from shared.gateways.wechat_pay import pay_channel
from shared.runtime.merchants import merchants
from shared.store.client import Document
from tests.support.desk import Desk
from tests.support.shops import TestShop, open_shop

OTHER = "1900000110"


@pytest.fixture(scope="session")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WechatPaySimulator]:
    """WeChat Pay for two merchants."""
    with WechatPaySimulator(tmp_path_factory.mktemp("wechat_pay"), merchants=(BRAND, OTHER)) as running:
        os.environ["WECHAT_PAY_FILE"] = str(running.merchants_file)
        merchants.cache_clear()
        pay_channel.cache_clear()
        yield running
        del os.environ["WECHAT_PAY_FILE"]
        merchants.cache_clear()
        pay_channel.cache_clear()


@pytest.fixture
def desk(db: Database[Document], simulator: WechatPaySimulator) -> Desk:
    """A postpay shop, in a database where nothing else waits for money."""
    for name in ("payments", "refunds"):
        db[name].delete_many({"shop_id": {"$exists": True}})
    db["orders"].delete_many({"state": "pending", "shop_id": {"$exists": True}})
    return Desk(open_shop(db), simulator)


@pytest.fixture
def prepay(desk: Desk) -> Desk:
    """The same, where guests pay first."""
    desk.shop.change(payment="prepay")
    return desk


@pytest.fixture
def shop(desk: Desk) -> TestShop:
    """The desk's shop."""
    return desk.shop
