"""Head office saves campaigns: by version, for its own shops, once (rules 4, 29)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.support.coupons import coupon, save, saved, template
from tests.support.shops import Reply, TestShop, line, open_shop, request_id


def reduction(shop: TestShop, **changed: Any) -> Reply:
    steps = [{"thresholdFen": 4000, "cutFen": 500}]
    return {"kind": "fullReduction", "name": "满40减5", "shops": [shop.shop_id], "steps": steps, **changed}


def due(shop: TestShop, **more: Any) -> int:
    """What a duck costs now."""
    told: int = shop.call("quoteOrder", shop.guest(), shopId=shop.shop_id, lines=[line("duck")], **more)["data"][
        "dueFen"
    ]
    return told


def hire(shop: TestShop, *roles: str, shops: list[str] | None = None) -> None:
    """Staff of these roles, of this shop or of others."""
    for role in roles:
        shop.db["staff"].insert_one(
            {"_id": f"{role}2-{shop.shop_id}", "name": role, "role": role, "shops": shops or [shop.shop_id],
             "active": True, "openid": shop.guest(f"{role}2")}
        )  # fmt: skip


def test_a_full_reduction_holds_from_the_next_quote_on_and_its_change_too(shop: TestShop) -> None:
    assert due(shop) == 4500
    told = save(shop, reduction(shop))["data"]
    assert (told["version"], due(shop)) == (1, 4000)
    more = {"campaignId": told["campaignId"], "version": 1}
    assert save(shop, reduction(shop, steps=[{"thresholdFen": 4000, "cutFen": 800}]), **more)["data"]["version"] == 2
    assert due(shop) == 3700
    assert save(shop, reduction(shop, active=False), campaignId=told["campaignId"], version=2)["success"]
    assert due(shop) == 4500
    kept = shop.db["campaigns"].find_one({"_id": told["campaignId"]})
    assert kept is not None
    assert [(one["version"], one["by"]) for one in kept["history"]] == [
        (version, f"owner-{shop.shop_id}") for version in (1, 2, 3)
    ]


def test_a_campaign_that_was_changed_since_it_was_seen_is_stale_and_of_eight_at_once_one_wins(shop: TestShop) -> None:
    campaign_id = save(shop, reduction(shop))["data"]["campaignId"]
    with ThreadPoolExecutor(8) as office:
        replies = list(
            office.map(lambda n: save(shop, reduction(shop, name=f"n{n}"), campaignId=campaign_id, version=1), range(8))
        )
    assert sorted(reply.get("code", "ok") for reply in replies) == ["STALE"] * 7 + ["ok"]
    found = shop.db["campaigns"].find_one({"_id": campaign_id})
    assert found is not None
    assert (found["version"], len(found["history"])) == (2, 2)
    assert save(shop, reduction(shop), campaignId="no-such", version=1)["code"] == "NOT_FOUND"


def test_a_repeated_command_makes_one_campaign(shop: TestShop) -> None:
    key = request_id()
    with ThreadPoolExecutor(4) as office:
        replies = list(office.map(lambda _: save(shop, coupon(shop), key=key), range(4)))
    assert len({reply["data"]["campaignId"] for reply in replies}) == 1
    assert shop.db["coupon_templates"].count_documents({"shops": shop.shop_id}) == 1


@pytest.mark.parametrize("person", ["manager", "cashier", "waiter", "kitchen", "guest"])
def test_who_is_not_head_office_saves_nothing(shop: TestShop, person: str) -> None:
    assert save(shop, reduction(shop), person=person, shopId=shop.shop_id)["code"] == "PERMISSION_DENIED"
    assert shop.db["campaigns"].count_documents({"shops": shop.shop_id}) == 0


def test_nobody_makes_or_changes_a_campaign_of_shops_that_are_not_theirs(shop: TestShop) -> None:
    other = open_shop(shop.db)
    hire(shop, "marketing", shops=[shop.shop_id, other.shop_id])
    for shops in ([other.shop_id], [shop.shop_id, other.shop_id], []):
        assert save(shop, reduction(shop, shops=shops))["code"] == "PERMISSION_DENIED"
    both = save(shop, reduction(shop, shops=[shop.shop_id, other.shop_id]), person="marketing2", shopId=shop.shop_id)[
        "data"
    ]
    assert (due(shop), due(other)) == (4000, 4000)
    more = {"campaignId": both["campaignId"], "version": 1}
    assert save(shop, reduction(shop, active=False), **more)["code"] == "PERMISSION_DENIED"
    assert (due(shop), due(other)) == (4000, 4000)
    only_here = reduction(shop)
    assert save(shop, only_here, person="marketing2", shopId=shop.shop_id, **more)["success"]
    assert (due(shop), due(other)) == (4000, 4500)


def test_a_campaign_of_the_whole_brand_is_for_who_has_all_its_shops(shop: TestShop) -> None:
    hire(shop, "owner", shops=[one["_id"] for one in shop.db["shops"].find({}, {"_id": 1})])
    told = save(shop, coupon(shop, shops=[], give="push"), person="owner2", shopId=shop.shop_id)
    assert told["success"], told
    assert template(shop, told["data"]["campaignId"])["shops"] == []
    shop.db["coupon_templates"].delete_one({"_id": told["data"]["campaignId"]})


def test_a_kind_stays_what_it_is(shop: TestShop) -> None:
    campaign_id = save(shop, reduction(shop))["data"]["campaignId"]
    points = {"kind": "points", "name": "积分抵现", "shops": [shop.shop_id], "unitPoints": 100, "unitFen": 100}
    assert save(shop, points, campaignId=campaign_id, version=1)["code"] == "STATE_CONFLICT"
    assert save(shop, coupon(shop), campaignId=campaign_id, version=1)["code"] == "NOT_FOUND"
    assert save(shop, reduction(shop), campaignId=saved(shop), version=1)["code"] == "NOT_FOUND"


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"value": {"type": "exchange"}}, "兑换券请选择 dishes，layer 为 item"),
        ({"value": {"type": "percent", "offBp": 10001}}, "不能大于 10000"),
        ({"value": {"type": "free"}}, "'type' 应为 'fixed', 'percent', 'exchange' 之一"),
        ({"total": 0}, "不能小于 1"),
        ({"validity": {"by": "days", "days": 0}}, "不能小于 1"),
        ({"validFrom": "2026-11-24T10:00:00+08:00", "validUntil": "2026-11-24T10:00:00+08:00"},
         "validUntil 应晚于 validFrom"),
        ({"validFrom": "2026-11-24T10:00:00"}, "时间必须带时区"),
        ({"windows": [{"start": "24:00", "end": "10:00"}]}, "格式不对"),
        ({"issued": 5}, "不认识的字段"),
    ],
    ids=str,
)  # fmt: skip
def test_what_makes_no_sense_is_refused_in_words(shop: TestShop, changed: Reply, expected: str) -> None:
    reply = save(shop, coupon(shop, **changed))
    assert reply["code"] == "INVALID_ARGUMENT"
    assert [one["message"] for one in reply["details"]["fields"]] == [expected]
    assert shop.db["coupon_templates"].count_documents({"shops": shop.shop_id}) == 0
