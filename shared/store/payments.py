"""Payments: one document per attempt, whose state moves by compare-and-set and never back (rule 15).

    payments    {_id: out_trade_no, state, order_ids, amount_fen, tenders, split, look_at, …}

The document is its command's record: its id comes from the command's key, so a repeated command finds it. `look_at`,
there while it is pending, is when the sweep asks WeChat Pay about it; `share_key` lets an even share be paid once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime, timedelta

from shared.domain.loyalty import Stored
from shared.domain.payments import Late, LineLegs, Payment, Tender
from shared.errors import NotFound, StateConflict
from shared.store.client import Document
from shared.store.guard import BRAND_WIDE
from shared.store.scope import Chain, Shop

COLLECTION = "payments"
ONE_SHARE = "one_share"
"""The unique index that lets an even share of a bill be paid once."""
LOOK_AFTER = timedelta(minutes=1)
"""A payment that is pending for longer is asked about: its callback may be lost."""
_PARTS = frozenset({"payment_id", "tenders", "split", "late", "top_up", "given_back"})
_PLAIN = tuple(one.name for one in fields(Payment) if one.name not in _PARTS)


def add(shop: Shop, payment: Payment, *, now: datetime) -> None:
    """Write a new payment. Raises the driver's DuplicateKeyError for a twin, and for an even share that is taken."""
    told: Document = {name: value for name in _PLAIN if (value := getattr(payment, name)) not in (None, "")}
    told |= {
        "_id": payment.payment_id,
        "order_ids": list(payment.order_ids),
        "tenders": [{key: value for key, value in vars(one).items() if value} for one in payment.tenders],
        "split": [_row(line) for line in payment.split],
    }
    if payment.top_up is not None:
        told["top_up"] = vars(payment.top_up)
    if payment.state == "pending":
        told["look_at"] = now + LOOK_AFTER
    shop.collection(COLLECTION).insert_one(told)


def find(shop: Shop, payment_id: str) -> Payment | None:
    """One payment of the shop, or None."""
    found = shop.collection(COLLECTION).find_one({"_id": payment_id})
    return _payment(found) if found else None


def get(shop: Shop, payment_id: str) -> Payment:
    """One payment of the shop. Raises NotFound."""
    payment = find(shop, payment_id)
    if payment is None:
        raise NotFound("没有找到这笔付款")
    return payment


def is_share_taken(shop: Shop, share_key: str) -> bool:
    """Whether an even share of a bill is paid or being paid."""
    return shop.collection(COLLECTION).find_one({"share_key": share_key}, {"_id": 1}) is not None


def pending(shop: Shop, order_ids: Sequence[str]) -> list[Payment]:
    """The payments under way for any of these orders."""
    where = {"order_ids": {"$in": list(order_ids)}, "state": "pending"}
    return [_payment(found) for found in shop.collection(COLLECTION).find(where, limit=200, sort=[("_id", 1)])]


def pending_top_ups(shop: Shop, openid: str) -> list[Payment]:
    """The top-ups under way for a member, in this shop."""
    where = {"payer": openid, "state": "pending", "top_up": {"$exists": True}}
    return [_payment(found) for found in shop.collection(COLLECTION).find(where, limit=20, sort=[("_id", 1)])]


def is_under_way(shop: Shop, openid: str) -> bool:
    """Whether a payment of theirs waits for WeChat Pay, in any shop."""
    where = {"payer": openid, "state": "pending"}
    return shop.db[COLLECTION].find_one(where, {"_id": 1}, session=shop.session, comment=BRAND_WIDE) is not None


def mark_given_back(shop: Shop, seen: Payment, back: Stored) -> bool:
    """Keep what of a top-up was paid back in all; whether no more was since it was seen."""
    before = vars(seen.given_back) if seen.given_back else {"$exists": False}
    where = {"_id": seen.payment_id, "state": "paid", "given_back": before}
    return shop.collection(COLLECTION).update_one(where, {"$set": {"given_back": vars(back)}}) == 1


