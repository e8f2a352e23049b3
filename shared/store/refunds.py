"""Refunds: one document for what goes back of one payment at a time, under one number in every try (rules 15, 16, 30).

    refunds     {_id: out_refund_no, kind, payment_id, fen, legs: [{leg, fen, state, points}], lines, state, reason, by,
                 biz_date, mchid, total_fen, ask_at, look_at, tries, done_at, channel_date}

`state` is that of WeChat Pay's leg, if there is one: `due`, then `asked` (accepted), then `done`. `failed` is for
people, and may still come right. `look_at` is there while something is to be done about it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime

from shared.domain.refunds import OPEN, LegBack, LineBack, Refund, RefundState
from shared.errors import NotFound
from shared.store.client import Document
from shared.store.guard import BRAND_WIDE
from shared.store.scope import Chain, Shop

COLLECTION = "refunds"

_PARTS = frozenset({"refund_no", "legs", "lines"})
_PLAIN = tuple(one.name for one in fields(Refund) if one.name not in _PARTS)


def add(shop: Shop, refund: Refund) -> None:
    """Write a refund; one that is due is looked at from `ask_at` on."""
    told: Document = {name: value for name in _PLAIN if (value := getattr(refund, name)) not in (None, "")}
    told |= {
        "_id": refund.refund_no,
        "legs": [{name: value for name, value in vars(leg).items() if value or name == "fen"} for leg in refund.legs],
        "lines": [vars(line) for line in refund.lines],
    }
    if refund.state == "due":
        told["look_at"] = refund.ask_at or refund.created_at
    shop.collection(COLLECTION).insert_one(told)


def find(shop: Shop, refund_no: str) -> Refund | None:
    """One of the shop's refunds, or None."""
    found = shop.collection(COLLECTION).find_one({"_id": refund_no})
    return _refund(found) if found else None


def get(shop: Shop, refund_no: str) -> Refund:
    """One of the shop's refunds. Raises NotFound."""
    refund = find(shop, refund_no)
    if refund is None:
        raise NotFound("没有找到这笔退款")
    return refund


def asks(shop: Shop, payment_id: str, *, limit: int) -> list[datetime]:
    """When WeChat Pay is, or was, to be asked for refunds of a payment, up to so many."""
    where = {"payment_id": payment_id, "ask_at": {"$exists": True}}
    found = shop.collection(COLLECTION).find(where, limit=limit, fields={"ask_at": 1})
    return [one["ask_at"] for one in found]


def move(
    shop: Shop,
    refund: Refund,
    state: RefundState,
    *,
    look_at: datetime | None = None,
    facts: Mapping[str, object] | None = None,
) -> bool:
    """Let WeChat Pay's leg be in a state, to be looked at then, or never again; whether it was not over before."""
    left: tuple[RefundState, ...] = (*OPEN, "failed") if state == "done" else OPEN
    others = [leg for leg in refund.stuck_legs if leg.leg != "wechat"]
    whole: RefundState = "failed" if state == "done" and others else state
    change: dict[str, Document] = {
        "$set": {"state": whole, "legs.$.state": state, **(facts or {})},
        "$inc": {"tries": 1},
    }
    if look_at is None:
        change["$unset"] = {"look_at": ""}
    else:
        change["$set"]["look_at"] = look_at
    mine = {"leg": "wechat", "state": {"$in": list(left)}}
    where = {"_id": refund.refund_no, "legs": {"$elemMatch": mine}}
    return shop.collection(COLLECTION).update_one(where, change) == 1


def to_do(chain: Chain, *, now: datetime, limit: int) -> list[tuple[str, str]]:
    """Shop and number of refunds of all shops that something is to be done about, the longest due first."""
    due = {"look_at": {"$lte": now}}
    found = chain.db[COLLECTION].find(due, {"shop_id": 1}, comment=BRAND_WIDE).sort("look_at", 1).limit(limit)
    return [(one["shop_id"], one["_id"]) for one in found]


def shop_of(chain: Chain, refund_no: str) -> str | None:
    """The shop a refund belongs to, or None for a number that is not ours."""
    found = chain.db[COLLECTION].find_one({"_id": refund_no}, {"shop_id": 1}, comment=BRAND_WIDE)
    return found["shop_id"] if found else None


def _refund(found: Document) -> Refund:
    told = {name: found[name] for name in _PLAIN if name in found}
    return Refund(
        **{"by": "", **told},
        refund_no=found["_id"],
        legs=tuple(LegBack(**leg) for leg in found["legs"]),
        lines=tuple(LineBack(**line) for line in found.get("lines", ())),
    )
