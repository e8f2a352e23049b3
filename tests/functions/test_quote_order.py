"""`quoteOrder` answers what an order costs and what could be had off it, and writes nothing (rules 3–6, 20)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from shared.runtime.clock import utc_now
from tests.support.offers import give, join, put_campaign, raise_version
from tests.support.shops import Reply, TestShop, line, request_id

POINTS = {"kind": "points", "unit_points": 100, "unit_fen": 100, "max_share_bp": 5000}


def ask(shop: TestShop, lines: list[Reply], *, guest: str = "guest", **more: Any) -> Reply:
    """The envelope of a quote, for pick-up unless a sitting is named."""
    place = {"tableCode": shop.code()} if "sittingId" in more else {"shopId": shop.shop_id}
    return shop.call("quoteOrder", shop.guest(guest), lines=lines, **{**place, **more})


def on_record(shop: TestShop, coupon_id: str) -> list[Any]:
    """The guest's coupon and membership."""
    found = [shop.db["coupons"].find_one({"_id": coupon_id}), shop.db["members"].find_one({"_id": shop.guest()})]
    assert None not in found
    return found


def quote(shop: TestShop, lines: list[Reply], **more: Any) -> Reply:
    reply = ask(shop, lines, **more)
    assert reply["success"], reply
    data: Reply = reply["data"]
    return data


def test_a_quote_tells_the_price_that_submitting_then_takes(shop: TestShop) -> None:
    shop.change_dish("duck", packing_fen=200)
    lines = [line("duck", 2), line("noodles", specs={"size": "big"})]
    found = quote(shop, lines)
    assert (found["grossFen"], found["dueFen"]) == (11600, 11600)
    assert [(one["kind"], one["name"], one["quantity"], one["amountFen"]) for one in found["lines"]] == [
        ("dish", "道口烧鸡", 2, 9000),
        ("dish", "羊肉烩面", 1, 2200),
        ("packing", "打包费·道口烧鸡", 2, 400),
    ]
    assert found["lines"][2]["belongsTo"] == "l-duck"
    order = shop.submit(lines, quoteHash=found["hash"])["data"]["order"]
    assert (order["grossFen"], order["dueFen"]) == (11600, 11600)
    assert [one["kind"] for one in order["lines"]] == ["dish", "dish", "packing"]


def test_a_quote_writes_nothing(shop: TestShop) -> None:
    join(shop, level="gold", points=500)
    coupon_id = give(shop, "减5", type="fixed", fen=500)
    before, kept = shop.counts(), on_record(shop, coupon_id)
    for _ in range(2):
        assert quote(shop, [line("fish")], couponIds=[coupon_id], usePoints=True)["dueFen"] == 6300
    assert (shop.counts(), on_record(shop, coupon_id)) == (before, kept)


def test_a_member_pays_the_price_of_their_level_and_others_do_not(shop: TestShop) -> None:
    shop.change_dish("tea", member_prices={"gold": 200})
    join(shop, guest="member", level="gold")
    found = quote(shop, [line("tea", 2)], guest="member")
    assert (found["level"], found["dueFen"], found["lines"][0]["wasFen"]) == ("gold", 400, 300)
    assert quote(shop, [line("tea", 2)], guest="other")["dueFen"] == 600
    order = shop.submit([line("tea", 2)], guest="member", quoteHash=found["hash"])["data"]["order"]
    assert (order["dueFen"], order["lines"][0]["unitFen"], order["lines"][0]["wasFen"]) == (400, 200, 300)


def test_a_full_reduction_is_in_the_quote_and_line_by_line_in_the_order(shop: TestShop) -> None:
    campaign_id = put_campaign(shop, "满100减15", steps=[{"threshold_fen": 10000, "cut_fen": 1500}])
    lines = [line("fish"), line("duck")]
    found = quote(shop, lines)
    told = [{"offerId": campaign_id, "name": "满100减15", "layer": "reduction", "fen": 1500}]
    assert (found["grossFen"], found["dueFen"], found["offers"]) == (11300, 9800, told)
    assert [one["cuts"] for one in found["lines"]] == [
        [{"layer": "reduction", "offerId": campaign_id, "fen": 903}],
        [{"layer": "reduction", "offerId": campaign_id, "fen": 597}],
    ]
    order = shop.submit(lines, quoteHash=found["hash"])["data"]["order"]
    assert (order["dueFen"], order["offers"]) == (9800, told)
    assert [one["cutFen"] for one in order["lines"]] == [903, 597]
    listed = shop.call("listOrders", shop.guest(), shopId=shop.shop_id)["data"]["orders"][0]
    assert listed == order


