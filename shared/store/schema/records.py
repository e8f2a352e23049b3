"""Records of commands, and of what was done to the database."""

from __future__ import annotations

from pymongo import IndexModel

from shared.store.schema.kinds import RECORDS, CollectionSchema

COLLECTIONS: tuple[CollectionSchema, ...] = (
    CollectionSchema(
        "commands",
        {"shop_id": "str", "at": "date"},
        [
            *RECORDS,
            IndexModel([("expires_at", 1)], name="forgotten", expireAfterSeconds=0),
        ],
    ),
    CollectionSchema("migrations", {"name": "str", "done_at": "date"}),
)
