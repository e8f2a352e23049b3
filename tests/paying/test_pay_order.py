"""Prepay orders: claimed, prepared, paid by the guest's phone or at the till, and cooked once (rules 8, 15)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from scripts.local.wechat_pay.simulator import ControlError
from shared.runtime.clock import utc_now
from shared.runtime.ids import new_id
from tests.paying.conftest import OTHER
from tests.support.audit import assert_clean
from tests.support.desk import CARD, WECHAT, Desk, number_of
from tests.support.running import Running, run
from tests.support.shops import call, line, open_shop, request_id


def test_a_guest_pays_and_the_kitchen_gets_its_tickets_once(prepay: Desk) -> None:
    order = run(prepay.shop, [line("duck", 2), line("tea")])
    reply = prepay.pay(9300, orderId=order.order_id)
    number = number_of(reply)
    assert reply["data"]["payment"] | {"expiresAt": ""} == {
        "paymentId": number, "state": "pending", "amountFen": 9300, "tenders": [{"kind": "wechat", "fen": 9300}],
        "changeFen": 0, "expiresAt": "",
    }  # fmt: skip
    assert reply["data"]["bill"] == {"dueFen": 9300, "paidFen": 0, "openFen": 0, "settled": False}
    assert (order.now.state, order.papers) == ("pending", [])
    prepay.tap(reply)
    told = prepay.hear(number)
    assert (told["status"], told["data"]["outcome"]) == (200, "settled")
    assert (order.now.state, len(order.papers)) == ("confirmed", 3)
    assert [one.paid_fen for one in order.now.lines] == [9000, 300]
    events = {event["eventId"] for event in prepay.shop.sync()["data"]["events"]}
    assert events == {paper.job_id for paper in order.papers}
    assert_clean(prepay.shop.db, prepay.shop.shop_id)


def test_what_is_kept_tells_every_line_every_leg_and_both_days(prepay: Desk) -> None:
    order = run(prepay.shop, [line("duck", 2), line("tea")])
    found = prepay.payment(prepay.paid(9300, orderId=order.order_id))
    assert [(one["line_id"], one["fen"], one["legs"]) for one in found["split"]] == [
        ("l-duck", 9000, {"wechat": 9000}),
        ("l-tea", 300, {"wechat": 300}),
    ]
    assert (found["state"], found["payer_fen"], found["payer"]) == ("paid", 9300, prepay.shop.guest())
    assert (found["biz_date"], len(found["channel_date"])) == (order.now.biz_date, 10)
    assert {"transaction_id", "paid_at", "mchid"} <= found.keys()
    assert "look_at" not in found


def test_the_same_request_is_the_same_payment_with_parameters_that_pay_it_once(prepay: Desk) -> None:
    order, key = run(prepay.shop, [line("duck")]), request_id()
    replies = [prepay.pay(4500, key=key, orderId=order.order_id) for _ in range(3)]
    assert len({number_of(reply) for reply in replies}) == 1
    assert {reply["data"]["payment"]["amountFen"] for reply in replies} == {4500}
    assert prepay.shop.db["payments"].count_documents({"shop_id": prepay.shop.shop_id}) == 1
    prepay.hear(prepay.tap(replies[0]))
    with pytest.raises(ControlError, match="PAID"):
        prepay.tap(replies[1])
    again = prepay.pay(4500, key=key, orderId=order.order_id)
    assert (again["data"]["payment"]["state"], "wechat" in again["data"]) == ("paid", False)


def test_the_same_request_with_another_body_is_refused(prepay: Desk) -> None:
    order, other = (run(prepay.shop, [line("duck")], guest=guest) for guest in ("guest", "other"))
    key = request_id()
    prepay.pay(4500, key=key, orderId=order.order_id)
    before = prepay.written()
    assert prepay.pay(4500, key=key, orderId=other.order_id)["code"] == "REQUEST_ID_REUSED"
    assert prepay.written() == before


def test_ten_twins_at_once_make_one_payment(prepay: Desk) -> None:
    order, key = run(prepay.shop, [line("duck")]), request_id()
    with ThreadPoolExecutor(10) as phones:
        replies = list(phones.map(lambda _: prepay.pay(4500, key=key, orderId=order.order_id), range(10)))
    assert {reply.get("code") for reply in replies} <= {None, "BUSY"}
    assert len({number_of(reply) for reply in replies if reply["success"]}) == 1
    assert prepay.shop.db["payments"].count_documents({"shop_id": prepay.shop.shop_id}) == 1
    assert order.now.lines[0].claimed_fen == 4500


def test_a_failed_payment_may_be_tried_again_under_its_number(prepay: Desk) -> None:
    order = run(prepay.shop, [line("duck")])
    reply = prepay.pay(4500, orderId=order.order_id)
    prepay.tap(reply, outcome="fail")
    before = order.now.state
    assert prepay.hear(prepay.tap(reply))["data"]["outcome"] == "settled"
    assert (before, order.now.state) == ("pending", "confirmed")


def test_a_guest_who_begins_anew_pays_once_and_the_first_payment_is_closed(prepay: Desk) -> None:
    order = run(prepay.shop, [line("duck")])
    first, second = (prepay.pay(4500, orderId=order.order_id) for _ in range(2))
    assert prepay.payment(number_of(first))["state"] == "closed"
    with pytest.raises(ControlError, match="CLOSED"):
        prepay.tap(first)
    prepay.hear(prepay.tap(second))
    assert (order.now.state, order.now.lines[0].claimed_fen, order.now.lines[0].paid_fen) == ("confirmed", 4500, 4500)
    assert_clean(prepay.shop.db, prepay.shop.shop_id)


def test_who_begins_anew_after_paying_learns_that_it_is_paid(prepay: Desk) -> None:
    order = run(prepay.shop, [line("duck")])
    prepay.tap(prepay.pay(4500, orderId=order.order_id))  # and its callback is lost
    again = prepay.pay(4500, orderId=order.order_id)
    assert (again["code"], again["message"]) == ("STATE_CONFLICT", "订单已付清")
    assert (order.now.state, len(order.papers)) == ("confirmed", 2)


def test_staff_take_cash_for_an_order_that_a_phone_was_about_to_pay(prepay: Desk) -> None:
    order = run(prepay.shop, [line("duck")])
    phone = prepay.pay(4500, orderId=order.order_id)
    reply = prepay.cash(4500, handed=5000, orderId=order.order_id)
    assert (reply["data"]["payment"]["state"], reply["data"]["payment"]["changeFen"]) == ("paid", 500)
    assert (prepay.payment(number_of(phone))["state"], order.now.state, len(order.papers)) == ("closed", "confirmed", 2)
    told = {event["eventId"] for event in prepay.shop.sync()["data"]["events"]}
    assert told == {p.job_id for p in order.papers} | {f"{number_of(reply)}.counter.drawer"}
    assert_clean(prepay.shop.db, prepay.shop.shop_id)


def test_cash_and_card_pay_together_and_each_leg_is_shared_over_the_lines(prepay: Desk) -> None:
    order = run(prepay.shop, [line("duck", 2), line("tea")])
    tenders = ({"kind": "card", "fen": 5000}, {"kind": "cash", "handedFen": 5000})
    reply = prepay.pay(9300, guest="cashier", tenders=tenders, orderId=order.order_id)
    found = prepay.payment(number_of(reply))
    assert reply["data"]["payment"]["changeFen"] == 700
    assert [one["legs"] for one in found["split"]] == [{"card": 4839, "cash": 4161}, {"card": 161, "cash": 139}]
    assert found["taken_by"] == f"cashier-{prepay.shop.shop_id}"


def test_another_guest_of_the_table_may_pay_and_a_stranger_may_not(prepay: Desk) -> None:
    seat = prepay.shop.seat()
    prepay.shop.seat(guest="friend")
    order = run(prepay.shop, [line("duck")], sittingId=seat["sittingId"])
    before = prepay.written()
    foreign = prepay.pay(4500, guest="stranger", orderId=order.order_id)
    unknown = prepay.pay(4500, guest="stranger", orderId="no-such-order")
    assert (
        (foreign["code"], foreign["message"])
        == (unknown["code"], unknown["message"])
        == ("NOT_FOUND", "没有找到这个订单")
    )
    assert prepay.written() == before
    prepay.paid(4500, guest="friend", orderId=order.order_id)
    assert order.now.state == "confirmed"
    sitting = prepay.shop.db["table_sessions"].find_one({"_id": seat["sittingId"], "shop_id": prepay.shop.shop_id})
    assert sitting is not None
    assert sitting["state"] == "open"


def test_a_shops_order_is_not_paid_in_another_shop(prepay: Desk) -> None:
    order, other = run(prepay.shop, [line("duck")]), open_shop(prepay.shop.db)
    before = prepay.written()
    reply = prepay.pay(4500, shopId=other.shop_id, orderId=order.order_id)
    assert reply["code"] == "NOT_FOUND"
    assert prepay.written() == before


def paid(desk: Desk, order: Running) -> None:
    desk.paid(4500, orderId=order.order_id)


def cancelled(desk: Desk, order: Running) -> None:
    assert order.cancel()["success"]


def over(desk: Desk, order: Running) -> None:
    desk.shop.db["orders"].update_one(order.mine, {"$set": {"pay_by": utc_now()}})


@pytest.mark.parametrize(
    ("then", "message"), [(paid, "订单已付清"), (cancelled, "订单已取消，不用付款"), (over, "订单已超时，请重新下单")]
)
@pytest.mark.parametrize("person", ["guest", "cashier"])
def test_what_is_paid_cancelled_or_over_is_not_paid(prepay: Desk, person: str, then: object, message: str) -> None:
    order = run(prepay.shop, [line("duck")])
    assert callable(then)
    then(prepay, order)
    before = prepay.written()
    tenders = (WECHAT,) if person == "guest" else (CARD,)
    reply = prepay.pay(4500, guest=person, tenders=tenders, orderId=order.order_id)
    assert (reply["code"], reply["message"]) == ("STATE_CONFLICT", message)
    assert prepay.written() == before


@pytest.mark.parametrize("shown", [0, 4499, 4501, 9000])
def test_an_amount_that_differs_is_refused_with_the_right_one(prepay: Desk, shown: int) -> None:
    order = run(prepay.shop, [line("duck")])
    before = prepay.written()
    reply = prepay.pay(shown, orderId=order.order_id)
    assert (reply["code"], reply["details"]) == ("PRICE_CHANGED", {"dueFen": 4500})
    assert prepay.written() == before


@pytest.mark.parametrize(
    ("guest", "tenders", "code"),
    [
        ("guest", [{"kind": "cash", "handedFen": 4500}], "PERMISSION_DENIED"),
        ("guest", [CARD], "PERMISSION_DENIED"),
        ("waiter", [CARD], "PERMISSION_DENIED"),
        ("cashier", [{"kind": "cash", "handedFen": 4499}], "INVALID_ARGUMENT"),
        ("cashier", [{"kind": "card", "fen": 4499}], "INVALID_ARGUMENT"),
        ("cashier", [{"kind": "card", "fen": 4501}, {"kind": "cash", "handedFen": 100}], "INVALID_ARGUMENT"),
        ("cashier", [CARD, CARD], "INVALID_ARGUMENT"),
        ("cashier", [CARD, {"kind": "cash", "handedFen": 4500}], "INVALID_ARGUMENT"),
        ("cashier", [CARD, WECHAT], "INVALID_ARGUMENT"),
        ("guest", [], "INVALID_ARGUMENT"),
        ("guest", [{"kind": "wechat", "fen": 1}], "INVALID_ARGUMENT"),
        ("guest", [{"kind": "stored", "fen": {"$gt": 0}}], "INVALID_ARGUMENT"),
        ("guest", [{"kind": "stored"}], "NOT_FOUND"),
    ],
)
def test_tenders_that_do_not_fit_are_refused(prepay: Desk, guest: str, tenders: list[object], code: str) -> None:
    order = run(prepay.shop, [line("duck")])
    before = prepay.written()
    reply = prepay.pay(4500, guest=guest, tenders=tenders, orderId=order.order_id)  # type: ignore[arg-type]
    assert reply["code"] == code, reply
    assert prepay.written() == before


def test_a_shop_without_a_merchant_takes_no_phone_and_nothing_is_written(prepay: Desk) -> None:
    order = run(prepay.shop, [line("duck")])
    prepay.shop.change(mchid="1900000999")
    before = prepay.written()
    assert prepay.pay(4500, orderId=order.order_id)["code"] == "PAYMENT_UNAVAILABLE"
    assert prepay.written() == before
    assert prepay.cash(4500, orderId=order.order_id)["data"]["payment"]["state"] == "paid"


def test_a_shop_with_its_own_merchant_is_paid_there(prepay: Desk) -> None:
    prepay.shop.change(mchid=OTHER)
    order = run(prepay.shop, [line("duck")])
    number = prepay.tap(prepay.pay(4500, orderId=order.order_id))
    assert prepay.payment(number)["mchid"] == OTHER
    assert prepay.hear(number, mchid=OTHER)["data"]["outcome"] == "settled"


@pytest.mark.parametrize("kind", ["error", "down", "lost"])
def test_without_an_answer_the_payment_waits_and_the_same_request_goes_on(prepay: Desk, kind: str) -> None:
    order, key = run(prepay.shop, [line("duck")]), request_id()
    prepay.wechat.plan_fault("prepare", kind)  # type: ignore[arg-type]
    first = prepay.pay(4500, key=key, orderId=order.order_id)
    assert first["code"] == "PAYMENT_UNANSWERED"
    again = prepay.pay(4500, key=key, orderId=order.order_id)
    prepay.hear(prepay.tap(again))
    assert order.now.state == "confirmed"
    assert prepay.shop.db["payments"].count_documents({"shop_id": prepay.shop.shop_id}) == 1


def test_a_final_refusal_lets_go_of_the_order(prepay: Desk) -> None:
    order = run(prepay.shop, [line("duck")])
    prepay.wechat.plan_fault("prepare", "error", status=400, code="PARAM_ERROR")
    reply = prepay.pay(4500, orderId=order.order_id)
    assert (reply["code"], reply["details"]["reason"]) == ("PAYMENT_REFUSED", "PARAM_ERROR")
    assert (order.now.lines[0].claimed_fen, order.now.state) == (0, "pending")
    prepay.paid(4500, orderId=order.order_id)


def test_a_paid_order_is_neither_cancelled_nor_voided_but_by_a_refund(prepay: Desk) -> None:
    order = run(prepay.shop, [line("duck"), line("tea")])
    prepay.paid(4800, orderId=order.order_id)
    before = prepay.written()
    for reply in (
        order.cancel(),
        order.cancel("manager", reason="x"),
        order.edit(op="void", lineId="l-tea", reason="x"),
    ):
        assert reply["code"] == "STATE_CONFLICT"
        assert "已付款" in reply["message"]
    assert prepay.written() == before


def test_a_pick_up_order_of_a_postpay_shop_is_paid_whenever(desk: Desk) -> None:
    order = run(desk.shop, [line("duck")])
    assert order.now.state == "confirmed"
    desk.paid(4500, orderId=order.order_id)
    assert (order.now.state, order.now.lines[0].paid_fen, len(order.papers)) == ("confirmed", 4500, 2)


def test_nothing_of_a_payment_is_known_to_who_calls_without_a_name(prepay: Desk) -> None:
    order = run(prepay.shop, [line("duck")])
    event = {"requestId": request_id(), "shopId": prepay.shop.shop_id, "orderId": order.order_id, "shownFen": 4500}
    assert call("payOrder", {**event, "tenders": [WECHAT]}, openid=None)["code"] == "UNAUTHENTICATED"
    assert (
        call("payNotify", {"path": "/payNotify", "headers": {}, "body": new_id()}, openid="o-x")["code"] == "NOT_FOUND"
    )
