"""`refundOrder`: units, amounts, all; each leg the way it came, the kitchen told, the stock back if it may."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from shared.runtime.clock import utc_now
from shared.runtime.log import pseudonym
from tests.support.audit import assert_clean
from tests.support.desk import CARD, Desk
from tests.support.running import Running, run, told
from tests.support.shops import Reply, line, open_shop, request_id


@pytest.fixture(autouse=True)
def _paid_out(desk: Desk) -> None:
    """WeChat Pay's account for refunds is never empty here: every test pays first."""
    desk.wechat.habits(notices=False, refunds="wait")


def ordered(desk: Desk, *lines: Reply, guest: str = "guest") -> Running:
    """An order that was paid by WeChat Pay."""
    order = run(desk.shop, list(lines) or [line("duck", 2), line("tea")], guest=guest)
    desk.paid(order.now.due_fen, guest=guest, orderId=order.order_id)
    return order


def given(reply: Reply) -> Reply:
    assert reply["success"], reply
    found: Reply = reply["data"]
    return found


def legs(reply: Reply) -> dict[str, int]:
    """What goes back by which leg."""
    sums: dict[str, int] = {}
    for refund in given(reply)["refunds"]:
        for leg in refund["legs"]:
            sums[leg["leg"]] = sums.get(leg["leg"], 0) + leg["fen"]
    return sums


def settled(desk: Desk, refund_no: str, state: Any = "SUCCESS") -> None:
    """WeChat Pay has done it, and tells."""
    desk.wechat.settle(refund_no, state)
    assert desk.hear(refund_no, refund=True)["data"]["outcome"] == "refund"


def test_all_of_an_unstarted_order_goes_back_and_it_is_cancelled(prepay: Desk) -> None:
    order = ordered(prepay)
    left = prepay.shop.left("duck")
    reply = given(prepay.refund(order.order_id))
    (refund,) = reply["refunds"]
    assert (reply["order"]["state"], reply["order"]["cancelReason"], reply["fen"]) == ("cancelled", "菜品不满意", 9_300)
    assert refund["legs"] == [
        {"leg": "wechat", "fen": 9_300, "state": "due", "told": "原路退回微信，到账以微信通知为准"}
    ]
    assert [(one["refunded"], one["refundedFen"]) for one in reply["order"]["lines"]] == [(2, 9_000), (1, 300)]
    assert told(order.papers, revision=2) >= {("cold", "void", ("l-duck",)), ("drink", "void", ("l-tea",))}
    assert {paper.note for paper in order.papers if paper.kind == "void"} == {"菜品不满意"}
    assert prepay.shop.left("duck") == left + 2
    assert prepay.refunds()[0]["state"] == "asked"
    settled(prepay, refund["refundNo"])
    (found,) = prepay.refunds()
    assert (found["state"], found["legs"][0]["state"], len(found["channel_date"])) == ("done", "done", 10)
    assert prepay.exceptions() == {}
    assert_clean(prepay.shop.db, prepay.shop.shop_id)


def test_one_unit_goes_back_and_the_kitchen_cooks_one_less(prepay: Desk) -> None:
    order = ordered(prepay)
    reply = given(prepay.refund(order.order_id, lines={"l-duck": 1}))
    assert (reply["order"]["state"], reply["order"]["dueFen"], reply["fen"]) == ("confirmed", 4_800, 4_500)
    assert told(order.papers, revision=2) >= {("cold", "change", ("l-duck",))}
    (found,) = prepay.refunds()
    assert found["lines"] == [{"order_id": order.order_id, "line_id": "l-duck", "quantity": 1, "fen": 4_500}]
    who = f"manager-{prepay.shop.shop_id}"
    assert (found["by"], found["reason"], found["biz_date"]) == (who, "菜品不满意", order.now.biz_date)
    assert prepay.refund(order.order_id, lines={"l-duck": 2})["details"] == {"left": 1}
    assert_clean(prepay.shop.db, prepay.shop.shop_id)


