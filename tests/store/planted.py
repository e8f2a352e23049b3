"""Rows that the validators take, made from the schema itself."""

from __future__ import annotations

import secrets
from datetime import datetime, timezone

from shared.store.client import Document
from shared.store.schema import SCHEMA, CollectionSchema

SHOP_SCHEMAS = tuple(schema for schema in SCHEMA if "shop_id" in schema.fields)


def row(schema: CollectionSchema, shop_id: str, mark: int = 0) -> Document:
    """A fresh row of one shop, its text fields unlike any other's, its day by its mark."""
    values: dict[str, object] = {
        "int": 1, "count": 0, "date": datetime(2026, 11, 24, tzinfo=timezone.utc), "bool": True, "list": [],
        "map": {}, "day": f"2026-01-{mark + 1:02d}",
    }  # fmt: skip
    fields = {name: values.get(kind, secrets.token_hex(6)) for name, kind in schema.fields.items()}
    return {"_id": secrets.token_hex(8), **fields, "shop_id": shop_id, "mark": mark}
