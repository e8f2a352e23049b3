"""Coupons come back once when their order is cancelled, expires, or is refunded whole (rules 8, 16, 20)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from shared.access.caller import Caller
from shared.runtime.clock import Deadline, utc_now
from shared.store import orders
from shared.store.scope import Shop
from shared.store.work import Work
from shared.usecases.coupon_use import withdrawing
from tests.support.audit import assert_clean
from tests.support.coupons import cancel, claimed, ends, kept, mark_of, ordered, pay, run, saved
from tests.support.shops import Reply, TestShop, line, request_id


def test_a_guests_cancellation_gives_the_coupon_back_once_with_the_end_it_had(shop: TestShop) -> None:
    coupon_id = claimed(shop, saved(shop))
    until = ends(shop, coupon_id, in_=timedelta(minutes=5))
    order = ordered(shop, [coupon_id])
    assert cancel(shop, order)["success"]
    assert (mark_of(shop, coupon_id), kept(shop, coupon_id)["valid_until"]) == (("free", None), until)
    again = ordered(shop, [coupon_id])
    assert cancel(shop, order)["code"] == "STATE_CONFLICT"
    assert mark_of(shop, coupon_id) == ("locked", again["orderId"])
    assert_clean(shop.db, shop.shop_id)


def test_the_shops_cancellation_gives_a_coupon_that_is_over_a_day_more(shop: TestShop) -> None:
    coupon_id = claimed(shop, saved(shop))
    order = ordered(shop, [coupon_id])
    ends(shop, coupon_id, in_=-timedelta(hours=1))
    run(shop, "coupons")
    assert mark_of(shop, coupon_id) == ("locked", order["orderId"])
    before = utc_now()
    assert cancel(shop, order, guest="cashier")["success"]
    found = kept(shop, coupon_id)
    assert found["state"] == "free"
    assert (
        timedelta(hours=24)
        <= found["valid_until"] - before + timedelta(milliseconds=1)
        < timedelta(hours=24, minutes=1)
    )
    assert_clean(shop.db, shop.shop_id)


def test_a_staff_void_of_the_last_dish_gives_the_coupon_back(shop: TestShop) -> None:
    coupon_id = claimed(shop, saved(shop))
    order = ordered(shop, [coupon_id], [line("duck", 2)])
    for quantity, expected in ((1, "locked"), (1, "free")):
        reply = shop.call(
            "editOrder", shop.guest("waiter"), requestId=request_id(), orderId=order["orderId"],
            edit={"op": "void", "lineId": "l-duck", "quantity": quantity},
        )  # fmt: skip
        assert reply["success"], reply
        assert kept(shop, coupon_id)["state"] == expected
    assert_clean(shop.db, shop.shop_id)


def test_when_nothing_is_left_to_pay_after_a_void_the_coupon_is_used(shop: TestShop) -> None:
    shop.change_dish("tea", price_fen=0)
    coupon_id = claimed(shop, saved(shop))
    order = ordered(shop, [coupon_id], [line("duck"), line("tea")])
    edit = {"op": "void", "lineId": "l-duck"}
    reply = shop.call("editOrder", shop.guest("waiter"), requestId=request_id(), orderId=order["orderId"], edit=edit)
    assert (reply["data"]["order"]["dueFen"], mark_of(shop, coupon_id)) == (0, ("used", order["orderId"]))
    assert_clean(shop.db, shop.shop_id)


def test_an_order_that_is_not_paid_in_time_gives_its_coupon_back_once_by_four_sweeps(shop: TestShop) -> None:
    shop.change(payment="prepay")
    coupon_id = claimed(shop, saved(shop))
    order = ordered(shop, [coupon_id])
    assert (order["state"], mark_of(shop, coupon_id)) == ("pending", ("locked", order["orderId"]))
    late = {"$set": {"pay_by": utc_now() - timedelta(seconds=1)}}
    shop.db["orders"].update_one({"_id": order["orderId"], "shop_id": shop.shop_id}, late)
    with ThreadPoolExecutor(4) as sweeps:
        list(sweeps.map(lambda _: run(shop, "expired"), range(4)))
    assert mark_of(shop, coupon_id) == ("free", None)
    assert_clean(shop.db, shop.shop_id)


def test_an_order_that_lost_its_stock_to_a_change_of_primary_is_void_and_its_coupon_free(shop: TestShop) -> None:
    coupon_id = claimed(shop, saved(shop))
    order = ordered(shop, [coupon_id])
    work = Work(Shop(shop.db, shop.shop_id), Caller(shop.guest(), "guest"), utc_now(), Deadline.after(8), "t")
    withdraw = withdrawing((coupon_id,), orders.withdraw, work)
    assert withdraw(work.shop, order["orderId"]) is True
    assert mark_of(shop, coupon_id) == ("free", None)
    again = ordered(shop, [coupon_id])
    shop.db["orders"].update_one({"_id": again["orderId"], "shop_id": shop.shop_id}, {"$set": {"tries": 1}})
    assert withdraw(work.shop, again["orderId"]) is False
    assert mark_of(shop, coupon_id) == ("locked", again["orderId"])
    assert withdrawing((), orders.withdraw, work) is orders.withdraw


def test_lines_that_go_to_another_bill_take_the_coupon_along_or_use_it_up(shop: TestShop) -> None:
    template_id = saved(shop, perMember=2)
    first, second = shop.seat()["sittingId"], shop.seat("t2", guest="second")["sittingId"]

    def transferred(order: Reply, quantity: int) -> str:
        reply = shop.call(
            "arrangeTables", shop.guest("waiter"), requestId=request_id(),
            arrangement={"op": "transfer", "orderId": order["orderId"], "toSittingId": second,
                         "lines": [{"lineId": "l-duck", "quantity": quantity}]},
        )  # fmt: skip
        assert reply["success"], reply
        return str(reply["data"]["order"]["orderId"])

    coupon_id = claimed(shop, template_id)
    order = ordered(shop, [coupon_id], [line("duck")], sittingId=first)
    moved = transferred(order, 1)
    assert mark_of(shop, coupon_id) == ("locked", moved)
    other = claimed(shop, template_id)
    order = ordered(shop, [other], [line("duck", 2)], sittingId=first)
    transferred(order, 1)
    assert mark_of(shop, other) == ("used", order["orderId"])
    assert cancel(shop, order, guest="cashier")["success"]
    assert mark_of(shop, other) == ("used", order["orderId"])
    assert_clean(shop.db, shop.shop_id)


@pytest.mark.parametrize("is_handed_over", [False, True])
def test_a_full_refund_gives_the_coupon_back_with_a_day_of_grace_and_a_partial_one_does_not(
    shop: TestShop, is_handed_over: bool
) -> None:
    coupon_id = claimed(shop, saved(shop))
    order = ordered(shop, [coupon_id], [line("duck", 2)])
    pay(shop, order)
    ends(shop, coupon_id, in_=-timedelta(hours=1))
    for step in ("ready", "serve", "complete") if is_handed_over else ():
        reply = shop.call(
            "advanceOrder", shop.guest("manager"), requestId=request_id(), orderId=order["orderId"], step=step
        )
        assert reply["success"], reply
    for refund, expected in (
        ({"by": "units", "lines": [{"lineId": "l-duck", "quantity": 1}]}, ("used", order["orderId"])),
        ({"by": "all"}, ("free", None)),
    ):
        reply = shop.call(
            "refundOrder", shop.guest("manager"), requestId=request_id(), orderId=order["orderId"],
            refund={"reason": "菜品不满意", **refund},
        )  # fmt: skip
        assert reply["success"], reply
        assert mark_of(shop, coupon_id) == expected
    assert kept(shop, coupon_id)["valid_until"] > utc_now() + timedelta(hours=23)
    assert_clean(shop.db, shop.shop_id)
    again = ordered(shop, [coupon_id])
    assert mark_of(shop, coupon_id) == ("locked", again["orderId"])
    assert_clean(shop.db, shop.shop_id)