def test_an_order_without_offers_tells_of_none(shop: TestShop) -> None:
    order = shop.submit([line("tea")])["data"]["order"]
    assert "offers" not in order
    stored = shop.db["orders"].find_one({"_id": order["orderId"], "shop_id": shop.shop_id})
    assert stored is not None
    assert "offers" not in stored
    assert "cuts" not in stored["lines"][0]


def test_a_reduction_that_began_after_the_guest_looked_is_a_changed_price(shop: TestShop) -> None:
    shown = quote(shop, [line("fish")])
    put_campaign(shop, "满60减5", steps=[{"threshold_fen": 6000, "cut_fen": 500}])
    before = shop.counts()
    reply = shop.submit([line("fish")], quoteHash=shown["hash"])
    assert (reply["code"], reply["details"]["quote"]["dueFen"]) == ("PRICE_CHANGED", 6300)
    assert shop.counts() == before


def test_campaigns_of_other_shops_and_those_put_away_do_not_hold(shop: TestShop) -> None:
    steps = [{"threshold_fen": 1000, "cut_fen": 500}]
    put_campaign(shop, "别店", steps=steps, shops=["elsewhere"])
    put_campaign(shop, "停用", steps=steps, active=False)
    put_campaign(shop, "过期", steps=steps, valid_until=utc_now() - timedelta(seconds=1))
    put_campaign(shop, "将来", steps=steps, valid_from=utc_now() + timedelta(hours=1))
    assert quote(shop, [line("fish")])["offers"] == []


def test_a_changed_campaign_is_known_from_the_next_menu_version_on(shop: TestShop) -> None:
    campaign_id = put_campaign(shop, "满60减5", steps=[{"threshold_fen": 6000, "cut_fen": 500}])
    assert quote(shop, [line("fish")])["dueFen"] == 6300
    shop.db["campaigns"].update_one({"_id": campaign_id}, {"$set": {"active": False}})
    assert quote(shop, [line("fish")])["dueFen"] == 6300
    raise_version(shop)
    assert quote(shop, [line("fish")])["dueFen"] == 6800


def test_coupons_are_told_as_usable_with_what_they_cut_or_with_the_reason_why_not(shop: TestShop) -> None:
    fixed = give(shop, "满60减8", type="fixed", fen=800, threshold_fen=6000)
    tea = give(shop, "茶券", layer="item", type="exchange", dishes=["tea"])
    short = give(shop, "满200减50", type="fixed", fen=5000, threshold_fen=20000)
    elsewhere = give(shop, "别店券", type="fixed", fen=900, shops=["elsewhere"])
    old = give(shop, "旧券", type="percent", off_bp=5000, valid_until=utc_now() - timedelta(days=1))
    found = quote(shop, [line("fish"), line("tea")])
    usable = {one["couponId"]: (one["layer"], one["cutFen"], one["dueFen"], one["chosen"]) for one in found["usable"]}
    assert usable == {fixed: ("order", 800, 6300, False), tea: ("item", 300, 6800, False)}
    reasons = {one["couponId"]: (one["reason"], one.get("missingFen")) for one in found["unusable"]}
    assert reasons == {short: ("threshold", 12900), elsewhere: ("otherShop", None), old: ("expired", None)}
    messages = {one["couponId"]: one["message"] for one in found["unusable"]}
    assert messages[short] == "可用菜品再点 129 元即可使用"
    assert found["best"] == {"couponIds": [tea, fixed], "dueFen": 6000}


def test_chosen_coupons_cut_and_are_part_of_the_hash(shop: TestShop) -> None:
    coupon_id = give(shop, "9折", type="percent", off_bp=1000, cap_fen=500)
    plain, cut = quote(shop, [line("fish")]), quote(shop, [line("fish")], couponIds=[coupon_id])
    assert (plain["dueFen"], cut["dueFen"]) == (6800, 6300)
    assert cut["offers"] == [{"offerId": coupon_id, "name": "9折", "layer": "order", "fen": 500}]
    assert plain["hash"] != cut["hash"]


