"""Points and stored value come back to where they were taken; what was earned goes, if need be into a debt."""

from __future__ import annotations

import pytest

from shared.domain.ledger import Move, earning, topping_up
from shared.domain.loyalty import LoyaltyPolicy, Stored
from shared.runtime.clock import utc_now
from shared.store import members
from tests.support.audit import assert_clean
from tests.support.banking import Bank, close
from tests.support.desk import WECHAT, Desk, number_of
from tests.support.offers import put_campaign
from tests.support.running import Running, run
from tests.support.shops import Reply, line

STORED: Reply = {"kind": "stored"}
THREE: list[Reply] = [{"kind": "points", "points": 1_200}, {**STORED, "fen": 1_000}, WECHAT]


@pytest.fixture
def bank(prepay: Desk) -> Bank:
    """The guest is a member with 2,000 points and 300 yuan, 30 of them bonus; 100 points pay a yuan of half a bill."""
    shop = prepay.shop
    put_campaign(shop, "积分抵现", kind="points", unit_points=100, unit_fen=100, max_share_bp=5_000)
    account = Bank(shop.db, shop.shop_id, shop.guest())
    members.join(account.shop, account.openid, now=utc_now())
    account.post("t", "topUp", topping_up(Stored(27_000, 3_000)), now=utc_now())
    ends = LoyaltyPolicy().expiry("2026-11-24")
    account.post("e", "earn", earning(points=2_000, growth=0), at=ends, now=utc_now())
    return account


def has(bank: Bank) -> tuple[int, int, int, int]:
    """Points, principal, bonus, growth."""
    member = bank.member
    return member.points, member.stored.principal_fen, member.stored.bonus_fen, member.growth


def paid(desk: Desk, tenders: list[Reply]) -> Running:
    """A duck and a tea for 48 yuan, paid by these."""
    order = run(desk.shop, [line("duck"), line("tea")])
    reply = desk.pay(4_800, tenders=tenders, orderId=order.order_id)
    if "wechat" in reply["data"]:
        desk.hear(desk.tap(reply))
    assert desk.payment(number_of(reply))["state"] == "paid"
    return order


def told(reply: Reply) -> dict[str, tuple[int, str]]:
    assert reply["success"], reply
    (refund,) = reply["data"]["refunds"]
    return {leg["leg"]: (leg["fen"], leg["state"]) for leg in refund["legs"]}


def test_all_that_three_tenders_paid_is_there_again_and_nothing_was_earned(prepay: Desk, bank: Bank) -> None:
    before, lots = has(bank), bank.lots
    order = paid(prepay, THREE)
    assert has(bank) == (800 + 35, 26_100, 2_900, 35)
    reply = prepay.refund(order.order_id)
    assert told(reply) == {
        "points": (1_200, "done"), "principal": (900, "done"), "bonus": (100, "done"), "wechat": (2_600, "due"),
    }  # fmt: skip
    assert [leg.get("points") for leg in reply["data"]["refunds"][0]["legs"]] == [1_200, None, None, None]
    assert (has(bank), {at: left for at, left in bank.lots.items() if left}) == (before, lots)
    assert_clean(prepay.shop.db, prepay.shop.shop_id)


def test_in_parts_every_leg_comes_back_in_proportion_and_all_of_it_in_the_end(prepay: Desk, bank: Bank) -> None:
    before = has(bank)
    order = paid(prepay, THREE)
    first = prepay.refund(order.order_id, lines={"l-duck": 1})
    of_duck = {leg: fen for leg, (fen, _) in told(first).items()}
    assert of_duck == {"points": 1_125, "principal": 844, "bonus": 94, "wechat": 2_437}
    assert has(bank)[0] == 2_000 + 35 - 75 - 32  # of 35 points ⌊35 · 3,281 / 3,500⌋ are clawed back
    second = prepay.refund(order.order_id, fen=299)
    third = prepay.refund(order.order_id, lines={"l-tea": 1})
    sums = {leg: sum(told(one).get(leg, (0, ""))[0] for one in (first, second, third)) for leg in of_duck}
    assert sums == {"points": 1_200, "principal": 900, "bonus": 100, "wechat": 2_600}
    assert (has(bank), order.now.state) == (before, "cancelled")
    assert_clean(prepay.shop.db, prepay.shop.shop_id)


def test_earned_points_that_are_spent_by_then_become_a_debt(prepay: Desk, bank: Bank) -> None:
    order = paid(prepay, [WECHAT])
    assert has(bank)[0] == 2_048
    bank.post("x", "adjust", (Move("points", -2_040, "spent"),), now=utc_now())
    prepay.refund(order.order_id)
    assert has(bank) == (-40, 27_000, 3_000, 0)
    assert_clean(prepay.shop.db, prepay.shop.shop_id)


def test_who_earned_by_cash_at_the_till_gives_it_back(prepay: Desk, bank: Bank) -> None:
    order = run(prepay.shop, [line("duck"), line("tea")])
    prepay.cash(4_800, orderId=order.order_id)
    assert has(bank)[0] == 2_048
    assert told(prepay.refund(order.order_id)) == {"cash": (4_800, "done")}
    assert has(bank)[0] == 2_000
    assert_clean(prepay.shop.db, prepay.shop.shop_id)


def test_the_principal_of_who_has_left_is_for_people_and_the_rest_is_void(prepay: Desk, bank: Bank) -> None:
    bank.post("x", "pay", (Move("principal", -22_680, "spent"), Move("bonus", -2_520, "spent")), now=utc_now())
    order = paid(prepay, [STORED])
    assert has(bank)[1:3] == (0, 0)
    close(bank.openid, bank.work(utc_now()))
    reply = prepay.refund(order.order_id)
    assert told(reply) == {"principal": (4_320, "failed"), "bonus": (480, "lapsed")}
    assert [leg["told"] for leg in reply["data"]["refunds"][0]["legs"]] == [
        "会员账户已注销，请在收银台退还", "会员账户已注销，不再退还",
    ]  # fmt: skip
    assert (prepay.refunds()[0]["state"], prepay.exceptions()) == ("failed", {"refundStuck": "open"})
    assert_clean(prepay.shop.db, prepay.shop.shop_id)


def test_who_left_and_came_again_has_a_new_account_that_gets_nothing_of_the_old_one(prepay: Desk, bank: Bank) -> None:
    bank.post("x", "pay", (Move("principal", -22_680, "spent"), Move("bonus", -2_520, "spent")), now=utc_now())
    order = paid(prepay, [STORED])
    close(bank.openid, bank.work(utc_now()))
    members.join(bank.shop, bank.openid, now=utc_now())
    assert told(prepay.refund(order.order_id))["principal"] == (4_320, "failed")
    assert has(bank) == (0, 0, 0, 0)
    assert_clean(prepay.shop.db, prepay.shop.shop_id)
