"""What store tests ask for: clients of their own, and a database of their own."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest
from pymongo import MongoClient
from pymongo.database import Database

from shared.store.client import Document
from shared.store.schema import apply_schema
from tests.store.counter import counter

__all__ = ["counter"]


@pytest.fixture(scope="session")
def plain(mongodb_uri: str) -> Iterator[MongoClient[Document]]:
    """A client of the tests' own, which no guard watches."""
    with MongoClient[Document](mongodb_uri, tz_aware=True) as client:
        yield client


@pytest.fixture(scope="module")
def own_db(plain: MongoClient[Document]) -> Iterator[Database[Document]]:
    """A database of the module's own, with the schema."""
    found = plain[f"zaotai_{secrets.token_hex(4)}"]
    apply_schema(found)
    yield found
    plain.drop_database(found.name)
