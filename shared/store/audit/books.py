"""What an audit reads and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pymongo

from shared.store.client import Document
from shared.store.guard import BRAND_WIDE
from shared.store.scope import Chain

Stage = Mapping[str, Any]
Expression = Any
"""An aggregation expression: the server's own language, as JSON."""


@dataclass(frozen=True)
class Finding:
    """A document that breaks a law: its collection and id, and in Chinese what is wrong with it."""

    code: str
    collection: str
    document_id: str
    shop_id: str
    message: str

    @property
    def document(self) -> tuple[str, str, str]:
        """Which law is broken by which document, however it is told."""
        return self.code, self.collection, self.document_id


@dataclass(frozen=True)
class Books:
    """A database at a moment: all of it, or one shop's part. Reads only; no question may take longer than `limit_s`."""

    chain: Chain
    now: datetime
    shop_id: str | None = None
    limit_s: float | None = None

    @property
    def mine(self) -> Document:
        """The condition that a document is within these books."""
        return {} if self.shop_id is None else {"shop_id": self.shop_id}

    def rows(self, collection: str, pipeline: Sequence[Stage], *, where: Document | None = None) -> list[Document]:
        """What a pipeline makes of the collection's documents, or of those within these books; `where` says which."""
        stages = [{"$match": self.mine if where is None else where}, *pipeline]
        # The limit stands for the client's own, under which a function's commands are short.
        with pymongo.timeout(self.limit_s):
            return list(self.chain.db[collection].aggregate(stages, comment=BRAND_WIDE, allowDiskUse=True))


Law = Callable[[Books], Iterator[Finding]]
"""Something that is always true: every document that breaks it, and none in a sound database."""


def or_else(path: str, usual: Expression) -> Expression:
    """A field, or what it usually is: what is usual is not stored."""
    return {"$ifNull": [path, usual]}


def total(array: Expression, each: Expression) -> Expression:
    """The sum of an expression over the elements (`$$it`) of an array."""
    return {"$sum": {"$map": {"input": array, "as": "it", "in": each}}}


def those(array: Expression, condition: Expression, name: str = "it") -> Expression:
    """The elements of an array for which a condition holds."""
    return {"$filter": {"input": array, "as": name, "cond": condition}}
