"""Where a shop's tables and the key of their codes are: the database of the environment, else the demo's own."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pymongo import MongoClient
from pymongo.database import Database

from scripts.local.demo.folder import own_folder
from scripts.local.mongod import Mongod
from scripts.local.process import StartFailedError
from shared.store.client import Document

_DEMO_DATABASE = "zaotai_demo"
_WAIT_MS = 5_000


class SourceError(RuntimeError):
    """There is no database to take tables from; the message says what to do."""


@dataclass(frozen=True)
class Source:
    """A database with shops and tables, and the key that signs their codes."""

    db: Database[Document]
    key: str = field(repr=False)


@contextmanager
def open_source(demo: Path, environ: Mapping[str, str] = os.environ) -> Iterator[Source]:
    """The source while the block lasts. Raises SourceError, StartFailedError."""
    if "MONGODB_URI" in environ:
        with _connected(environ) as source:
            yield source
    elif not (demo / "table-code-key").is_file():
        raise SourceError(f"set MONGODB_URI and TABLE_CODE_KEY, or run scripts/demo once: {demo} is not there")
    else:
        with _demo(demo) as source:
            yield source


@contextmanager
def _connected(environ: Mapping[str, str]) -> Iterator[Source]:
    if "TABLE_CODE_KEY" not in environ:
        raise SourceError("set TABLE_CODE_KEY: the key that the functions check table codes with")
    name = environ.get("MONGODB_DATABASE", "zaotai")
    uri = environ["MONGODB_URI"]
    with MongoClient[Document](uri, tz_aware=True, w="majority", serverSelectionTimeoutMS=_WAIT_MS) as client:
        yield Source(client[name], environ["TABLE_CODE_KEY"])


@contextmanager
def _demo(folder: Path) -> Iterator[Source]:
    with ExitStack() as kept:
        yield kept.enter_context(_connected(_demo_settings(folder, kept)))


def _demo_settings(folder: Path, kept: ExitStack) -> Mapping[str, str]:
    """The demo's database: while a demo runs, as its gateway knows it; else started, and stopped with `kept`."""
    try:
        kept.enter_context(own_folder(folder, is_fresh=False))
    except StartFailedError:
        running: dict[str, dict[str, str]] = json.loads((folder / "cloud" / "gateway.json").read_text(encoding="utf-8"))
        return running["env"]
    server = kept.enter_context(Mongod(folder / "mongo"))
    key = (folder / "table-code-key").read_text(encoding="utf-8")
    return {"MONGODB_URI": server.uri, "MONGODB_DATABASE": _DEMO_DATABASE, "TABLE_CODE_KEY": key}
