"""The nightly audit looks at each law once, keeps what breaks it and raises an alarm, and is not misled by calls."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest
from pymongo import MongoClient
from pymongo.database import Database

from shared.runtime.clock import utc_now
from shared.store.audit import LAWS, Books, Finding
from shared.store.client import SOCKET_TIMEOUT_MS, Document
from shared.store.guard import BRAND_WIDE
from shared.store.scope import Chain
from shared.usecases.auditing import lasting
from tests.audit.conftest import Night
from tests.store.faults import failing
from tests.support.shops import Reply, call

FINDING = Finding("X", "orders", "o1", "s1", "订单不对")


@pytest.fixture(autouse=True)
def _a_night_of_its_own(db: Database[Document]) -> Iterator[None]:
    db["audits"].delete_many({})
    yield
    db["audits"].delete_many({})


def audited() -> Reply:
    reply = call("auditBooks", {"Type": "Timer", "TriggerName": "atNight"}, openid=None)
    assert reply["success"], reply
    data: Reply = reply["data"]
    return data


def findings(db: Database[Document]) -> dict[str, list[str]]:
    (night,) = db["audits"].find()
    return {law: [one["document_id"] for one in found] for law, found in night["findings"].items() if found}


def test_every_law_is_looked_at_once_and_what_breaks_it_is_kept_and_alarmed(
    night: Night, plain: MongoClient[Document], capsys: pytest.CaptureFixture[str]
) -> None:
    orders = plain[night.db.name]["orders"]
    orders.update_one({"_id": night.reduced}, {"$inc": {"due_fen": 1}})
    told = audited()
    assert (told["done"], told["left"]) == (len(LAWS), 0)
    assert night.reduced in findings(night.db)["order sums"]
    alarms = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"alarm"' in line]
    assert f"orders/{night.reduced}" in [one["document"] for one in alarms if one["code"] == "ORDER_SUM_WRONG"]
    orders.update_one({"_id": night.reduced}, {"$inc": {"due_fen": -1}})
    assert audited() == told
    assert night.reduced in findings(night.db)["order sums"]


def test_what_was_broken_off_is_gone_on_with(night: Night) -> None:
    audited()
    laws = ["stock", "tickets"]
    night.db["audits"].update_one({}, {"$pull": {"done": {"$in": laws}}})
    assert audited()["left"] == 0
    (kept,) = night.db["audits"].find()
    assert sorted(kept["done"]) == sorted(LAWS)


def test_the_audit_writes_nothing_but_its_own_record(night: Night) -> None:
    names = [name for name in night.db.list_collection_names() if name != "audits"]
    before = {name: list(night.db[name].find(comment=BRAND_WIDE)) for name in names}
    audited()
    assert {name: list(night.db[name].find(comment=BRAND_WIDE)) for name in names} == before


def test_only_what_two_looks_find_counts(db: Database[Document]) -> None:
    later = replace(FINDING, message="订单仍然不对")
    looks = iter([[FINDING, replace(FINDING, document_id="o2")], [replace(FINDING, document_id="o3"), later]])

    def law(_books: Books) -> Iterator[Finding]:
        yield from next(looks)

    assert lasting(Chain(db), law) == [later]


def test_a_long_look_is_not_cut_short_by_the_clients_own_limit(night: Night, plain: MongoClient[Document]) -> None:
    slow = {"blockConnection": True, "blockTimeMS": SOCKET_TIMEOUT_MS + 200}
    with failing(plain, "aggregate", slow, times=None):
        assert lasting(Chain(night.db), LAWS["tickets"]) == []


def test_a_night_is_a_day_by_the_clock_of_the_machines(night: Night) -> None:
    assert audited()["night"] == f"{utc_now():%Y-%m-%d}"
