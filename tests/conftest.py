"""What every test may ask for: a real database, and a shop of its own in it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from pymongo.database import Database

from shared.store.client import Document
from tests.support.shops import TestShop, open_shop

settings.register_profile("zaotai", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
settings.load_profile("zaotai")


@pytest.fixture(scope="session")
def mongodb_uri() -> Iterator[str]:
    """A real mongod, a replica set of one, for this test process."""
    from scripts.local.mongod import Mongod

    with Mongod() as server:
        yield server.uri


def use_database(uri: str) -> Database[Document]:
    """The database that the functions of this process use from now on, with its schema; the scope guard is on."""
    os.environ.update(
        MONGODB_URI=uri,
        MONGODB_DATABASE="zaotai_test",
        TABLE_CODE_KEY="test-table-code-key",
        ZAOTAI_ENV="test",
        SCOPE_GUARD="true",
        SHOP_SETTINGS_LIVE_S="0",  # a test sees what it has just set
        MONGODB_POOL="32",  # many callers in one process
        LOCAL_CLOUD_BELL="127.0.0.1:9",  # nobody listens: a nudge that is lost costs nothing
    )
    from shared.store.client import database
    from shared.store.schema import apply_schema

    found = database()
    apply_schema(found)
    return found


@pytest.fixture(scope="session")
def db(mongodb_uri: str) -> Iterator[Database[Document]]:
    """The database of this test process."""
    found = use_database(mongodb_uri)
    yield found
    found.client.close()


@pytest.fixture
def shop(db: Database[Document]) -> TestShop:
    """A fresh shop with a small menu, open day and night."""
    return open_shop(db)
