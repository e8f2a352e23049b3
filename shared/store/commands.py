"""A command leaves one document, in its own transaction: what it answered, and the events it set going.

The document's key is (caller, action, requestId), so a repeated command cannot happen twice: it finds its first answer.
Reply and events share the document because under load every round trip inside a transaction is paid for in conflicts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pymongo.database import Database

from shared.contracts.events import Event
from shared.contracts.wire import Wire
from shared.errors import RequestIdReused
from shared.runtime.ids import new_id
from shared.store.client import Document
from shared.store.scope import Shop

COLLECTION = "commands"
KEPT = timedelta(hours=48)
"""How long an answer can be asked for again."""


@dataclass(frozen=True)
class CommandKey:
    """Who asked for what under which client-made number, and a hash of the rest of the body."""

    caller_id: str
    action: str
    request_id: str
    body_hash: str

    @classmethod
    def of(cls, caller_id: str, action: str, command: Wire) -> CommandKey | None:
        """The key of a command that carries a `request_id`, else None."""
        request_id = getattr(command, "request_id", None)
        if request_id is None:
            return None
        body = command.model_dump_json(exclude={"request_id"})
        return cls(caller_id, action, request_id.lower(), hashlib.sha256(body.encode()).hexdigest())

    @property
    def record_id(self) -> str:
        """The key as one string."""
        return f"{self.caller_id}|{self.action}|{self.request_id}"


def record(
    shop: Shop, key: CommandKey | None, *, reply: dict[str, object], events: Sequence[Event], now: datetime
) -> None:
    """Write the command's document. Raises the driver's DuplicateKeyError if the command was done before."""
    document: Document = {"_id": key.record_id if key else f"event|{new_id()}", "at": now}
    if key:
        document |= {"hash": key.body_hash, "reply": reply}
    if events:
        document |= {
            "events": [event.wire() for event in events],
            "unacked": [event.event_id for event in events],
            "due": now,
            "tries": 0,
        }
    else:
        document["expires_at"] = now + KEPT
    shop.collection(COLLECTION).insert_one(document)


def replayed(db: Database[Document], key: CommandKey) -> dict[str, Any] | None:
    """The reply of the same command done before, or None. Raises RequestIdReused if its body was another."""
    found = db[COLLECTION].find_one({"_id": key.record_id}, {"hash": 1, "reply": 1})
    if found is None:
        return None
    if found["hash"] != key.body_hash:
        raise RequestIdReused
    reply: dict[str, Any] = found["reply"]
    return reply
