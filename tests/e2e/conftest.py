"""One cloud for all end-to-end tests of a test process, and for each test a shop of its own with its PC."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from pymongo import MongoClient

from scripts.local.cloud import LocalCloud
from scripts.local.store_pc import StorePC
from shared.store.client import Document
from shared.store.schema import apply_schema
from tests.e2e.paper import store_pc, wait_log
from tests.e2e.town import ENV, LIMIT_S, LiveShop, Town
from tests.local_cloud.test_node_client import node_modules  # noqa: F401  # a fixture

DATABASE = "zaotai_e2e"
OpenPC = Callable[..., StorePC]


@contextmanager
def running_town(mongodb_uri: str, folder: Path) -> Iterator[Town]:
    """Gateway, functions, timers and broker as processes, over a database that is there already."""
    with pytest.MonkeyPatch.context() as environment:
        environment.delenv("MQTT_URL", raising=False)
        cloud = LocalCloud(
            folder,
            zaotai_env=ENV,
            database=DATABASE,
            table_code_key="test-table-code-key",
            env={"SCOPE_GUARD": "true"},
            mongodb_uri=mongodb_uri,
            max_instances=2,
        )
    client: MongoClient[Document] = MongoClient(mongodb_uri, tz_aware=True)
    apply_schema(client[DATABASE])
    with client, cloud, httpx.Client(base_url=cloud.url, trust_env=False, timeout=LIMIT_S) as http:
        yield Town(cloud, folder, client[DATABASE], http)


@pytest.fixture(scope="session")
def town(mongodb_uri: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """The town of most tests; the database is this test process's."""
    with running_town(mongodb_uri, tmp_path_factory.mktemp("town")) as found:
        yield found


@pytest.fixture
def shop(town: Town) -> Iterator[LiveShop]:
    """A fresh shop without a PC."""
    opened = town.open_shop()
    yield opened
    opened.leave()


@pytest.fixture
def open_pc(town: Town, shop: LiveShop, tmp_path: Path) -> Iterator[OpenPC]:
    """Give the shop its PC, running and connected; what still runs at the end is ended."""
    opened: list[StorePC] = []

    def begin(*, sync_interval_s: float = 1.0) -> StorePC:
        pc = store_pc(tmp_path / "pc", town=town, shop=shop, sync_interval_s=sync_interval_s)
        opened.append(pc)
        pc.start()
        wait_log(pc, "mqtt.subscribed")
        return pc

    yield begin
    for pc in opened:
        pc.stop()
