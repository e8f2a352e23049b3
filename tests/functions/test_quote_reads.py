"""What pricing asks the database for while an order is submitted: nothing, unless a dish has member prices."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from pymongo import MongoClient
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from shared.access.caller import Caller
from shared.contracts.ordering import SubmitOrder
from shared.runtime.clock import Deadline, utc_now
from shared.store.client import Document
from shared.store.commands import CommandKey
from shared.store.scope import Shop
from shared.store.work import Work
from shared.usecases.ordering import submit_order
from tests.support.offers import join, put_campaign
from tests.support.shops import TestShop, line, request_id

OFFERS = ("members", "campaigns", "coupons", "coupon_templates")


class Asked(CommandListener):
    """Which collections were read or written, in order."""

    def __init__(self) -> None:
        self.collections: list[str] = []
        self._lock = threading.Lock()

    def started(self, event: CommandStartedEvent) -> None:
        """Write the collection down."""
        target = event.command.get(event.command_name)
        if isinstance(target, str):
            with self._lock:
                self.collections.append(target)

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """Not of interest."""

    def failed(self, event: CommandFailedEvent) -> None:
        """Not of interest."""


@pytest.fixture
def watched(mongodb_uri: str) -> Iterator[tuple[MongoClient[Document], Asked]]:
    """A client of its own, and what it asks for."""
    asked = Asked()
    with MongoClient[Document](mongodb_uri, tz_aware=True, event_listeners=[asked]) as client:
        yield client, asked


def submit(shop: TestShop, client: MongoClient[Document], dish_id: str) -> int:
    """Order one of a dish for pick-up; what is due."""
    command = SubmitOrder.model_validate({"requestId": request_id(), "shopId": shop.shop_id, "lines": [line(dish_id)]})
    caller = Caller(shop.guest(), "guest")
    key = CommandKey.of(caller.id, "submitOrder", command)
    here = Shop(client[shop.db.name], shop.shop_id)
    return submit_order(command, Work(here, caller, utc_now(), Deadline.after(8), "t", key)).order.due_fen


def test_offers_cost_an_order_no_question_once_its_menu_is_known(
    shop: TestShop, watched: tuple[MongoClient[Document], Asked]
) -> None:
    client, asked = watched
    put_campaign(shop, "满20减1", steps=[{"threshold_fen": 2000, "cut_fen": 100}])
    join(shop, level="gold")
    shop.change_dish("tea", member_prices={"gold": 200})
    submit(shop, client, "duck")
    assert asked.collections.count("campaigns") == 1
    asked.collections.clear()
    assert submit(shop, client, "duck") == 4400
    assert not set(asked.collections) & set(OFFERS)
    assert submit(shop, client, "tea") == 200
    assert [name for name in asked.collections if name in OFFERS] == ["members"]
