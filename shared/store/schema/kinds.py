"""How a collection is declared: its required fields by type, and its indexes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pymongo import IndexModel

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


def unique(*keys: tuple[str, int], name: str, where: Mapping[str, Any] | None = None) -> IndexModel:
    """A unique index, of the documents for which `where` is true."""
    if where is None:
        return IndexModel(list(keys), name=name, unique=True)
    return IndexModel(list(keys), name=name, unique=True, partialFilterExpression=dict(where))


TEXT = {"$gt": ""}
"""Any text: unlike `$type`, an index for which the server sees that a query for one text asks for nothing else."""
_WAITING = {"due": {"$exists": True}}
RECORDS = (
    unique(("command_key", 1), name=ONE_COMMAND, where={"command_key": TEXT}),
    IndexModel([("due", 1), ("shop_id", 1)], name="due", partialFilterExpression=_WAITING),
)
"""Every home of command records has these."""
