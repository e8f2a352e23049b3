"""The one client of a process, made at its first use and kept while the instance lives."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from pymongo import MongoClient
from pymongo.database import Database
from pymongo.write_concern import WriteConcern

from shared.runtime.settings import Settings, settings
from shared.store.guard import ScopeGuard

Document = dict[str, Any]
MAX_IDLE_MS = 20_000
"""Below the platform's freeze: a socket that slept through one is dead, and waiting for it costs seconds."""

SOCKET_TIMEOUT_MS = 3_000
"""How long one command may take; the driver tries a write once more, and a call has ten seconds in all."""


def connect(config: Settings, guard: ScopeGuard | None = None) -> MongoClient[Document]:
    """A client with a small pool, majority writes, and short waits."""
    return MongoClient(
        config.mongodb_uri.get_secret_value(),
        tz_aware=True,
        maxPoolSize=config.mongodb_pool,
        maxIdleTimeMS=MAX_IDLE_MS,
        serverMonitoringMode="poll",
        serverSelectionTimeoutMS=2_000,
        connectTimeoutMS=2_000,
        socketTimeoutMS=SOCKET_TIMEOUT_MS,
        retryWrites=True,
        w="majority",
        event_listeners=[guard] if guard else [],
    )


@lru_cache(maxsize=1)
def guard() -> ScopeGuard | None:
    """The process's scope guard, where settings ask for one."""
    return ScopeGuard() if settings().scope_guard else None


@lru_cache(maxsize=1)
def database() -> Database[Document]:
    """The process's database."""
    return connect(settings(), guard())[settings().mongodb_database]


def history_of(db: Database[Document]) -> object:
    """What the driver knows of who is primary: the same object while nothing happened to its connections.

    Also another one after each of the driver's own looks, every ten seconds.
    """
    return db.client.topology_description


def lightly_written(db: Database[Document]) -> Database[Document]:
    """The same database with writes acknowledged by the primary's memory: for what a later majority write covers."""
    return db.with_options(write_concern=WriteConcern(w=1, j=False))
