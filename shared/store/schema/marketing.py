"""What a brand offers, what members have of it, and what they are told."""

from __future__ import annotations

from pymongo import IndexModel

from shared.store.commands import ONE_COMMAND
from shared.store.groups import ONE_SEAT
from shared.store.schema.kinds import TEXT, CollectionSchema, unique

COLLECTIONS: tuple[CollectionSchema, ...] = (
    CollectionSchema(
        "campaigns",
        {"kind": "str", "name": "str", "active": "bool", "shops": "list"},
        [IndexModel([("shops", 1)], name="by_shop")],
    ),
    CollectionSchema(
        "flash_pieces",
        {"sale_id": "str", "n": "count", "state": "str", "releases": "count"},
        [
            IndexModel([("sale_id", 1), ("state", 1), ("n", 1)], name="by_state"),
            unique(("claim_id", 1), name="one_claim", where={"claim_id": TEXT}),
            unique(("records.command_key", 1), name=ONE_COMMAND, where={"records.command_key": TEXT}),
            unique(("openid", 1), ("sale_id", 1), ("nth", 1), name="one_nth", where={"openid": TEXT}),
            unique(("device_id", 1), ("sale_id", 1), ("nth", 1), name="one_nth_of_device", where={"device_id": TEXT}),
            IndexModel([("hold_until", 1)], name="held", partialFilterExpression={"state": "held"}),
        ],
    ),
    CollectionSchema(
        "groups",
        {
            "shop_id": "str",
            "offer_id": "str",
            "state": "str",
            "size": "count",
            "taken": "count",
            "paid": "count",
            "expires_at": "date",
            "seats": "list",
        },
        [
            unique(("offer_id", 1), ("seats.openid", 1), name=ONE_SEAT, where={"state": "open"}),
            unique(("offer_id", 1), ("seats.device_id", 1), name=f"{ONE_SEAT}_a_device", where={"state": "open"}),
            IndexModel([("shop_id", 1), ("offer_id", 1), ("state", 1), ("expires_at", 1)], name="joinable"),
            IndexModel([("expires_at", 1)], name="overdue", partialFilterExpression={"state": "open"}),
        ],
    ),
    CollectionSchema(
        "coupon_templates",
        {"name": "str", "layer": "str", "type": "str"},
        [
            IndexModel([("give", 1), ("active", 1)], name="by_give"),
            IndexModel([("holds.at", 1)], name="held", sparse=True),
        ],
    ),
    CollectionSchema(
        "coupons",
        {
            "openid": "str",
            "template_id": "str",
            "grant": "str",
            "shop_id": "str",
            "state": "str",
            "valid_until": "date",
        },
        [
            unique(("template_id", 1), ("openid", 1), ("grant", 1), name="one_grant"),
            unique(
                ("template_id", 1),
                ("device_id", 1),
                ("grant", 1),
                name="one_grant_a_device",
                where={"device_id": TEXT},
            ),
            IndexModel([("openid", 1), ("state", 1), ("valid_until", 1)], name="by_member"),
            IndexModel([("order_id", 1)], name="by_order", partialFilterExpression={"order_id": TEXT}),
            IndexModel([("valid_until", 1)], name="free", partialFilterExpression={"state": "free"}),
            IndexModel([("remind_at", 1)], name="reminders", partialFilterExpression={"state": "free"}),
        ],
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
            IndexModel([("push_id", 1), ("state", 1)], name="by_push", partialFilterExpression={"push_id": TEXT}),
            IndexModel([("expires_at", 1)], name="forgotten", expireAfterSeconds=0),
        ],
    ),
    CollectionSchema("message_consents", {"kinds": "map", "at": "date"}),
    CollectionSchema(
        "pushes",
        {
            "title": "str",
            "template_id": "str",
            "segment": "map",
            "state": "str",
            "cursor": "str",
            "reached": "count",
            "granted": "count",
            "skipped": "count",
            "started_at": "date",
        },
        [IndexModel([("state", 1), ("_id", 1)], name="by_state", partialFilterExpression={"state": "running"})],
    ),
    CollectionSchema(
        "push_contacts",
        {"day": "day", "count": "count", "expires_at": "date"},
        [IndexModel([("expires_at", 1)], name="forgotten", expireAfterSeconds=0)],
    ),
    CollectionSchema("cursors", {"upto": "str"}),
    CollectionSchema("access_tokens", {"_id": "str"}),
    CollectionSchema(
        "rates",
        {"count": "count", "expires_at": "date"},
        [IndexModel([("expires_at", 1)], name="forgotten", expireAfterSeconds=0)],
    ),
)
