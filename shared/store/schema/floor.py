"""What happens in a shop: parties, orders, reservations, the queue, papers."""

from __future__ import annotations

from pymongo import IndexModel

from shared.store.schema.kinds import RECORDS, TEXT, CollectionSchema, unique
from shared.store.waiting import ONE_LIVE_TICKET

COLLECTIONS: tuple[CollectionSchema, ...] = (
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
            unique(("shop_id", 1), ("table_id", 1), name="one_open_sitting", where={"state": "open"}),
            IndexModel([("merged", 1)], name="merged", sparse=True),
            IndexModel([("taken.at", 1)], name="taken", sparse=True),
            IndexModel([("settle_at", 1)], name="to_settle", sparse=True),
        ],
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
            unique(("order_no", 1), name="one_order_no"),
            unique(
                ("shop_id", 1),
                ("biz_date", 1),
                ("pickup_no", 1),
                name="one_pickup_no",
                where={"pickup_no": TEXT},
            ),
            IndexModel([("shop_id", 1), ("state", 1), ("_id", -1)], name="by_state"),
            IndexModel(
                [("shop_id", 1), ("guest_id", 1), ("_id", -1)],
                name="by_guest",
                partialFilterExpression={"guest_id": TEXT},
            ),
            IndexModel([("pay_by", 1)], name="unpaid", partialFilterExpression={"pay_by": {"$exists": True}}),
            IndexModel(
                [("shop_id", 1), ("sitting_id", 1), ("_id", -1)],
                name="by_sitting",
                partialFilterExpression={"sitting_id": TEXT},
            ),
            *RECORDS,
        ],
    ),
    CollectionSchema(
        "counter_log",
        {
            "shop_id": "str",
            "biz_date": "day",
            "kind": "str",
            "ref": "str",
            "copy_no": "count",
            "by": "str",
            "at": "date",
        },
        [
            unique(("shop_id", 1), ("kind", 1), ("ref", 1), ("copy_no", 1), name="one_copy"),
            IndexModel([("shop_id", 1), ("biz_date", 1), ("_id", 1)], name="by_day"),
        ],
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
            unique(("shop_id", 1), ("biz_date", 1), ("label", 1), name="one_label"),
            unique(
                ("shop_id", 1),
                ("biz_date", 1),
                ("openid", 1),
                name=ONE_LIVE_TICKET,
                where={"live": True, "openid": TEXT},
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
            unique(("shop_id", 1), ("slots", 1), name="one_slot", where={"slots": {"$exists": True}}),
            IndexModel([("shop_id", 1), ("biz_date", 1), ("at", 1), ("_id", 1)], name="by_day"),
            IndexModel([("shop_id", 1), ("at", 1)], name="by_time"),
            IndexModel(
                [("shop_id", 1), ("guest_id", 1), ("_id", -1)],
                name="by_guest",
                partialFilterExpression={"guest_id": TEXT},
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
)
