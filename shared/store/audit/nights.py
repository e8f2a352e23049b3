"""A night's audit on record: which laws were looked at, and what was found.

audits  {_id: the night (UTC), at, done: [law], findings: {law: [finding]}, counts: {law: number}}
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.store.audit.books import Finding
from shared.store.client import Document
from shared.store.scope import Chain

_COLLECTION = "audits"
_KEPT = 200
"""So many findings of a law are kept; how many there were is counted."""


@dataclass(frozen=True)
class Night:
    """How far a night's audit is."""

    name: str
    done: frozenset[str]
    findings: int


def tonight(chain: Chain, *, now: datetime) -> Night:
    """The night that is now, begun if it was not."""
    name = f"{now:%Y-%m-%d}"
    fresh: Document = {"at": now, "done": [], "findings": {}, "counts": {}}
    chain.db[_COLLECTION].update_one({"_id": name}, {"$setOnInsert": fresh}, upsert=True)
    found = chain.db[_COLLECTION].find_one({"_id": name}, {"findings": 0}) or fresh
    return Night(name, frozenset(found["done"]), sum(found["counts"].values()))


def keep(chain: Chain, night: Night, law: str, findings: Sequence[Finding]) -> None:
    """Keep what a law found; told twice, once."""
    change = {
        "$addToSet": {"done": law},
        "$set": {f"findings.{law}": [vars(one) for one in findings[:_KEPT]], f"counts.{law}": len(findings)},
    }
    chain.db[_COLLECTION].update_one({"_id": night.name}, change)