def test_what_a_cook_has_begun_with_is_void_and_does_not_come_back_to_the_stock(prepay: Desk) -> None:
    order = ordered(prepay)
    order.step("start", person="kitchen")
    left = prepay.shop.left("duck")
    given(prepay.refund(order.order_id, lines={"l-duck": 2}))
    assert (prepay.shop.left("duck"), order.now.line("l-duck").live_quantity) == (left, 0)
    assert_clean(prepay.shop.db, prepay.shop.shop_id)


def test_of_an_order_that_was_handed_over_only_the_money_goes_back(prepay: Desk) -> None:
    order = ordered(prepay)
    order.step("ready", person="kitchen")
    order.step("complete")
    left, papers = prepay.shop.left("duck"), len(order.papers)
    reply = given(prepay.refund(order.order_id))
    assert (reply["order"]["state"], reply["order"]["dueFen"], reply["fen"]) == ("completed", 9_300, 9_300)
    assert (prepay.shop.left("duck"), len(order.papers)) == (left, papers)
    assert [(one.kept, one.refunded) for one in order.now.lines] == [(2, 2), (1, 1)]
    again = prepay.refund(order.order_id)
    assert (again["code"], again["message"]) == ("REFUND_TOO_MUCH", "这一单已经全部退款")
    assert_clean(prepay.shop.db, prepay.shop.shop_id)


def test_an_amount_is_the_managers_and_voids_nothing(prepay: Desk) -> None:
    order = ordered(prepay)
    before = prepay.written()
    assert prepay.refund(order.order_id, person="cashier", fen=930)["code"] == "PERMISSION_DENIED"
    assert prepay.written() == before
    reply = given(prepay.refund(order.order_id, fen=930))
    assert [one["refundedFen"] for one in reply["order"]["lines"]] == [900, 30]
    assert (reply["order"]["state"], len(order.papers)) == ("confirmed", 3)
    over = prepay.refund(order.order_id, fen=8_371)
    assert (over["code"], over["details"]) == ("REFUND_TOO_MUCH", {"leftFen": 8_370})
    assert given(prepay.refund(order.order_id))["fen"] == 8_370
    assert_clean(prepay.shop.db, prepay.shop.shop_id)


def test_cash_and_card_go_back_at_the_till_and_are_done(prepay: Desk) -> None:
    order = run(prepay.shop, [line("duck")])
    tenders = [{**CARD, "fen": 1_500}, {"kind": "cash", "handedFen": 5_000}]
    prepay.pay(4_500, guest="cashier", tenders=tenders, orderId=order.order_id)
    reply = prepay.refund(order.order_id, person="cashier", lines={"l-duck": 1})
    assert (legs(reply), given(reply)["cashFen"]) == ({"cash": 3_000, "card": 1_500}, 3_000)
    assert {leg["told"] for leg in given(reply)["refunds"][0]["legs"]} == {"在收银台退还现金", "在收银台退回银行卡"}
    (found,) = prepay.refunds()
    assert (found["state"], "look_at" in found, "done_at" in found) == ("done", False, True)
    assert_clean(prepay.shop.db, prepay.shop.shop_id)


def test_a_line_that_two_paid_for_goes_back_to_both_by_what_they_paid(desk: Desk) -> None:
    sitting = {desk.shop.seat(guest=guest)["sittingId"] for guest in ("guest", "zhao")}.pop()
    order = run(desk.shop, [line("duck", 2), line("tea")], sittingId=sitting)
    halves = [
        desk.paid(4_650, guest=guest, sittingId=sitting, part={"by": "even", "of": 2, "share": share})
        for share, guest in enumerate(("guest", "zhao"), start=1)
    ]
    reply = given(desk.refund(order.order_id, lines={"l-duck": 1}))
    assert [(one["paymentId"], one["fen"]) for one in reply["refunds"]] == [(halves[0], 2_250), (halves[1], 2_250)]
    assert [one["lines"][0]["quantity"] for one in desk.refunds()] == [1, 0]
    assert {one["state"] for one in desk.refunds()} == {"asked"}
    assert_clean(desk.shop.db, desk.shop.shop_id)


