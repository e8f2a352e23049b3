"""A guest shows a coupon's code, a cashier scans it: once, within a minute, and nobody else's (rule 20)."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from shared.access.coupon_code import CouponRef, make_coupon_code, read_coupon_code
from shared.errors import CouponCodeInvalid
from shared.runtime.clock import utc_now
from tests.support.audit import assert_clean
from tests.support.coupons import EXCHANGE, claimed, ends, kept, saved, written
from tests.support.shops import Reply, TestShop, line, moment, open_shop, request_id

KEY = "test-table-code-key"
NOON = datetime(2026, 11, 24, 4, 0, tzinfo=timezone.utc)


def show(shop: TestShop, coupon_id: str, *, guest: str = "guest", key: str | None = None) -> Reply:
    return shop.call(
        "redeemCoupon", shop.guest(guest), requestId=key or request_id(), shopId=shop.shop_id,
        redeem={"op": "show", "couponId": coupon_id},
    )  # fmt: skip


def shown(shop: TestShop, coupon_id: str) -> str:
    reply = show(shop, coupon_id)
    assert reply["success"], reply
    code: str = reply["data"]["code"]
    return code


def scan(shop: TestShop, code: str, *, person: str = "cashier", key: str | None = None, **more: Any) -> Reply:
    redeem = {"op": "redeem", "code": code, **more}
    return shop.call("redeemCoupon", shop.guest(person), requestId=key or request_id(), redeem=redeem)


def exchange(shop: TestShop, **more: Any) -> str:
    return claimed(shop, saved(shop, name="兑换大麦茶", layer="item", value=EXCHANGE, dishes=["tea"], **more))


def test_a_code_is_what_it_was_signed_as_until_its_end() -> None:
    code = make_coupon_code(CouponRef("c1", 3), expires_at=NOON + timedelta(seconds=60), key=KEY)
    assert read_coupon_code(code, now=NOON + timedelta(seconds=59), key=KEY) == CouponRef("c1", 3)
    assert len(make_coupon_code(CouponRef("a" * 24, 99), expires_at=NOON, key=KEY)) <= 64
    with pytest.raises(CouponCodeInvalid, match="过期"):
        read_coupon_code(code, now=NOON + timedelta(seconds=60), key=KEY)


@pytest.mark.parametrize("number", range(8))
def test_no_code_that_was_changed_or_guessed_is_read(number: int) -> None:
    code = make_coupon_code(CouponRef("c1", 3), expires_at=NOON, key=KEY)
    body, _, signature = code.rpartition(".")
    wrong = [
        "", "c1.3", f"{body}.{'a' * 16}", f"c2.3.{code.split('.')[2]}.{signature}",
        f"c1.4.{code.split('.')[2]}.{signature}", f"c1.3.9999999999.{signature}", f"{body}.x.{signature}",
        make_coupon_code(CouponRef("c1", 3), expires_at=NOON, key="another key"),
    ][number]  # fmt: skip
    with pytest.raises(CouponCodeInvalid):
        read_coupon_code(wrong, now=NOON - timedelta(minutes=1), key=KEY)


def test_an_exchange_is_handed_over_once(shop: TestShop) -> None:
    coupon_id = exchange(shop)
    told = show(shop, coupon_id)["data"]
    assert (told["name"], told["worth"]["dishes"]) == ("兑换大麦茶", ["tea"])
    assert timedelta(seconds=55) < moment(told["expiresAt"]) - utc_now() <= timedelta(seconds=60)
    key = request_id()
    reply = scan(shop, told["code"], key=key)
    assert (reply["success"], reply["data"]["name"]) == (True, "兑换大麦茶")
    found = kept(shop, coupon_id)
    assert (found["state"], found["redeemed"]["by"]) == ("used", f"cashier-{shop.shop_id}")
    assert scan(shop, told["code"], key=key)["data"] == reply["data"]
    before = written(shop)
    assert scan(shop, told["code"])["code"] == "COUPON_CODE_INVALID"
    assert show(shop, coupon_id)["code"] == "NOT_FOUND"
    assert shop.submit([line("tea")], couponIds=[coupon_id])["code"] == "COUPON_UNAVAILABLE"
    assert written(shop) == before
    assert_clean(shop.db, shop.shop_id)


def test_of_eight_scans_at_once_one_takes_it(shop: TestShop) -> None:
    code = shown(shop, exchange(shop))
    with ThreadPoolExecutor(8) as tills:
        replies = list(tills.map(lambda _: scan(shop, code), range(8)))
    assert Counter(reply.get("code", "ok") for reply in replies) == {"ok": 1, "COUPON_CODE_INVALID": 7}
    assert_clean(shop.db, shop.shop_id)


def test_only_the_code_that_was_shown_last_is_taken(shop: TestShop) -> None:
    coupon_id = exchange(shop)
    first, second = shown(shop, coupon_id), shown(shop, coupon_id)
    assert scan(shop, first)["code"] == "COUPON_CODE_INVALID"
    assert scan(shop, second)["success"]


def test_nobody_shows_anothers_coupon_and_no_guest_or_waiter_takes_one(shop: TestShop) -> None:
    coupon_id = exchange(shop)
    before = written(shop)
    assert show(shop, coupon_id, guest="other")["code"] == "NOT_FOUND"
    code = shown(shop, coupon_id)
    before = written(shop)
    assert scan(shop, code, person="waiter")["code"] == "PERMISSION_DENIED"
    told = {"op": "redeem", "code": code}
    reply = shop.call("redeemCoupon", shop.guest(), requestId=request_id(), shopId=shop.shop_id, redeem=told)
    assert reply["code"] == "PERMISSION_DENIED"
    forged = make_coupon_code(CouponRef(coupon_id, 1), expires_at=utc_now() + timedelta(minutes=1), key="guessed")
    assert scan(shop, forged)["code"] == "COUPON_CODE_INVALID"
    over = make_coupon_code(CouponRef(coupon_id, 1), expires_at=utc_now() - timedelta(seconds=1), key=KEY)
    assert scan(shop, over)["code"] == "COUPON_CODE_INVALID"
    assert written(shop) == before


def test_a_coupon_of_another_shop_is_refused_at_this_counter(shop: TestShop) -> None:
    other = open_shop(shop.db)
    coupon_id = exchange(shop)
    code = shown(shop, coupon_id)
    reply = scan(other, code)
    assert (reply["code"], reply["details"]["coupons"][0]["reason"]) == ("COUPON_UNAVAILABLE", "otherShop")
    assert kept(shop, coupon_id)["state"] == "free"


def test_at_the_counter_a_coupon_is_cut_off_an_order_that_nobody_has_begun_to_pay(shop: TestShop) -> None:
    coupon_id = claimed(shop, saved(shop, value={"type": "percent", "offBp": 1000}, thresholdFen=10000))
    order = shop.submit([line("fish"), line("duck")])["data"]["order"]
    reply = scan(shop, shown(shop, coupon_id), orderId=order["orderId"])
    assert reply["success"], reply
    after = reply["data"]["order"]
    assert (reply["data"]["cutFen"], after["grossFen"], after["dueFen"]) == (1130, 11300, 10170)
    assert {one["dishId"]: one["cutFen"] for one in after["lines"]} == {"fish": 680, "duck": 450}
    assert (kept(shop, coupon_id)["state"], kept(shop, coupon_id)["order_id"]) == ("locked", order["orderId"])
    assert_clean(shop.db, shop.shop_id)
    told = {"requestId": request_id(), "orderId": order["orderId"], "tenders": [{"kind": "card"}]}
    assert shop.call("payOrder", shop.guest("cashier"), shownFen=10170, **told)["success"]
    assert kept(shop, coupon_id)["state"] == "used"
    assert_clean(shop.db, shop.shop_id)


def test_at_the_counter_what_does_not_fit_is_refused_and_nothing_is_written(shop: TestShop) -> None:
    template_id = saved(shop, thresholdFen=5000, perMember=9)
    fits, other = claimed(shop, template_id), claimed(shop, template_id)
    small, big = (shop.submit([line(one)])["data"]["order"]["orderId"] for one in ("duck", "fish"))
    paid = shop.submit([line("fish")])["data"]["order"]["orderId"]
    told = {"requestId": request_id(), "orderId": paid, "tenders": [{"kind": "card"}]}
    assert shop.call("payOrder", shop.guest("cashier"), shownFen=6800, **told)["success"]
    code = shown(shop, fits)
    before = written(shop)
    short = scan(shop, code, orderId=small)
    assert (short["code"], short["details"]["coupons"][0]["missingFen"]) == ("COUPON_UNAVAILABLE", 500)
    assert scan(shop, code, orderId=paid)["code"] == "STATE_CONFLICT"
    assert scan(shop, code, orderId="no-such-order")["code"] == "NOT_FOUND"
    assert scan(shop, code)["code"] == "COUPON_UNAVAILABLE"
    assert written(shop) == before
    assert scan(shop, code, orderId=big)["success"]
    again = scan(shop, shown(shop, other), orderId=big)
    assert (again["code"], again["details"]["coupons"][0]["reason"]) == ("COUPON_UNAVAILABLE", "notStackable")
    assert_clean(shop.db, shop.shop_id)


def test_a_coupon_that_is_over_shows_no_code(shop: TestShop) -> None:
    coupon_id = exchange(shop)
    ends(shop, coupon_id, in_=timedelta(0))
    assert show(shop, coupon_id)["code"] == "NOT_FOUND"
