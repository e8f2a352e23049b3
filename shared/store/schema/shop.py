"""Shops, their people and machines, and what they sell."""

from __future__ import annotations

from pymongo import IndexModel

from shared.store.schema.kinds import TEXT, CollectionSchema, unique

COLLECTIONS: tuple[CollectionSchema, ...] = (
    CollectionSchema("shops", {"name": "str", "zone": "str", "cutoff": "str", "menu_version": "int", "hours": "list"}),
    CollectionSchema(
        "tables",
        {"shop_id": "str", "table_id": "str", "name": "str", "seats": "count", "code_revision": "int"},
        [unique(("shop_id", 1), ("table_id", 1), name="one_table")],
    ),
    CollectionSchema(
        "stations",
        {"shop_id": "str", "station_id": "str", "name": "str"},
        [unique(("shop_id", 1), ("station_id", 1), name="one_station")],
    ),
    CollectionSchema(
        "devices", {"shop_id": "str", "name": "str", "key": "str"}, [IndexModel([("shop_id", 1)], name="by_shop")]
    ),
    CollectionSchema(
        "staff",
        {"name": "str", "role": "str", "shops": "list", "active": "bool"},
        [unique(("openid", 1), name="one_openid", where={"openid": TEXT})],
    ),
    CollectionSchema(
        "categories",
        {"shop_id": "str", "category_id": "str", "name": "str", "position": "int"},
        [unique(("shop_id", 1), ("category_id", 1), name="one_category")],
    ),
    CollectionSchema(
        "dishes",
        {"shop_id": "str", "dish_id": "key", "name": "str", "price_fen": "count", "station": "str"},
        [unique(("shop_id", 1), ("dish_id", 1), name="one_dish")],
    ),
    CollectionSchema(
        "stock",
        {"shop_id": "str", "biz_date": "day", "set": "map", "left": "map", "holds": "map"},
        [unique(("shop_id", 1), ("biz_date", 1), name="one_day")],
    ),
)
