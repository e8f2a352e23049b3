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
from shared.store.payments import ONE_SHARE
from shared.store.waiting import ONE_LIVE_TICKET

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


_TEXT = {"$gt": ""}
"""Any text: unlike `$type`, an index for which the server sees that a query for one text asks for nothing else."""
_WAITING = {"due": {"$exists": True}}
_RECORDS = (
    _unique(("command_key", 1), name=ONE_COMMAND, where={"command_key": _TEXT}),
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
        [_unique(("openid", 1), name="one_openid", where={"openid": _TEXT})],
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
        [
            _unique(("shop_id", 1), ("table_id", 1), name="one_open_sitting", where={"state": "open"}),
            IndexModel([("merged", 1)], name="merged", sparse=True),
            IndexModel([("taken.at", 1)], name="taken", sparse=True),
        ],
    ),
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
            _unique(("account", 1), name="one_account"),
            _unique(("phone", 1), name="one_phone", where={"phone": _TEXT}),
            IndexModel([("review_at", 1)], name="to_review", sparse=True),
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
            _unique(("cause", 1), name="one_cause"),
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
        "campaigns",
        {"kind": "str", "name": "str", "active": "bool", "shops": "list"},
        [IndexModel([("shops", 1)], name="by_shop")],
    ),
    CollectionSchema("coupon_templates", {"name": "str", "layer": "str", "type": "str"}),
    CollectionSchema(
        "coupons",
        {"openid": "str", "template_id": "str", "state": "str", "valid_until": "date"},
        [IndexModel([("openid", 1), ("state", 1), ("valid_until", 1)], name="by_member")],
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
                where={"pickup_no": _TEXT},
            ),
            IndexModel([("shop_id", 1), ("state", 1), ("_id", -1)], name="by_state"),
            IndexModel(
                [("shop_id", 1), ("guest_id", 1), ("_id", -1)],
                name="by_guest",
                partialFilterExpression={"guest_id": _TEXT},
            ),
            IndexModel([("pay_by", 1)], name="unpaid", partialFilterExpression={"pay_by": {"$exists": True}}),
            IndexModel(
                [("shop_id", 1), ("sitting_id", 1), ("_id", -1)],
                name="by_sitting",
                partialFilterExpression={"sitting_id": _TEXT},
            ),
            *_RECORDS,
        ],
    ),
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
            _unique(("shop_id", 1), ("share_key", 1), name=ONE_SHARE, where={"share_key": _TEXT}),
            IndexModel([("shop_id", 1), ("order_ids", 1), ("state", 1)], name="by_order"),
            IndexModel([("shop_id", 1), ("biz_date", 1), ("_id", 1)], name="by_day"),
            IndexModel([("mchid", 1), ("channel_date", 1)], name="by_channel_date"),
            IndexModel([("look_at", 1)], name="to_look", partialFilterExpression={"state": "pending"}),
        ],
    ),
    CollectionSchema(
        "refunds",
        {
            "shop_id": "str",
            "biz_date": "day",
            "payment_id": "str",
            "state": "str",
            "fen": "count",
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
    CollectionSchema(
        "messages",
        {
            "shop_id": "str",
            "openid": "str",
            "kind": "str",
            "facts": "map",
            "state": "str",
            "due_at": "date",
            "ends_at": "date",
            "tries": "count",
            "expires_at": "date",
        },
        [
            IndexModel([("class", 1), ("due_at", 1)], name="due", partialFilterExpression={"state": "due"}),
            IndexModel([("leased_until", 1)], name="sending", partialFilterExpression={"state": "sending"}),
            IndexModel([("push_id", 1), ("state", 1)], name="by_push", sparse=True),
            IndexModel([("expires_at", 1)], name="forgotten", expireAfterSeconds=0),
        ],
    ),
    CollectionSchema("message_consents", {"kinds": "map", "at": "date"}),
    CollectionSchema("access_tokens", {"_id": "str"}),
    CollectionSchema(
        "rates",
        {"count": "count", "expires_at": "date"},
        [IndexModel([("expires_at", 1)], name="forgotten", expireAfterSeconds=0)],
    ),
    CollectionSchema(
        "queue_tickets",
        {
            "shop_id": "str",
            "biz_date": "day",
            "label": "str",
            "letter": "str",
            "number": "count",
            "guests": "count",
            "state": "str",
            "live": "bool",
            "joined_at": "date",
            "ends_at": "date",
        },
        [
            _unique(("shop_id", 1), ("biz_date", 1), ("label", 1), name="one_label"),
            _unique(
                ("shop_id", 1),
                ("biz_date", 1),
                ("openid", 1),
                name=ONE_LIVE_TICKET,
                where={"live": True, "openid": _TEXT},
            ),
            IndexModel([("shop_id", 1), ("biz_date", 1), ("openid", 1), ("_id", -1)], name="by_guest"),
            IndexModel([("shop_id", 1), ("biz_date", 1), ("live", 1), ("letter", 1), ("number", 1)], name="by_turn"),
            IndexModel([("shop_id", 1), ("biz_date", 1), ("seated_at", 1)], name="by_seating"),
            IndexModel([("ends_at", 1)], name="by_end", partialFilterExpression={"live": True}),
        ],
    ),
    CollectionSchema("counters", {"shop_id": "str", "name": "str", "biz_date": "day", "drawn": "count"}),
    CollectionSchema(
        "reservations",
        {
            "shop_id": "str",
            "state": "str",
            "biz_date": "day",
            "at": "date",
            "ends_at": "date",
            "guests": "count",
            "table_id": "str",
            "name": "str",
            "lines": "list",
            "policy": "map",
            "placed_at": "date",
        },
        [
            _unique(("shop_id", 1), ("slots", 1), name="one_slot", where={"slots": {"$exists": True}}),
            IndexModel([("shop_id", 1), ("biz_date", 1), ("at", 1), ("_id", 1)], name="by_day"),
            IndexModel([("shop_id", 1), ("at", 1)], name="by_time"),
            IndexModel(
                [("shop_id", 1), ("guest_id", 1), ("_id", -1)],
                name="by_guest",
                partialFilterExpression={"guest_id": _TEXT},
            ),
            IndexModel([("held_until", 1)], name="held", partialFilterExpression={"state": "booked"}),
            IndexModel([("remind_at", 1)], name="to_remind", partialFilterExpression={"state": "booked"}),
        ],
    ),
    CollectionSchema(
        "pickup_slots",
        {"shop_id": "str", "biz_date": "day", "at": "date", "count": "count", "held": "list", "expires_at": "date"},
        [
            IndexModel([("shop_id", 1), ("biz_date", 1)], name="by_day"),
            IndexModel([("held.at", 1)], name="held", sparse=True),
            IndexModel([("expires_at", 1)], name="forgotten", expireAfterSeconds=0),
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
