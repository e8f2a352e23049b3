"""The smallest command there is: take pieces of one dish, in a unit of work, through a client that is written down."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from pymongo import MongoClient
from pymongo.database import Database

from shared.access.caller import Caller
from shared.contracts.wire import Wire
from shared.runtime.clock import Deadline, utc_now
from shared.store.client import Document
from shared.store.commands import CommandKey
from shared.store.scope import Shop
from shared.store.work import Outcome, Work
from tests.store.faults import Transcript
from tests.store.planted import SHOP_SCHEMAS, row

DISHES = next(schema for schema in SHOP_SCHEMAS if schema.name == "dishes")


class Taken(Wire):
    """The reply: how many are left."""

    left: int


@dataclass
class Counter:
    """One shop with ten pieces of one dish."""

    db: Database[Document]
    shop_id: str
    transcript: Transcript

    def work(self, *, left_s: float = 8.0, request_id: str | None = None) -> Work:
        """A call's unit of work, with so much time left."""
        key = CommandKey("o-1", "take", request_id or str(uuid.uuid4()), "hash")
        return Work(
            Shop(self.db, self.shop_id), Caller("o-1", "guest"), utc_now(), Deadline.after(left_s), "trace", key
        )

    @property
    def left(self) -> int:
        """How many pieces are left."""
        found = self.db["dishes"].find_one({"shop_id": self.shop_id})
        assert found is not None
        left: int = found["left"]
        return left

    @property
    def records(self) -> int:
        """How many commands are on record."""
        return self.db["commands"].count_documents({"shop_id": self.shop_id})


def take(then: Callable[[], object] = lambda: None) -> Callable[[Shop], Outcome[Taken]]:
    """A body that takes one piece, and then does something more."""

    def body(shop: Shop) -> Outcome[Taken]:
        found = shop.collection("dishes").find_and_update({"left": {"$gte": 1}}, {"$inc": {"left": -1}})
        assert found is not None
        then()
        return Outcome(Taken(left=found["left"]))

    return body


def counter_at(uri: str, name: str) -> Iterator[Counter]:
    """A counter whose client connects there; every transaction that it began must have ended."""
    transcript = Transcript()
    with MongoClient[Document](uri, tz_aware=True, w="majority", maxPoolSize=2, event_listeners=[transcript]) as client:
        counter = Counter(client[name], f"s{secrets.token_hex(5)}", transcript)
        counter.db["dishes"].insert_one({**row(DISHES, counter.shop_id), "left": 10})
        yield counter
        assert transcript.left_open == set()


@pytest.fixture
def counter(mongodb_uri: str, own_db: Database[Document]) -> Iterator[Counter]:
    """A counter on the real server."""
    yield from counter_at(mongodb_uri, own_db.name)
