"""Access tokens of outside services, shared by all instances: one document each, renewed by one of them at a time.

access_tokens   {_id, token, expires_at, leased_until}
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pymongo.errors import DuplicateKeyError

from shared.store.scope import Chain

COLLECTION = "access_tokens"
LEASE = timedelta(seconds=15)
"""For so long nobody else renews: longer than two calls may take."""


@dataclass(frozen=True)
class KeptToken:
    """A token as it was last kept."""

    text: str = field(repr=False)
    expires_at: datetime


def find(chain: Chain, name: str) -> KeptToken | None:
    """The kept token, or None before there was one."""
    found = chain.db[COLLECTION].find_one({"_id": name, "token": {"$exists": True}})
    return KeptToken(found["token"], found["expires_at"]) if found else None


def lease(chain: Chain, name: str, *, seen: KeptToken | None, now: datetime) -> bool:
    """Whether the caller may renew what it saw: nobody else is at it, and nobody has done it meanwhile."""
    where: dict[str, Any] = {"_id": name, "token": seen.text if seen else {"$exists": False}}
    free = {"$or": [{"leased_until": {"$exists": False}}, {"leased_until": {"$lte": now}}]}
    change = {"$set": {"leased_until": now + LEASE}}
    try:
        done = chain.db[COLLECTION].update_one({**where, **free}, change, upsert=seen is None)
    except DuplicateKeyError:
        return False
    return done.matched_count == 1 or done.upserted_id is not None


def keep(chain: Chain, name: str, token: KeptToken) -> None:
    """Keep a renewed token for all; the lease is over."""
    change = {"$set": {"token": token.text, "expires_at": token.expires_at}, "$unset": {"leased_until": ""}}
    chain.db[COLLECTION].update_one({"_id": name}, change)
