"""Every collection with its validator and indexes, applied idempotently at deploy; no code makes one in passing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pymongo import IndexModel
from pymongo.database import Database
from pymongo.errors import CollectionInvalid

from shared.store.client import Document
from shared.store.commands import ONE_COMMAND

_TYPES: Mapping[str, Any] = {
    "str": {"bsonType": "string"},
    "int": {"bsonType": ["int", "long"]},
    "count": {"bsonType": ["int", "long"], "minimum": 0},
    "date": {"bsonType": "date"},
    "bool": {"bsonType": "bool"},
    "list": {"bsonType": "array"},
    "map": {"bsonType": "object"},
    "key": {"bsonType": "string", "pattern": "^[A-Za-z0-9_-]{1,40}$"},  # also a field's name in the stock
    "day": {"bsonType": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"},
}


@dataclass(frozen=True)
class CollectionSchema:
    """A collection: its required fields by type name, and its indexes. Other fields are free."""

    name: str
    fields: Mapping[str, str]
    indexes: Sequence[IndexModel] = field(default=())

    def validator(self) -> dict[str, Any]:
        """The `$jsonSchema` the server enforces on every write."""
        properties = {name: _TYPES[kind] for name, kind in self.fields.items()}
        return {"$jsonSchema": {"bsonType": "object", "required": list(self.fields), "properties": properties}}


def _unique(*keys: tuple[str, int], name: str, where: Mapping[str, Any] | None = None) -> IndexModel:
    if where is None:
        return IndexModel(list(keys), name=name, unique=True)
    return IndexModel(list(keys), name=name, unique=True, partialFilterExpression=dict(where))


_WAITING = {"due": {"$exists": True}}
_RECORDS = (
    _unique(("command_key", 1), name=ONE_COMMAND, where={"command_key": {"$type": "string"}}),
    IndexModel([("due", 1), ("shop_id", 1)], name="due", partialFilterExpression=_WAITING),
)
"""Every home of command records has these."""

SCHEMA: tuple[CollectionSchema, ...] = (
    CollectionSchema("shops", {"name": "str", "zone": "str", "cutoff": "str", "menu_version": "int", "hours": "list"}),
    CollectionSchema(
        "tables",
        {"shop_id": "str", "table_id": "str", "name": "str", "seats": "count", "code_revision": "int"},
        [_unique(("shop_id", 1), ("table_id", 1), name="one_table")],
    ),
    CollectionSchema(
        "stations",
        {"shop_id": "str", "station_id": "str", "name": "str"},
        [_unique(("shop_id", 1), ("station_id", 1), name="one_station")],
    ),
    CollectionSchema(
        "devices", {"shop_id": "str", "name": "str", "key": "str"}, [IndexModel([("shop_id", 1)], name="by_shop")]
    ),
    CollectionSchema(
        "staff",
        {"name": "str", "role": "str", "shops": "list", "active": "bool"},
        [_unique(("openid", 1), name="one_openid", where={"openid": {"$type": "string"}})],
    ),
    CollectionSchema(
        "categories",
        {"shop_id": "str", "category_id": "str", "name": "str", "position": "int"},
        [_unique(("shop_id", 1), ("category_id", 1), name="one_category")],
    ),
    CollectionSchema(
        "dishes",
        {"shop_id": "str", "dish_id": "key", "name": "str", "price_fen": "count", "station": "str"},
        [_unique(("shop_id", 1), ("dish_id", 1), name="one_dish")],
    ),
    CollectionSchema(
        "stock",
        {"shop_id": "str", "biz_date": "day", "set": "map", "left": "map", "holds": "map"},
        [_unique(("shop_id", 1), ("biz_date", 1), name="one_day")],
    ),
    CollectionSchema(
        "table_sessions",
        {
            "shop_id": "str",
            "table_id": "str",
            "state": "str",
            "rounds": "list",
            "opened_at": "date",
            "biz_date": "day",
        },
        [_unique(("shop_id", 1), ("table_id", 1), name="one_open_sitting", where={"state": "open"})],
    ),
    CollectionSchema(
        "orders",
        {
            "shop_id": "str",
            "biz_date": "day",
            "order_no": "str",
            "state": "str",
            "round": "int",
            "lines": "list",
            "tickets": "list",
            "gross_fen": "count",
            "due_fen": "count",
            "placed_at": "date",
        },
        [
            _unique(("order_no", 1), name="one_order_no"),
            _unique(
                ("shop_id", 1),
                ("biz_date", 1),
                ("pickup_no", 1),
                name="one_pickup_no",
                where={"pickup_no": {"$type": "string"}},
            ),
            IndexModel([("shop_id", 1), ("state", 1), ("_id", -1)], name="by_state"),
            IndexModel(
                [("shop_id", 1), ("sitting_id", 1), ("_id", -1)],
                name="by_sitting",
                partialFilterExpression={"sitting_id": {"$type": "string"}},
            ),
            *_RECORDS,
        ],
    ),
    CollectionSchema(
        "commands",
        {"shop_id": "str", "at": "date"},
        [
            *_RECORDS,
            IndexModel([("expires_at", 1)], name="forgotten", expireAfterSeconds=0),
        ],
    ),
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