def test_a_line_of_a_bill_may_go_back_while_the_rest_is_unpaid_and_the_bill_goes_on(desk: Desk) -> None:
    sitting = desk.shop.seat()["sittingId"]
    order = run(desk.shop, [line("duck"), line("tea", 2)], sittingId=sitting)
    lines = {"by": "lines", "lines": [{"orderId": order.order_id, "lineId": "l-duck"}]}
    desk.paid(4_500, sittingId=sitting, part=lines)
    assert desk.refund(order.order_id, lines={"l-tea": 1})["code"] == "NOT_PAID"
    assert desk.refund(order.order_id)["code"] == "NOT_PAID"
    given(desk.refund(order.order_id, lines={"l-duck": 1}))
    reply = desk.cash(600, sittingId=sitting)
    assert reply["data"]["bill"] == {
        "dueFen": 600, "paidFen": 5_100, "refundedFen": 4_500, "openFen": 0, "settled": True,
    }  # fmt: skip
    assert_clean(desk.shop.db, desk.shop.shop_id)


def test_nothing_goes_back_while_somebody_pays(desk: Desk) -> None:
    sitting = desk.shop.seat()["sittingId"]
    order = run(desk.shop, [line("duck"), line("tea")], sittingId=sitting)
    desk.paid(
        4_500, sittingId=sitting, part={"by": "lines", "lines": [{"orderId": order.order_id, "lineId": "l-duck"}]}
    )
    desk.pay(300, sittingId=sitting)
    before = desk.written()
    for wanted in ({"lines": {"l-duck": 1}}, {"fen": 1}, {}):
        reply = desk.refund(order.order_id, **wanted)
        assert (reply["code"], reply["message"]) == ("STATE_CONFLICT", "有人正在付这一部分，请稍等，或选择其他部分")
    assert desk.written() == before


@pytest.mark.parametrize(
    ("person", "refund", "code"),
    [
        ("guest", {}, "PERMISSION_DENIED"),
        ("waiter", {}, "PERMISSION_DENIED"),
        ("kitchen", {}, "PERMISSION_DENIED"),
        ("manager", {"lines": {"l-duck": 3}}, "REFUND_TOO_MUCH"),
        ("manager", {"lines": {"l-duck": 0}}, "INVALID_ARGUMENT"),
        ("manager", {"lines": {"l-nothing": 1}}, "NOT_FOUND"),
        ("manager", {"fen": 9_301}, "REFUND_TOO_MUCH"),
        ("manager", {"fen": 0}, "INVALID_ARGUMENT"),
        ("manager", {"fen": 1.5}, "INVALID_ARGUMENT"),
        ("manager", {"fen": {"$gt": 0}}, "INVALID_ARGUMENT"),
        ("manager", {"reason": " "}, "INVALID_ARGUMENT"),
        ("manager", {"by": "everything"}, "INVALID_ARGUMENT"),
    ],
)
def test_what_may_not_be_is_refused_and_nothing_is_written(prepay: Desk, person: str, refund: Reply, code: str) -> None:
    order = ordered(prepay)
    before, counts = prepay.written(), prepay.shop.counts()
    assert prepay.refund(order.order_id, person=person, **refund)["code"] == code
    assert (prepay.written(), prepay.shop.counts()) == (before, counts)


def test_the_same_line_twice_in_one_refund_is_refused(prepay: Desk) -> None:
    order = ordered(prepay)
    twice = {"by": "units", "reason": "x", "lines": [{"lineId": "l-duck", "quantity": 1}] * 2}
    reply = prepay.shop.call(
        "refundOrder", prepay.shop.guest("manager"), requestId=request_id(), orderId=order.order_id, refund=twice
    )
    assert reply["code"] == "INVALID_ARGUMENT"


