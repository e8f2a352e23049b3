"""A key stands in one reservation of a shop at most; one that is over has none; looking for keys goes by index."""

from __future__ import annotations

import secrets
from typing import Any

import pytest
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from shared.store.client import Document
from shared.store.schema import SCHEMA
from tests.store.planted import row

(RESERVATIONS,) = (schema for schema in SCHEMA if schema.name == "reservations")
KEYS = ["table|t1|2026-11-25T10:00Z", "table|t1|2026-11-25T10:15Z"]


@pytest.fixture
def shop_id() -> str:
    return f"s-{secrets.token_hex(4)}"


def add(db: Database[Document], shop_id: str, **more: Any) -> str:
    whole = {**row(RESERVATIONS, shop_id), **more}
    db["reservations"].insert_one(whole)
    return str(whole["_id"])


def test_one_shared_key_of_many_is_enough_to_be_refused(own_db: Database[Document], shop_id: str) -> None:
    add(own_db, shop_id, slots=KEYS)
    with pytest.raises(DuplicateKeyError):
        add(own_db, shop_id, slots=[KEYS[1], "table|t1|2026-11-25T10:30Z"])
    assert own_db["reservations"].count_documents({"shop_id": shop_id}) == 1


def test_other_keys_and_other_shops_are_no_rivals(own_db: Database[Document], shop_id: str) -> None:
    add(own_db, shop_id, slots=KEYS)
    add(own_db, shop_id, slots=["table|t2|2026-11-25T10:00Z"])
    add(own_db, f"{shop_id}-other", slots=KEYS)
    assert own_db["reservations"].count_documents({"slots": KEYS[0], "shop_id": {"$regex": f"^{shop_id}"}}) == 2


def test_reservations_without_keys_are_no_rivals_and_a_freed_key_can_be_had(
    own_db: Database[Document], shop_id: str
) -> None:
    first = add(own_db, shop_id, slots=KEYS)
    own_db["reservations"].update_one({"_id": first}, {"$unset": {"slots": ""}})
    for _ in range(2):
        add(own_db, shop_id)
    add(own_db, shop_id, slots=KEYS)
    assert own_db["reservations"].count_documents({"shop_id": shop_id}) == 4


@pytest.mark.parametrize(
    ("where", "sort", "index"),
    [
        ({"shop_id": "s", "slots": {"$in": KEYS}}, None, "one_slot"),
        ({"shop_id": "s", "guest_id": "o-1"}, ("_id", -1), "by_guest"),
        ({"shop_id": "s", "biz_date": "2026-11-25"}, ("at", 1), "by_day"),
        ({"state": "booked", "held_until": {"$lte": 0}}, None, "held"),
        ({"state": "booked", "remind_at": {"$lte": 0}, "held_until": {"$gt": 0}}, ("remind_at", 1), "to_remind"),
    ],
)
def test_every_question_has_its_index(
    own_db: Database[Document], where: Document, sort: tuple[str, int] | None, index: str
) -> None:
    asked = own_db["reservations"].find(where)
    plan = (asked.sort(*sort) if sort else asked).explain()["queryPlanner"]["winningPlan"]
    assert f"'indexName': '{index}'" in str(plan)
    assert "SORT" not in str(plan)
