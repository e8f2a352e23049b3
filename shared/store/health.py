"""Whether the database answers, and is what the store needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pymongo.errors import ConfigurationError, ConnectionFailure, OperationFailure

from shared.store.migrations import applied
from shared.store.scope import Chain

State = Literal["ok", "unreachable", "refused", "noTransactions", "empty"]


@dataclass(frozen=True)
class DatabaseHealth:
    """How the database is, and the last data migration it has been through (0: none)."""

    state: State
    schema_version: int = 0


def database_health(chain: Chain) -> DatabaseHealth:
    """Ask it four small things. Raises nothing that a database out of reach or order would."""
    db = chain.db
    try:
        hello = db.command("hello")
        if "setName" not in hello and hello.get("msg") != "isdbgrid":
            return DatabaseHealth("noTransactions")
        if not db.list_collection_names(filter={"name": "orders"}):
            return DatabaseHealth("empty")
        return DatabaseHealth("ok", max(applied(db), default=0))
    except OperationFailure:
        return DatabaseHealth("refused")
    except ConnectionFailure:
        return DatabaseHealth("unreachable")
    except ConfigurationError:
        return DatabaseHealth("unreachable")
