"""`scripts/migrate` brings a database to a release while its shops are open, and says first what it would do."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from pymongo import IndexModel, MongoClient
from pymongo.database import Database

from scripts.migrating import DONE, TOO_OLD, UNDECIDED, UNREACHED, main
from shared.store.client import Document
from shared.store.migrations import (
    BATCH,
    MIGRATIONS,
    SCHEMA_VERSION,
    Migration,
    MigrationStuck,
    applied,
    record,
    run,
    version_of,
    waiting_count,
)
from shared.store.schema import SCHEMA, CollectionSchema, apply_schema
from shared.store.schema_changes import changes

NOTES = CollectionSchema("notes", {"text": "str"}, [IndexModel([("text", 1)], name="by_text")])
LOGS = next(one for one in SCHEMA if one.name == "migrations")
SMALL = (NOTES, LOGS)
LANGUAGE = Migration(
    1, "notes have a language", "notes", {"language": {"$exists": False}}, [{"$set": {"language": "zh"}}]
)
LENGTH = Migration(
    2,
    "notes know their length",
    "notes",
    {"length": {"$exists": False}},
    [{"$set": {"length": {"$strLenCP": "$text"}}}],
)


@dataclass(frozen=True)
class Target:
    """A database of the test's own, and the command against it."""

    db: Database[Document]
    uri: str

    def migrate(
        self,
        *arguments: str,
        schema: Sequence[CollectionSchema] = SMALL,
        migrations: Sequence[Migration] = (LANGUAGE, LENGTH),
    ) -> int:
        environ = {"MONGODB_URI": self.uri, "MONGODB_DATABASE": self.db.name}
        return main(arguments, environ, schema=schema, migrations=migrations)

    def add(self, count: int, **more: Any) -> None:
        self.db["notes"].insert_many({"text": f"note {n}", **more} for n in range(count))

    @property
    def whole(self) -> dict[str, Any]:
        """Every document, validator and index."""
        return {
            info["name"]: (
                info["options"],
                self.db[info["name"]].index_information(),
                list(self.db[info["name"]].find().sort("_id", 1)),
            )
            for info in self.db.list_collections()
        }


@pytest.fixture
def target(mongodb_uri: str, plain: MongoClient[Document]) -> Iterator[Target]:
    db = plain[f"zaotai_migrate_{secrets.token_hex(4)}"]
    yield Target(db, mongodb_uri)
    plain.drop_database(db.name)


def test_the_releases_own_migrations_are_numbered_from_one_without_a_gap() -> None:
    assert [one.number for one in MIGRATIONS] == list(range(1, len(MIGRATIONS) + 1))
    assert len(MIGRATIONS) == SCHEMA_VERSION
    assert {one.collection for one in MIGRATIONS} <= {one.name for one in SCHEMA}


