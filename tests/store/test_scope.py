"""One shop's view of the database shows and changes nothing of another's, whatever is asked of it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError, WriteError

from shared.store.client import Document
from shared.store.scope import ScopedCollection, ScopeError, Shop
from tests.store.planted import SHOP_SCHEMAS, row

MARKS = 3
Filter = dict[str, Any]

leaves = st.one_of(
    st.just({}),
    st.integers(0, MARKS).map(lambda n: {"mark": n}),
    st.integers(0, MARKS).map(lambda n: {"mark": {"$gte": n}}),
    st.integers(0, MARKS).map(lambda n: {"$expr": {"$gte": ["$mark", n]}}),
    st.just({"_id": {"$exists": True}}),
    st.just({"_id": "theirs"}),
    st.just({"_id": {"$in": ["theirs", "mine"]}}),
    st.just({"$expr": {"$ne": ["$shop_id", "mine"]}}),
)
filters: st.SearchStrategy[Filter] = st.recursive(
    leaves,
    lambda parts: st.one_of(
        st.lists(parts, min_size=1, max_size=3).map(lambda some: {"$or": some}),
        st.lists(parts, min_size=1, max_size=2).map(lambda some: {"$nor": some}),
        st.lists(parts, min_size=1, max_size=2).map(lambda some: {"$and": some}),
    ),
    max_leaves=4,
)
CHANGE = {"$inc": {"touched": 1}}
VERBS: Mapping[str, Callable[[ScopedCollection, Filter], object]] = {
    "find_one": lambda some, where: some.find_one(where),
    "find": lambda some, where: some.find(where, limit=100),
    "find sorted": lambda some, where: some.find(where, limit=0, sort=[("mark", -1)], fields={"shop_id": 1}),
    "update_one": lambda some, where: some.update_one(where, CHANGE),
    "update_each": lambda some, where: some.update_each([(where, CHANGE), (where, CHANGE)]),
    "upsert_one": lambda some, where: some.upsert_one(where, CHANGE),
    "find_and_update": lambda some, where: some.find_and_update(where, CHANGE),
    "aggregate": lambda some, where: some.aggregate([{"$match": where}]),
    "aggregate count": lambda some, where: some.aggregate([{"$match": where}, {"$count": "many"}]),
    "aggregate group": lambda some, where: some.aggregate([{"$match": where}, {"$group": {"_id": "$shop_id"}}]),
}


class TwoShops:
    """The same rows in one collection for two shops; ids in filters stand for a row of each."""

    def __init__(self, db: Database[Document], name: str) -> None:
        self.mine, self.theirs = f"m{secrets.token_hex(5)}", f"t{secrets.token_hex(5)}"
        self.rows = db[name]
        schema = next(one for one in SHOP_SCHEMAS if one.name == name)
        planted = [row(schema, shop_id, mark) for shop_id in (self.mine, self.theirs) for mark in range(MARKS)]
        self.rows.insert_many(planted)
        self.ids = {"mine": planted[0]["_id"], "theirs": planted[MARKS]["_id"]}
        self.scoped = Shop(db, self.mine).collection(name)

    def of_theirs(self) -> list[Document]:
        return list(self.rows.find({"shop_id": self.theirs}).sort("_id", 1))

    def named(self, value: Any) -> Any:
        """The filter with the ids of this collection's rows."""
        if isinstance(value, dict):
            return {key: self.named(part) for key, part in value.items()}
        if isinstance(value, list):
            return [self.named(part) for part in value]
        return self.ids.get(value, value) if isinstance(value, str) else value


@pytest.mark.parametrize("name", [schema.name for schema in SHOP_SCHEMAS])
@settings(max_examples=25)
@given(verb=st.sampled_from(sorted(VERBS)), where=filters)
def test_no_verb_returns_counts_or_changes_another_shops_rows(
    own_db: Database[Document], name: str, verb: str, where: Filter
) -> None:
    shops = TwoShops(own_db, name)
    before = shops.of_theirs()
    try:
        answer = VERBS[verb](shops.scoped, shops.named(where))
    except (DuplicateKeyError, WriteError):
        # An upsert whose id another shop has, or whose document the validator refuses: an error, and no change.
        answer = []
    documents = answer if isinstance(answer, list) else [answer] if isinstance(answer, dict) else []
    for document in documents:
        assert document.get("shop_id", shops.mine) == shops.mine
        assert document.get("_id") != shops.theirs
        assert document.get("many", 0) <= MARKS
    if isinstance(answer, int):
        assert answer <= 2
    assert shops.of_theirs() == before
    assert len(before) == MARKS


def test_each_verb_does_reach_the_shops_own_rows(own_db: Database[Document]) -> None:
    shops = TwoShops(own_db, "dishes")
    assert len(shops.scoped.find({}, limit=100)) == MARKS
    assert shops.scoped.update_each([({"mark": 0}, CHANGE), ({"mark": 1}, CHANGE), ({"mark": 9}, CHANGE)]) == 2
    assert shops.scoped.update_each([]) == 0
    changed = shops.scoped.find_and_update({"mark": 0}, CHANGE)
    assert changed is not None
    assert (changed["touched"], changed["shop_id"]) == (2, shops.mine)
    assert shops.scoped.aggregate([{"$group": {"_id": None, "sum": {"$sum": "$touched"}}}]) == [{"_id": None, "sum": 3}]


