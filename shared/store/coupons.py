"""The coupons that members hold, and what becomes of each, by updates that name the state they leave (rule 20).

    coupons   {_id, template_id, openid, grant, device_id, shop_id, state, valid_from, valid_until, remind_at, shown,
               order_id, locked_at, used_at, used_shop, redeemed: {by, shop_id, at}, returned_at, stays}

    free ──lock──→ locked ──use──→ used        `order_id` names the order from the lock on
      ↑ │            │               │
      │ │            └───give back───┤
      │ └──redeem at the counter──→ used       without an order
      └──────────────────give back───┘
    free ──expire──→ expired

`stays` marks a coupon whose cut has gone to two bills: it does not come back. `shop_id` is where it was given.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pymongo import ReturnDocument
from pymongo.collection import Collection

from shared.domain.coupons import GRACE, HeldCoupon, ids_of
from shared.domain.orders import Order
from shared.errors import CouponUnavailable, NotFound
from shared.runtime.settings import settings
from shared.store.client import Document
from shared.store.scope import Chain, Shop

COLLECTION = "coupons"
_NO_COUPON = "没有找到这张券"
_LOST = "优惠券刚刚被使用或已过期，请重新选择"
_MARKS = ("order_id", "locked_at", "used_at", "used_shop", "redeemed")


def lock(shop: Shop, ids: Sequence[str], openid: str, *, order_id: str, is_used: bool, now: datetime) -> None:
    """Lock the caller's coupons for an order, in the transaction that writes it; used at once if nothing is due.

    Raises CouponUnavailable unless all of them are still free.
    """
    where = {"_id": {"$in": list(ids)}, "openid": openid, "state": "free", "valid_until": {"$gt": now}}
    used = {"used_at": now, "used_shop": shop.shop_id} if is_used else {}
    told = {"state": "used" if is_used else "locked", "order_id": order_id, "locked_at": now, **used}
    if _coupons(shop).update_many(where, {"$set": told}, session=shop.session).matched_count != len(ids):
        mine = {"_id": {"$in": list(ids)}, "order_id": order_id}
        locked = {one["_id"] for one in _coupons(shop).find(mine, {"_id": 1}, session=shop.session)}
        lost = [{"couponId": one, "reason": "unknown", "message": _LOST} for one in ids if one not in locked]
        raise CouponUnavailable(_LOST, {"coupons": lost})


def use(shop: Shop, order: Order, *, now: datetime) -> None:
    """Something of the order is paid: its coupons are used. An order without any costs nothing."""
    ids = ids_of(order)
    if ids:
        where = {"_id": {"$in": list(ids)}, "order_id": order.order_id, "state": "locked"}
        told = {"state": "used", "used_at": now, "used_shop": shop.shop_id}
        _coupons(shop).update_many(where, {"$set": told}, session=shop.session)


def goes_alone(shop: Shop, order: Order) -> bool:
    """Whether a coupon of the order goes with no other offer, points included (rule 4)."""
    ids = list(ids_of(order))
    if not ids:
        return False
    kinds = [
        one["template_id"]
        for one in _coupons(shop).find({"_id": {"$in": ids}}, {"template_id": 1}, session=shop.session)
    ]
    alone = {"_id": {"$in": kinds}, "stacking": "alone"}
    return shop.db["coupon_templates"].find_one(alone, {"_id": 1}, session=shop.session) is not None


def give_back(shop: Shop, order: Order, *, now: datetime, grace: bool) -> None:
    """The order is cancelled, or refunded whole: its coupons are free again, once, with the end they had (rule 16).

    With `grace` they hold for 24 hours from now at least.
    """
    ids = ids_of(order)
    if ids:
        free(shop, ids, order.order_id, now=now, grace=grace)


def free(shop: Shop, ids: Sequence[str], order_id: str, *, now: datetime, grace: bool = False) -> None:
    """Those of these coupons that are the order's are free again, once."""
    where = {"_id": {"$in": list(ids)}, "order_id": order_id, "state": {"$in": ["locked", "used"]}}
    change: dict[str, Any] = {"$set": {"state": "free", "returned_at": now}, "$unset": dict.fromkeys(_MARKS, "")}
    if grace:
        change["$max"] = {"valid_until": now + GRACE}
    _coupons(shop).update_many({**where, "stays": {"$exists": False}}, change, session=shop.session)


def follow(shop: Shop, left: Order, moved: Order, *, now: datetime) -> None:
    """Lines of an order went to another bill: its coupons go along if nothing is left, else they are used for good."""
    ids = ids_of(moved)
    if not ids:
        return
    where = {"_id": {"$in": list(ids)}, "order_id": left.order_id, "state": {"$in": ["locked", "used"]}}
    told: dict[str, Any] = {"order_id": moved.order_id}
    if left.state != "cancelled":
        told = {"state": "used", "stays": True, "used_at": now, "used_shop": shop.shop_id}
    _coupons(shop).update_many(where, {"$set": told}, session=shop.session)


