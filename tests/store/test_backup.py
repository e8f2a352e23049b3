"""A backup is the database of one moment; what comes back is the same to the byte, and its books are right."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pymongo import MongoClient
from pymongo.database import Database

from scripts.backing_up import BackupError, main, restore, save
from shared.store.client import Document
from shared.store.schema import apply_schema
from tests.support.audit import assert_clean
from tests.support.shops import TestShop, line


def silent(_line: str) -> None:
    """Tells nobody."""


@pytest.fixture
def plain(db: Database[Document], mongodb_uri: str) -> Iterator[Database[Document]]:
    """The database of the tests as an engineer reaches it: without the functions' watch over what binds no shop."""
    with MongoClient[Document](mongodb_uri, tz_aware=True) as client:
        yield client[db.name]


@pytest.fixture
def elsewhere(plain: Database[Document]) -> Iterator[Database[Document]]:
    """An empty database beside the one of the tests."""
    other = plain.client["zaotai_restored"]
    plain.client.drop_database(other.name)
    yield other
    plain.client.drop_database(other.name)


def everything(db: Database[Document]) -> dict[str, list[Document]]:
    """All documents of all collections, in the order of their ids."""
    names = sorted(name for name in db.list_collection_names() if not name.startswith("system."))
    return {name: sorted(db[name].find(), key=lambda row: str(row["_id"])) for name in names}


def test_what_comes_back_is_what_was_saved_and_its_books_are_right(
    shop: TestShop, plain: Database[Document], elsewhere: Database[Document], tmp_path: Path
) -> None:
    assert shop.submit([line("tea", 2)])["success"]
    before = everything(plain)
    saved = save(plain, tmp_path / "backup", tell=silent)
    restore(elsewhere, tmp_path / "backup", tell=silent)
    apply_schema(elsewhere)
    assert everything(elsewhere) == before
    assert saved.collections["orders"].documents == len(before["orders"]) > 0
    assert_clean(elsewhere, shop.shop_id)


def test_a_backup_is_of_one_moment_though_shops_go_on(
    shop: TestShop, plain: Database[Document], elsewhere: Database[Document], tmp_path: Path
) -> None:
    def meanwhile(line: str) -> None:
        """After each collection, a shop that comes and one that goes in the collections still to be saved."""
        name = f"late-{line.rsplit(maxsplit=1)[-1]}"
        plain["shops"].insert_one(shop_row | {"_id": name})

    shop_row = plain["shops"].find_one({"_id": shop.shop_id}) or {}
    before = plain["shops"].count_documents({})
    save(plain, tmp_path / "backup", tell=meanwhile)
    restore(elsewhere, tmp_path / "backup", tell=silent)
    gone = plain["shops"].delete_many({"_id": {"$regex": "^late-"}}).deleted_count
    assert gone > 3
    assert elsewhere["shops"].count_documents({}) == before


def test_nothing_is_restored_over_anything(shop: TestShop, plain: Database[Document], tmp_path: Path) -> None:
    save(plain, tmp_path / "backup", tell=silent)
    before = everything(plain)
    with pytest.raises(BackupError, match="is not empty"):
        restore(plain, tmp_path / "backup", tell=silent)
    assert everything(plain) == before
    with pytest.raises(BackupError, match="is there already"):
        save(plain, tmp_path / "backup", tell=silent)


def test_a_damaged_backup_is_refused_before_anything_gets_in(
    shop: TestShop, plain: Database[Document], elsewhere: Database[Document], tmp_path: Path
) -> None:
    save(plain, tmp_path / "backup", tell=silent)
    file = tmp_path / "backup" / "shops.bson.gz"
    whole = file.read_bytes()
    for damaged in (whole[:-30], b"", (tmp_path / "backup" / "tables.bson.gz").read_bytes()):
        file.write_bytes(damaged)
        with pytest.raises(BackupError, match=r"shops\.bson\.gz"):
            restore(elsewhere, tmp_path / "backup", tell=silent)
    assert elsewhere.list_collection_names() == []


def test_a_broken_off_backup_is_none(elsewhere: Database[Document], tmp_path: Path) -> None:
    (tmp_path / "backup").mkdir()
    with pytest.raises(BackupError, match="no finished backup"):
        restore(elsewhere, tmp_path / "backup", tell=silent)


def test_the_command_saves_and_restores(
    shop: TestShop, mongodb_uri: str, elsewhere: Database[Document], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    environ = {"MONGODB_URI": mongodb_uri, "MONGODB_DATABASE": "zaotai_test"}
    folder = str(tmp_path / "backup")
    assert main(["save", folder], environ) == 0
    assert main(["restore", folder], environ) == 1
    assert "zaotai_test is not empty" in capsys.readouterr().err
    assert main(["restore", folder], environ | {"MONGODB_DATABASE": elsewhere.name}) == 0
    assert "then scripts/audit" in capsys.readouterr().out
    assert main(["save", folder], {}) == 2
