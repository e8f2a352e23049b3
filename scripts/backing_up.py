"""`scripts/backup`: all collections as of one moment, while shops are open, and back into an empty database.

A folder holds one file per collection (BSON documents one after the other, gzipped) and `backup.json` with their counts
and hashes. Exits 0 when it is done, 1 when it refuses, 2 when the database cannot be reached or read.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import IO, cast

import bson
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pydantic import BaseModel, ConfigDict, ValidationError
from pymongo import MongoClient
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import PyMongoError

from shared.runtime.clock import utc_now
from shared.store.client import Document

BATCH = 1_000
MANIFEST = "backup.json"
_WAIT_MS = 5_000
_RAW: CodecOptions[RawBSONDocument] = CodecOptions(document_class=RawBSONDocument)

Tell = Callable[[str], None]


class BackupError(Exception):
    """It is not done; the message says why."""


class SavedCollection(BaseModel):
    """One collection in the folder: how many documents, and the SHA-256 of their BSON."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    documents: int
    sha256: str


class Saved(BaseModel):
    """What a folder holds, of which database and when."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    database: str
    saved_at: datetime
    collections: dict[str, SavedCollection]


def main(arguments: Sequence[str] | None = None, environ: Mapping[str, str] = os.environ) -> int:
    """Save or restore; the exit code."""
    options = _options(arguments)
    if not environ.get("MONGODB_URI"):
        print("backup: set MONGODB_URI, and MONGODB_DATABASE unless it is zaotai", file=sys.stderr)
        return 2
    try:
        with MongoClient[Document](environ["MONGODB_URI"], serverSelectionTimeoutMS=_WAIT_MS) as client:
            db = client[environ.get("MONGODB_DATABASE", "zaotai")]
            (save if options.command == "save" else restore)(db, options.folder, tell=print)
    except BackupError as error:
        print(f"backup: {error}", file=sys.stderr)
        return 1
    except PyMongoError as error:
        print(f"backup: {error}", file=sys.stderr)
        return 2
    return 0


def save(db: Database[Document], folder: Path, *, tell: Tell) -> Saved:
    """Write every collection as it was at the moment of the first read. Raises BackupError unless the folder is new.

    One snapshot for all: the server keeps it for five minutes (`minSnapshotHistoryWindowInSeconds`), and a database
    that takes longer is saved by the provider's own means.
    """
    if folder.exists():
        raise BackupError(f"{folder} is there already")
    names = sorted(name for name in db.list_collection_names(filter={"type": "collection"}) if "system." not in name)
    folder.mkdir(parents=True)
    folder.chmod(0o700)
    collections: dict[str, SavedCollection] = {}
    with db.client.start_session(snapshot=True) as session:
        for name in names:
            rows = _raw(db, name).find({}, session=session, batch_size=BATCH)
            collections[name] = _write(_file(folder, name), (bytes(row.raw) for row in rows))
            tell(f"{collections[name].documents:9,}  {name}")
    saved = Saved(database=db.name, saved_at=utc_now(), collections=collections)
    (folder / MANIFEST).write_text(saved.model_dump_json(indent=2) + "\n", encoding="utf-8")
    tell(f"{_total(saved):9,}  documents of {db.name} in {folder}")
    return saved


def restore(db: Database[Document], folder: Path, *, tell: Tell) -> Saved:
    """Bring everything into the database, which must be empty. Raises BackupError before a damaged file gets in."""
    saved = read_backup(folder)
    if db.list_collection_names():
        raise BackupError(f"{db.name} is not empty: restore into a database of another name (MONGODB_DATABASE)")
    for name, collection in saved.collections.items():
        rows = _raw(db, name)
        batch: list[RawBSONDocument] = []
        for raw in _documents(_file(folder, name)):
            batch.append(RawBSONDocument(raw))
            if len(batch) == BATCH:
                rows.insert_many(batch)
                batch = []
        if batch:
            rows.insert_many(batch)
        found = rows.count_documents({})
        if found != collection.documents:
            raise BackupError(f"{name} has {found} documents, {collection.documents} were saved")
        tell(f"{found:9,}  {name}")
    tell(f"{_total(saved):9,}  documents in {db.name}; now scripts/migrate (indexes), then scripts/audit (the books)")
    return saved


def read_backup(folder: Path) -> Saved:
    """What the folder holds, every file read to its end. Raises BackupError for a damaged one."""
    try:
        saved = Saved.model_validate_json((folder / MANIFEST).read_bytes())
    except (OSError, ValidationError) as error:
        raise BackupError(f"{folder} holds no finished backup") from error
    for name, expected in saved.collections.items():
        try:
            digest, count = hashlib.sha256(), 0
            for raw in _documents(_file(folder, name)):
                digest.update(raw)
                count += 1
        except (OSError, EOFError, bson.errors.InvalidBSON) as error:
            raise BackupError(f"{_file(folder, name)} cannot be read to its end") from error
        if (count, digest.hexdigest()) != (expected.documents, expected.sha256):
            raise BackupError(f"{_file(folder, name)} is not what was saved")
    return saved


def _raw(db: Database[Document], name: str) -> Collection[RawBSONDocument]:
    """The collection with its documents as the bytes they are."""
    return cast("Collection[RawBSONDocument]", db.get_collection(name, codec_options=_RAW))


def _write(path: Path, documents: Iterator[bytes]) -> SavedCollection:
    digest, count = hashlib.sha256(), 0
    with gzip.open(path, "wb", compresslevel=6) as file:
        for raw in documents:
            file.write(raw)
            digest.update(raw)
            count += 1
    return SavedCollection(documents=count, sha256=digest.hexdigest())


def _documents(path: Path) -> Iterator[bytes]:
    with gzip.open(path, "rb") as file:
        yield from (
            bytes(document.raw) for document in bson.decode_file_iter(cast(IO[bytes], file), codec_options=_RAW)
        )


def _file(folder: Path, collection: str) -> Path:
    return folder / f"{collection}.bson.gz"


def _total(saved: Saved) -> int:
    return sum(one.documents for one in saved.collections.values())


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/backup", description="Save a database, or bring a saved one back.")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, told in (("save", "write all collections to a new folder"), ("restore", "into an empty database")):
        commands.add_parser(name, help=told).add_argument("folder", type=Path)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
