"""Prepay shops: stock is taken at once, the kitchen hears when it is paid, and `sweep` ends what is not (rule 8)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pymongo.database import Database

from shared.access.caller import Caller
from shared.contracts.ordering import OrderReply
from shared.domain.pickup import PickupHours
from shared.errors import StateConflict
from shared.runtime.clock import Deadline, utc_now
from shared.store import orders, shops
from shared.store.client import Document
from shared.store.scope import Chain, Shop
from shared.store.work import Outcome, Work
from shared.usecases import life, sweeping
from shared.usecases.telling import Kitchen
from shared.usecases.views import order_view
from tests.support.running import Running, run, told, written
from tests.support.shops import Reply, TestShop, call, line, moment

SHANGHAI = ZoneInfo("Asia/Shanghai")
ROOT = Path(__file__).parents[2]
KILLED = """
import json, os, signal, sys
from pymongo import monitoring
from tests.store.faults import JustBefore
monitoring.register(JustBefore(sys.argv[1], lambda: os.kill(os.getpid(), signal.SIGKILL)))
from functions.sweep.index import main
print(main({}, json.loads(sys.argv[2])))
"""


@pytest.fixture
def prepay(shop: TestShop) -> TestShop:
    """A shop whose guests pay first, in a database where no other order is unpaid."""
    shop.db["orders"].delete_many({"state": "pending", "shop_id": {"$exists": True}})
    shop.change(payment="prepay")
    return shop


def sweep() -> Reply:
    reply: Reply = call("sweep", {"Type": "Timer", "TriggerName": "everyMinute"}, openid=None)["data"]
    return reply


def late(order: Running) -> None:
    """A quarter of an hour goes by."""
    order.shop.db["orders"].update_one(order.mine, {"$set": {"pay_by": utc_now() - timedelta(seconds=1)}})


def pay(order: Running) -> OrderReply:
    """What the payment does to the order, in a transaction of its own."""
    shop = Shop(order.shop.db, order.shop.shop_id)
    work = Work(shop, Caller("pay", "system"), utc_now(), Deadline.after(5), "paid")
    kitchen = Kitchen.of(work)

    def body(inside: Shop) -> Outcome[OrderReply]:
        after, events = life.confirm(inside, orders.get(inside, order.order_id), kitchen)
        return Outcome(OrderReply(order=order_view(after)), tuple(events))

    return work.transact(body)


def test_an_unpaid_order_holds_its_stock_and_the_kitchen_hears_nothing(prepay: TestShop) -> None:
    order = run(prepay, [line("duck", 5), line("tea")])
    shown = prepay.call("listOrders", prepay.guest(), shopId=prepay.shop_id)["data"]["orders"][0]
    assert (shown["state"], shown["payment"], shown["tickets"]) == ("pending", "prepay", [])
    assert moment(shown["payBy"]) - moment(shown["placedAt"]) == timedelta(minutes=15)
    assert (prepay.left("duck"), order.papers, prepay.sync()["data"]["events"]) == (95, [], [])


def test_when_it_is_paid_the_kitchen_gets_its_tickets_once(prepay: TestShop) -> None:
    order = run(prepay, [line("duck", 5), line("tea", course=1)])
    reply = pay(order)
    assert (reply.order.state, reply.order.pay_by) == ("confirmed", None)
    assert told(order.papers, revision=1) == {("cold", "new", ("l-duck",)), ("pass", "new", ("l-duck",))}
    assert {event["eventId"] for event in prepay.sync()["data"]["events"]} == {p.job_id for p in order.papers}
    before = written(prepay)
    with pytest.raises(StateConflict):
        pay(order)
    assert written(prepay) == before
    assert (sweep()["done"]["expired"], order.now.state, prepay.left("duck")) == (0, "confirmed", 95)


def test_an_order_that_costs_nothing_is_confirmed_at_once(prepay: TestShop) -> None:
    prepay.change_dish("tea", price_fen=0)
    assert run(prepay, [line("tea")]).now.state == "confirmed"


def test_what_is_not_paid_in_time_is_swept_and_its_stock_comes_back_once(prepay: TestShop) -> None:
    old, young = run(prepay, [line("duck", 5)]), run(prepay, [line("duck", 7)])
    late(old)
    assert sweep()["done"]["expired"] == 1
    assert (old.now.state, young.now.state, prepay.left("duck")) == ("cancelled", "pending", 93)
    cancelled = old.now.cancelled
    assert cancelled is not None
    assert (cancelled.by, cancelled.reason) == ("sweep", "超时未支付")
    assert (old.papers, sweep()["done"]["expired"], prepay.left("duck")) == ([], 0, 93)
    with pytest.raises(StateConflict):
        pay(old)


def test_four_sweeps_at_once_give_the_stock_back_once(prepay: TestShop) -> None:
    expired = [run(prepay, [line("duck", 5)], guest=f"g{n}") for n in range(6)]
    for order in expired:
        late(order)
    with ThreadPoolExecutor(4) as timers:
        done = sum(reply["done"].get("expired", 0) for reply in timers.map(lambda _: sweep(), range(4)))
    while any(order.now.state == "pending" for order in expired):
        done += sweep()["done"].get("expired", 0)
    assert (done, prepay.left("duck")) == (6, 100)
    day = prepay.db["stock"].find_one({"shop_id": prepay.shop_id})
    assert day is not None
    assert day["holds"] == {}


def test_without_the_state_in_the_same_transaction_two_sweeps_give_it_back_twice(db: Database[Document]) -> None:
    """The negative control: read that it is pending, give back, then cancel."""
    pieces = db.client[f"{db.name}_unguarded"]["sweep"]
    pieces.insert_one({"_id": "o", "state": "pending", "left": 95})
    both_have_read = threading.Barrier(2)

    def expire(_number: int) -> None:
        found = pieces.find_one({"_id": "o"})
        both_have_read.wait(20)
        if found and found["state"] == "pending":
            pieces.update_one({"_id": "o"}, {"$inc": {"left": 5}})
            pieces.update_one({"_id": "o"}, {"$set": {"state": "cancelled"}})

    try:
        with ThreadPoolExecutor(2) as timers:
            list(timers.map(expire, range(2)))
        found = pieces.find_one({"_id": "o"})
    finally:
        db.client.drop_database(f"{db.name}_unguarded")
    assert found is not None
    assert found["left"] == 105


def test_a_payment_and_the_sweep_at_once_leave_it_paid_or_cancelled(prepay: TestShop) -> None:
    for number in range(8):
        order = run(prepay, [line("duck")], guest=f"g{number}")
        late(order)

        def paid(order: Running = order) -> bool:
            try:
                return pay(order).order.state == "confirmed"
            except StateConflict:
                return False

        with ThreadPoolExecutor(2) as both:
            swept, confirmed = both.submit(sweep), both.submit(paid)
        expired = swept.result()["done"]["expired"] == 1
        assert expired != confirmed.result()
        assert order.now.state == ("cancelled" if expired else "confirmed")
    kept = prepay.db["orders"].count_documents({"shop_id": prepay.shop_id, "state": "confirmed"})
    assert prepay.left("duck") == 100 - kept


@pytest.mark.parametrize("point", ["update", "commitTransaction"])
def test_a_sweep_that_is_killed_on_the_way_has_done_nothing_and_the_next_does_it_once(
    prepay: TestShop, point: str
) -> None:
    order = run(prepay, [line("duck", 5)])
    late(order)
    before = written(prepay)
    context = {"request_id": "r", "time_limit_in_ms": 20_000, "environment": json.dumps({"TCB_SOURCE": "timer"})}
    died = subprocess.run(
        [sys.executable, "-c", KILLED, point, json.dumps(context)],
        cwd=ROOT,
        env=dict(os.environ),
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert died.returncode == -9, died.stderr.decode()
    assert written(prepay) == before
    prepay.db.client.admin.command("killAllSessions", [])  # as the server does with a dead client's, in its own time
    assert sweep()["done"]["expired"] == 1
    assert (order.now.state, prepay.left("duck"), sweep()["done"]["expired"]) == ("cancelled", 100, 0)


def test_an_expired_order_leaves_its_pick_up_slot_once(prepay: TestShop) -> None:
    prepay.change(cutoff=(utc_now().astimezone(SHANGHAI) - timedelta(hours=1)).strftime("%H:00"))
    shop = Shop(prepay.db, prepay.shop_id)
    config = shops.shop_settings(shop, utc_now())
    slot = PickupHours(config.calendar, config.hours, config.pickup).slots(utc_now())[2].isoformat()
    order, other = (run(prepay, [line("duck", 5)], guest=guest, pickupAt=slot) for guest in ("a", "b"))
    late(order)
    this = sweeping.Round.begin(Chain(prepay.db))
    assert [life.expire(order.order_id, this.work_in(prepay.shop_id)) for _ in range(3)] == [True, False, False]
    taken = prepay.db["pickup_slots"].find_one({"shop_id": prepay.shop_id})
    assert taken is not None
    assert (taken["count"], other.now.state, prepay.left("duck")) == (1, "pending", 95)


def test_a_guest_cancels_an_unpaid_order_and_the_sweep_finds_nothing(prepay: TestShop) -> None:
    order = run(prepay, [line("duck", 5)])
    assert order.cancel()["data"]["order"]["state"] == "cancelled"
    assert (order.papers, sweep()["done"]["expired"], prepay.left("duck")) == ([], 0, 100)


@pytest.mark.parametrize(
    "move",
    [
        lambda order: order.step("start", person="kitchen"),
        lambda order: order.step("serve"),
        lambda order: order.edit(op="rush"),
        lambda order: order.edit(op="void", lineId="l-duck", reason="x"),
        lambda order: order.edit(op="change", lineId="l-duck", note="x"),
        lambda order: order.edit(op="fire", course=1),
    ],
    ids=["start", "serve", "rush", "void", "change", "fire"],
)
def test_an_unpaid_order_is_not_cooked_changed_or_rushed(prepay: TestShop, move: Callable[[Running], Reply]) -> None:
    order = run(prepay, [line("duck"), line("tea", course=1)])
    before = written(prepay)
    assert move(order)["code"] == "STATE_CONFLICT"
    assert written(prepay) == before


def test_a_paid_orders_price_is_not_changed_but_its_lines_are_voided(prepay: TestShop) -> None:
    order = run(prepay, [line("noodles", 2, specs={"size": "small"}), line("tea")])
    pay(order)
    before = written(prepay)
    dearer = order.edit(op="change", lineId="l-noodles", choices={"specs": {"size": "big"}})
    assert (dearer["code"], dearer["message"]) == (
        "STATE_CONFLICT",
        "订单已付款，改动会影响价格，请退掉这道菜再重新下单",
    )
    assert written(prepay) == before
    assert order.edit(op="void", lineId="l-noodles", quantity=1)["data"]["order"]["dueFen"] == 2100


def test_the_sweep_is_harmless_whoever_calls_it_with_whatever(prepay: TestShop) -> None:
    run(prepay, [line("duck")])
    before = written(prepay)
    for openid in (prepay.guest("anybody"), prepay.guest("manager"), None):
        reply = call("sweep", {"now": "2999-01-01T00:00:00Z", "shopId": prepay.shop_id}, openid=openid)
        assert (reply["data"]["done"]["expired"], reply["data"].get("failed")) == (0, [])
    assert written(prepay) == before


def test_a_step_that_fails_is_told_and_stops_no_other(prepay: TestShop, capsys: pytest.CaptureFixture[str]) -> None:
    order = run(prepay, [line("duck")])
    late(order)

    def broken(_round: sweeping.Round) -> int:
        raise OSError("the guest's name is secret")

    steps: Mapping[str, sweeping.Step] = {"broken": broken, **sweeping.STEPS}
    reply = sweeping.take(steps, sweeping.Round.begin(Chain(prepay.db)))
    assert (reply.failed, reply.done["expired"], order.now.state) == (("broken",), 1, "cancelled")
    told_of = capsys.readouterr().out
    assert '"step":"broken","cause":"OSError"' in told_of
    assert "secret" not in told_of


def test_one_order_that_cannot_be_expired_does_not_keep_the_others(prepay: TestShop) -> None:
    stuck, other = run(prepay, [line("duck")]), run(prepay, [line("tea")])
    late(stuck)
    late(other)
    long_ago: datetime = utc_now() - timedelta(days=1)
    prepay.db["orders"].update_one(
        stuck.mine, {"$set": {"pay_by": long_ago}, "$unset": {"guest_id": ""}}
    )  # a document nobody can read
    assert sweep()["failed"] == ["expired"]
    assert other.now.state == "cancelled"
    prepay.db["orders"].delete_one(stuck.mine)
