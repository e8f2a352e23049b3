"""Loading the demo's data: what the functions need is there, and again it refreshes without losing anything."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import replace

import pytest
from pymongo import MongoClient
from pymongo.database import Database

from scripts.local.dataset import Dataset, load_dataset
from scripts.local.loading import Loaded, load
from shared.access.table_code import TableRef, read_table_code
from shared.store.client import Document

KEY = "loading-test-key"
SHOP = "s-qinyuan"


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    """豫味坊."""
    return load_dataset()


@pytest.fixture
def own(mongodb_uri: str) -> Iterator[Database[Document]]:
    """An empty database of the test's own."""
    with MongoClient[Document](mongodb_uri, tz_aware=True) as client:
        found = client[f"loading_{secrets.token_hex(4)}"]
        yield found
        client.drop_database(found.name)


def _load(own: Database[Document], uri: str, dataset: Dataset, *, always_open: bool = False) -> Loaded:
    return load(uri, own.name, dataset, table_code_key=KEY, always_open=always_open)


def test_every_entry_becomes_a_document(own: Database[Document], mongodb_uri: str, dataset: Dataset) -> None:
    loaded = _load(own, mongodb_uri, dataset)
    wanted = {
        "shops": len(dataset.shops),
        "tables": len(dataset.tables),
        "stations": len(dataset.stations) * len(dataset.shops),
        "dishes": sum(len(dataset.menu_of(shop.id).dishes) for shop in dataset.shops),
        "staff": len(dataset.staff),
        "devices": len(dataset.devices),
    }
    assert {name: own[name].count_documents({}) for name in wanted} == wanted
    code = loaded.table_codes[SHOP, "t02"]
    assert read_table_code(code, key=KEY) == TableRef(SHOP, "t02", 1)
    assert loaded.device_keys == {found["_id"]: found["key"] for found in own["devices"].find()}


def test_loading_again_keeps_keys_and_orders_and_moves_the_menus_version(
    own: Database[Document], mongodb_uri: str, dataset: Dataset
) -> None:
    first = _load(own, mongodb_uri, dataset)
    own["stock"].insert_one({"shop_id": SHOP, "biz_date": "2026-05-01", "set": {}, "left": {}, "holds": {}})
    second = _load(own, mongodb_uri, dataset)
    assert second == first
    assert own["stock"].count_documents({"shop_id": SHOP}) == 1
    assert {shop["menu_version"] for shop in own["shops"].find()} == {2}


def test_a_table_whose_code_was_rotated_keeps_its_new_one(
    own: Database[Document], mongodb_uri: str, dataset: Dataset
) -> None:
    first = _load(own, mongodb_uri, dataset)
    own["tables"].update_one({"shop_id": SHOP, "table_id": "t02"}, {"$inc": {"code_revision": 1}})
    again = _load(own, mongodb_uri, dataset)
    changed = {table for table, code in again.table_codes.items() if code != first.table_codes[table]}
    assert changed == {(SHOP, "t02")}
    assert read_table_code(again.table_codes[SHOP, "t02"], key=KEY) == TableRef(SHOP, "t02", 2)


def test_a_dish_taken_off_the_menu_goes(own: Database[Document], mongodb_uri: str, dataset: Dataset) -> None:
    _load(own, mongodb_uri, dataset)
    before = own["dishes"].count_documents({"shop_id": SHOP})
    shops = tuple(
        replace(shop, not_sold=(*shop.not_sold, "d-rice")) if shop.id == SHOP else shop for shop in dataset.shops
    )
    _load(own, mongodb_uri, replace(dataset, shops=shops))
    assert own["dishes"].count_documents({"shop_id": SHOP}) == before - 1
    assert own["dishes"].count_documents({"dish_id": "d-rice"}) == len(dataset.shops) - 1


def test_hours_are_the_shops_own_unless_it_is_to_be_always_open(
    own: Database[Document], mongodb_uri: str, dataset: Dataset
) -> None:
    where = {"shop_id": SHOP, "dish_id": "d-hulatang"}

    def hours_and_windows() -> tuple[object, object]:
        shop, dish = own["shops"].find_one({"_id": SHOP}), own["dishes"].find_one(where)
        assert shop is not None
        assert dish is not None
        return shop["hours"], dish["windows"]

    _load(own, mongodb_uri, dataset)
    assert hours_and_windows() == ([["06:00", "14:30"], ["16:30", "22:00"]], [["06:00", "10:30"]])
    _load(own, mongodb_uri, dataset, always_open=True)
    assert hours_and_windows() == ([["00:00", "00:00"]], [])
