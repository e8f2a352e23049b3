"""What the rules of money say in passing: who leaves, what is withdrawn, what is half paid, what nobody looks at.

A test that is expected to fail shows what is not so yet.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from pymongo import MongoClient

from shared.access.caller import Caller
from shared.contracts.ordering import SubmitOrder
from shared.runtime.clock import Deadline, utc_now
from shared.runtime.merchants import merchant
from shared.store import members
from shared.store.client import Document
from shared.store.guard import BRAND_WIDE
from shared.store.scope import Shop
from shared.store.work import Work
from shared.usecases.ordering import submit_order
from tests.paying.test_refund_members import bank, has  # noqa: F401  (a fixture)
from tests.paying.test_top_up import PHONE, _packages, account, bought, buy, give_back, stored, top_up  # noqa: F401
from tests.store.faults import JustBefore
from tests.support.audit import assert_clean, found
from tests.support.banking import Bank
from tests.support.coupons import claim, saved
from tests.support.desk import WECHAT, Desk, number_of, sweep
from tests.support.group_buys import PRICE, GroupBuys, group_of, order_of
from tests.support.running import run
from tests.support.shops import Reply, call, line, request_id


def leave(desk: Desk, guest: str = "guest") -> Reply:
    """The guest leaves the brand."""
    shop = desk.shop
    told = {"requestId": request_id(), "shopId": shop.shop_id, "edit": {"op": "leave"}}
    return shop.call("editMember", shop.guest(guest), **told)


def test_a_top_up_that_is_paid_after_its_member_left_is_not_kept(desk: Desk) -> None:
    number = desk.tap(buy(desk))
    left = leave(desk)
    heard = desk.hear(number)
    if left["success"]:
        assert heard["data"]["outcome"] == "returned"
        assert [one["fen"] for one in desk.refunds()] == [50_000]
    else:
        assert heard["data"]["outcome"] == "settled"
    assert sweep()["failed"] == []
    assert_clean(desk.shop.db, desk.shop.shop_id)


def test_what_a_payment_holds_of_who_leaves_meanwhile_is_not_lost_and_frees_the_order(
    prepay: Desk,
    bank: Bank,  # noqa: F811
) -> None:
    order = run(prepay.shop, [line("duck", 8)])
    reply = prepay.pay(36_000, tenders=[{"kind": "stored", "fen": 30_000}, WECHAT], orderId=order.order_id)
    assert (reply["success"], bank.member.stored.total_fen) == (True, 0)
    leave(prepay)
    prepay.pass_by(number_of(reply), over=True)
    assert sweep()["failed"] == []
    assert prepay.payment(number_of(reply))["state"] == "closed"
    assert [one.claimed_fen for one in order.now.lines] == [0]
    member = members.find(bank.shop, bank.openid)
    assert (member is not None and member.stored.total_fen == 30_000) or "refundStuck" in prepay.exceptions()


def test_a_coupon_stays_with_an_order_of_which_a_part_is_still_to_be_paid(desk: Desk) -> None:
    shop = desk.shop
    coupon_id = claim(shop, saved(shop))["data"]["coupon"]["couponId"]
    sitting = shop.seat()["sittingId"]
    order = run(shop, [line("duck"), line("fish")], sittingId=sitting, couponIds=[coupon_id])
    cuts = {one.line_id: one.due_fen for one in order.now.lines}
    part = {"by": "lines", "lines": [{"orderId": order.order_id, "lineId": "l-duck"}]}
    desk.paid(cuts["l-duck"], sittingId=sitting, part=part)
    assert desk.refund(order.order_id, lines={"l-duck": 1})["success"]
    kept = shop.db["coupons"].find_one({"_id": coupon_id})
    assert kept is not None
    # The fish is still to be paid, with the coupon's cut.
    assert order.now.due_fen == cuts["l-fish"] < 6_800
    assert (kept["state"], kept.get("order_id")) == ("used", order.order_id)


def test_a_group_with_the_seat_of_an_order_that_was_withdrawn_still_gives_everybodys_money_back(desk: Desk) -> None:
    """The process died between making the order void and freeing its seat."""
    buys = GroupBuys(desk)
    buys.offer()
    first = buys.open("g0")
    assert buys.pay("g0", first) == "settled"
    second = buys.join("g1", group_of(first))
    where = {"_id": order_of(second), "shop_id": desk.shop.shop_id}
    desk.shop.db["orders"].update_one(where, {"$set": {"state": "void"}})
    buys.over(group_of(first))
    assert sweep()["failed"] == []
    assert (buys.group(group_of(first))["state"], buys.sent_home()) == ("expired", PRICE)


def test_a_round_that_is_written_while_the_last_payment_frees_the_table_is_on_an_open_bill(
    desk: Desk, mongodb_uri: str
) -> None:
    shop = desk.shop
    sitting = shop.seat()["sittingId"]
    run(shop, [line("duck")], sittingId=sitting)
    paid: list[Reply] = []

    def rival() -> None:
        paid.append(desk.cash(4_500, sittingId=sitting))

    told = {"requestId": request_id(), "tableCode": shop.code(), "sittingId": sitting, "lines": [line("tea")]}
    with MongoClient[Document](mongodb_uri, tz_aware=True, event_listeners=[JustBefore("insert", rival)]) as client:
        mine = Shop(client[shop.db.name], shop.shop_id)
        work = Work(mine, Caller(shop.guest(), "guest"), utc_now(), Deadline.after(8), "t")
        submit_order(SubmitOrder.model_validate(told), work)
    assert paid[0]["success"], paid
    found = shop.db["table_sessions"].find_one({"_id": sitting, "shop_id": shop.shop_id})
    assert found is not None
    assert (found["state"], desk.cash(300, sittingId=sitting)["success"]) == ("open", True)


def test_whether_a_top_up_is_under_way_an_index_answers(desk: Desk) -> None:
    known = desk.payment(bought(desk))
    payments = desk.shop.db["payments"]
    payments.insert_many(
        {**known, "_id": f"{known['_id']}-{n}", "payer": f"o-{n}", "order_ids": [f"o{n}"]} for n in range(300)
    )
    where = {"shop_id": desk.shop.shop_id, "payer": desk.shop.guest(), "state": "pending", "top_up": {"$exists": True}}
    asked = {"find": "payments", "filter": where, "sort": {"_id": 1}, "limit": 20}
    told = desk.shop.db.command("explain", asked, verbosity="executionStats", comment=BRAND_WIDE)
    payments.delete_many({"shop_id": desk.shop.shop_id})
    assert told["executionStats"]["totalKeysExamined"] < 10, told["executionStats"]


def test_an_amount_that_differs_leaves_the_payers_earlier_payment_alone(prepay: Desk) -> None:
    order = run(prepay.shop, [line("duck")])
    assert prepay.pay(4_500, orderId=order.order_id)["success"]
    before = prepay.written()
    assert prepay.pay(4_400, orderId=order.order_id)["code"] == "PRICE_CHANGED"
    assert prepay.written() == before


def test_what_comes_back_after_a_top_up_was_paid_back_can_be_paid_back_too(prepay: Desk) -> None:
    number = bought(prepay)
    guest = account(prepay)
    order = run(prepay.shop, [line("duck")])
    assert prepay.pay(4_500, tenders=[{"kind": "stored"}], orderId=order.order_id)["success"]
    assert give_back(prepay, number)["success"]
    assert prepay.refund(order.order_id)["success"]
    assert stored(guest)[0] > 0
    give_back(prepay, number)
    assert stored(guest)[0] == 0


def test_what_the_nightly_audit_finds_is_on_the_exceptions_list(desk: Desk, mongodb_uri: str) -> None:
    order = run(desk.shop, [line("duck")])
    with MongoClient[Document](mongodb_uri, tz_aware=True) as plain:
        orders = plain[desk.shop.db.name]["orders"]
        desk.shop.db["audits"].delete_many({})
        orders.update_one({"_id": order.order_id}, {"$inc": {"due_fen": 1}})
        assert call("auditBooks", {"Type": "Timer", "TriggerName": "atNight"}, openid=None)["success"]
        orders.update_one({"_id": order.order_id}, {"$inc": {"due_fen": -1}})
        desk.shop.db["audits"].delete_many({})
    found = desk.shop.db["exceptions"].find_one({"_id": f"auditFinding:ORDER_SUM_WRONG:orders/{order.order_id}"})
    assert found is not None
    assert (found["shop_id"], found["state"], found["told"]["code"]) == (desk.shop.shop_id, "open", "ORDER_SUM_WRONG")


def test_two_refunds_of_a_payment_that_waited_both_go_out_in_the_end(prepay: Desk) -> None:
    order = run(prepay.shop, [line("duck", 2)])
    prepay.paid(9_000, orderId=order.order_id)
    prepay.wechat.plan_fault("refund", "down")
    numbers = [prepay.refund(order.order_id, lines={"l-duck": 1})["data"]["refunds"][0]["refundNo"] for _ in range(2)]
    for number in numbers:
        prepay.refund_due(number)
    sweep()
    states = {one["_id"]: (one["state"], "look_at" in one) for one in prepay.refunds()}
    assert sorted(states.values()) == [("asked", True), ("due", True)]
    assert prepay.exceptions() == {}
    assert_clean(prepay.shop.db, prepay.shop.shop_id)


def test_points_and_growth_of_a_mixed_payment_are_where_they_were_after_many_parts(
    prepay: Desk,
    bank: Bank,  # noqa: F811
) -> None:
    before = has(bank)
    order = run(prepay.shop, [line("duck", 2), line("tea")])
    tenders: list[Reply] = [{"kind": "points", "points": 700}, {"kind": "stored", "fen": 1_111}, WECHAT]
    prepay.hear(prepay.tap(prepay.pay(9_300, tenders=tenders, orderId=order.order_id)))
    for step in ({"fen": 1}, {"lines": {"l-duck": 1}}, {"fen": 333}, {}):
        assert prepay.refund(order.order_id, **step)["success"]
    assert has(bank) == before
    assert_clean(prepay.shop.db, prepay.shop.shop_id)


@pytest.mark.unclean
def test_a_payment_whose_points_and_stored_value_are_not_in_the_ledger_is_found(
    prepay: Desk,
    bank: Bank,  # noqa: F811
) -> None:
    order = run(prepay.shop, [line("duck")])
    reply = prepay.pay(4_500, tenders=[{"kind": "stored"}], orderId=order.order_id)
    cause = f"payment:{number_of(reply)}:pay"
    where = {"cause": cause, "shop_id": prepay.shop.shop_id}
    prepay.shop.db["ledger"].update_one(where, {"$set": {"cause": f"x:{cause}"}})
    assert number_of(reply) in [document for _, document in found(prepay.shop.db, prepay.shop.shop_id)]


@pytest.mark.unclean
def test_a_payment_that_nobody_will_look_at_again_is_found(prepay: Desk) -> None:
    order = run(prepay.shop, [line("duck")])
    number = number_of(prepay.pay(4_500, orderId=order.order_id))
    where = {"_id": number, "shop_id": prepay.shop.shop_id}
    prepay.shop.db["payments"].update_one(where, {"$unset": {"look_at": ""}})
    assert number in [document for _, document in found(prepay.shop.db, prepay.shop.shop_id)]


@pytest.mark.unclean
def test_a_table_that_is_free_with_an_unpaid_bill_is_found(desk: Desk) -> None:
    sitting = desk.shop.seat()["sittingId"]
    run(desk.shop, [line("duck")], sittingId=sitting)
    where = {"_id": sitting, "shop_id": desk.shop.shop_id}
    desk.shop.db["table_sessions"].update_one(where, {"$set": {"state": "settled"}})
    assert sitting in [document for _, document in found(desk.shop.db, desk.shop.shop_id)]


def test_a_top_up_of_more_than_a_year_ago_is_not_taken_and_then_refused(desk: Desk) -> None:
    number = bought(desk)
    where = {"_id": number, "shop_id": desk.shop.shop_id}
    desk.shop.db["payments"].update_one(where, {"$set": {"paid_at": utc_now() - timedelta(days=400)}})
    assert give_back(desk, number)["code"] == "REFUND_UNAVAILABLE"


def test_cash_that_goes_back_for_a_top_up_opens_the_drawer(desk: Desk) -> None:
    guest = account(desk)
    members.bind_phone(guest.shop, guest.openid, PHONE, now=utc_now())
    op = {"op": "sell", "packageId": "p500", "shownFen": 50_000, "phone": PHONE, "kind": "cash", "handedFen": 50_000}
    number = number_of(top_up(desk, op, who="cashier"))
    assert drawers(desk) == 1
    assert give_back(desk, number)["success"]
    assert drawers(desk) == 2


def drawers(desk: Desk) -> int:
    """How many events open the drawer."""
    return sum(
        "drawer" in event
        for one in desk.shop.db["commands"].find({"shop_id": desk.shop.shop_id})
        for event in one.get("events", ())
    )


def test_neither_who_pays_nor_a_key_is_in_the_log(
    prepay: Desk,
    bank: Bank,  # noqa: F811
    capsys: pytest.CaptureFixture[str],
) -> None:
    order = run(prepay.shop, [line("duck", 2)])
    prepay.paid(9_000, orderId=order.order_id)
    prepay.refund(order.order_id, lines={"l-duck": 1})
    prepay.hear(number_of(buy(prepay)), kind="forged")
    other = run(prepay.shop, [line("duck")])
    prepay.wechat.plan_fault("prepare", "error", status=400, code="PARAM_ERROR")
    prepay.pay(4_500, orderId=other.order_id)
    sweep()
    told = "".join(capsys.readouterr())
    secret = merchant()
    keys = (secret.apiv3_key.get_secret_value(), secret.private_key.get_secret_value()[40:80])
    assert "payNotify" in told
    assert [word for word in (prepay.shop.guest(), bank.member.account, *keys) if word in told] == []
