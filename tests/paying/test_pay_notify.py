"""WeChat Pay's notices: on time, late, twice, out of order, forged, wrong, lost; money that nobody wants goes back."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from scripts.local.wechat_pay.notices import Kind
from scripts.local.wechat_pay.simulator import BRAND
from shared.runtime.clock import utc_now
from tests.paying.conftest import OTHER
from tests.support.audit import assert_clean
from tests.support.desk import Desk, number_of, sweep
from tests.support.running import Running, run
from tests.support.shops import call, http_call, line


def tapped(desk: Desk) -> tuple[Running, str]:
    """An order that was just paid on the phone, and nobody has told the shop."""
    order = run(desk.shop, [line("duck")])
    return order, desk.tap(desk.pay(4500, orderId=order.order_id))


def late(order: Running) -> None:
    """A quarter of an hour goes by."""
    order.shop.db["orders"].update_one(order.mine, {"$set": {"pay_by": utc_now() - timedelta(seconds=1)}})


def test_told_twice_three_times_and_at_once_it_is_booked_once(prepay: Desk) -> None:
    order, number = tapped(prepay)
    with ThreadPoolExecutor(6) as lines:
        told = list(lines.map(lambda _: prepay.hear(number), range(6)))
    answered = [one["data"]["outcome"] for one in told if one["success"]]
    assert {one["status"] for one in told} <= {200, 503}
    assert answered.count("settled") == 1
    assert (order.now.state, len(order.papers), order.now.lines[0].paid_fen) == ("confirmed", 2, 4500)
    before = prepay.written()
    assert prepay.hear(number)["data"]["outcome"] == "known"
    assert prepay.written() == before


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("forged", 401), ("tampered", 401), ("signtest", 401), ("unsigned", 401), ("unknown_serial", 401),
        ("from_2001", 401), ("wrong_currency", 401), ("wrong_mchid", 401), ("wrong_appid", 401), ("wrong_key", 401),
        ("not_success", 401),
    ],
)  # fmt: skip
def test_what_is_not_proved_writes_nothing(prepay: Desk, kind: Kind, status: int) -> None:
    order, number = tapped(prepay)
    before = prepay.written()
    told = prepay.hear(number, kind=kind)
    assert (told["status"], told["code"]) == (status, "NOTICE_INVALID")
    assert prepay.written() == before
    assert order.now.state == "pending"


@pytest.mark.parametrize("skew_s", [-301, 301])
def test_a_notice_from_another_time_writes_nothing(prepay: Desk, skew_s: int) -> None:
    _, number = tapped(prepay)
    before = prepay.written()
    assert prepay.hear(number, skew_s=skew_s)["status"] == 401
    assert prepay.written() == before


def test_a_wrong_amount_is_not_booked_but_shown_to_people_until_the_right_one_comes(prepay: Desk) -> None:
    order, number = tapped(prepay)
    told = prepay.hear(number, kind="wrong_amount")
    assert (told["status"], told["code"]) == (401, "NOTICE_INVALID")
    assert (order.now.state, prepay.payment(number)["state"]) == ("pending", "pending")
    assert prepay.exceptions() == {"paymentDiffers": "open"}
    assert prepay.hear(number)["data"]["outcome"] == "settled"
    assert prepay.exceptions() == {"paymentDiffers": "done"}


@pytest.mark.unclean
def test_a_number_that_is_not_ours_is_answered_404_and_shown_to_people(prepay: Desk) -> None:
    _, number = tapped(prepay)
    headers, body = prepay.wechat.make_notice(out_trade_no=number)
    prepay.shop.db["payments"].delete_one({"_id": number, "shop_id": prepay.shop.shop_id})
    told = http_call("payNotify", path=f"/payNotify/{BRAND}", headers=headers, body=body)
    assert (told["status"], told["code"]) == (404, "NOT_FOUND")
    found = prepay.shop.db["exceptions"].find_one({"_id": f"unknownPayment:{number}"})
    assert found is not None
    assert (found["state"], found["told"]["fen"]) == ("open", 4500)
    prepay.shop.db["exceptions"].delete_one({"_id": found["_id"]})


@pytest.mark.parametrize(("mchid", "status"), [("1900000999", 409), (OTHER, 401), (BRAND, 200)])
def test_the_path_picks_the_keys_and_proves_nothing(prepay: Desk, mchid: str, status: int) -> None:
    _, number = tapped(prepay)
    assert prepay.hear(number, mchid=mchid)["status"] == status


def test_another_merchants_word_about_our_payment_is_not_believed(prepay: Desk) -> None:
    """The other merchant, whose keys we have too, prepares and is paid a fen under our number."""
    order = run(prepay.shop, [line("duck")])
    number = number_of(prepay.pay(4500, orderId=order.order_id))
    prepay.shop.db["payments"].update_one({"_id": number, "shop_id": prepay.shop.shop_id}, {"$set": {"mchid": OTHER}})
    prepay.wechat.pay(number)
    before = prepay.written()
    assert prepay.hear(number)["code"] == "NOTICE_INVALID"
    assert prepay.written() == before


@pytest.mark.parametrize("body", [b"", b"{}", b"\xff\xfe", b'{"event_type":"TRANSACTION.SUCCESS"}', b"[" * 1000])
def test_anybody_may_call_and_nothing_happens(prepay: Desk, body: bytes) -> None:
    before = prepay.written()
    event = {"httpMethod": "POST", "path": f"/payNotify/{BRAND}", "headers": {}, "body": body.decode("latin1")}
    reply = json.loads(call("payNotify", event, openid=None)["body"])
    assert reply["code"] == "NOTICE_INVALID"
    assert prepay.written() == before


def test_a_lost_callback_is_found_by_the_sweep(prepay: Desk) -> None:
    order, number = tapped(prepay)
    assert sweep()["done"]["payments"] == 0  # it is not a minute old
    prepay.pass_by(number)
    assert sweep()["done"]["payments"] == 1
    assert (order.now.state, len(order.papers), prepay.payment(number)["state"]) == ("confirmed", 2, "paid")
    assert prepay.hear(number)["data"]["outcome"] == "known"
    assert sweep()["done"]["payments"] == 0


def test_an_unpaid_payment_is_asked_about_until_its_time_is_over_and_then_closed(prepay: Desk) -> None:
    order = run(prepay.shop, [line("duck")])
    reply = prepay.pay(4500, orderId=order.order_id)
    number = number_of(reply)
    prepay.pass_by(number)
    assert (sweep()["done"]["payments"], prepay.payment(number)["state"]) == (0, "pending")
    prepay.pass_by(number, over=True)
    assert (sweep()["done"]["payments"], prepay.payment(number)["state"]) == (1, "closed")
    assert (order.now.lines[0].claimed_fen, order.now.state) == (0, "pending")
    with pytest.raises(Exception, match="CLOSED"):
        prepay.tap(reply)


def test_an_order_that_is_over_is_cancelled_only_after_its_payment_is_closed(prepay: Desk) -> None:
    order = run(prepay.shop, [line("duck", 5)])
    reply = prepay.pay(22500, orderId=order.order_id)
    late(order)
    assert sweep()["done"]["expired"] == 1
    assert (order.now.state, prepay.payment(number_of(reply))["state"], prepay.shop.left("duck")) == (
        "cancelled", "closed", 100,
    )  # fmt: skip
    with pytest.raises(Exception, match="CLOSED"):
        prepay.tap(reply)
    assert_clean(prepay.shop.db, prepay.shop.shop_id)


def test_an_order_that_was_paid_in_its_last_second_is_not_cancelled(prepay: Desk) -> None:
    order, _ = tapped(prepay)
    late(order)
    assert sweep()["done"]["expired"] == 0
    assert (order.now.state, len(order.papers), prepay.exceptions()) == ("confirmed", 2, {})


@pytest.mark.parametrize("endpoint", ["query", "close"])
def test_without_an_answer_an_order_is_not_cancelled_yet(prepay: Desk, endpoint: str) -> None:
    order = run(prepay.shop, [line("duck")])
    number = number_of(prepay.pay(4500, orderId=order.order_id))
    late(order)
    prepay.wechat.plan_fault(endpoint, "down")  # type: ignore[arg-type]
    assert sweep()["failed"] == ["expired"]
    assert (order.now.state, prepay.payment(number)["state"]) == ("pending", "pending")
    assert (sweep()["done"]["expired"], order.now.state) == (1, "cancelled")


def cancelled_then_paid(desk: Desk) -> tuple[Running, str]:
    """The guest cancels the order and pays it all the same."""
    order = run(desk.shop, [line("duck")])
    reply = desk.pay(4500, orderId=order.order_id)
    assert order.cancel()["success"]
    return order, desk.tap(reply)


def refunded(desk: Desk, number: str) -> None:
    """What becomes of the money: it is asked for once, and done once."""
    (refund,) = desk.refunds()
    assert (refund["_id"], refund["fen"], refund["state"]) == (f"{number}-late", 4500, "due")
    assert desk.exceptions()["latePayment"] == "open"
    assert sweep()["done"]["returns"] == 0  # accepted is not done
    assert desk.refunds()[0]["state"] == "asked"
    desk.wechat.settle(f"{number}-late", "SUCCESS")
    desk.refund_due(f"{number}-late")
    assert sweep()["done"]["returns"] == 1
    assert (desk.refunds()[0]["state"], desk.exceptions()["latePayment"]) == ("done", "done")
    before = desk.written()
    assert desk.hear(f"{number}-late", refund=True)["data"]["outcome"] == "refund"
    assert sweep()["done"]["returns"] == 0
    assert desk.written() == before
    assert_clean(desk.shop.db, desk.shop.shop_id)


def test_paid_after_it_was_cancelled_goes_back_by_callback(prepay: Desk) -> None:
    order, number = cancelled_then_paid(prepay)
    assert prepay.hear(number)["data"]["outcome"] == "returned"
    assert (prepay.payment(number)["state"], order.now.state, order.papers) == ("closed", "cancelled", [])
    assert prepay.hear(number)["data"]["outcome"] == "known"
    refunded(prepay, number)


def test_paid_after_it_was_cancelled_goes_back_by_sweep(prepay: Desk) -> None:
    _, number = cancelled_then_paid(prepay)
    prepay.pass_by(number)
    first = sweep()
    assert first["done"]["payments"] == 1
    assert prepay.refunds()[0]["state"] == "asked"
    prepay.wechat.settle(f"{number}-late", "SUCCESS")
    assert prepay.hear(f"{number}-late", refund=True)["data"]["outcome"] == "refund"
    assert (prepay.refunds()[0]["state"], prepay.exceptions()["latePayment"]) == ("done", "done")


def test_paid_after_it_was_closed_goes_back_and_the_order_stays_paid_once(prepay: Desk) -> None:
    """Paid twice: by a payment that we had closed without WeChat Pay, and by the next."""
    order = run(prepay.shop, [line("duck")])
    first = prepay.pay(4500, orderId=order.order_id)
    number = number_of(first)
    prepay.shop.db["payments"].update_one(
        {"_id": number, "shop_id": prepay.shop.shop_id}, {"$set": {"state": "closed"}, "$unset": {"look_at": ""}}
    )
    prepay.shop.db["orders"].update_one(order.mine, {"$unset": {"lines.0.claimed_fen": ""}})
    second = prepay.paid(4500, orderId=order.order_id)
    prepay.tap(first)
    before = order.now
    assert prepay.hear(number)["data"]["outcome"] == "returned"
    assert order.now == before
    assert (prepay.payment(second)["state"], prepay.payment(number)["state"]) == ("paid", "closed")
    refunded(prepay, number)


@pytest.mark.parametrize("kind", ["down", "lost", "error", "unsigned"])
def test_a_return_without_an_answer_is_asked_again_under_its_number_and_done_once(prepay: Desk, kind: str) -> None:
    _, number = cancelled_then_paid(prepay)
    prepay.hear(number)
    prepay.wechat.plan_fault("refund", kind)  # type: ignore[arg-type]
    assert sweep()["failed"] == ["returns"]
    assert (prepay.refunds()[0]["state"], prepay.refunds()[0]["tries"]) == ("due", 1)
    prepay.refund_due(f"{number}-late")
    sweep()
    assert prepay.refunds()[0]["state"] == "asked"
    prepay.wechat.settle(f"{number}-late", "SUCCESS")
    prepay.refund_due(f"{number}-late")
    assert sweep()["done"]["returns"] == 1
    assert prepay.asked("refund settled", f"{number}-late") == 1


def test_a_return_that_was_closed_is_asked_for_again_under_its_number(prepay: Desk) -> None:
    _, number = cancelled_then_paid(prepay)
    prepay.hear(number)
    sweep()
    prepay.wechat.settle(f"{number}-late", "CLOSED")
    prepay.refund_due(f"{number}-late")
    sweep()
    assert prepay.refunds()[0]["state"] == "due"


def test_a_return_that_cannot_be_made_is_for_people(prepay: Desk) -> None:
    _, number = cancelled_then_paid(prepay)
    prepay.hear(number)
    sweep()
    prepay.wechat.settle(f"{number}-late", "ABNORMAL")
    prepay.refund_due(f"{number}-late")
    assert sweep()["done"]["returns"] == 1
    assert (prepay.refunds()[0]["state"], prepay.exceptions()["latePayment"]) == ("failed", "open")


@pytest.mark.unclean
def test_a_callback_and_the_sweep_at_once_book_it_once(prepay: Desk) -> None:
    for _ in range(5):
        order, number = tapped(prepay)
        prepay.pass_by(number)
        with ThreadPoolExecutor(3) as both:
            told, _swept, again = both.submit(prepay.hear, number), both.submit(sweep), both.submit(prepay.hear, number)
        assert {told.result()["status"], again.result()["status"]} <= {200, 503}
        assert (order.now.state, len(order.papers), order.now.lines[0].paid_fen) == ("confirmed", 2, 4500)
        order.shop.db["orders"].delete_one(order.mine)
        prepay.shop.db["payments"].delete_one({"_id": number, "shop_id": prepay.shop.shop_id})


def test_a_payment_and_the_orders_end_at_once_leave_it_paid_or_returned(prepay: Desk) -> None:
    for number_of_try in range(6):
        order = run(prepay.shop, [line("duck")], guest=f"g{number_of_try}")
        number = prepay.tap(
            prepay.pay(4500, guest=f"g{number_of_try}", orderId=order.order_id), guest=f"g{number_of_try}"
        )
        with ThreadPoolExecutor(2) as both:
            told = both.submit(prepay.hear, number)
            both.submit(order.cancel, f"g{number_of_try}")
        outcome = told.result()["data"]["outcome"]
        state = {"settled": "confirmed", "returned": "cancelled"}[outcome]
        assert (order.now.state, prepay.payment(number)["state"]) == (
            state,
            "paid" if state == "confirmed" else "closed",
        )
        assert len([one for one in prepay.refunds() if one["payment_id"] == number]) == (outcome == "returned")
    assert_clean(prepay.shop.db, prepay.shop.shop_id)
