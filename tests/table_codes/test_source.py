"""Where the codes come from: the environment's database, or the demo's, running or not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pymongo import MongoClient

from scripts.local.demo.folder import own_folder
from scripts.local.mongod import Mongod
from scripts.local.table_codes.source import SourceError, open_source
from shared.store.client import Document


def test_without_database_and_demo_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="set MONGODB_URI and TABLE_CODE_KEY, or run scripts/demo once"):
        open_source(tmp_path / "demo", {}).__enter__()


def test_a_database_without_the_key_is_of_no_use(tmp_path: Path, mongodb_uri: str) -> None:
    with pytest.raises(SourceError, match="set TABLE_CODE_KEY"):
        open_source(tmp_path, {"MONGODB_URI": mongodb_uri}).__enter__()


@pytest.fixture
def demo(tmp_path: Path) -> Path:
    """The folder of a demo that has run."""
    folder = tmp_path / "demo"
    (folder / "cloud").mkdir(parents=True)
    (folder / "table-code-key").write_text("the demo's key", encoding="utf-8")
    return folder


def test_a_demo_that_has_ended_is_read_from_its_folder(demo: Path) -> None:
    with Mongod(demo / "mongo") as server, MongoClient[Document](server.uri) as client:
        client["zaotai_demo"]["shops"].insert_one({"_id": "s-one"})
    with open_source(demo, {}) as source:
        assert source.db["shops"].find_one() == {"_id": "s-one"}
        assert source.key == "the demo's key"


def test_a_running_demo_is_asked_where_its_gateway_asks(demo: Path, mongodb_uri: str) -> None:
    known = {"MONGODB_URI": mongodb_uri, "MONGODB_DATABASE": "its_own", "TABLE_CODE_KEY": "its key"}
    (demo / "cloud" / "gateway.json").write_text(json.dumps({"env": known}), encoding="utf-8")
    with own_folder(demo, is_fresh=False), open_source(demo, {}) as source:
        assert (source.db.name, source.key) == ("its_own", "its key")
        assert source.db["shops"].find_one() is None
