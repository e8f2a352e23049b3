"""The command that opens a chain's shops: everything is there, keys go into a private file, again keeps them."""

from __future__ import annotations

import json
import secrets
import shutil
import stat
from pathlib import Path

import pytest
from pymongo import MongoClient

from scripts.local.dataset import YUWEIFANG
from scripts.opening_shops import main
from shared.store.client import Document


def test_shops_are_opened_and_a_second_time_keeps_the_keys(
    mongodb_uri: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name, keys = f"opening_{secrets.token_hex(4)}", tmp_path / "keys.json"
    environ = {"MONGODB_URI": mongodb_uri, "MONGODB_DATABASE": name, "TABLE_CODE_KEY": "opening-test-key"}
    with MongoClient[Document](mongodb_uri) as client:
        assert main([str(YUWEIFANG), "--keys", str(keys)], environ) == 0
        first = json.loads(keys.read_text())
        assert main([str(YUWEIFANG), "--keys", str(keys)], environ) == 0
        devices = {found["_id"]: found["key"] for found in client[name]["devices"].find()}
        client.drop_database(name)
    assert json.loads(keys.read_text()) == first == devices
    assert len(first) == 5
    assert stat.S_IMODE(keys.stat().st_mode) == 0o600
    told = capsys.readouterr().out
    assert [key for key in first.values() if key in told] == []


def test_an_unsound_data_set_opens_nothing(
    mongodb_uri: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken, name = tmp_path / "chain", f"opening_{secrets.token_hex(4)}"
    shutil.copytree(YUWEIFANG, broken)
    (broken / "shops.json").write_text("[]")
    environ = {"MONGODB_URI": mongodb_uri, "MONGODB_DATABASE": name, "TABLE_CODE_KEY": "opening-test-key"}
    assert main([str(broken), "--keys", str(tmp_path / "keys.json")], environ) == 1
    assert main([str(YUWEIFANG), "--keys", str(tmp_path / "keys.json")], {}) == 2
    with MongoClient[Document](mongodb_uri) as client:
        assert name not in client.list_database_names()
    assert not (tmp_path / "keys.json").exists()
    assert "set MONGODB_URI and TABLE_CODE_KEY" in capsys.readouterr().err
