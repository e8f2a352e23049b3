"""Every collection is made at deploy, and no write gets past its validator."""

from __future__ import annotations

from typing import Any

import pytest
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError, WriteError

from shared.store.client import Document
from shared.store.guard import SHOP_COLLECTIONS
from shared.store.schema import SCHEMA, CollectionSchema, apply_schema
from tests.store.planted import SHOP_SCHEMAS, row

FAILED_VALIDATION = 121
by_shop = pytest.mark.parametrize("schema", SHOP_SCHEMAS, ids=lambda schema: schema.name)


@pytest.fixture(autouse=True)
def _empty(own_db: Database[Document]) -> None:
    for schema in SCHEMA:
        own_db[schema.name].delete_many({})


def described(db: Database[Document]) -> dict[str, Any]:
    """Everything that a schema decides, as the server tells it."""
    return {info["name"]: (info["options"], db[info["name"]].index_information()) for info in db.list_collections()}


def test_applying_the_schema_again_changes_nothing(own_db: Database[Document]) -> None:
    before = described(own_db)
    apply_schema(own_db)
    assert described(own_db) == before
    assert set(before) == {schema.name for schema in SCHEMA}
    for options, _ in before.values():
        assert "$jsonSchema" in options["validator"]
        assert (options["validationLevel"], options["validationAction"]) == ("strict", "error")


def test_a_validator_that_somebody_loosened_is_put_back(own_db: Database[Document]) -> None:
    before = described(own_db)
    own_db.command("collMod", "orders", validator={}, validationLevel="off", validationAction="warn")
    own_db["orders"].drop_index("one_pickup_no")
    apply_schema(own_db)
    assert described(own_db) == before


def test_every_collection_that_the_guard_watches_belongs_to_a_shop() -> None:
    assert {schema.name for schema in SHOP_SCHEMAS} >= SHOP_COLLECTIONS


@by_shop
def test_a_document_without_its_shop_or_another_required_field_is_refused(
    own_db: Database[Document], schema: CollectionSchema
) -> None:
    whole = row(schema, "s1")
    for name in schema.fields:
        document = {key: value for key, value in whole.items() if key != name}
        with pytest.raises(WriteError) as refused:
            own_db[schema.name].insert_one(document)
        assert refused.value.code == FAILED_VALIDATION, name
    assert own_db[schema.name].count_documents({"_id": whole["_id"]}) == 0
    own_db[schema.name].insert_one(whole)
    assert own_db[schema.name].count_documents({"_id": whole["_id"]}) == 1


@by_shop
def test_a_shop_that_is_no_text_is_refused_and_none_can_be_taken_away(
    own_db: Database[Document], schema: CollectionSchema
) -> None:
    whole = row(schema, "s1")
    rows = own_db[schema.name]
    rows.insert_one(whole)
    for change in ({"$set": {"shop_id": 7}}, {"$set": {"shop_id": None}}, {"$unset": {"shop_id": ""}}):
        with pytest.raises(WriteError) as refused:
            rows.update_one({"_id": whole["_id"]}, change)
        assert refused.value.code == FAILED_VALIDATION
    assert rows.find_one({"_id": whole["_id"]}) == whole


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("tables", "seats", -1),
        ("dishes", "price_fen", 68.5),
        ("stock", "biz_date", "24/11/2026"),
        ("orders", "due_fen", -1),
        ("orders", "due_fen", 12.5),
        ("orders", "placed_at", "2026-11-24"),
    ],
)
def test_a_number_below_nothing_a_fraction_of_a_fen_or_a_day_out_of_shape_is_refused(
    own_db: Database[Document], name: str, field: str, value: object
) -> None:
    schema = next(one for one in SCHEMA if one.name == name)
    with pytest.raises(WriteError) as refused:
        own_db[name].insert_one({**row(schema, "s1"), field: value})
    assert refused.value.code == FAILED_VALIDATION


@pytest.mark.parametrize(
    ("name", "same", "rival"),
    [
        ("tables", {"table_id": "t1"}, {}),
        ("stock", {"biz_date": "2026-11-24"}, {}),
        ("table_sessions", {"table_id": "t1", "state": "open"}, {}),
        ("orders", {"order_no": "261124-ABCDEF"}, {"shop_id": "s9"}),
        ("orders", {"pickup_no": "A001"}, {}),
        ("reservations", {"slots": ["table|t1|2026-11-25T10:00Z", "guest|o-1|2026-11-25T10:00Z"]}, {}),
        ("queue_tickets", {"biz_date": "2026-11-24", "label": "B001"}, {}),
        ("queue_tickets", {"biz_date": "2026-11-24", "openid": "o-1", "live": True}, {}),
    ],
)
def test_unique_indexes_carry_the_invariants(
    own_db: Database[Document], name: str, same: Document, rival: Document
) -> None:
    schema = next(one for one in SCHEMA if one.name == name)
    own_db[name].insert_one({**row(schema, "s-unique"), **same})
    with pytest.raises(DuplicateKeyError):
        own_db[name].insert_one({**row(schema, "s-unique"), **same, **rival})
    assert own_db[name].count_documents({**same, "shop_id": "s-unique"}) == 1


def test_a_settled_sitting_leaves_its_table_free(own_db: Database[Document]) -> None:
    schema = next(one for one in SCHEMA if one.name == "table_sessions")
    for state in ("settled", "settled", "open"):
        own_db[schema.name].insert_one({**row(schema, "s-settled"), "table_id": "t1", "state": state})
    assert own_db[schema.name].count_documents({"shop_id": "s-settled"}) == 3
