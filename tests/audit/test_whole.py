"""What an audit finds of a whole database: what only indexes forbid, and shops that nobody has heard of."""

from __future__ import annotations

from datetime import datetime, timezone

from pymongo.database import Database

from shared.store.audit import LAWS
from shared.store.client import Document
from tests.audit.conftest import Night
from tests.support.audit import assert_clean, books_of, found

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=timezone.utc)
DAY = "2026-11-24"
SITTING: Document = {
    "shop_id": "s1",
    "table_id": "t1",
    "state": "open",
    "rounds": [],
    "opened_at": NOW,
    "biz_date": DAY,
}


def told(db: Database[Document], law: str) -> list[tuple[str, str, str]]:
    return [(one.code, one.document_id, one.message) for one in LAWS[law](books_of(db))]


def test_a_database_with_nothing_in_it_is_sound(empty: Database[Document]) -> None:
    assert_clean(empty)


def test_a_missing_index_is_found_by_its_name(empty: Database[Document]) -> None:
    empty["ledger"].drop_index("one_cause")
    assert found(empty) == [("INDEX_MISSING", "one_cause")]


def test_a_document_of_a_shop_that_is_not_there_and_one_of_no_shop_are_found(empty: Database[Document]) -> None:
    empty["shops"].insert_one(
        {"_id": "s1", "name": "店", "zone": "Asia/Shanghai", "cutoff": "04:00", "menu_version": 1, "hours": []}
    )
    rows = empty["stations"]
    rows.insert_one({"_id": "a", "shop_id": "s1", "station_id": "hot", "name": "热菜"})
    rows.insert_one({"_id": "b", "shop_id": "s2", "station_id": "hot", "name": "热菜"})
    rows.insert_one({"_id": "c", "station_id": "hot", "name": "热菜"}, bypass_document_validation=True)
    assert sorted(told(empty, "shops")) == [
        ("SHOP_UNKNOWN", "b", "门店 s2 不存在"),
        ("SHOP_UNKNOWN", "c", "没有写明属于哪家门店"),
    ]


def test_two_open_sittings_at_one_table_are_found_where_no_index_forbade_them(empty: Database[Document]) -> None:
    empty["table_sessions"].drop_index("one_open_sitting")
    empty["table_sessions"].insert_many([{"_id": i, **SITTING} for i in "ab"])
    empty["table_sessions"].insert_one({"_id": "c", **SITTING, "table_id": "t2"})
    empty["table_sessions"].insert_one({"_id": "d", **SITTING, "state": "closed"})
    assert told(empty, "tables") == [("TABLE_TWICE", "b", "t1 桌同时有 2 个未结束的开台")]


def test_a_table_given_twice_is_found_where_no_index_forbade_it(night: Night, empty: Database[Document]) -> None:
    first = night.db["reservations"].find_one({"_id": night.booking, "shop_id": night.shop.shop_id})
    assert first is not None
    empty["reservations"].drop_index("one_slot")
    empty["reservations"].insert_many([{**first, "_id": "a"}, {**first, "_id": "b"}])
    assert told(empty, "booked twice") == [("BOOKED_TWICE", "b", f"a 与它占用同一时段 {min(first['slots'])}")]


def test_money_below_nothing_is_found_though_the_entries_agree(empty: Database[Document]) -> None:
    member = {
        "shop_id": "s1",
        "account": "acc",
        "joined_at": NOW,
        "points": 0,
        "bonus_fen": 0,
        "growth": 0,
        "version": 1,
    }
    empty["members"].insert_one({**member, "_id": "o1", "principal_fen": -5}, bypass_document_validation=True)
    sides = [
        {"unit": "principal", "account": "member", "amount": -5},
        {"unit": "principal", "account": "spent", "amount": 5},
    ]
    empty["ledger"].insert_one(
        {
            "shop_id": "s1",
            "biz_date": "2026-11-24",
            "cause": "c",
            "kind": "pay",
            "account": "acc",
            "entries": sides,
            "at": NOW,
        }
    )
    money = [one for law in ("ledger sets", "balances", "stored value", "point lots") for one in told(empty, law)]
    assert money == [("BALANCE_BELOW_NOTHING", "acc", "储值余额为负：本金 -5 分，赠金 0 分")]


def test_a_debt_has_no_lots_and_is_sound(empty: Database[Document]) -> None:
    member = {
        "shop_id": "s1",
        "account": "acc",
        "joined_at": NOW,
        "principal_fen": 0,
        "bonus_fen": 0,
        "growth": 0,
        "version": 1,
    }
    empty["members"].insert_one({**member, "_id": "o1", "points": -5})
    sides = [
        {"unit": "points", "account": "member", "amount": -5},
        {"unit": "points", "account": "issued", "amount": 5},
    ]
    empty["ledger"].insert_one(
        {
            "shop_id": "s1",
            "biz_date": "2026-11-24",
            "cause": "c",
            "kind": "refund",
            "account": "acc",
            "entries": sides,
            "at": NOW,
        }
    )
    assert [one for law in ("ledger sets", "balances", "point lots") for one in told(empty, law)] == []
    empty["point_lots"].insert_one({"account": "acc", "expires_at": NOW, "left": 3})
    assert told(empty, "point lots") == [("LOTS_WRONG", "acc", "积分余额是 0，各批次合计却是 3")]


def test_books_of_one_shop_tell_nothing_of_another(empty: Database[Document]) -> None:
    empty["table_sessions"].insert_one({"_id": "a", **SITTING, "merged_into": "elsewhere"})
    assert [one.document_id for one in LAWS["merges"](books_of(empty, "s1"))] == ["a"]
    assert [one.document_id for one in LAWS["merges"](books_of(empty, "s2"))] == []
