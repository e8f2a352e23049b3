"""`scripts/audit` tells every document that breaks a law, and by its exit code whether there is one."""

from __future__ import annotations

import json

import pytest
from pymongo.database import Database

from scripts.auditing import main
from shared.store.audit import LAWS
from shared.store.client import Document
from tests.audit.conftest import Night


@pytest.fixture
def environ(empty: Database[Document], mongodb_uri: str) -> dict[str, str]:
    """The environment that names the test's own database."""
    return {"MONGODB_URI": mongodb_uri, "MONGODB_DATABASE": empty.name}


def test_a_sound_database_is_told_as_such(environ: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main([], environ) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == f"{environ['MONGODB_DATABASE']}: {len(LAWS)} laws, all hold"
    assert len(lines) == len(LAWS) + 1


def test_every_finding_is_told_with_its_document_and_its_sentence(
    empty: Database[Document], environ: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    empty["stations"].insert_one({"_id": "a", "shop_id": "s2", "station_id": "hot", "name": "热菜"})
    assert main([], environ) == 1
    told = capsys.readouterr().out
    assert "  SHOP_UNKNOWN  stations/a (s2)  门店 s2 不存在\n" in told
    assert told.splitlines()[-1].endswith(f"{len(LAWS)} laws, 1 documents break them")
    assert main(["--json"], environ) == 1
    assert [json.loads(line) for line in capsys.readouterr().out.splitlines()] == [
        {
            "code": "SHOP_UNKNOWN",
            "collection": "stations",
            "document_id": "a",
            "shop_id": "s2",
            "message": "门店 s2 不存在",
        }
    ]
    assert main(["--shop", "s1"], environ) == 0


def test_one_shop_of_many_is_looked_at_alone(night: Night, mongodb_uri: str) -> None:
    environ = {"MONGODB_URI": mongodb_uri, "MONGODB_DATABASE": night.db.name}
    assert main(["--shop", night.shop.shop_id], environ) == 0


def test_a_database_that_cannot_be_reached_is_no_finding(capsys: pytest.CaptureFixture[str]) -> None:
    uri = "mongodb://127.0.0.1:9/?connectTimeoutMS=50&serverSelectionTimeoutMS=50"
    assert main([], {"MONGODB_URI": uri}) == 2
    assert capsys.readouterr().err.startswith("audit: ")