def paid_for(shop: Shop, order_id: str) -> list[Payment]:
    """The payments that paid for an order, the oldest first."""
    where = {"order_ids": order_id, "state": "paid"}
    found = shop.collection(COLLECTION).find(where, limit=200, sort=[("created_at", 1), ("_id", 1)])
    return [_payment(one) for one in found]


def save_refunded(shop: Shop, before: Payment, after: Payment) -> None:
    """Write what went back of a payment, if nothing else did meanwhile. Raises StateConflict otherwise."""
    rows = zip(before.split, after.split, strict=True)
    change = {f"split.{at}.refunded": dict(new.refunded) for at, (old, new) in enumerate(rows) if old != new}
    where = {"_id": before.payment_id, "state": "paid", "version": before.version}
    if shop.collection(COLLECTION).update_one(where, {"$set": {**change, "version": after.version}}) != 1:
        raise StateConflict


def mark_paid(shop: Shop, paid: Payment) -> bool:
    """Let a pending payment be paid, with what the channel told of it; whether it was still pending."""
    told = ("paid_at", "channel_date", "transaction_id", "payer_fen")
    facts = {name: value for name in told if (value := getattr(paid, name)) is not None}
    change = {"$set": {"state": "paid", "biz_date": paid.biz_date, **facts}, "$unset": {"look_at": ""}}
    return shop.collection(COLLECTION).update_one({"_id": paid.payment_id, "state": "pending"}, change) == 1


def close(shop: Shop, payment_id: str, *, at: datetime) -> bool:
    """Let a pending payment be closed; whether it was still pending."""
    change = {"$set": {"state": "closed", "closed_at": at}, "$unset": {"look_at": "", "share_key": ""}}
    return shop.collection(COLLECTION).update_one({"_id": payment_id, "state": "pending"}, change) == 1


def note_late(shop: Shop, payment_id: str, late: Late) -> bool:
    """Keep that money came for a closed payment; whether that was not known."""
    where = {"_id": payment_id, "state": "closed", "late": {"$exists": False}}
    return shop.collection(COLLECTION).update_one(where, {"$set": {"late": vars(late)}}) == 1


def look_later(shop: Shop, payment_id: str, at: datetime) -> None:
    """Ask again then, unless it is settled by that time."""
    shop.collection(COLLECTION).update_one({"_id": payment_id, "state": "pending"}, {"$set": {"look_at": at}})


def to_look(chain: Chain, *, now: datetime, limit: int) -> list[tuple[str, str]]:
    """Shop and id of payments of all shops that WeChat Pay is to be asked about, the longest due first."""
    due = {"state": "pending", "look_at": {"$lte": now}}
    found = chain.db[COLLECTION].find(due, {"shop_id": 1}, comment=BRAND_WIDE).sort("look_at", 1).limit(limit)
    return [(one["shop_id"], one["_id"]) for one in found]


def shop_of(chain: Chain, payment_id: str) -> str | None:
    """The shop a payment belongs to, or None for a number that is not ours."""
    found = chain.db[COLLECTION].find_one({"_id": payment_id}, {"shop_id": 1}, comment=BRAND_WIDE)
    return found["shop_id"] if found else None


def _row(line: LineLegs) -> Document:
    return {"order_id": line.order_id, "line_id": line.line_id, "fen": line.fen, "legs": dict(line.legs)}


def _payment(found: Document) -> Payment:
    told = {name: found[name] for name in _PLAIN if name in found}
    return Payment(
        **{"sitting_id": None, **told, "order_ids": tuple(found["order_ids"])},
        payment_id=found["_id"],
        tenders=tuple(Tender(**tender) for tender in found["tenders"]),
        split=tuple(LineLegs(**line) for line in found["split"]),
        late=Late(**found["late"]) if "late" in found else None,
        top_up=Stored(**found["top_up"]) if "top_up" in found else None,
        given_back=Stored(**found["given_back"]) if "given_back" in found else None,
    )
