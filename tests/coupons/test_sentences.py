"""What campaigns and coupons do when they are asked again, by the page, or by the timer, with much behind them."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from pymongo import MongoClient

from shared.runtime.clock import utc_now
from shared.store import coupon_giving
from shared.store.client import Document
from shared.store.scope import Chain
from tests.store.faults import JustBefore
from tests.support.coupons import claimed, coupon, ends, offers, ordered, pay, save, saved, template
from tests.support.flash import PRICE_FEN
from tests.support.shops import Reply, TestShop, request_id


def flash_sale(shop: TestShop) -> Reply:
    """A sale of a duck, as head office saves it."""
    now = utc_now()
    when = {"validFrom": now.isoformat(), "validUntil": (now + timedelta(hours=1)).isoformat()}
    what = {"name": "烧鸡秒杀", "dishId": "duck", "priceFen": PRICE_FEN, "pieces": 3}
    return {"kind": "flash", "shops": [shop.shop_id], **when, **what}


@pytest.mark.parametrize("kind", ["coupon", "flash"])
def test_a_campaign_that_is_sent_again_is_answered_from_its_record(
    shop: TestShop, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    key, campaign = request_id(), coupon(shop) if kind == "coupon" else flash_sale(shop)
    first = save(shop, campaign, key=key)
    capsys.readouterr()
    again = save(shop, campaign, key=key)
    assert first["data"] == again["data"]
    told = json.loads(capsys.readouterr().out)
    assert (told["replayed"], told["retries"]) == (True, 0)


def test_a_page_of_coupons_leads_on_though_some_are_over_that_no_timer_has_ended(shop: TestShop) -> None:
    template_id = saved(shop, perMember=4)
    over = [claimed(shop, template_id) for _ in range(2)]
    lasting = [claimed(shop, template_id) for _ in range(2)]
    for coupon_id in over:
        ends(shop, coupon_id, in_=timedelta(seconds=-1))
    first = offers(shop, limit=1)
    assert ([one["couponId"] for one in first["coupons"]], first["more"]) == (lasting[:1], True)
    second = offers(shop, limit=1, after=lasting[0])
    assert ([one["couponId"] for one in second["coupons"]], second["more"]) == (lasting[1:], False)


def test_whom_to_remind_is_found_without_reading_the_coupons_that_were_used(shop: TestShop) -> None:
    template_id = saved(shop, perMember=6)
    for _ in range(5):
        coupon_id = claimed(shop, template_id)
        pay(shop, ordered(shop, [coupon_id]))
    shop.db["coupons"].update_many({"template_id": template_id}, {"$set": {"remind_at": utc_now()}})
    where = {"state": "free", "remind_at": {"$lte": utc_now()}}
    asked = {"find": "coupons", "filter": where, "sort": {"remind_at": 1}, "limit": 200}
    seen = shop.db.command("explain", asked)["executionStats"]
    assert seen["totalDocsExamined"] == seen["nReturned"]
    assert seen["totalKeysExamined"] <= seen["nReturned"] + 1


def leaked(shop: TestShop) -> str:
    """A template that counted one coupon more than it gave: a repeated claim died with a second hold."""
    template_id = saved(shop, total=10)
    claimed(shop, template_id, guest="ann")
    shop.db["coupon_templates"].update_one({"_id": template_id}, {"$inc": {"issued": 1}})
    return template_id


@pytest.mark.parametrize("is_disturbed", [False, True])
def test_a_count_that_is_put_right_twice_while_somebody_claims_is_right(
    shop: TestShop, mongodb_uri: str, is_disturbed: bool
) -> None:
    template_id = leaked(shop)

    def rival() -> None:
        if is_disturbed:  # afterwards the number is what it was, and means something else
            coupon_giving._recount(Chain(shop.db), template_id)
            claimed(shop, template_id, guest="bo")

    with MongoClient[Document](mongodb_uri, tz_aware=True, event_listeners=[JustBefore("update", rival)]) as client:
        coupon_giving._recount(Chain(client[shop.db.name]), template_id)
    there = shop.db["coupons"].count_documents({"template_id": template_id})
    assert (template(shop, template_id)["issued"], there) == ((2, 2) if is_disturbed else (1, 1))
