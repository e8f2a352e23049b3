"""No scope, no query: a shop's view of the database adds the shop to everything and refuses the rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from pymongo import ReturnDocument, UpdateOne
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from shared.store.client import Document, lightly_written

Filter = Mapping[str, Any]
Change = Mapping[str, Any] | Sequence[Mapping[str, Any]]
"""Operators, or a pipeline of `$set` stages, which compute from what the document holds."""
C = TypeVar("C", bound=Change)
_STAGES = frozenset(
    {"$match", "$project", "$set", "$unset", "$unwind", "$group", "$bucket", "$sortByCount", "$count"}
    | {"$sort", "$skip", "$limit", "$replaceRoot"}
)
"""What a shop's pipeline may do: none of these reads or writes another collection."""


class ScopeError(Exception):
    """A programming error: a query that tried to leave its shop."""


@dataclass(frozen=True)
class Shop:
    """One shop's view of the database; inside a transaction it carries the session."""

    db: Database[Document] = field(repr=False)
    shop_id: str
    session: ClientSession | None = field(default=None, repr=False)

    def collection(self, name: str) -> ScopedCollection:
        """The shop's part of a collection."""
        return ScopedCollection(self.db[name], self.shop_id, self.session)

    def lightly(self) -> Shop:
        """The same view, with writes that do not wait for the journal: for what a later majority write covers."""
        return Shop(lightly_written(self.db), self.shop_id, self.session)

    def within(self, session: ClientSession) -> Shop:
        """The same view inside a transaction."""
        return Shop(self.db, self.shop_id, session)


@dataclass(frozen=True)
class Chain:
    """All shops at once: head office and machines that serve every shop. Visible in the signature of what takes it."""

    db: Database[Document] = field(repr=False)


@dataclass(frozen=True)
class ScopedCollection:
    """The verbs that are allowed; each binds the shop. A filter or a change that names `shop_id` raises ScopeError."""

    _collection: Collection[Document]
    _shop_id: str
    _session: ClientSession | None

    def find_one(self, where: Filter, fields: Mapping[str, Any] | None = None) -> Document | None:
        """One document of the shop, or None."""
        return self._collection.find_one(self._bound(where), fields, session=self._session)

    def find(
        self,
        where: Filter,
        *,
        limit: int,
        sort: Sequence[tuple[str, int]] = (),
        fields: Mapping[str, Any] | None = None,
    ) -> list[Document]:
        """At most `limit` documents of the shop."""
        cursor = self._collection.find(self._bound(where), fields, session=self._session, limit=limit)
        return list(cursor.sort(list(sort)) if sort else cursor)

    def insert_one(self, document: Document) -> None:
        """Insert one document as the shop's."""
        self._collection.insert_one(self._owned(document), session=self._session)

    def update_one(self, where: Filter, change: Mapping[str, Any]) -> int:
        """Change at most one document; how many matched."""
        return self._collection.update_one(self._bound(where), _kept(change), session=self._session).matched_count

    def upsert_one(self, where: Filter, change: Mapping[str, Any]) -> None:
        """Change one document or make it; the shop is part of what is made."""
        bound = self._bound(where)
        try:
            self._collection.update_one(bound, _kept(change), upsert=True, session=self._session)
        except DuplicateKeyError:
            # A rival made it between this command's look and its insert: now it is there to be changed.
            self._collection.update_one(bound, _kept(change), upsert=True, session=self._session)

    def update_each(self, changes: Iterable[tuple[Filter, Mapping[str, Any]]]) -> int:
        """Many conditional updates in one round trip, each of one document; how many matched."""
        requests = [UpdateOne(self._bound(where), _kept(change)) for where, change in changes]
        if not requests:
            return 0
        return self._collection.bulk_write(requests, ordered=False, session=self._session).matched_count

    def find_and_update(
        self,
        where: Filter,
        change: Change,
        fields: Mapping[str, Any] | None = None,
        array_filters: Sequence[Filter] | None = None,
    ) -> Document | None:
        """Change one document and answer what it became, or None when none matched."""
        return self._collection.find_one_and_update(
            self._bound(where),
            _kept(change),
            fields,
            return_document=ReturnDocument.AFTER,
            array_filters=array_filters,
            session=self._session,
        )

    def aggregate(self, pipeline: Sequence[Mapping[str, Any]]) -> list[Document]:
        """Run a pipeline over the shop's documents. Raises ScopeError for a stage that might leave them."""
        for stage in pipeline:
            if not _STAGES.issuperset(stage):
                raise ScopeError(f"a shop's pipeline may not use {next(iter(stage))}")
        bound = [{"$match": {"shop_id": self._shop_id}}, *pipeline]
        return list(self._collection.aggregate(bound, session=self._session))

    def _bound(self, where: Filter) -> dict[str, Any]:
        if _names_shop(where):
            raise ScopeError("a filter may not name shop_id: the scope does")
        return {"shop_id": self._shop_id, **where}

    def _owned(self, document: Document) -> Document:
        if document.get("shop_id", self._shop_id) != self._shop_id:
            raise ScopeError("a document of another shop")
        return {**document, "shop_id": self._shop_id}


def _kept(change: C) -> C:
    """The change, if it leaves the document in its shop."""
    if _names_shop(change) or "$rename" in change:
        raise ScopeError("a change may not move a document to another shop")
    if not isinstance(change, Mapping) and not all(set(stage) == {"$set"} for stage in change):
        raise ScopeError("a pipeline that changes a document may only use $set")
    return change


_PLAIN = frozenset({str, int, bool, float, bytes, datetime, type(None)})


def _names_shop(value: object) -> bool:
    """Whether `shop_id`, or code that might read it, is named anywhere inside; asked of every query, so kept quick."""
    if isinstance(value, dict):
        return any(
            key in {"shop_id", "$where"}
            or key.startswith("shop_id.")
            or (type(part) not in _PLAIN and _names_shop(part))
            for key, part in value.items()
        )
    if isinstance(value, (list, tuple)):
        return any(_names_shop(part) for part in value)
    return isinstance(value, Mapping) and _names_shop(dict(value))
