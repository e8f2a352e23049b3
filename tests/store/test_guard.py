"""The second line: a command that binds no shop is remembered, and the call that sent it fails."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pymongo import InsertOne, MongoClient, UpdateOne
from pymongo.collection import Collection
from pymongo.database import Database

from shared.contracts.menu import GetMenu
from shared.contracts.wire import Wire
from shared.entry import Work, shop_function
from shared.errors import NotFound
from shared.store.client import Document
from shared.store.guard import BRAND_WIDE, ScopeGuard
from tests.support.shops import TestShop, context

Orders = Collection[Document]
HERE = {"shop_id": "s"}
MORE = {"$inc": {"n": 1}}
UNBOUND: list[tuple[str, Callable[[Orders], object]]] = [
    ("find", lambda orders: list(orders.find({}))),
    ("find", lambda orders: list(orders.find({"$or": [HERE, {"state": "ready"}]}))),
    ("aggregate", lambda orders: list(orders.aggregate([]))),
    ("aggregate", lambda orders: list(orders.aggregate([{"$match": {"state": "ready"}}, {"$match": HERE}]))),
    ("aggregate", lambda orders: orders.count_documents({})),
    ("count", lambda orders: orders.estimated_document_count()),
    ("distinct", lambda orders: orders.distinct("state")),
    ("update", lambda orders: orders.update_one({"_id": "x"}, {"$set": {"note": ""}})),
    ("update", lambda orders: orders.bulk_write([UpdateOne(HERE, MORE), UpdateOne({}, MORE)])),
    ("delete", lambda orders: orders.delete_many({"state": "ready"})),
    ("findAndModify", lambda orders: orders.find_one_and_update({"_id": "x"}, {"$set": {"note": ""}})),
    ("insert", lambda orders: orders.bulk_write([InsertOne({"_id": "x"})], bypass_document_validation=True)),
    ("drop", lambda orders: orders.drop()),
]  # fmt: skip
BOUND: list[Callable[[Orders], object]] = [
    lambda orders: list(orders.find(HERE)),
    lambda orders: orders.count_documents({**HERE, "state": "ready"}),
    lambda orders: list(orders.aggregate([{"$match": HERE}, {"$count": "n"}])),
    lambda orders: orders.distinct("state", HERE),
    lambda orders: orders.update_many(HERE, {"$set": {"note": ""}}),
    lambda orders: orders.delete_one(HERE),
    lambda orders: orders.find_one_and_delete(HERE),
    lambda orders: orders.insert_one({**HERE, "n": 1}, bypass_document_validation=True),
    lambda orders: orders.create_index("n"),
    lambda orders: orders.find_one({"state": "ready"}, comment=BRAND_WIDE),
    lambda orders: orders.update_many({"state": "ready"}, MORE, comment=BRAND_WIDE),
    lambda orders: orders.database["devices"].find_one({}),
]


class Watched:
    """A guard, and the orders of a database of its own through a client that it watches."""

    def __init__(self, uri: str) -> None:
        self.guard = ScopeGuard()
        self.client = MongoClient[Document](uri, event_listeners=[self.guard])
        self.orders = self.client["zaotai_guard"]["orders"]


@pytest.fixture(scope="module")
def watched(mongodb_uri: str) -> Iterator[Watched]:
    made = Watched(mongodb_uri)
    yield made
    made.client.drop_database("zaotai_guard")
    made.client.close()


@pytest.mark.parametrize(("name", "act"), UNBOUND)
def test_a_command_that_binds_no_shop_is_remembered_once(
    watched: Watched, name: str, act: Callable[[Orders], object]
) -> None:
    act(watched.orders)
    assert watched.guard.take() == [f"{name} orders"]
    assert watched.guard.take() == []


@pytest.mark.parametrize("act", BOUND)
def test_a_command_that_binds_its_shop_is_none_of_the_guards_business(
    watched: Watched, act: Callable[[Orders], object]
) -> None:
    act(watched.orders)
    assert watched.guard.take() == []


def test_what_one_thread_sent_is_not_held_against_another(watched: Watched) -> None:
    other = threading.Thread(target=lambda: watched.orders.find_one({}))
    other.start()
    other.join()
    assert watched.guard.take() == []


def throwaway(use: Callable[[Work], Wire]) -> dict[str, Any]:
    """What a function answers whose use case is this."""
    handler = shop_function("getMenu", GetMenu)(lambda _command, work: use(work))
    return handler({"shopId": "s-throwaway"}, context("o-throwaway"))


def test_the_call_that_sent_it_answers_internal_and_the_next_one_is_clean(
    db: Database[Document], shop: TestShop, capsys: pytest.CaptureFixture[str]
) -> None:
    def forgetful(work: Work) -> Wire:
        work.shop.db["orders"].find_one({"state": "ready"})
        return Wire()

    reply = throwaway(forgetful)
    assert (reply["success"], reply["code"], reply["message"]) == (False, "INTERNAL", "系统开小差了，请稍后再试")
    assert "RuntimeError" in capsys.readouterr().out
    assert shop.call("getMenu", shop.guest(), shopId=shop.shop_id)["success"]


def test_a_refusal_does_not_hide_it(db: Database[Document], shop: TestShop) -> None:
    def forgetful(work: Work) -> Wire:
        work.shop.db["orders"].find_one({"state": "ready"})
        raise NotFound

    assert throwaway(forgetful)["code"] == "INTERNAL"
    assert shop.call("getMenu", shop.guest(), shopId=shop.shop_id)["success"]
