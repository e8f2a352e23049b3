"""Coupon templates as head office saves them, coupons as members claim them, and what is on record of both."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from shared.runtime.clock import utc_now
from shared.store.client import Document
from shared.store.scope import Chain
from shared.usecases.sweeping import STEPS, Round, take
from tests.support.shops import Reply, TestShop, line, request_id

FIXED: Reply = {"type": "fixed", "fen": 500}
EXCHANGE: Reply = {"type": "exchange"}


def coupon(shop: TestShop, **changed: Any) -> Reply:
    """5.00 off any order of the shop, claimed once by each member, for 30 days."""
    known = {
        "kind": "coupon",
        "name": "减5元",
        "shops": [shop.shop_id],
        "layer": "order",
        "value": FIXED,
        "validity": {"by": "days", "days": 30},
        "give": "claim",
    }
    return {**known, **changed}


def save(shop: TestShop, campaign: Reply, *, person: str = "owner", key: str | None = None, **more: Any) -> Reply:
    """The envelope of `saveCampaign`."""
    return shop.call("saveCampaign", shop.guest(person), requestId=key or request_id(), campaign=campaign, **more)


def saved(shop: TestShop, **changed: Any) -> str:
    """A template's id."""
    reply = save(shop, coupon(shop, **changed))
    assert reply["success"], reply
    campaign_id: str = reply["data"]["campaignId"]
    return campaign_id


def claim(
    shop: TestShop, template_id: str, *, guest: str = "guest", device: str | None = None, key: str | None = None
) -> Reply:
    """The envelope of `claimCoupon`, on the guest's own device unless another is told."""
    return shop.call(
        "claimCoupon",
        shop.guest(guest),
        requestId=key or request_id(),
        templateId=template_id,
        deviceId=device or f"d-{shop.shop_id}-{guest}",
        shopId=shop.shop_id,
    )


def claimed(shop: TestShop, template_id: str, *, guest: str = "guest") -> str:
    """A coupon's id."""
    reply = claim(shop, template_id, guest=guest)
    assert reply["success"], reply
    coupon_id: str = reply["data"]["coupon"]["couponId"]
    return coupon_id


def offers(shop: TestShop, *, guest: str = "guest", **more: Any) -> Reply:
    """What `listOffers` answers."""
    reply = shop.call("listOffers", shop.guest(guest), shopId=shop.shop_id, **more)
    assert reply["success"], reply
    data: Reply = reply["data"]
    return data


def kept(shop: TestShop, coupon_id: str) -> Document:
    """The coupon's document."""
    found = shop.db["coupons"].find_one({"_id": coupon_id})
    assert found is not None
    return found


def template(shop: TestShop, template_id: str) -> Document:
    """The template's document."""
    found = shop.db["coupon_templates"].find_one({"_id": template_id})
    assert found is not None
    return found


def written(shop: TestShop) -> list[Any]:
    """All that is written of the shop's coupons and orders: equal before and after a refusal."""
    mine = {"shop_id": shop.shop_id}
    there = {"_id": {"$in": shop.db["coupons"].distinct("template_id", mine)}}
    asked = {"coupons": mine, "orders": mine, "commands": mine, "coupon_templates": there, "stock": mine}
    return [list(shop.db[name].find(where).sort("_id", 1)) for name, where in asked.items()]


def ends(shop: TestShop, coupon_id: str, *, in_: timedelta) -> datetime:
    """Let the coupon end so long from now (or have ended); when that is."""
    until = (utc_now() + in_).astimezone(timezone.utc)
    until = until.replace(microsecond=until.microsecond // 1000 * 1000)
    shop.db["coupons"].update_one({"_id": coupon_id}, {"$set": {"valid_until": until}})
    return until


def mark_of(shop: TestShop, coupon_id: str) -> tuple[str, str | None]:
    """A coupon's state and order."""
    found = kept(shop, coupon_id)
    return found["state"], found.get("order_id")


def ordered(shop: TestShop, coupon_ids: list[str], lines: list[Reply] | None = None, **more: Any) -> Reply:
    """An order with these coupons."""
    reply = shop.submit(lines or [line("duck")], couponIds=coupon_ids, **more)
    assert reply["success"], reply
    order: Reply = reply["data"]["order"]
    return order


def pay(shop: TestShop, order: Reply, fen: int | None = None) -> Reply:
    """The cashier takes cash for an order; the reply."""
    due = order["dueFen"] if fen is None else fen
    told = {"requestId": request_id(), "orderId": order["orderId"], "shownFen": due}
    reply = shop.call("payOrder", shop.guest("cashier"), tenders=[{"kind": "cash", "handedFen": due}], **told)
    assert reply["success"], reply
    return reply


def cancel(shop: TestShop, order: Reply, *, guest: str = "guest", **more: Any) -> Reply:
    """The envelope of `cancelOrder`: a guest cancels, or staff with a reason."""
    place = {"reason": "客人要求"} if guest in ("owner", "cashier") else {"shopId": shop.shop_id}
    return shop.call(
        "cancelOrder", shop.guest(guest), requestId=request_id(), orderId=order["orderId"], **{**place, **more}
    )


def run(shop: TestShop, step: str, *, now: datetime | None = None) -> None:
    """One step of the sweep."""
    this = Round.begin(Chain(shop.db))
    told = take({step: STEPS[step]}, Round(this.chain, now or this.now, this.deadline, this.trace_id))
    assert told.failed == ()