def show(shop: Shop, coupon_id: str, openid: str, *, now: datetime) -> HeldCoupon:
    """A free coupon of the member, for which one more code is shown; codes shown before are void. Raises NotFound."""
    where = {"_id": coupon_id, "openid": openid, "state": "free", "valid_until": {"$gt": now}}
    found = _coupons(shop).find_one_and_update(
        where, {"$inc": {"shown": 1}}, return_document=ReturnDocument.AFTER, session=shop.session
    )
    if found is None:
        raise NotFound("没有这张券，或已经用过")
    return held_from(found)


def get(shop: Shop, coupon_id: str) -> HeldCoupon:
    """A coupon by its id, whoever has it. Raises NotFound."""
    found = _coupons(shop).find_one({"_id": coupon_id, "state": {"$ne": "void"}}, session=shop.session)
    if found is None:
        raise NotFound(_NO_COUPON)
    return held_from(found)


def redeem(shop: Shop, seen: HeldCoupon, *, by: str, now: datetime, order_id: str | None, is_used: bool) -> bool:
    """Take a coupon at the counter by the code shown last: used, or locked for an order; whether it was free."""
    where = {"_id": seen.coupon_id, "state": "free", "shown": seen.shown, "valid_until": {"$gt": now}}
    redeemed = {"by": by, "shop_id": shop.shop_id, "at": now}
    told: dict[str, Any] = {"state": "locked", "locked_at": now, "redeemed": redeemed}
    if order_id is not None:
        told["order_id"] = order_id
    if is_used:
        told |= {"state": "used", "used_at": now, "used_shop": shop.shop_id}
    done = _coupons(shop).update_one(where, {"$set": told, "$inc": {"shown": 1}}, session=shop.session)
    return done.matched_count == 1


def of_member(shop: Shop, openid: str, *, after: str | None, limit: int, now: datetime) -> list[HeldCoupon]:
    """A page of the coupons that a member can use or has in an unpaid order, the first to end first."""
    lasting = {"$or": [{"state": "free", "valid_until": {"$gt": now}}, {"state": "locked"}]}
    where: dict[str, Any] = {"openid": openid, "$and": [lasting]}
    last = _coupons(shop).find_one({"_id": after, "openid": openid}) if after else None
    if last is not None:
        ends = last["valid_until"]
        where["$or"] = [{"valid_until": {"$gt": ends}}, {"valid_until": ends, "_id": {"$gt": last["_id"]}}]
    found = _coupons(shop).find(where, sort=[("valid_until", 1), ("_id", 1)], limit=limit)
    return [held_from(one) for one in found]


def expire(chain: Chain, *, now: datetime, limit: int) -> int:
    """End the free coupons whose time is over; how many."""
    where = {"state": "free", "valid_until": {"$lte": now}}
    due = [one["_id"] for one in chain.db[COLLECTION].find(where, {"_id": 1}, sort=[("valid_until", 1)], limit=limit)]
    change = {"$set": {"state": "expired"}, "$unset": {"remind_at": ""}}
    return chain.db[COLLECTION].update_many({**where, "_id": {"$in": due}}, change).modified_count if due else 0


def to_remind(chain: Chain, *, now: datetime, limit: int) -> list[tuple[str, str]]:
    """Shop and id of free coupons whose members are to be reminded of them."""
    where = {"state": "free", "remind_at": {"$lte": now}}
    found = chain.db[COLLECTION].find(where, {"shop_id": 1}, sort=[("remind_at", 1)], limit=limit)
    return [(one["shop_id"], one["_id"]) for one in found]


def take_reminder(shop: Shop, coupon_id: str, *, now: datetime) -> HeldCoupon | None:
    """The coupon of which its member is reminded in this transaction, once; None if that is not due."""
    where = {"_id": coupon_id, "state": "free", "remind_at": {"$lte": now}}
    found = _coupons(shop).find_one_and_update(where, {"$unset": {"remind_at": ""}}, session=shop.session)
    return held_from(found) if found else None


def name_after(openid: str) -> str:
    """The name under which coupons of one who left are kept: who joins again has had them, and nobody knows who."""
    key = settings().table_code_key.get_secret_value().encode()
    return f"left-{hmac.new(key, f'left|{openid}'.encode(), hashlib.sha256).hexdigest()[:24]}"


def forget(shop: Shop, openid: str) -> None:
    """A member leaves: their free coupons end, and all lose their name."""
    coupons = _coupons(shop)
    ended = {"$set": {"state": "expired"}, "$unset": {"remind_at": ""}}
    coupons.update_many({"openid": openid, "state": "free"}, ended, session=shop.session)
    nameless = {"$set": {"openid": name_after(openid)}, "$unset": {"device_id": ""}}
    coupons.update_many({"openid": openid}, nameless, session=shop.session)


def held_from(found: Document) -> HeldCoupon:
    """A coupon from its document."""
    return HeldCoupon(
        coupon_id=found["_id"],
        template_id=found["template_id"],
        openid=found["openid"],
        state=found["state"],
        valid_from=found.get("valid_from"),
        valid_until=found["valid_until"],
        shown=found.get("shown", 0),
    )


def _coupons(shop: Shop) -> Collection[Document]:
    return shop.db[COLLECTION]
