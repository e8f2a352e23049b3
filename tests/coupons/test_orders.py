"""An order locks its coupons, and paying uses them (rules 4, 8, 20)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta

import pytest

from shared.access.caller import Caller
from shared.contracts.ordering import OrderReply, SubmitOrder
from shared.errors import CouponUnavailable
from shared.runtime.clock import Deadline, utc_now
from shared.store.client import Document
from shared.store.scope import Shop
from shared.store.work import Work
from shared.usecases.flash_use import FlashUse
from shared.usecases.ordering import place_order
from tests.support.audit import assert_clean
from tests.support.coupons import cancel, claimed, ends, kept, mark_of, offers, ordered, pay, run, saved, written
from tests.support.shops import Reply, TestShop, line, request_id


def test_the_quoted_price_with_a_coupon_is_the_orders_and_each_line_keeps_its_share(shop: TestShop) -> None:
    coupon_id = claimed(shop, saved(shop, name="减10元", value={"type": "fixed", "fen": 1000}))
    lines = [line("fish"), line("duck")]
    quoted = shop.call("quoteOrder", shop.guest(), shopId=shop.shop_id, lines=lines, couponIds=[coupon_id])["data"]
    order = ordered(shop, [coupon_id], lines, quoteHash=quoted["hash"])
    assert (order["grossFen"], order["dueFen"]) == (11300, 10300)
    assert order["offers"] == [{"offerId": coupon_id, "name": "减10元", "layer": "order", "fen": 1000}]
    assert {one["dishId"]: one["cutFen"] for one in order["lines"]} == {"fish": 602, "duck": 398}
    assert mark_of(shop, coupon_id) == ("locked", order["orderId"])
    assert [one["state"] for one in offers(shop)["coupons"]] == ["locked"]
    assert_clean(shop.db, shop.shop_id)


def test_a_coupon_in_an_order_is_in_no_other(shop: TestShop) -> None:
    coupon_id = claimed(shop, saved(shop))
    ordered(shop, [coupon_id])
    before = written(shop)
    reply = shop.submit([line("duck")], couponIds=[coupon_id])
    assert (reply["code"], reply["details"]["coupons"]) == (
        "COUPON_UNAVAILABLE",
        [{"couponId": coupon_id, "reason": "unknown", "message": "没有这张券，或已经用过"}],
    )
    assert written(shop) == before


def test_of_twelve_orders_at_once_with_one_coupon_one_stands_and_no_stock_is_lost(shop: TestShop) -> None:
    coupon_id = claimed(shop, saved(shop))
    with ThreadPoolExecutor(12) as crowd:
        replies = list(crowd.map(lambda _: shop.submit([line("duck")], couponIds=[coupon_id]), range(12)))
    assert Counter(reply.get("code", "ok") for reply in replies) == {"ok": 1, "COUPON_UNAVAILABLE": 11}
    assert shop.db["orders"].count_documents({"shop_id": shop.shop_id}) == 1
    run(shop, "coupons")
    (day,) = shop.db["stock"].find({"shop_id": shop.shop_id})
    assert day["left"]["duck"] == 99
    assert_clean(shop.db, shop.shop_id)


def test_control_without_the_state_in_the_condition_many_orders_would_have_it(shop: TestShop) -> None:
    coupon_id, coupons = claimed(shop, saved(shop)), shop.db["coupons"]
    mine = {"_id": coupon_id, "openid": shop.guest()}
    locks = [coupons.update_one(mine, {"$set": {"order_id": f"o{n}"}}).matched_count for n in range(3)]
    assert locks == [1, 1, 1]
    coupons.update_one(mine, {"$unset": {"order_id": ""}})


@pytest.mark.parametrize(
    ("terms", "lines", "reason"),
    [
        ({"thresholdFen": 10000}, [line("duck")], "threshold"),
        ({"dishes": ["fish"]}, [line("duck")], "noDish"),
        ({"validity": {"by": "date", "since": "2098-01-01T00:00:00+08:00", "until": "2099-01-01T00:00:00+08:00"}},
         [line("duck")], "notYet"),
    ],
)  # fmt: skip
def test_a_chosen_coupon_that_cannot_be_used_refuses_the_order(
    shop: TestShop, terms: Reply, lines: list[Reply], reason: str
) -> None:
    coupon_id = claimed(shop, saved(shop, **terms))
    before = written(shop)
    reply = shop.submit(lines, couponIds=[coupon_id])
    assert reply["code"] == "COUPON_UNAVAILABLE"
    assert [one["reason"] for one in reply["details"]["coupons"]] == [reason]
    assert written(shop) == before


def test_anothers_coupon_an_unknown_one_and_an_expired_one_are_refused(shop: TestShop) -> None:
    template_id = saved(shop)
    theirs, mine = claimed(shop, template_id, guest="other"), claimed(shop, template_id)
    ends(shop, mine, in_=-timedelta(seconds=1))
    before = written(shop)
    for coupon_id, reason in ((theirs, "unknown"), ("no-such-coupon", "unknown"), (mine, "expired")):
        reply = shop.submit([line("duck")], couponIds=[coupon_id])
        assert (reply["code"], reply["details"]["coupons"][0]["reason"]) == ("COUPON_UNAVAILABLE", reason)
    assert shop.submit([line("duck")], guest="other", couponIds=[mine])["code"] == "COUPON_UNAVAILABLE"
    assert written(shop) == before
    run(shop, "coupons")
    assert kept(shop, mine)["state"] == "expired"
    assert shop.submit([line("duck")], couponIds=[mine])["details"]["coupons"][0]["reason"] == "expired"


def test_coupons_go_together_by_their_stacking_and_the_same_one_twice_is_a_fault(shop: TestShop) -> None:
    any_, none = claimed(shop, saved(shop)), claimed(shop, saved(shop, name="独享", stacking="noCoupon"))
    item = claimed(
        shop, saved(shop, name="烧鸡减3", layer="item", dishes=["duck"], value={"type": "fixed", "fen": 300})
    )
    before = written(shop)
    reply = shop.submit([line("duck")], couponIds=[any_, none])
    assert [one["reason"] for one in reply["details"]["coupons"]] == ["notStackable"]
    fault = shop.submit([line("duck")], couponIds=[any_, any_])
    assert [one["message"] for one in fault["details"]["fields"]] == ["couponIds 不能重复"]
    assert written(shop) == before
    order = ordered(shop, [item, any_])
    assert (order["dueFen"], [one["layer"] for one in order["offers"]]) == (3700, ["item", "order"])
    assert {mark_of(shop, one) for one in (item, any_)} == {("locked", order["orderId"])}
    assert_clean(shop.db, shop.shop_id)


def test_a_repeated_order_is_the_same_order_though_its_coupon_is_locked(shop: TestShop) -> None:
    coupon_id, key = claimed(shop, saved(shop)), request_id()
    with ThreadPoolExecutor(4) as crowd:
        replies = list(crowd.map(lambda _: shop.submit([line("duck")], couponIds=[coupon_id], key=key), range(4)))
    replies.append(shop.submit([line("duck")], couponIds=[coupon_id], key=key))
    assert {reply["data"]["order"]["orderId"] for reply in replies} == {kept(shop, coupon_id)["order_id"]}
    assert_clean(shop.db, shop.shop_id)


def test_staff_have_no_coupons(shop: TestShop) -> None:
    coupon_id, sitting = claimed(shop, saved(shop)), shop.seat()["sittingId"]
    before = written(shop)
    reply = shop.call(
        "submitOrder", shop.guest("waiter"), requestId=request_id(), shopId=shop.shop_id, sittingId=sitting,
        lines=[line("duck")], couponIds=[coupon_id],
    )  # fmt: skip
    assert reply["code"] == "COUPON_UNAVAILABLE"
    assert written(shop) == before


def test_paying_uses_the_coupon_and_part_of_the_bill_is_enough(shop: TestShop) -> None:
    whole, part = claimed(shop, saved(shop)), claimed(shop, saved(shop))
    order = ordered(shop, [whole])
    pay(shop, order)
    found = kept(shop, whole)
    assert (found["state"], found["order_id"], found["used_shop"]) == ("used", order["orderId"], shop.shop_id)
    sitting = shop.seat()["sittingId"]
    round_ = ordered(shop, [part], [line("duck"), line("tea", line_id="l2")], sittingId=sitting)
    told = {"requestId": request_id(), "sittingId": sitting, "part": {"by": "even", "of": 2, "share": 1}}
    due = round_["dueFen"]
    reply = shop.call("payOrder", shop.guest("cashier"), shownFen=due // 2, tenders=[{"kind": "card"}], **told)
    assert reply["success"], reply
    assert mark_of(shop, part) == ("used", round_["orderId"])
    assert_clean(shop.db, shop.shop_id)


def test_a_coupon_that_leaves_nothing_to_pay_is_used_at_once_also_where_guests_pay_first(shop: TestShop) -> None:
    shop.change(payment="prepay")
    coupon_id = claimed(shop, saved(shop, value={"type": "fixed", "fen": 9900}))
    order = ordered(shop, [coupon_id])
    assert (order["state"], order["dueFen"]) == ("confirmed", 0)
    assert mark_of(shop, coupon_id) == ("used", order["orderId"])
    assert cancel(shop, order)["success"]
    assert mark_of(shop, coupon_id) == ("free", None)
    assert_clean(shop.db, shop.shop_id)


def test_a_coupon_lost_between_price_and_order_refuses_the_order_and_the_stock_is_back(shop: TestShop) -> None:
    coupon_id = claimed(shop, saved(shop))

    class Beaten(FlashUse):
        """A rival takes the coupon when the order is about to be written."""

        def selling(self, order_id: str, work: Work) -> tuple[Callable[[Shop], None], ...]:
            del order_id, work
            shop.db["coupons"].update_one({"_id": coupon_id}, {"$set": {"state": "used", "redeemed": {}}})
            return ()

    told = {"requestId": request_id(), "shopId": shop.shop_id, "lines": [line("duck")], "couponIds": [coupon_id]}
    work = Work(Shop(shop.db, shop.shop_id), Caller(shop.guest(), "guest"), utc_now(), Deadline.after(8), "t")
    with pytest.raises(CouponUnavailable) as refused:
        place_order(
            SubmitOrder.model_validate(told),
            work,
            bargain=lambda _lines: Beaten(),
            told=lambda order: OrderReply(order=order),
        )
    assert [(one["couponId"], one["reason"]) for one in refused.value.details["coupons"]] == [(coupon_id, "unknown")]
    assert shop.db["orders"].count_documents({"shop_id": shop.shop_id}) == 0
    (day,) = shop.db["stock"].find({"shop_id": shop.shop_id})
    assert (day["left"]["duck"], day["holds"]) == (100, {})
    assert_clean(shop.db, shop.shop_id)


@contextmanager
def profiled(shop: TestShop) -> Iterator[list[Document]]:
    """What the server was asked meanwhile."""
    noted: list[Document] = []
    shop.db["system.profile"].drop()
    shop.db.command("profile", 2)
    try:
        yield noted
    finally:
        shop.db.command("profile", 0)
        noted += shop.db["system.profile"].find()
        shop.db["system.profile"].drop()


def test_an_order_without_coupons_asks_nothing_about_them(shop: TestShop) -> None:
    coupon_id = claimed(shop, saved(shop))
    shop.submit([line("tea")])
    about = {f"{shop.db.name}.{name}" for name in ("coupons", "coupon_templates")}
    with profiled(shop) as plain:
        shop.submit([line("tea")])
    with profiled(shop) as using:
        ordered(shop, [coupon_id])
    assert [one for one in plain if one["ns"] in about] == []
    assert {one["ns"] for one in using} >= about


def test_whatever_coupons_ask_the_database_an_index_answers(shop: TestShop) -> None:
    with profiled(shop) as noted:
        template_id = saved(shop, perMember=2)
        coupon_id, other = claimed(shop, template_id), claimed(shop, template_id)
        assert offers(shop, after=coupon_id)["coupons"]
        order = ordered(shop, [coupon_id])
        assert cancel(shop, order)["success"]
        pay(shop, ordered(shop, [coupon_id]))
        show = {"op": "show", "couponId": other}
        assert shop.call("redeemCoupon", shop.guest(), requestId=request_id(), shopId=shop.shop_id, redeem=show)[
            "success"
        ]
        for step in ("couponHolds", "coupons", "couponReminders", "birthdays", "newMembers"):
            run(shop, step)
    names = {f"{shop.db.name}.{name}" for name in ("coupons", "coupon_templates", "members")}
    scans = [one for one in noted if one["ns"] in names and "COLLSCAN" in one.get("planSummary", "")]
    assert [(one["ns"], one["op"], one.get("command")) for one in scans] == []