def test_a_new_database_becomes_what_the_schema_says(
    target: Target, plain: MongoClient[Document], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([], {"MONGODB_URI": target.uri, "MONGODB_DATABASE": target.db.name}) == DONE
    other = plain[f"{target.db.name}_other"]
    apply_schema(other)
    try:
        theirs, ours = (
            {i["name"]: (i["options"], db[i["name"]].index_information()) for i in db.list_collections()}
            for db in (other, target.db)
        )
        assert ours == theirs
        assert changes(other) == []
    finally:
        plain.drop_database(other.name)
    capsys.readouterr()
    assert main([], {"MONGODB_URI": target.uri, "MONGODB_DATABASE": target.db.name}) == DONE
    assert capsys.readouterr().out.splitlines()[-1] == "nothing to change"


def test_data_is_changed_once_and_recorded(target: Target, capsys: pytest.CaptureFixture[str]) -> None:
    target.add(3)
    target.add(1, language="en")
    assert target.migrate() == DONE
    assert [(one["language"], one["length"]) for one in target.db["notes"].find().sort("_id", 1)] == [
        ("zh", 6), ("zh", 6), ("zh", 6), ("en", 6),
    ]  # fmt: skip
    done = applied(target.db)
    assert sorted(done) == [1, 2]
    said = capsys.readouterr().out
    assert "migration 1, notes have a language: 3 documents of notes" in said
    assert "migration 2, notes know their length: 4 documents of notes" in said
    before = target.whole
    assert target.migrate() == DONE
    assert (target.whole, applied(target.db)) == (before, done)
    assert capsys.readouterr().out.splitlines() == [
        f"{target.db.name}: data version 2, this release has 2",
        "nothing to change",
    ]


def test_a_dry_run_tells_everything_and_changes_nothing(target: Target, capsys: pytest.CaptureFixture[str]) -> None:
    target.add(3)
    target.db["notes"].create_index("old", name="by_old")
    before = target.whole
    assert target.migrate("--dry-run") == DONE
    assert target.whole == before
    assert capsys.readouterr().out.splitlines() == [
        f"{target.db.name}: data version 0, this release has 2",
        "  migrations: made",
        "  migration 1, notes have a language: 3 documents of notes",
        "  migration 2, notes know their length: 3 documents of notes",
        "  notes: validator changed",
        "  notes: index by_text built",
        "no longer wanted, for --drop-unused once no older release runs:",
        "  notes: index by_old dropped",
        "would change: 5",
    ]


def test_an_older_release_is_refused_on_a_newer_database_and_changes_nothing(
    target: Target, capsys: pytest.CaptureFixture[str]
) -> None:
    target.add(2)
    target.migrate()
    target.add(1)
    before = target.whole
    capsys.readouterr()
    for arguments in ((), ("--again",), ("--dry-run",), ("--drop-unused",)):
        assert target.migrate(*arguments, migrations=(LANGUAGE,), schema=(replace(NOTES, indexes=()), LOGS)) == TOO_OLD
    assert target.whole == before
    assert capsys.readouterr().err.splitlines()[0] == (
        f"migrate: {target.db.name} has been through migration 2, this release knows 1: "
        "deploy a release that is not older"
    )


def test_what_was_broken_off_is_taken_up_where_it_stopped(target: Target) -> None:
    target.add(2 * BATCH + 7)
    assert next(run(target.db, LANGUAGE)) == BATCH
    assert (waiting_count(target.db, LANGUAGE), applied(target.db)) == (BATCH + 7, {})
    assert list(run(target.db, LANGUAGE)) == [BATCH, 7]
    assert waiting_count(target.db, LANGUAGE) == 0


def test_the_first_time_that_a_migration_was_done_stays(target: Target) -> None:
    then = datetime(2026, 11, 24, 3, tzinfo=timezone.utc)
    record(target.db, LANGUAGE, at=then)
    record(target.db, LANGUAGE, at=then + timedelta(days=1))
    assert applied(target.db) == {1: then}


def test_a_change_that_does_not_fit_its_filter_ends_and_is_not_recorded(
    target: Target, capsys: pytest.CaptureFixture[str]
) -> None:
    target.add(3)
    stuck = replace(LANGUAGE, change=[{"$set": {"tongue": "zh"}}])
    with pytest.raises(MigrationStuck):
        list(run(target.db, stuck))
    assert target.migrate(migrations=(stuck,)) == UNREACHED
    assert "migration 1 (notes have a language) changes nothing in " in capsys.readouterr().err
    assert applied(target.db) == {}


def test_what_an_older_release_writes_meanwhile_is_caught_up_with(target: Target) -> None:
    target.migrate()
    target.add(4)
    assert target.migrate() == DONE
    assert waiting_count(target.db, LANGUAGE) == 4
    assert target.migrate("--again") == DONE
    assert (waiting_count(target.db, LANGUAGE), waiting_count(target.db, LENGTH)) == (0, 0)


def test_documents_that_a_new_validator_would_refuse_stop_it_until_they_are_mended(
    target: Target, capsys: pytest.CaptureFixture[str]
) -> None:
    target.migrate(migrations=())
    target.add(2)
    stricter = (replace(NOTES, fields={"text": "str", "language": "str"}), LOGS)
    before = target.whole
    assert target.migrate(schema=stricter, migrations=()) == UNDECIDED
    assert target.whole == before
    assert capsys.readouterr().err.splitlines() == [
        "migrate: to be decided first:",
        "  notes: 2 stored documents do not meet the new validator",
    ]
    assert target.migrate("--dry-run", schema=stricter, migrations=()) == UNDECIDED
    # The migration of the same release mends them first.
    capsys.readouterr()
    assert target.migrate("--dry-run", schema=stricter, migrations=(LANGUAGE,)) == DONE
    assert "to be decided, unless the above mends it:\n  notes: 2 stored" in capsys.readouterr().out
    assert target.migrate(schema=stricter, migrations=(LANGUAGE,)) == DONE
    assert changes(target.db, stricter) == []


def test_an_index_of_another_definition_is_never_rebuilt_under_its_name(
    target: Target, capsys: pytest.CaptureFixture[str]
) -> None:
    target.migrate(migrations=())
    other = replace(NOTES, indexes=[IndexModel([("text", -1)], name="by_text")])
    before = target.whole
    assert target.migrate(schema=(other, LOGS), migrations=()) == UNDECIDED
    assert target.whole == before
    assert "  notes: index by_text is defined otherwise; a new one needs a new name" in capsys.readouterr().err


def test_a_unique_index_that_the_data_contradicts_is_not_built(target: Target) -> None:
    target.db["notes"].insert_many([{"text": "twice"}, {"text": "twice"}])
    unique = replace(NOTES, indexes=[IndexModel([("text", 1)], name="one_text", unique=True)])
    assert target.migrate(schema=(unique, LOGS), migrations=()) == UNREACHED
    assert set(target.db["notes"].index_information()) == {"_id_"}


def test_an_index_that_is_no_longer_wanted_goes_only_when_it_is_said(target: Target) -> None:
    target.migrate(migrations=())
    target.db["notes"].create_index("old", name="by_old")
    assert target.migrate(migrations=()) == DONE
    assert "by_old" in target.db["notes"].index_information()
    assert target.migrate("--drop-unused", migrations=()) == DONE
    assert set(target.db["notes"].index_information()) == {"_id_", "by_text"}


def test_shops_go_on_writing_meanwhile(target: Target, plain: MongoClient[Document]) -> None:
    target.add(6 * BATCH)
    written: list[Any] = []
    refused: list[Exception] = []
    over, begun = threading.Event(), threading.Event()

    def shop(name: str) -> None:
        while not over.is_set():
            try:
                written.append(target.db["notes"].insert_one({"text": name}).inserted_id)
                target.db["notes"].update_one({"_id": written[-1]}, {"$set": {"text": f"{name} again"}})
            except Exception as error:
                refused.append(error)
            begun.set()

    shops = [threading.Thread(target=shop, args=(f"shop {n}",)) for n in range(2)]
    for one in shops:
        one.start()
    assert begun.wait(10)
    before = len(written)
    assert target.migrate() == DONE
    meanwhile = len(written) - before
    over.set()
    for one in shops:
        one.join()
    assert (refused, meanwhile > 0) == ([], True)
    assert target.migrate("--again") == DONE
    assert target.db["notes"].count_documents({"language": "zh", "length": {"$gt": 0}}) == 6 * BATCH + len(written)


def test_two_engineers_at_once_do_no_harm(target: Target) -> None:
    target.add(3 * BATCH)
    codes: list[int] = []
    engineers = [threading.Thread(target=lambda: codes.append(target.migrate())) for _ in range(2)]
    for one in engineers:
        one.start()
    for one in engineers:
        one.join()
    # One of them may meet the other's index under construction, and is told to come again.
    assert DONE in codes
    assert set(codes) <= {DONE, UNREACHED}
    assert target.migrate() == DONE
    assert (waiting_count(target.db, LANGUAGE), sorted(applied(target.db))) == (0, [1, 2])
    assert changes(target.db, SMALL) == []


def test_without_a_database_it_says_what_to_set(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([], {}) == UNREACHED
    assert capsys.readouterr().err == "migrate: set MONGODB_URI, and MONGODB_DATABASE unless it is zaotai\n"


def test_version_of_no_migrations_is_zero() -> None:
    assert (version_of(()), version_of((LANGUAGE, LENGTH))) == (0, 2)
