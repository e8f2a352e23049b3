"""The health function says of each thing whether it is reached, and nothing that must stay secret."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from pymongo import MongoClient
from pymongo.database import Database

from functions.checkHealth.index import main
from scripts.local.broker import Account, Broker
from scripts.local.process import free_port
from shared.gateways.reach import reach_broker
from shared.runtime.merchants import merchants
from shared.runtime.wechat_app import wechat_app
from shared.store.client import Document
from shared.store.health import DatabaseHealth, database_health
from shared.store.migrations import SCHEMA_VERSION
from shared.store.scope import Chain

RELAY = Account("relay", "relay-password", write=("zaotai/#",))
WECHAT = ("WECHAT_PAY_FILE", "WECHAT_PAY_MCHID", "WECHAT_APP_ID", "WECHAT_APP_SECRET")


@pytest.fixture
def bare() -> Iterator[None]:
    """No credentials for WeChat in this process; afterwards as it was."""
    before = {name: os.environ.pop(name) for name in WECHAT if name in os.environ}
    _forget()
    yield
    for name in WECHAT:
        os.environ.pop(name, None)
    os.environ.update(before)
    _forget()


def _forget() -> None:
    merchants.cache_clear()
    wechat_app.cache_clear()


def test_a_fresh_environment_says_what_is_missing(db: Database[Document], bare: None) -> None:
    told = main({"Type": "Timer"}, {"request_id": "r-1"})
    now = told["data"].pop("now")
    assert now.endswith("Z")
    assert told == {
        "success": True,
        "data": {
            "database": "ok",
            "schemaVersion": SCHEMA_VERSION,
            "broker": "missing",
            "wechatPay": "missing",
            "wechatMessages": "missing",
        },
        "requestId": "r-1",
    }


def test_credentials_are_said_to_be_there_or_unusable_without_being_shown(db: Database[Document], bare: None) -> None:
    os.environ.update(WECHAT_APP_ID="wx0123456789abcdef", WECHAT_APP_SECRET="s" * 32, WECHAT_PAY_MCHID="not a number")
    told = main({}, {"request_id": "r-1"})
    assert (told["data"]["wechatPay"], told["data"]["wechatMessages"]) == ("unreadable", "ok")
    assert "sss" not in str(told)
    assert "not a number" not in str(told)


def test_a_database_that_is_not_this_projects_is_empty(db: Database[Document]) -> None:
    assert database_health(Chain(db.client["zaotai_nothing_here"])) == DatabaseHealth("empty")


def test_a_database_that_does_not_answer_is_unreachable() -> None:
    with MongoClient[Document](f"mongodb://127.0.0.1:{free_port()}", serverSelectionTimeoutMS=200) as client:
        assert database_health(Chain(client["zaotai"])) == DatabaseHealth("unreachable")


def test_a_wrong_password_is_refused_and_not_out_of_reach(db: Database[Document], mongodb_uri: str) -> None:
    address = mongodb_uri.replace("mongodb://", "mongodb://nobody:wrong@")
    with MongoClient[Document](address, serverSelectionTimeoutMS=2_000) as client:
        assert database_health(Chain(client["zaotai_test"])) == DatabaseHealth("refused")


def test_the_broker_is_reached_refused_or_out_of_reach(tmp_path: Path) -> None:
    with Broker(tmp_path, accounts=(RELAY,)) as broker:
        assert reach_broker(broker.url_for("relay")) == "ok"
        assert reach_broker(broker.url_for("relay").replace("relay-password", "wrong")) == "refused"
    assert reach_broker(f"mqtt://127.0.0.1:{free_port()}") == "unreachable"
