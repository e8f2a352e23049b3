"""The audit finds every coupon that is not where its order says, and every template that miscounts (rule 20)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.audit import assert_clean, found
from tests.support.coupons import claimed, kept, saved
from tests.support.shops import TestShop, line


def order_with(shop: TestShop, coupon_id: str) -> str:
    reply = shop.submit([line("duck")], couponIds=[coupon_id])
    assert reply["success"], reply
    order_id: str = reply["data"]["order"]["orderId"]
    return order_id


@pytest.mark.parametrize(
    "change",
    [
        {"$set": {"order_id": "nowhere"}},
        {"$unset": {"order_id": ""}},
        {"$set": {"state": "free"}},
        {"$set": {"state": "expired"}},
        {"$set": {"state": "used", "order_id": "nowhere"}},
        {"$set": {"state": "used"}, "$unset": {"order_id": ""}},
    ],
    ids=str,
)
def test_a_coupon_that_is_not_where_its_order_says_is_found(shop: TestShop, change: dict[str, Any]) -> None:
    coupon_id = claimed(shop, saved(shop))
    order_with(shop, coupon_id)
    assert_clean(shop.db, shop.shop_id)
    shop.db["coupons"].update_one({"_id": coupon_id}, change)
    assert ("COUPON_STATE_WRONG", coupon_id) in found(shop.db, shop.shop_id)
    shop.db["coupons"].delete_one({"_id": coupon_id})


def test_a_locked_coupon_of_a_paid_or_cancelled_order_is_found(shop: TestShop) -> None:
    coupon_id = claimed(shop, saved(shop))
    order_id = order_with(shop, coupon_id)
    mine = {"_id": order_id, "shop_id": shop.shop_id}
    shop.db["orders"].update_one(mine, {"$set": {"lines.0.paid_fen": 1, "lines.0.claimed_fen": 1}})
    assert ("COUPON_STATE_WRONG", coupon_id) in found(shop.db, shop.shop_id)
    shop.db["orders"].update_one(mine, {"$set": {"state": "cancelled"}, "$unset": {"lines.0.paid_fen": ""}})
    assert ("COUPON_STATE_WRONG", coupon_id) in found(shop.db, shop.shop_id)


def test_a_coupon_in_two_orders_is_found(shop: TestShop) -> None:
    coupon_id = claimed(shop, saved(shop))
    first = order_with(shop, coupon_id)
    shop.db["coupons"].update_one({"_id": coupon_id}, {"$set": {"state": "free"}, "$unset": {"order_id": ""}})
    second = order_with(shop, coupon_id)
    assert kept(shop, coupon_id)["order_id"] == second
    assert found(shop.db, shop.shop_id) == [("COUPON_NOT_THE_ORDERS", first)]


def test_templates_that_miscount_or_gave_too_many_are_found(shop: TestShop) -> None:
    template_id = saved(shop, perMember=2, total=5)
    for guest in ("guest", "guest", "other"):
        claimed(shop, template_id, guest=guest)
    assert_clean(shop.db, shop.shop_id)
    templates = shop.db["coupon_templates"]
    for wrong in ({"issued": 2}, {"issued": 4}, {"total": 2}):
        templates.update_one({"_id": template_id}, {"$set": wrong})
        assert found(shop.db, shop.shop_id) == [("COUPONS_MISCOUNTED", template_id)]
        templates.update_one({"_id": template_id}, {"$set": {"issued": 3, "total": 5}})
    templates.update_one({"_id": template_id}, {"$set": {"per_member": 1}})
    assert found(shop.db, shop.shop_id) == [("COUPON_LIMIT_EXCEEDED", template_id)]
