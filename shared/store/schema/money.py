"""Members and their accounts, payments and refunds, and what people must look at."""

from __future__ import annotations

from pymongo import IndexModel

from shared.store.payments import ONE_SHARE
from shared.store.schema.kinds import TEXT, CollectionSchema, unique

COLLECTIONS: tuple[CollectionSchema, ...] = (
    CollectionSchema(
        "members",
        {
            "shop_id": "str",
            "account": "str",
            "joined_at": "date",
            "points": "int",
            "principal_fen": "count",
            "bonus_fen": "count",
            "growth": "int",
            "version": "int",
        },
        [
            unique(("account", 1), name="one_account"),
            unique(("phone", 1), name="one_phone", where={"phone": TEXT}),
            IndexModel([("review_at", 1)], name="to_review", sparse=True),
            IndexModel([("birthday", 1)], name="by_birthday", sparse=True),
            IndexModel([("greet_at", 1)], name="to_greet", sparse=True),
        ],
    ),
    CollectionSchema(
        "ledger",
        {
            "shop_id": "str",
            "biz_date": "day",
            "cause": "str",
            "kind": "str",
            "account": "str",
            "entries": "list",
            "at": "date",
        },
        [
            unique(("cause", 1), name="one_cause"),
            IndexModel([("account", 1), ("_id", -1)], name="by_account"),
            IndexModel([("account", 1), ("at", 1)], name="by_time"),
            IndexModel([("undoes", 1)], name="undone", sparse=True),
            IndexModel([("shop_id", 1), ("biz_date", 1)], name="by_day"),
        ],
    ),
    CollectionSchema(
        "point_lots",
        {"account": "str", "expires_at": "date", "left": "count"},
        [
            IndexModel([("account", 1), ("expires_at", 1)], name="by_account"),
            IndexModel([("expires_at", 1)], name="ended", partialFilterExpression={"left": {"$gt": 0}}),
        ],
    ),
    CollectionSchema("brand_settings", {"_id": "str"}),
    CollectionSchema("audits", {"at": "date", "done": "list", "findings": "map", "counts": "map"}),
    CollectionSchema(
        "payments",
        {
            "shop_id": "str",
            "biz_date": "day",
            "state": "str",
            "order_ids": "list",
            "amount_fen": "count",
            "tenders": "list",
            "split": "list",
            "created_at": "date",
        },
        [
            unique(("shop_id", 1), ("share_key", 1), name=ONE_SHARE, where={"share_key": TEXT}),
            IndexModel([("shop_id", 1), ("order_ids", 1), ("state", 1)], name="by_order"),
            IndexModel([("shop_id", 1), ("biz_date", 1), ("_id", 1)], name="by_day"),
            IndexModel([("mchid", 1), ("channel_date", 1)], name="by_channel_date"),
            IndexModel([("look_at", 1)], name="to_look", partialFilterExpression={"state": "pending"}),
            IndexModel([("payer", 1)], name="under_way", partialFilterExpression={"state": "pending"}),
        ],
    ),
    CollectionSchema(
        "refunds",
        {
            "shop_id": "str",
            "biz_date": "day",
            "payment_id": "str",
            "kind": "str",
            "state": "str",
            "fen": "count",
            "legs": "list",
            "created_at": "date",
        },
        [
            IndexModel([("shop_id", 1), ("payment_id", 1)], name="by_payment"),
            IndexModel([("shop_id", 1), ("biz_date", 1), ("_id", 1)], name="by_day"),
            IndexModel([("look_at", 1)], name="to_do", sparse=True),
        ],
    ),
    CollectionSchema(
        "exceptions",
        {"kind": "str", "ref": "str", "state": "str", "at": "date", "told": "map"},
        [IndexModel([("shop_id", 1), ("state", 1), ("at", 1)], name="by_state")],
    ),
)