def test_an_order_that_is_not_paid_or_another_shops_is_refused(prepay: Desk) -> None:
    order = run(prepay.shop, [line("duck")])
    before = prepay.written()
    assert prepay.refund(order.order_id)["code"] == "NOT_PAID"
    other = open_shop(prepay.shop.db)
    refund = {"by": "all", "reason": "x"}
    told = {"requestId": request_id(), "orderId": order.order_id, "refund": refund}
    assert other.call("refundOrder", other.guest("owner"), **told)["code"] == "NOT_FOUND"
    mine = {**told, "shopId": prepay.shop.shop_id}
    assert other.call("refundOrder", other.guest("owner"), **mine)["code"] == "PERMISSION_DENIED"
    assert prepay.written() == before


def test_the_same_request_gives_back_once_and_another_body_is_refused(prepay: Desk) -> None:
    order, key = ordered(prepay), request_id()
    replies = [prepay.refund(order.order_id, key=key, lines={"l-duck": 1}) for _ in range(3)]
    assert len({str(given(reply)) for reply in replies}) == 1
    assert (order.now.line("l-duck").refunded, len(prepay.refunds())) == (1, 1)
    assert prepay.refund(order.order_id, key=key, lines={"l-duck": 2})["code"] == "REQUEST_ID_REUSED"


def test_the_next_refund_of_a_payment_waits_a_minute(prepay: Desk) -> None:
    order = ordered(prepay)
    first = given(prepay.refund(order.order_id, lines={"l-duck": 1}))["refunds"][0]
    second = given(prepay.refund(order.order_id, lines={"l-duck": 1}))["refunds"][0]
    assert ("askAt" in first, "askAt" in second) == (False, True)
    states = {one["_id"]: one["state"] for one in prepay.refunds()}
    assert states == {first["refundNo"]: "asked", second["refundNo"]: "due"}
    assert second["refundNo"] not in str(prepay.wechat.happened("refund"))
    due = next(one["look_at"] for one in prepay.refunds() if one["_id"] == second["refundNo"])
    assert timedelta(seconds=50) < due - utc_now() <= timedelta(seconds=61)


@pytest.mark.parametrize(
    ("how", "reason"),
    [("tooOld", "tooOld"), ("tooMany", "tooMany")],
)
def test_what_wechat_pay_takes_no_more_is_refused_before_anything_is_written(
    prepay: Desk, how: str, reason: str
) -> None:
    order = ordered(prepay)
    shop_id = prepay.shop.shop_id
    (payment,) = prepay.shop.db["payments"].find({"shop_id": shop_id})
    if how == "tooOld":
        change = {"$set": {"paid_at": utc_now() - timedelta(days=366)}}
        prepay.shop.db["payments"].update_one({"_id": payment["_id"], "shop_id": shop_id}, change)
    else:
        prepay.shop.db["refunds"].insert_many(
            {"_id": f"{payment['_id']}-{n}", "shop_id": shop_id, "payment_id": payment["_id"], "kind": "order",
             "fen": 0, "state": "done", "legs": [], "biz_date": "2026-11-24", "created_at": utc_now(),
             "ask_at": utc_now()}
            for n in range(50)
        )  # fmt: skip
    before = prepay.written()
    reply = prepay.refund(order.order_id, lines={"l-duck": 1})
    assert (reply["code"], reply["details"]) == ("REFUND_UNAVAILABLE", {"reason": reason})
    assert prepay.written() == before


@pytest.mark.unclean
def test_a_refund_belongs_to_its_own_business_day(prepay: Desk) -> None:
    order = ordered(prepay)
    prepay.shop.db["orders"].update_one(order.mine, {"$set": {"biz_date": "2026-01-02"}})
    day = prepay.refund(order.order_id, fen=100)
    assert given(day)["order"]["bizDate"] == "2026-01-02"
    assert prepay.refunds()[0]["biz_date"] > "2026-01-02"


def test_the_guest_sees_what_went_back(prepay: Desk) -> None:
    order = ordered(prepay)
    given(prepay.refund(order.order_id, lines={"l-duck": 1}))
    mine = prepay.shop.call("listOrders", prepay.shop.guest(), shopId=prepay.shop.shop_id)
    (found,) = mine["data"]["orders"]
    assert (found["lines"][0]["refunded"], found["lines"][0]["refundedFen"]) == (1, 4_500)
    assert pseudonym(prepay.shop.guest("manager")) not in str(found)
