"""Data migrations by number: how stored documents follow the code from release to release, while shops are open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo.database import Database

from shared.store.client import Document

BATCH = 500
DONE = "migrations"


@dataclass(frozen=True)
class Migration:
    """One change of a collection's documents.

    `waiting` finds the documents that are still to be changed and, by itself, no longer finds those that are; `change`
    is an update pipeline. So it may be broken off anywhere, run twice, and run by two people at once. What it leaves
    must be readable to the release before, which works on until the new one is deployed.
    """

    number: int
    name: str
    collection: str
    waiting: Mapping[str, Any]
    change: Sequence[Mapping[str, Any]]


class MigrationStuck(Exception):
    """A migration leaves documents as they are that it still finds: its filter and its change do not fit."""


MIGRATIONS: tuple[Migration, ...] = ()
"""In the order of their numbers, from 1 without a gap. One that was released is never changed or taken away."""


def version_of(migrations: Sequence[Migration]) -> int:
    """The number of the last one, 0 without any."""
    return migrations[-1].number if migrations else 0


SCHEMA_VERSION = version_of(MIGRATIONS)


def applied(db: Database[Document]) -> Mapping[int, datetime]:
    """When each migration that this database has been through was done."""
    return {found["_id"]: found["done_at"] for found in db[DONE].find({}, {"done_at": 1})}


def waiting_count(db: Database[Document], migration: Migration) -> int:
    """How many documents a migration would change."""
    return db[migration.collection].count_documents(dict(migration.waiting))


def run(db: Database[Document], migration: Migration) -> Iterator[int]:
    """Change the documents batch by batch, telling how many each time. Raises MigrationStuck.

    Every batch is one short write of few documents by their ids: no shop waits for the whole.
    """
    rows = db[migration.collection]
    while ids := [found["_id"] for found in rows.find(dict(migration.waiting), {"_id": 1}).limit(BATCH)]:
        mine: dict[str, Any] = {"$and": [{"_id": {"$in": ids}}, dict(migration.waiting)]}
        changed = rows.update_many(mine, list(migration.change)).modified_count
        if not changed and rows.count_documents(mine, limit=1):
            raise MigrationStuck(f"migration {migration.number} ({migration.name}) changes nothing in {ids[0]!r}")
        yield changed


def record(db: Database[Document], migration: Migration, *, at: datetime) -> None:
    """Note that a migration is done; again, the first time stays."""
    done = {"name": migration.name, "done_at": at}
    db[DONE].update_one({"_id": migration.number}, {"$setOnInsert": done}, upsert=True)
