"""What else must not move money: notices that come again after all, false words about refunds, others' accounts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from scripts.local.wechat_pay.notices import Kind
from shared.runtime.clock import utc_now
from tests.paying.conftest import OTHER
from tests.paying.stories import DUE, MIXED, OWN, STORIES
from tests.support.audit import assert_clean
from tests.support.banking import Bank
from tests.support.desk import Desk, number_of
from tests.support.shops import Reply, line, request_id

STORED: Reply = {"kind": "stored"}


def written(desk: Desk) -> list[Any]:
    """All that is written of money and accounts."""
    accounts = {"_id": {"$exists": True}}
    return [
        *desk.written(),
        *(list(desk.shop.db[name].find(accounts).sort("_id", 1)) for name in ("members", "point_lots")),
    ]


def asked(desk: Desk) -> str:
    """The number of a refund that WeChat Pay has accepted and done, and did not tell yet."""
    story = STORIES["refund"](desk, "guest")
    assert story.act()["success"]
    (refund,) = desk.refunds()
    desk.wechat.settle(refund["_id"], "SUCCESS")
    return str(refund["_id"])


@pytest.mark.parametrize(
    "kind",
    [
        "forged",
        "tampered",
        "signtest",
        "unsigned",
        "unknown_serial",
        "from_2001",
        "wrong_mchid",
        "wrong_key",
        "not_success",
    ],
)
def test_a_refunds_notice_that_is_not_proved_writes_nothing(money: Desk, kind: Kind) -> None:
    refund_no = asked(money)
    before = written(money)
    told = money.hear(refund_no, refund=True, kind=kind)
    assert (told["status"], told["code"]) == (401, "NOTICE_INVALID")
    assert written(money) == before
    assert money.hear(refund_no, refund=True)["data"]["outcome"] == "refund"
    assert money.refunds()[0]["state"] == "done"
    assert_clean(money.shop.db, money.shop.shop_id)


@pytest.mark.parametrize("skew_s", [-301, 301])
def test_a_refunds_notice_from_another_time_writes_nothing(money: Desk, skew_s: int) -> None:
    refund_no = asked(money)
    before = written(money)
    assert money.hear(refund_no, refund=True, skew_s=skew_s)["status"] == 401
    assert written(money) == before


def test_a_refunds_notice_at_another_merchants_door_writes_nothing(money: Desk) -> None:
    refund_no = asked(money)
    before = written(money)
    assert money.hear(refund_no, refund=True, mchid=OTHER)["status"] == 401
    assert written(money) == before


def test_a_refunds_notice_about_another_amount_or_payment_writes_nothing(money: Desk) -> None:
    refund_no = asked(money)
    mine = {"_id": refund_no, "shop_id": money.shop.shop_id}
    for change in ({"legs.0.fen": 1}, {"payment_id": "P0"}, {"mchid": OTHER}):
        (kept,) = money.shop.db["refunds"].find(mine)
        legs = [leg | {"fen": leg["fen"] + 1} if leg["leg"] == "wechat" else leg for leg in kept["legs"]]
        money.shop.db["refunds"].update_one(mine, {"$set": {"legs": legs} if "legs.0.fen" in change else change})
        before = written(money)
        told = money.hear(refund_no, refund=True)
        assert (told["status"], told["code"]) == (401, "NOTICE_INVALID"), change
        assert written(money) == before
        money.shop.db["refunds"].replace_one(mine, kept)
    assert money.hear(refund_no, refund=True)["status"] == 200


def test_a_payments_notice_told_again_after_all_was_refunded_writes_nothing(money: Desk) -> None:
    refund_no = asked(money)
    money.hear(refund_no, refund=True)
    (payment,) = money.shop.db["payments"].find({"shop_id": money.shop.shop_id})
    again, refunded = money.hearing(payment["_id"]), money.hearing(refund_no, refund=True)
    before = written(money)
    for _ in range(3):
        assert again()["data"]["outcome"] == "known"
        assert refunded()["data"]["outcome"] == "refund"
    assert written(money) == before
    assert_clean(money.shop.db, money.shop.shop_id)


def paid(desk: Desk, order_id: str) -> None:
    """Staff have the money."""
    assert desk.cash(DUE, orderId=order_id)["success"]


def cancelled(desk: Desk, order_id: str) -> None:
    """The guest wants it no more."""
    told = {"requestId": request_id(), "orderId": order_id, "shopId": desk.shop.shop_id}
    assert desk.shop.call("cancelOrder", desk.shop.guest(), **told)["success"]


def over(desk: Desk, order_id: str) -> None:
    """Its time to be paid is over."""
    desk.shop.db["orders"].update_one({"_id": order_id, "shop_id": desk.shop.shop_id}, {"$set": {"pay_by": utc_now()}})


@pytest.mark.parametrize("then", [paid, cancelled, over])
@pytest.mark.parametrize("tenders", [OWN, MIXED])
def test_points_and_stored_value_pay_nothing_that_is_paid_cancelled_or_over(
    money: Desk, then: Callable[[Desk, str], None], tenders: tuple[Reply, ...]
) -> None:
    story = STORIES["mixed"](money, "guest")
    assert story.order is not None
    then(money, story.order.order_id)
    before = written(money)
    assert money.pay(DUE, tenders=tenders, orderId=story.order.order_id)["code"] == "STATE_CONFLICT"
    assert written(money) == before


@pytest.mark.parametrize(("more", "code"), [({"shown": DUE - 1}, "PRICE_CHANGED"), ({"who": "stranger"}, "NOT_FOUND")])
def test_points_and_stored_value_pay_neither_another_amount_nor_anothers_order(
    money: Desk, more: dict[str, Any], code: str
) -> None:
    story, who = STORIES["own"](money, "guest"), more.get("who", "guest")
    if who != "guest":
        STORIES["own"](money, who)
    assert story.order is not None
    before = written(money)
    reply = money.pay(more.get("shown", DUE), guest=who, tenders=OWN, orderId=story.order.order_id)
    assert (reply["code"], written(money)) == (code, before)


def balances(desk: Desk) -> dict[str, int]:
    """What each has in stored value."""
    banks = {name: Bank(desk.shop.db, desk.shop.shop_id, desk.shop.guest(name)) for name in ("guest", "friend")}
    return {name: bank.member.stored.principal_fen + bank.member.stored.bonus_fen for name, bank in banks.items()}


def test_a_friend_who_pays_by_stored_value_pays_from_their_own(money: Desk) -> None:
    """Whoever pays, it is the caller's account: nobody can name another's."""
    seat = money.shop.seat()
    money.shop.seat(guest="friend")
    STORIES["own"](money, "guest")
    STORIES["own"](money, "friend")
    placed = money.shop.submit([line("duck"), line("tea")], sittingId=seat["sittingId"])["data"]["order"]["orderId"]
    had = balances(money)
    reply = money.pay(DUE, guest="friend", tenders=[STORED], orderId=placed)
    assert money.payment(number_of(reply))["payer"] == money.shop.guest("friend")
    assert balances(money) == had | {"friend": had["friend"] - DUE}
    told = money.pay(DUE, tenders=[STORED], payer=money.shop.guest("friend"), orderId=placed)
    assert told["code"] == "INVALID_ARGUMENT"
