"""What stands between a database and this release's schema, found without changing anything, and done step by step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pymongo import IndexModel
from pymongo.database import Database
from pymongo.errors import CollectionInvalid, OperationFailure

from shared.store.client import Document
from shared.store.schema import SCHEMA, CollectionSchema

Kind = Literal["collection", "validator", "index", "clash", "unused"]
"""In the order in which they are done; a `clash` cannot be, and `unused` waits until no older release runs."""
_TELLING = ("key", "unique", "sparse", "partialFilterExpression", "expireAfterSeconds")
_EXISTS = 48


@dataclass(frozen=True)
class SchemaChange:
    """One difference; `apply` removes it. A clash has none: somebody must decide."""

    kind: Kind
    what: str
    apply: Callable[[], object] | None


def changes(db: Database[Document], schema: Sequence[CollectionSchema] = SCHEMA) -> list[SchemaChange]:
    """Every difference, in the order of the schema's collections. Indexes are built while writes go on."""
    there = {info["name"]: info["options"] for info in db.list_collections()}
    return [change for one in schema for change in _of_collection(db, one, there.get(one.name))]


def misfits(db: Database[Document], schema: CollectionSchema) -> int:
    """How many stored documents this validator would refuse: writes to them would fail once it is in force."""
    return db[schema.name].count_documents({"$nor": [schema.validator()]})


def _of_collection(
    db: Database[Document], schema: CollectionSchema, options: Mapping[str, Any] | None
) -> Iterator[SchemaChange]:
    name, enforced = schema.name, _enforced(schema)
    if options is None:
        yield SchemaChange("collection", f"{name}: made", lambda: _make(db, name, enforced))
    elif {key: options.get(key) for key in enforced} != enforced:
        if more := misfits(db, schema):
            yield SchemaChange("clash", f"{name}: {more} stored documents do not meet the new validator", None)
        else:
            what = f"{name}: validator changed"
            yield SchemaChange("validator", what, lambda: db.command("collMod", name, **enforced))
    built = {} if options is None else db[name].index_information()
    wanted = {str(model.document["name"]): model for model in schema.indexes}
    for index, model in wanted.items():
        if index not in built:
            unique = ", unique" if model.document.get("unique") else ""
            yield SchemaChange("index", f"{name}: index {index} built{unique}", _building(db, name, model))
        elif _telling(built[index]) != _telling(model.document):
            # Rebuilding it under its name would leave a time without it, and without what it keeps unique.
            yield SchemaChange("clash", f"{name}: index {index} is defined otherwise; a new one needs a new name", None)
    for index in sorted(set(built) - set(wanted) - {"_id_"}):
        yield SchemaChange("unused", f"{name}: index {index} dropped", _dropping(db, name, index))


def _enforced(schema: CollectionSchema) -> dict[str, Any]:
    return {"validator": schema.validator(), "validationLevel": "strict", "validationAction": "error"}


def _telling(index: Mapping[str, Any]) -> dict[str, Any]:
    """What an index does, its keys in their order."""
    told = {key: index[key] for key in _TELLING if index.get(key) not in (None, False)}
    keys = told["key"].items() if isinstance(told["key"], Mapping) else told["key"]
    return told | {"key": [tuple(pair) for pair in keys]}


def _make(db: Database[Document], name: str, enforced: Mapping[str, Any]) -> None:
    """Whoever else makes it at this moment makes it like this, or the next look tells the difference."""
    try:
        db.create_collection(name, **enforced)
    except CollectionInvalid:
        return
    except OperationFailure as error:
        if error.code != _EXISTS:
            raise


def _building(db: Database[Document], name: str, model: IndexModel) -> Callable[[], object]:
    return lambda: db[name].create_indexes([model])


def _dropping(db: Database[Document], name: str, index: str) -> Callable[[], object]:
    return lambda: db[name].drop_index(index)
