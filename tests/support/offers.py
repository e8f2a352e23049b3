"""A shop's campaigns, and its guests' memberships and coupons, as a brand would have them on record."""

from __future__ import annotations

import itertools
from datetime import datetime, timedelta
from typing import Any

from shared.runtime.clock import utc_now
from shared.store import members
from shared.store.scope import Shop
from tests.support.shops import TestShop

_numbers = itertools.count(1)


def put_campaign(shop: TestShop, name: str, **fields: Any) -> str:
    """A full reduction of this shop alone (another `kind` if told), known from the next menu version on."""
    campaign_id = f"a{next(_numbers):04}-{shop.shop_id}"
    known = {"_id": campaign_id, "kind": "fullReduction", "name": name, "active": True, "shops": [shop.shop_id]}
    shop.db["campaigns"].insert_one({**known, **fields})
    raise_version(shop)
    return campaign_id


def raise_version(shop: TestShop) -> None:
    """What whoever changes a campaign does."""
    shop.db["shops"].update_one({"_id": shop.shop_id}, {"$inc": {"menu_version": 1}})


def join(shop: TestShop, *, guest: str = "guest", level: str | None = None, points: int = 0) -> None:
    """Make the guest a member."""
    openid = members.join(Shop(shop.db, shop.shop_id), shop.guest(guest), now=utc_now()).openid
    told = {"points": points, **({"level": level} if level else {})}
    shop.db["members"].update_one({"_id": openid}, {"$set": told})


def give(
    shop: TestShop,
    name: str,
    *,
    guest: str = "guest",
    state: str = "free",
    valid_until: datetime | None = None,
    **template: Any,
) -> str:
    """Give the guest a coupon for the order (another `layer` if told); its id."""
    number = next(_numbers)
    template_id, coupon_id = f"t{number}-{shop.shop_id}", f"c{number:04}-{shop.shop_id}"
    known = {"_id": template_id, "name": name, "layer": "order", "give": "push", "issued": 1, "holds": []}
    shop.db["coupon_templates"].insert_one({**known, **template})
    shop.db["coupons"].insert_one(
        {
            "_id": coupon_id,
            "openid": shop.guest(guest),
            "template_id": template_id,
            "grant": "gift",
            "shop_id": shop.shop_id,
            "state": state,
            "valid_until": valid_until or utc_now() + timedelta(days=30),
        }
    )
    return coupon_id
