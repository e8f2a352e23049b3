"""A command leaves a record, atomically with what it does: what it answered, and the events it set going.

The record's key is (caller, action, requestId), so a repeated command cannot happen twice: it finds its first answer.
The record of a command that makes one document (an order) lies in that document, which is then all there is to write;
that of any other is a document of its own, in the command's transaction. A piece of a flash sale keeps in a list the
records of the commands that claimed it, one after the other.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pymongo.database import Database

from shared.contracts.events import Outgoing
from shared.contracts.wire import Wire
from shared.errors import RequestIdReused
from shared.runtime.ids import new_id
from shared.store.client import Document
from shared.store.guard import BRAND_WIDE
from shared.store.scope import Shop

COLLECTION = "commands"
PIECES = "flash_pieces"
GRAB = "grabFlashSale"
HOMES = ("orders", COLLECTION)
"""Where records are: a command that makes one document leaves its record in it, every other has one of its own."""
ONE_COMMAND = "one_command"
"""The unique index, in every home, that lets a command happen once."""
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
    def digest(self) -> str:
        """Key and body as 24 hex characters, fit for a field's name."""
        return hashlib.sha256(f"{self.record_id}|{self.body_hash}".encode()).hexdigest()[:24]

    @property
    def number(self) -> str:
        """The key without the body as 24 hex characters: the name of what a repeated command finds again."""
        return hashlib.sha256(self.record_id.encode()).hexdigest()[:24]

    @property
    def record_id(self) -> str:
        """The key as one string."""
        return f"{self.caller_id}|{self.action}|{self.request_id}"


def record_fields(key: CommandKey | None, *, reply: Wire, events: Sequence[Outgoing], now: datetime) -> Document:
    """What a command leaves: its answer under its key, and its events, due at once and acknowledged by nobody.

    Both are kept as the JSON that goes over the wire: nobody asks the database what is inside.
    """
    fields: Document = {"at": now}
    if key:
        fields |= {
            "command_key": key.record_id,
            "hash": key.body_hash,
            "reply": reply.model_dump_json(by_alias=True, exclude_none=True),
        }
    if events:
        fields |= {
            "events": [event.wire_json() for event in events],
            "unacked": [event.event_id for event in events],
            "due": now,
            "tries": 0,
        }
    return fields


def record(shop: Shop, fields: Document, *, now: datetime) -> None:
    """Write a command's own document, if there is anything to remember: a machine's work that tells nobody has nothing.

    Raises the driver's DuplicateKeyError if the command was done before.
    """
    if fields.keys() == {"at"}:
        return
    forgotten = {} if "events" in fields else {"expires_at": now + KEPT}
    shop.collection(COLLECTION).insert_one({"_id": new_id(), **fields, **forgotten})


def replayed(db: Database[Document], key: CommandKey) -> dict[str, Any] | None:
    """The reply of the same command done before, or None. Raises RequestIdReused if its body was another."""
    found = _grabbed(db, key) if key.action == GRAB else _recorded(db, key)
    if found is None:
        return None
    if found["hash"] != key.body_hash:
        raise RequestIdReused
    reply: dict[str, Any] = json.loads(found["reply"])
    return reply


def _recorded(db: Database[Document], key: CommandKey) -> Document | None:
    for home in HOMES:
        found = db[home].find_one({"command_key": key.record_id}, {"hash": 1, "reply": 1}, comment=BRAND_WIDE)
        if found is not None:
            return found
    return None


def _grabbed(db: Database[Document], key: CommandKey) -> Document | None:
    piece = db[PIECES].find_one({"records.command_key": key.record_id}, {"records.$": 1})
    return piece["records"][0] if piece else None
