"""`scripts/migrate`: collections, data, validators and indexes of this release, while shops are open.

Exits 0 when the database is as the release wants it (or, with --dry-run, could be brought there), 1 when something must
be decided first, 2 when it cannot look, 3 when a newer release has been here.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence

from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import OperationFailure, PyMongoError

from shared.runtime.clock import utc_now
from shared.store.client import Document
from shared.store.migrations import (
    MIGRATIONS,
    Migration,
    MigrationStuck,
    applied,
    record,
    run,
    version_of,
    waiting_count,
)
from shared.store.schema import SCHEMA, CollectionSchema
from shared.store.schema_changes import Kind, changes

DONE, UNDECIDED, UNREACHED, TOO_OLD = 0, 1, 2, 3
_WAIT_MS = 5_000
_BUILDING = 12587


def main(
    arguments: Sequence[str] | None = None,
    environ: Mapping[str, str] = os.environ,
    *,
    schema: Sequence[CollectionSchema] = SCHEMA,
    migrations: Sequence[Migration] = MIGRATIONS,
) -> int:
    """Do it, or with --dry-run tell what would be done; the exit code."""
    options = _options(arguments)
    if not environ.get("MONGODB_URI"):
        print("migrate: set MONGODB_URI, and MONGODB_DATABASE unless it is zaotai", file=sys.stderr)
        return UNREACHED
    uri, name = environ["MONGODB_URI"], environ.get("MONGODB_DATABASE", "zaotai")
    try:
        with MongoClient[Document](uri, tz_aware=True, serverSelectionTimeoutMS=_WAIT_MS) as client:
            return _Upgrade(client[name], schema, migrations, options).bring()
    except OperationFailure as error:
        building = "an index of it is being built, perhaps by somebody else's migrate; run this again when that is done"
        print(f"migrate: {building if error.code == _BUILDING else error}", file=sys.stderr)
        return UNREACHED
    except (PyMongoError, MigrationStuck) as error:
        print(f"migrate: {error}", file=sys.stderr)
        return UNREACHED


class _Upgrade:
    """One run against one database."""

    def __init__(
        self,
        db: Database[Document],
        schema: Sequence[CollectionSchema],
        migrations: Sequence[Migration],
        options: argparse.Namespace,
    ) -> None:
        self._db, self._schema, self._migrations, self._options = db, schema, migrations, options

    def bring(self) -> int:
        """New collections, then data, then what the data must meet: writes of the running release stay possible."""
        known, done = version_of(self._migrations), applied(self._db)
        if max(done, default=0) > known:
            print(
                f"migrate: {self._db.name} has been through migration {max(done)}, this release knows {known}: "
                "deploy a release that is not older",
                file=sys.stderr,
            )
            return TOO_OLD
        print(f"{self._db.name}: data version {max(done, default=0)}, this release has {known}")
        told = self._differences("collection")
        told += self._data(done)
        clashes = [change.what for change in changes(self._db, self._schema) if change.kind == "clash"]
        if clashes and not (self._options.dry_run and told):
            print("migrate: to be decided first:", *clashes, sep="\n  ", file=sys.stderr)
            return UNDECIDED
        if clashes:
            print("to be decided, unless the above mends it:", *clashes, sep="\n  ")
        told += self._differences("validator") + self._differences("index")
        told += self._unused()
        print(("would change: " if self._options.dry_run else "changed: ") + str(told) if told else "nothing to change")
        return DONE

    def _differences(self, kind: Kind) -> int:
        mine = [change for change in changes(self._db, self._schema) if change.kind == kind]
        for change in mine:
            print(f"  {change.what}", flush=True)
            if change.apply is not None and not self._options.dry_run:
                change.apply()
        return len(mine)

    def _data(self, done: Mapping[int, object]) -> int:
        wanted = [one for one in self._migrations if one.number not in done or self._options.again]
        return sum(self._migrate(one, anew=one.number not in done) for one in wanted)

    def _migrate(self, migration: Migration, *, anew: bool) -> int:
        """Whether there was anything to do."""
        total = waiting_count(self._db, migration)
        print(f"  migration {migration.number}, {migration.name}: {total} documents of {migration.collection}")
        if self._options.dry_run:
            return anew or total > 0
        changed = 0
        for batch in run(self._db, migration):
            changed += batch
            print(f"    {changed} of {total}", flush=True)
        record(self._db, migration, at=utc_now())
        return anew or changed > 0

    def _unused(self) -> int:
        """An index that this release does not want may serve an older one that still runs."""
        if self._options.drop_unused:
            return self._differences("unused")
        unused = [change.what for change in changes(self._db, self._schema) if change.kind == "unused"]
        if unused:
            print("no longer wanted, for --drop-unused once no older release runs:", *unused, sep="\n  ")
        return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/migrate", description=__doc__)
    parser.add_argument("--dry-run", action="store_true", help="tell what would be done, and do nothing")
    parser.add_argument(
        "--again", action="store_true", help="also what an older release wrote since a migration was done"
    )
    parser.add_argument("--drop-unused", action="store_true", help="drop indexes that this release does not want")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
