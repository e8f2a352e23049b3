"""Held stock is sold or comes back, exactly once, whatever becomes of the process that held it (rule 13)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from pymongo.database import Database
from pymongo.errors import AutoReconnect, DuplicateKeyError

from shared.domain.menu import Menu
from shared.errors import NotFound, StockShort, Unknown
from shared.store import orders, stock
from shared.store.client import Document
from shared.store.scope import Chain, Shop
from shared.store.work import DoneBefore
from tests.store.parcels import NOON
from tests.store.planted import SHOP_SCHEMAS, row
from tests.support.shops import DUCK, FISH

DAY = "2026-11-24"
MENU = Menu((), (FISH, DUCK))
ORDERS = next(schema for schema in SHOP_SCHEMAS if schema.name == "orders")
LATER = NOON + timedelta(seconds=30)
AFTER_12_S = NOON + timedelta(seconds=12)


class Died(BaseException):
    """The process is gone in the middle of things."""


ENDS: Mapping[str, BaseException | None] = {
    "stands": None,
    "refused": NotFound(),
    "done before": DoneBefore(),
    "unknown": Unknown(),
    "died": Died(),
}


def hold(order_id: str, **items: int) -> stock.Hold:
    return stock.Hold(hold_id=secrets.token_hex(12), order_id=order_id, biz_date=DAY, items=items)


def write_order(shop: Shop, order_id: str) -> None:
    shop.collection("orders").insert_one({**row(ORDERS, shop.shop_id), "_id": order_id})


def settle(shop: Shop, now: datetime = LATER) -> int:
    return stock.settle_all(Chain(shop.db), now=now, order_stands=orders.stands)


def try_to_order(
    shop: Shop, wanted: stock.Hold, *, writes: bool, end: BaseException | None, now: datetime = NOON
) -> None:
    """An order of which this becomes; only StockShort is let out."""
    try:
        with stock.held(shop, wanted, MENU, now=now, order_stands=orders.stands, withdraw=orders.withdraw):
            if writes:
                write_order(shop, wanted.order_id)
            if end:
                raise end
    except (NotFound, DoneBefore, Unknown, Died):
        assert end is not None


@pytest.fixture
def shop(own_db: Database[Document]) -> Shop:
    own_db["stock"].delete_many({})
    return Shop(own_db, f"s{secrets.token_hex(5)}")


@pytest.mark.parametrize(
    ("writes", "end", "at_once", "settled"),
    [
        (True, "stands", 96, 96),
        (False, "refused", 100, 100),
        (False, "done before", 100, 100),
        (False, "unknown", 96, 100),
        (True, "unknown", 96, 96),
        (False, "died", 96, 100),
        (True, "died", 96, 96),
    ],
)
def test_what_becomes_of_an_order_decides_over_its_stock(
    shop: Shop, writes: bool, end: str, at_once: int, settled: int
) -> None:
    try_to_order(shop, hold(secrets.token_hex(12), duck=4), writes=writes, end=ENDS[end])
    assert stock.left_of(shop, DAY)["duck"] == at_once
    settle(shop, NOON + timedelta(seconds=29.9))
    assert stock.left_of(shop, DAY)["duck"] == at_once
    settle(shop)
    assert settle(shop) == 0
    assert stock.left_of(shop, DAY)["duck"] == settled


def test_an_order_that_comes_after_its_stock_was_given_back_is_refused(shop: Shop) -> None:
    wanted = hold(secrets.token_hex(12), duck=4)
    try_to_order(shop, wanted, writes=False, end=Died())
    settle(shop)
    with pytest.raises(DuplicateKeyError):
        write_order(shop, wanted.order_id)
    with pytest.raises(NotFound):
        orders.get(shop, wanted.order_id)
    assert stock.left_of(shop, DAY)["duck"] == 100


def test_the_twin_of_a_command_that_holds_its_stock_takes_none(shop: Shop) -> None:
    first = hold("o-first", duck=4)
    twin = stock.Hold(first.hold_id, "o-twin", DAY, {"duck": 4})
    with stock.held(shop, first, MENU, now=NOON, order_stands=orders.stands, withdraw=orders.withdraw):
        with (
            pytest.raises(DoneBefore),
            stock.held(shop, twin, MENU, now=NOON, order_stands=orders.stands, withdraw=orders.withdraw),
        ):
            raise AssertionError("the twin held as well")
        assert stock.left_of(shop, DAY)["duck"] == 96
    assert stock.left_of(shop, DAY)["duck"] == 96


def test_a_repeat_goes_on_with_the_hold_of_its_dead_first_try_under_its_order_id(shop: Shop) -> None:
    first = hold(secrets.token_hex(12), duck=4)
    try_to_order(shop, first, writes=False, end=Died())
    again = replace(first, order_id=secrets.token_hex(12), numbered=True)
    with stock.held(shop, again, MENU, now=AFTER_12_S, order_stands=orders.stands, withdraw=orders.withdraw) as place:
        assert (place.order_id, place.number) == (first.order_id, 1)
        write_order(shop, place.order_id)
    settle(shop)
    assert stock.left_of(shop, DAY)["duck"] == 96


@pytest.mark.parametrize(("first_stands", "left"), [(True, 96), (False, 100)])
def test_a_repeat_that_is_refused_gives_back_only_what_no_order_has(shop: Shop, first_stands: bool, left: int) -> None:
    first = hold(secrets.token_hex(12), duck=4)
    try_to_order(shop, first, writes=first_stands, end=Died())
    again = replace(first, order_id=secrets.token_hex(12))
    try_to_order(shop, again, writes=False, end=DoneBefore(), now=AFTER_12_S)
    assert stock.left_of(shop, DAY)["duck"] == left
    with pytest.raises(DuplicateKeyError):
        write_order(shop, first.order_id)


def change_primary(shop: Shop) -> None:
    """The primary steps down and is elected again; the driver has noticed."""
    with suppress(AutoReconnect):
        shop.db.client.admin.command("replSetStepDown", 1, force=True)
    shop.db["shops"].update_one({"_id": "nobody"}, {"$set": {"touched": True}})


def lose(shop: Shop, wanted: stock.Hold) -> None:
    """What a new primary does not know: a hold that only the old one had."""
    lost = {"_id": f"{shop.shop_id}|{DAY}", **wanted.there}
    assert shop.collection("stock").update_one(lost, wanted.returned()) == 1


def holds(shop: Shop) -> set[str]:
    found = shop.collection("stock").find_one({"_id": f"{shop.shop_id}|{DAY}"})
    assert found is not None
    return {hold["order_id"] for hold in found["holds"].values()}


@pytest.mark.parametrize("is_lost", [False, True])
def test_an_order_keeps_its_stock_through_a_change_of_primary(shop: Shop, is_lost: bool) -> None:
    wanted = hold(secrets.token_hex(12), duck=4)
    with stock.held(shop, wanted, MENU, now=NOON, order_stands=orders.stands, withdraw=orders.withdraw):
        if is_lost:
            lose(shop, wanted)
        change_primary(shop)
        write_order(shop, wanted.order_id)
    assert stock.left_of(shop, DAY)["duck"] == 96
    assert holds(shop) == {wanted.order_id}
    settle(shop)
    assert stock.left_of(shop, DAY)["duck"] == 96


def test_an_order_whose_stock_was_lost_and_sold_is_void_and_refused(shop: Shop) -> None:
    wanted = hold(secrets.token_hex(12), fish=2)
    rival = hold(secrets.token_hex(12), fish=2)

    def order() -> None:
        with stock.held(shop, wanted, MENU, now=NOON, order_stands=orders.stands, withdraw=orders.withdraw):
            lose(shop, wanted)
            change_primary(shop)
            try_to_order(shop, rival, writes=True, end=None)
            write_order(shop, wanted.order_id)

    with pytest.raises(StockShort) as refused:
        order()
    assert refused.value.details["dishes"] == [{"dishId": "fish", "name": FISH.name, "left": 1, "wanted": 2}]
    with pytest.raises(NotFound):
        orders.get(shop, wanted.order_id)
    assert holds(shop) == {rival.order_id}
    assert stock.left_of(shop, DAY)["fish"] == 1


class Counter(RuleBasedStateMachine):
    """The model: what is left, and what is held for an order that will never stand."""

    def __init__(self, db: Database[Document]) -> None:
        super().__init__()
        self.shop = Shop(db, f"s{secrets.token_hex(5)}")
        self.left = {"fish": FISH.daily_stock or 0, "duck": DUCK.daily_stock or 0}
        self.lost: list[stock.Hold] = []
        stock.begin_day(self.shop, DAY, self.left)

    @rule(
        fish=st.integers(0, 2),
        duck=st.integers(0, 60),
        writes=st.booleans(),
        end=st.sampled_from(["stands", "stands", "refused", "unknown", "died"]),
    )
    def order(self, fish: int, duck: int, writes: bool, end: str) -> None:
        wanted = hold(secrets.token_hex(12), **{d: n for d, n in (("fish", fish), ("duck", duck)) if n})
        writes = end == "stands" or (writes and end != "refused")
        short = {dish_id: self.left[dish_id] for dish_id, n in wanted.items.items() if n > self.left[dish_id]}
        if short:
            with pytest.raises(StockShort) as refused:
                try_to_order(self.shop, wanted, writes=writes, end=ENDS[end])
            assert {one["dishId"]: one["left"] for one in refused.value.details["dishes"]} == short
            return
        try_to_order(self.shop, wanted, writes=writes, end=ENDS[end])
        if end != "refused":
            for dish_id, count in wanted.items.items():
                self.left[dish_id] -= count
            if not writes:
                self.lost.append(wanted)

    @rule()
    def settle_too_early(self) -> None:
        settle(self.shop, NOON + timedelta(seconds=29))

    @rule()
    def settle(self) -> None:
        settle(self.shop)
        for wanted in self.lost:
            for dish_id, count in wanted.items.items():
                self.left[dish_id] += count
        self.lost = []

    @invariant()
    def agrees(self) -> None:
        assert stock.left_of(self.shop, DAY) == self.left


def test_any_life_of_a_day_ends_with_what_the_orders_left(own_db: Database[Document]) -> None:
    own_db["stock"].delete_many({})

    class Here(Counter):
        def __init__(self) -> None:
            super().__init__(own_db)

    run_state_machine_as_test(Here, settings=settings(max_examples=20, stateful_step_count=12))
    assert own_db["stock"].count_documents({}) >= 20
