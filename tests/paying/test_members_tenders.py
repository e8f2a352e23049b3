"""Points and stored value pay before the phone does, are held while it is asked, and come back when it is not used."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from shared.domain.ledger import earning, topping_up
from shared.domain.loyalty import LoyaltyPolicy, Stored
from shared.runtime.clock import utc_now
from shared.store import members
from tests.support.audit import assert_clean
from tests.support.banking import Bank
from tests.support.coupons import claimed, saved
from tests.support.desk import CARD, WECHAT, Desk, number_of, sweep
from tests.support.running import Running, run
from tests.support.shops import Reply, line

STORED: Reply = {"kind": "stored"}


def points(count: int) -> Reply:
    """So many points."""
    return {"kind": "points", "points": count}


@pytest.fixture
def bank(prepay: Desk) -> Bank:
    """The guest is a member with 2,000 points and 300 yuan, 30 of them bonus; 100 points pay a yuan of half a bill."""
    shop = prepay.shop
    rule = {"unit_points": 100, "unit_fen": 100, "max_share_bp": 5_000}
    shop.db["campaigns"].insert_one(
        {"_id": f"points-{shop.shop_id}", "kind": "points", "name": "积分抵现", "active": True, "shops": [shop.shop_id]}
        | rule
    )
    shop.change_dish("tea")
    account = Bank(shop.db, shop.shop_id, shop.guest())
    members.join(account.shop, account.openid, now=utc_now())
    account.post("t", "topUp", topping_up(Stored(27_000, 3_000)), now=utc_now())
    ends = LoyaltyPolicy().expiry("2026-11-24")
    account.post("e", "earn", earning(points=2_000, growth=0), at=ends, now=utc_now())
    return account


def has(bank: Bank) -> tuple[int, int, int]:
    """Points, principal, bonus."""
    return bank.member.points, bank.member.stored.principal_fen, bank.member.stored.bonus_fen


def order(desk: Desk) -> Running:
    """A duck and a tea: 48 yuan."""
    return run(desk.shop, [line("duck"), line("tea")])


def test_stored_value_pays_in_its_proportion_and_principal_alone_earns(prepay: Desk, bank: Bank) -> None:
    placed = order(prepay)
    reply = prepay.pay(4_800, tenders=[STORED], orderId=placed.order_id)
    (tender,) = reply["data"]["payment"]["tenders"]
    assert tender == {"kind": "stored", "fen": 4_800, "principalFen": 4_320, "bonusFen": 480}
    assert placed.now.state == "confirmed"
    assert has(bank) == (2_000 + 43, 27_000 - 4_320, 3_000 - 480)
    split = prepay.payment(number_of(reply))["split"]
    assert [one["legs"] for one in split] == [{"principal": 4_050, "bonus": 450}, {"principal": 270, "bonus": 30}]
    assert_clean(prepay.shop.db, prepay.shop.shop_id)


def test_points_stored_value_and_the_phone_pay_one_bill_in_their_turn(prepay: Desk, bank: Bank) -> None:
    placed = order(prepay)
    tenders = [WECHAT, {**STORED, "fen": 1_000}, points(1_200)]
    reply = prepay.pay(4_800, tenders=tenders, orderId=placed.order_id)
    told = [(one["kind"], one["fen"], one.get("points")) for one in reply["data"]["payment"]["tenders"]]
    assert told == [("points", 1_200, 1_200), ("stored", 1_000, None), ("wechat", 2_600, None)]
    assert has(bank) == (800, 26_100, 2_900)
    assert placed.now.state == "pending"
    assert prepay.hear(prepay.tap(reply))["data"]["outcome"] == "settled"
    earned = (2_600 + 900) // 100
    assert has(bank) == (800 + earned, 26_100, 2_900)
    legs = [one["legs"] for one in prepay.payment(number_of(reply))["split"]]
    assert {leg: sum(one.get(leg, 0) for one in legs) for leg in ("points", "principal", "bonus", "wechat")} == {
        "points": 1_200,
        "principal": 900,
        "bonus": 100,
        "wechat": 2_600,
    }
    assert_clean(prepay.shop.db, prepay.shop.shop_id)


def test_what_was_held_comes_back_to_its_lot_when_the_phone_is_not_used(prepay: Desk, bank: Bank) -> None:
    before, lots = has(bank), bank.lots
    number = number_of(prepay.pay(4_800, tenders=[points(1_200), WECHAT], orderId=order(prepay).order_id))
    assert has(bank)[0] == 800
    prepay.pass_by(number, over=True)
    assert sweep()["done"]["payments"] == 1
    assert (has(bank), bank.lots) == (before, lots)
    assert prepay.payment(number)["state"] == "closed"
    assert_clean(prepay.shop.db, prepay.shop.shop_id)


def test_who_begins_anew_by_other_tenders_has_what_the_first_held(prepay: Desk, bank: Bank) -> None:
    placed = order(prepay)
    prepay.pay(4_800, tenders=[points(2_000), WECHAT], orderId=placed.order_id)
    reply = prepay.pay(4_800, tenders=[points(2_000), STORED], orderId=placed.order_id)
    assert reply["data"]["payment"]["state"] == "paid"
    assert has(bank) == (2_520 // 100, 27_000 - 2_520, 3_000 - 280)
    assert_clean(prepay.shop.db, prepay.shop.shop_id)


@pytest.mark.parametrize(
    ("tenders", "code", "details"),
    [
        ([points(2_100), WECHAT], "POINTS_SHORT", {"points": 2_000}),
        ([points(150), WECHAT], "POINTS_LIMIT", {"unitPoints": 100}),
        ([points(2_000)], "INVALID_ARGUMENT", None),
        ([points(100), CARD], "INVALID_ARGUMENT", None),
        ([points(0), WECHAT], "INVALID_ARGUMENT", None),
        ([points(100), points(100), WECHAT], "INVALID_ARGUMENT", None),
        ([STORED, WECHAT], "INVALID_ARGUMENT", None),
    ],
)
def test_what_a_member_has_not_or_may_not_is_refused(
    prepay: Desk, bank: Bank, tenders: list[Reply], code: str, details: object
) -> None:
    placed = order(prepay)
    before = prepay.written(), has(bank)
    reply = prepay.pay(4_800, tenders=tenders, orderId=placed.order_id)
    assert reply["code"] == code, reply
    assert details is None or reply["details"] == details
    assert (prepay.written(), has(bank)) == before


def test_points_pay_no_more_than_their_share_of_the_dishes(prepay: Desk, bank: Bank) -> None:
    placed = run(prepay.shop, [line("tea", 2)])
    reply = prepay.pay(600, tenders=[points(400), WECHAT], orderId=placed.order_id)
    assert (reply["code"], reply["details"]) == ("POINTS_LIMIT", {"points": 300, "fen": 300})
    assert prepay.pay(600, tenders=[points(300), WECHAT], orderId=placed.order_id)["success"]


def test_where_the_brand_has_no_rule_points_pay_nothing(prepay: Desk) -> None:
    placed = order(prepay)
    reply = prepay.pay(4_800, tenders=[points(100), WECHAT], orderId=placed.order_id)
    assert reply["code"] == "POINTS_LIMIT"


def test_more_than_the_card_holds_is_refused_and_tells_the_balance(prepay: Desk, bank: Bank) -> None:
    placed = run(prepay.shop, [line("duck", 7)])
    before = prepay.written()
    reply = prepay.pay(31_500, tenders=[STORED], orderId=placed.order_id)
    assert (reply["code"], reply["details"]) == ("STORED_VALUE_SHORT", {"balanceFen": 30_000, "wantedFen": 31_500})
    assert prepay.written() == before


def test_eight_orders_paid_at_once_never_spend_the_balance_twice(prepay: Desk, bank: Bank) -> None:
    placed = [run(prepay.shop, [line("duck", 2)]) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda one: prepay.pay(9_000, tenders=[STORED], orderId=one.order_id), placed))
    codes = sorted(reply.get("code", "paid") for reply in replies)
    assert codes.count("paid") <= 3
    assert set(codes) <= {"paid", "STORED_VALUE_SHORT", "BUSY"}
    again = [prepay.pay(9_000, tenders=[STORED], orderId=one.order_id) for one in placed if one.now.state == "pending"]
    assert sum(one.now.state == "confirmed" for one in placed) == 3
    assert {reply.get("code") for reply in again[-5:]} == {"STORED_VALUE_SHORT"}
    assert has(bank)[1:] == (2_700, 300)
    assert_clean(prepay.shop.db, prepay.shop.shop_id)


def test_an_order_that_ends_gives_back_what_its_payment_held_once(prepay: Desk, bank: Bank) -> None:
    before = has(bank)
    placed = order(prepay)
    number = number_of(prepay.pay(4_800, tenders=[points(1_000), WECHAT], orderId=placed.order_id))
    change = {"$set": {"pay_by": utc_now() - timedelta(seconds=1)}}
    prepay.shop.db["orders"].update_one({"_id": placed.order_id, "shop_id": prepay.shop.shop_id}, change)
    sweep()
    sweep()
    assert (placed.now.state, prepay.payment(number)["state"], has(bank)) == ("cancelled", "closed", before)
    assert_clean(prepay.shop.db, prepay.shop.shop_id)


def test_beside_a_coupon_that_goes_alone_points_pay_nothing(prepay: Desk, bank: Bank) -> None:
    template_id = saved(prepay.shop, stacking="alone", thresholdFen=1_000)
    coupon_id = claimed(prepay.shop, template_id)
    reply = prepay.shop.submit([line("duck"), line("tea")], couponIds=[coupon_id])
    order = reply["data"]["order"]
    told = prepay.pay(order["dueFen"], tenders=[points(100), WECHAT], orderId=order["orderId"])
    assert (told["code"], told["details"]) == ("POINTS_LIMIT", {"points": 0})
    assert prepay.pay(order["dueFen"], orderId=order["orderId"])["success"]