def test_a_coupon_of_somebody_else_or_already_used_is_unknown(shop: TestShop) -> None:
    theirs = give(shop, "她的", guest="other", type="fixed", fen=500)
    used = give(shop, "用过", state="used", type="fixed", fen=500)
    found = quote(shop, [line("fish")], couponIds=[theirs, used])
    assert found["dueFen"] == 6800
    assert found["usable"] == []
    assert [(one["couponId"], one["reason"], one["name"]) for one in found["unusable"]] == [
        (theirs, "unknown", ""),
        (used, "unknown", ""),
    ]


def test_coupons_that_ended_long_ago_are_no_longer_told(shop: TestShop) -> None:
    give(shop, "上周", type="fixed", fen=500, valid_until=utc_now() - timedelta(days=8))
    assert quote(shop, [line("fish")])["unusable"] == []


def test_points_pay_when_wished_and_are_told_otherwise(shop: TestShop) -> None:
    put_campaign(shop, "积分抵现", **POINTS)
    join(shop, points=1234)
    kept = quote(shop, [line("tea", 5)])
    assert (kept["dueFen"], kept["points"]) == (1500, {"balance": 1234, "points": 700, "fen": 700, "used": False})
    used = quote(shop, [line("tea", 5)], usePoints=True)
    assert (used["dueFen"], used["points"]) == (800, {"balance": 1234, "points": 700, "fen": 700, "used": True})
    assert "points" not in quote(shop, [line("tea", 5)], guest="nobody", usePoints=True)


def test_at_a_table_the_first_round_has_the_seats_of_its_guests(shop: TestShop) -> None:
    shop.change(seat_fee_fen=200)
    opened = shop.call("openTable", shop.guest(), requestId=request_id(), tableCode=shop.code(), guests=3)["data"]
    sitting_id = opened["sittingId"]
    found = quote(shop, [line("tea")], sittingId=sitting_id)
    assert [(one["kind"], one["amountFen"]) for one in found["lines"]] == [("dish", 300), ("seat", 600)]
    assert shop.submit([line("tea")], sittingId=sitting_id, quoteHash=found["hash"])["success"]
    assert quote(shop, [line("tea")], sittingId=sitting_id)["dueFen"] == 300


def test_what_is_eaten_at_the_table_is_packed_only_if_wished(shop: TestShop) -> None:
    shop.change_dish("duck", packing_fen=200)
    sitting_id = shop.seat()["sittingId"]
    assert quote(shop, [line("duck")], sittingId=sitting_id)["dueFen"] == 4500
    assert quote(shop, [line("duck")], sittingId=sitting_id, takeaway=True)["dueFen"] == 4700


def test_a_waiter_asks_for_a_table_without_anybodys_coupons(shop: TestShop) -> None:
    shop.change_dish("tea", member_prices={"gold": 200})
    join(shop, level="gold")
    join(shop, guest="waiter", level="gold")
    give(shop, "员工券", guest="waiter", type="fixed", fen=100)
    sitting_id = shop.seat()["sittingId"]
    data = {"shopId": shop.shop_id, "sittingId": sitting_id, "lines": [line("tea")]}
    found = shop.call("quoteOrder", shop.guest("waiter"), **data)["data"]
    assert (found["dueFen"], found["usable"], found["unusable"]) == (300, [], [])
    stranger = shop.call("quoteOrder", shop.guest("stranger"), **data)
    assert stranger["code"] == "PERMISSION_DENIED"


def test_what_cannot_be_ordered_cannot_be_quoted(shop: TestShop) -> None:
    before = shop.counts()
    assert ask(shop, [line("dragon")])["code"] == "DISH_UNAVAILABLE"
    assert ask(shop, [line("noodles")])["code"] == "CHOICE_INVALID"
    assert shop.counts() == before


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"lines": []}, "lines"),
        ({"lines": [line("tea", line_id="x"), line("fish", line_id="x")]}, "lines"),
        ({"couponIds": [f"c{n}" for n in range(11)]}, "couponIds"),
        ({"tableCode": "A" * 12}, "event"),
        ({"priceFen": 1}, "priceFen"),
    ],
)
def test_a_faulty_question_is_refused_by_field(shop: TestShop, change: Reply, field: str) -> None:
    data = {"shopId": shop.shop_id, "lines": [line("tea")], **change}
    reply = shop.call("quoteOrder", shop.guest(), **data)
    assert (reply["code"], reply["details"]["fields"][0]["field"]) == ("INVALID_ARGUMENT", field)
