"""Every collection with its validator and indexes, applied idempotently at deploy; no code makes one in passing."""

from __future__ import annotations

from typing import Any

from pymongo.database import Database
from pymongo.errors import CollectionInvalid

from shared.store.client import Document
from shared.store.schema import floor, marketing, money, records, shop
from shared.store.schema.kinds import CollectionSchema

__all__ = ["SCHEMA", "CollectionSchema", "apply_schema"]

SCHEMA: tuple[CollectionSchema, ...] = (
    *shop.COLLECTIONS,
    *floor.COLLECTIONS,
    *money.COLLECTIONS,
    *marketing.COLLECTIONS,
    *records.COLLECTIONS,
)


def apply_schema(db: Database[Document]) -> None:
    """Bring the database to this schema; running it again changes nothing."""
    for schema in SCHEMA:
        enforced: dict[str, Any] = {
            "validator": schema.validator(),
            "validationLevel": "strict",
            "validationAction": "error",
        }
        try:
            db.create_collection(schema.name, **enforced)
        except CollectionInvalid:
            db.command("collMod", schema.name, **enforced)
        if schema.indexes:
            db[schema.name].create_indexes(list(schema.indexes))