@pytest.mark.parametrize(
    "where",
    [
        {"shop_id": "other"},
        {"shop_id": {"$ne": None}},
        {"$or": [{"mark": 1}, {"shop_id": "other"}]},
        {"$and": [{"$nor": [{"mark": 1}, {"shop_id": "mine"}]}]},
        {"lines": {"$elemMatch": {"shop_id": "other"}}},
        {"shop_id.0": "o"},
        {"$where": "true"},
        {"$or": [{"$where": "this.shop_id != 'x'"}]},
    ],
)
def test_a_filter_that_names_the_shop_itself_or_runs_a_script_is_refused(
    own_db: Database[Document], where: Filter
) -> None:
    scoped = Shop(own_db, "mine").collection("orders")
    verbs: list[Callable[[], object]] = [
        lambda: scoped.find_one(where),
        lambda: scoped.find(where, limit=1),
        lambda: scoped.update_one(where, CHANGE),
        lambda: scoped.update_each([(where, CHANGE)]),
        lambda: scoped.upsert_one(where, CHANGE),
        lambda: scoped.find_and_update(where, CHANGE),
    ]
    for verb in verbs:
        with pytest.raises(ScopeError):
            verb()
    assert own_db["orders"].count_documents({"touched": {"$exists": True}, "shop_id": "mine"}) == 0


@pytest.mark.parametrize(
    "change",
    [
        {"$set": {"shop_id": "other"}},
        {"$unset": {"shop_id": ""}},
        {"$setOnInsert": {"shop_id": "other"}},
        {"$rename": {"name": "shop_id"}},
    ],
)
def test_a_change_that_moves_a_document_to_another_shop_is_refused(own_db: Database[Document], change: Filter) -> None:
    shops = TwoShops(own_db, "dishes")
    before = list(shops.rows.find({"shop_id": shops.mine}).sort("_id", 1))
    verbs: list[Callable[[], object]] = [
        lambda: shops.scoped.update_one({}, change),
        lambda: shops.scoped.update_each([({}, change)]),
        lambda: shops.scoped.upsert_one({}, change),
        lambda: shops.scoped.find_and_update({}, change),
    ]
    for verb in verbs:
        with pytest.raises(ScopeError):
            verb()
    assert list(shops.rows.find({"shop_id": shops.mine}).sort("_id", 1)) == before


@pytest.mark.parametrize(
    "pipeline",
    [
        [{"$set": {"shop_id": "other"}}],
        [{"$set": {"mark": 1}}, {"$set": {"shop_id": {"$literal": "other"}}}],
        [{"$unset": "shop_id"}],
        [{"$unset": ["mark", "shop_id"]}],
        [{"$replaceWith": {"mark": 1}}],
        [{"$replaceRoot": {"newRoot": "$inner"}}],
        [{"$project": {"mark": 1}}],
        [{"$set": {"mark": 1}, "$unset": "shop_id"}],
    ],
)
def test_a_pipeline_changes_a_document_by_setting_fields_and_nothing_else(
    own_db: Database[Document], pipeline: list[Filter]
) -> None:
    shops = TwoShops(own_db, "dishes")
    before = list(shops.rows.find({"shop_id": shops.mine}).sort("_id", 1))
    with pytest.raises(ScopeError):
        shops.scoped.find_and_update({}, pipeline)
    assert list(shops.rows.find({"shop_id": shops.mine}).sort("_id", 1)) == before
    changed = shops.scoped.find_and_update({}, [{"$set": {"price_fen": {"$add": ["$price_fen", 7]}}}])
    assert changed is not None
    assert changed["price_fen"] == before[0]["price_fen"] + 7


@pytest.mark.parametrize(
    "stage",
    [
        {"$lookup": {"from": "orders", "localField": "x", "foreignField": "y", "as": "z"}},
        {"$graphLookup": {}},
        {"$unionWith": "orders"},
        {"$out": "orders"},
        {"$merge": {"into": "orders"}},
        {"$facet": {"all": [{"$match": {}}]}},
        {"$collStats": {}},
        {"$documents": []},
        {"$indexStats": {}},
        {"$listSessions": {}},
        {"$match": {}, "$out": "orders"},
    ],
)
def test_a_pipeline_stage_that_might_leave_the_shop_is_refused(own_db: Database[Document], stage: Filter) -> None:
    scoped = Shop(own_db, "mine").collection("dishes")
    with pytest.raises(ScopeError):
        scoped.aggregate([{"$match": {"mark": 1}}, stage])
    assert scoped.aggregate([{"$match": {"mark": 1}}]) == []


def test_a_document_is_inserted_as_the_shops_own_and_never_as_anothers(own_db: Database[Document]) -> None:
    schema = next(one for one in SHOP_SCHEMAS if one.name == "dishes")
    scoped = Shop(own_db, "mine-1").collection("dishes")
    document = row(schema, "theirs-1")
    with pytest.raises(ScopeError):
        scoped.insert_one(document)
    del document["shop_id"]
    scoped.insert_one(document)
    assert [found["shop_id"] for found in own_db["dishes"].find({"_id": document["_id"]})] == ["mine-1"]


def test_a_view_hides_the_database_from_its_repr(own_db: Database[Document]) -> None:
    assert repr(Shop(own_db, "s1")) == "Shop(shop_id='s1')"
