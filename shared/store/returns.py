"""Money that goes back because nothing was sold for it (rules 15, 16).

    refunds     {_id: out_refund_no, payment_id, mchid, fen, total_fen, state, tries, look_at}

A refund is `due`, then `asked` (WeChat Pay accepted it), then `done`; `failed` is for people. `look_at` is there while
something is to be done about it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Literal

from shared.errors import NotFound
from shared.store.client import Document
from shared.store.guard import BRAND_WIDE
from shared.store.scope import Chain, Shop

COLLECTION = "refunds"

ReturnState = Literal["due", "asked", "done", "failed"]
OPEN: tuple[ReturnState, ...] = ("due", "asked")


@dataclass(frozen=True)
class Return:
    """A payment's WeChat money on its way back, all of it, under one number in every try."""

    refund_no: str
    payment_id: str
    mchid: str
    fen: int
    total_fen: int
    reason: str
    biz_date: str
    state: ReturnState
    created_at: datetime
    tries: int = 0
    done_at: datetime | None = None


def add(shop: Shop, one: Return) -> None:
    """Write a return that is due at once."""
    told = {name: value for name, value in vars(one).items() if value is not None and name != "refund_no"}
    shop.collection(COLLECTION).insert_one({"_id": one.refund_no, **told, "look_at": one.created_at})


def get(shop: Shop, refund_no: str) -> Return:
    """One of the shop's returns. Raises NotFound."""
    found = shop.collection(COLLECTION).find_one({"_id": refund_no})
    if found is None:
        raise NotFound("没有找到这笔退款")
    told = {field.name: found[field.name] for field in fields(Return) if field.name in found}
    return Return(refund_no=found["_id"], **told)


def move(shop: Shop, refund_no: str, state: ReturnState, *, look_at: datetime | None, now: datetime) -> bool:
    """Let an open return be in a state, to be looked at then, or never again; whether it was open."""
    done = {"done_at": now} if state == "done" else {}
    change: dict[str, Document] = {"$set": {"state": state, **done}, "$inc": {"tries": 1}}
    if look_at is None:
        change["$unset"] = {"look_at": ""}
    else:
        change["$set"]["look_at"] = look_at
    return shop.collection(COLLECTION).update_one({"_id": refund_no, "state": {"$in": list(OPEN)}}, change) == 1


def to_do(chain: Chain, *, now: datetime, limit: int) -> list[tuple[str, str]]:
    """Shop and number of returns of all shops that something is to be done about, the longest due first."""
    due = {"look_at": {"$lte": now}}
    found = chain.db[COLLECTION].find(due, {"shop_id": 1}, comment=BRAND_WIDE).sort("look_at", 1).limit(limit)
    return [(one["shop_id"], one["_id"]) for one in found]


def shop_of(chain: Chain, refund_no: str) -> str | None:
    """The shop a return belongs to, or None for a number that is not ours."""
    found = chain.db[COLLECTION].find_one({"_id": refund_no}, {"shop_id": 1}, comment=BRAND_WIDE)
    return found["shop_id"] if found else None
