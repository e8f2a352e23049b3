"""`scripts/audit`: every law of the books against a database; exits 0 if all hold, 1 if not, 2 if it cannot look."""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import PyMongoError

from scripts.local.process import StartFailedError
from scripts.local.table_codes.source import SourceError, open_source
from shared.runtime.clock import utc_now
from shared.store.audit import LAWS, Books, Finding
from shared.store.client import Document
from shared.store.scope import Chain

DEMO = Path(__file__).resolve().parents[1] / ".local" / "demo"
SHOWN = 200
_WAIT_MS = 2_000


def main(arguments: Sequence[str] | None = None, environ: Mapping[str, str] = os.environ) -> int:
    """Look at every law and tell what breaks it; the exit code."""
    options = _options(arguments)
    try:
        with _database(options.demo, environ) as db:
            return 1 if _look(db, options) else 0
    except (SourceError, StartFailedError, PyMongoError) as error:
        print(f"audit: {error}", file=sys.stderr)
        return 2


def _look(db: Database[Document], options: argparse.Namespace) -> int:
    """How many documents break a law."""
    books, found = Books(Chain(db), utc_now(), options.shop), 0
    for name, law in LAWS.items():
        began = time.monotonic()
        broken = list(law(books))
        found += len(broken)
        if options.json:
            for one in broken:
                print(json.dumps(vars(one), ensure_ascii=False))
        else:
            _tell(name, broken, seconds=time.monotonic() - began)
    if not options.json:
        print(f"{db.name}: {len(LAWS)} laws, " + (f"{found} documents break them" if found else "all hold"))
    return found


def _tell(name: str, broken: Sequence[Finding], *, seconds: float) -> None:
    print(f"{name:14} {'ok' if not broken else f'{len(broken)} broken'}  {seconds:.2f} s")
    for one in broken[:SHOWN]:
        where = f"{one.collection}/{one.document_id}" + (f" ({one.shop_id})" if one.shop_id else "")
        print(f"  {one.code}  {where}  {one.message}")
    if len(broken) > SHOWN:
        print(f"  … and {len(broken) - SHOWN} more")


@contextmanager
def _database(demo: Path, environ: Mapping[str, str]) -> Iterator[Database[Document]]:
    """The database of the environment, else the demo's. Raises SourceError, StartFailedError."""
    if "MONGODB_URI" not in environ:
        with open_source(demo, environ) as source:
            yield source.db
        return
    uri, name = environ["MONGODB_URI"], environ.get("MONGODB_DATABASE", "zaotai")
    with MongoClient[Document](uri, tz_aware=True, serverSelectionTimeoutMS=_WAIT_MS) as client:
        yield client[name]


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/audit", description=__doc__)
    parser.add_argument("--shop", help="only this shop's part of the books")
    parser.add_argument("--json", action="store_true", help="one finding a line, as JSON")
    parser.add_argument("--demo", type=Path, default=DEMO, help="the demo's folder, read unless MONGODB_URI is set")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
