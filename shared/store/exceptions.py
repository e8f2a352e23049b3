"""What people must look at, once each: the exceptions board's list (rules 15, 16).

exceptions  {_id: "kind:ref", kind, ref, shop_id, state: "open" | "done", at, told}
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from shared.store.client import Document
from shared.store.scope import Chain, Shop

COLLECTION = "exceptions"

ExceptionKind = Literal["latePayment", "paymentDiffers", "unknownPayment", "refundStuck", "auditFinding"]


def note(place: Shop | Chain, kind: ExceptionKind, ref: str, *, now: datetime, told: Mapping[str, object]) -> None:
    """Put something on the list, once; without a shop when none is known."""
    fresh: Document = {"kind": kind, "ref": ref, "state": "open", "at": now, "told": dict(told)}
    session = None
    if isinstance(place, Shop):
        fresh["shop_id"], session = place.shop_id, place.session
    place.db[COLLECTION].update_one({"_id": f"{kind}:{ref}"}, {"$setOnInsert": fresh}, upsert=True, session=session)


def end(shop: Shop, kind: ExceptionKind, ref: str, *, now: datetime) -> None:
    """Take it off the list: it has come right by itself."""
    change = {"$set": {"state": "done", "done_at": now}}
    shop.db[COLLECTION].update_one({"_id": f"{kind}:{ref}", "state": "open"}, change, session=shop.session)
