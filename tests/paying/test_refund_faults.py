"""Refunds at once, without an answer, refused, ended badly, and processes that die: the money goes back once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from scripts.local.process import wait_until
from tests.paying.conftest import OTHER
from tests.support.audit import assert_clean, found
from tests.support.desk import Desk, sweep
from tests.support.running import Running, run
from tests.support.shops import Reply, line, request_id

LIMIT_S = 30
Child = subprocess.Popen[bytes]
Point = tuple[str, str, str, int]
"""Before or after the n-th command of this name, if it is told, on this collection."""


def ordered(desk: Desk, quantity: int = 8) -> Running:
    """Ducks that were paid by WeChat Pay."""
    order = run(desk.shop, [line("duck", quantity)])
    desk.paid(4_500 * quantity, orderId=order.order_id)
    return order


def refund_no(reply: Reply) -> str:
    assert reply["success"], reply
    return str(reply["data"]["refunds"][0]["refundNo"])


def state(desk: Desk) -> str:
    (one,) = desk.refunds()
    return str(one["state"])


def due(desk: Desk) -> None:
    for one in desk.refunds():
        desk.refund_due(one["_id"])


def done_once(desk: Desk, number: str, fen: int) -> None:
    """WeChat Pay has one refund of that much under this number, and it gets done."""
    if state(desk) == "due":
        due(desk)
        sweep()
    desk.wechat.settle(number, "SUCCESS")
    due(desk)
    assert sweep()["done"]["returns"] == 1
    (one,) = desk.refunds()
    assert (one["_id"], one["state"], one["fen"]) == (number, "done", fen)
    assert desk.asked("refund settled", number) == 1
    assert_clean(desk.shop.db, desk.shop.shop_id)


def test_eight_at_once_never_give_back_more_than_was_paid(prepay: Desk) -> None:
    order = ordered(prepay, 5)
    with ThreadPoolExecutor(8) as tills:
        replies = list(tills.map(lambda _: prepay.refund(order.order_id, lines={"l-duck": 1}), range(8)))
    codes = [reply.get("code", "done") for reply in replies]
    assert set(codes) <= {"done", "REFUND_TOO_MUCH", "STATE_CONFLICT", "BUSY"}
    assert codes.count("done") == order.now.line("l-duck").refunded == len(prepay.refunds()) <= 5
    while order.now.state != "cancelled":
        assert prepay.refund(order.order_id, lines={"l-duck": 1})["success"]
    assert sum(one["fen"] for one in prepay.refunds()) == order.now.line("l-duck").refunded_fen == 5 * 4_500
    assert prepay.shop.left("duck") == 100
    assert_clean(prepay.shop.db, prepay.shop.shop_id)


@pytest.mark.unclean
def test_without_the_compare_and_set_eight_at_once_would_give_back_more(prepay: Desk) -> None:
    """The control: who looks at what is left and then takes it, as one might, gives back what eight looked at."""
    order, together = ordered(prepay, 5), threading.Barrier(8)
    rows = prepay.shop.db["orders"]

    def look_and_take(_: int) -> None:
        left = order.now.line("l-duck").refundable
        together.wait(LIMIT_S)
        if left:
            rows.update_one(order.mine, {"$inc": {"lines.0.refunded": 1, "lines.0.refunded_fen": 4_500}})

    with ThreadPoolExecutor(8) as tills:
        list(tills.map(look_and_take, range(8)))
    assert order.now.line("l-duck").refunded == 8
    assert ("LINE_REFUND_WRONG", order.order_id) in found(prepay.shop.db, prepay.shop.shop_id)


def test_eight_amounts_at_once_on_two_orders_of_one_payment_never_exceed_it(desk: Desk) -> None:
    sitting = desk.shop.seat()["sittingId"]
    rounds = [run(desk.shop, [line("duck")], sittingId=sitting) for _ in range(2)]
    number = desk.paid(9_000, sittingId=sitting)
    with ThreadPoolExecutor(8) as tills:
        replies = list(tills.map(lambda n: desk.refund(rounds[n % 2].order_id, fen=1_500), range(8)))
    done = sum(reply["success"] for reply in replies)
    assert {reply.get("code") for reply in replies} <= {None, "REFUND_TOO_MUCH", "BUSY"}
    assert sum(one["fen"] for one in desk.refunds()) == done * 1_500 <= 9_000
    back = sum(sum(row.get("refunded", {}).values()) for row in desk.payment(number)["split"])
    assert back == done * 1_500
    assert_clean(desk.shop.db, desk.shop.shop_id)


def test_ten_twins_at_once_give_back_once(prepay: Desk) -> None:
    order, key = ordered(prepay), request_id()
    with ThreadPoolExecutor(10) as tills:
        replies = list(tills.map(lambda _: prepay.refund(order.order_id, key=key, lines={"l-duck": 1}), range(10)))
    assert {reply.get("code") for reply in replies} <= {None, "BUSY"}
    assert len({refund_no(reply) for reply in replies if reply["success"]}) == 1
    assert (order.now.line("l-duck").refunded, len(prepay.refunds())) == (1, 1)


@pytest.mark.parametrize("kind", ["down", "lost", "error", "unsigned", "forged", "other"])
def test_without_an_answer_it_stands_and_the_sweep_asks_again_under_its_number(prepay: Desk, kind: Any) -> None:
    order = ordered(prepay)
    prepay.wechat.plan_fault("refund", kind)
    number = refund_no(prepay.refund(order.order_id, lines={"l-duck": 2}))
    assert state(prepay) == "due"
    due(prepay)
    assert sweep()["failed"] == []
    assert state(prepay) == "asked"
    done_once(prepay, number, 9_000)


def test_an_empty_merchants_balance_delays_it(prepay: Desk) -> None:
    order = ordered(prepay)
    prepay.wechat.withdraw()
    number = refund_no(prepay.refund(order.order_id, lines={"l-duck": 1}))
    assert (state(prepay), prepay.exceptions()) == ("due", {})
    ordered(prepay)  # somebody else pays
    done_once(prepay, number, 4_500)


def test_accepted_and_then_abnormal_it_is_for_people_and_ends_by_itself_when_they_have_mended_it(prepay: Desk) -> None:
    order = ordered(prepay)
    number = refund_no(prepay.refund(order.order_id, lines={"l-duck": 1}))
    prepay.wechat.settle(number, "ABNORMAL")
    prepay.hear(number, refund=True)
    assert (state(prepay), prepay.exceptions()) == ("failed", {"refundStuck": "open"})
    before = prepay.written()
    assert sweep()["done"]["returns"] == 0
    prepay.hear(number, refund=True)
    assert prepay.written() == before
    prepay.wechat.settle(number, "SUCCESS")
    prepay.hear(number, refund=True)
    assert (state(prepay), prepay.exceptions()) == ("done", {"refundStuck": "done"})
    assert_clean(prepay.shop.db, prepay.shop.shop_id)


def test_refused_for_good_it_is_for_people(prepay: Desk) -> None:
    order = ordered(prepay)
    prepay.wechat.plan_fault("refund", "error", status=400, code="INVALID_REQUEST")
    prepay.refund(order.order_id, lines={"l-duck": 1})
    assert (state(prepay), prepay.exceptions()) == ("failed", {"refundStuck": "open"})
    assert_clean(prepay.shop.db, prepay.shop.shop_id)


def test_what_is_told_twice_late_or_of_another_merchant_changes_nothing(prepay: Desk) -> None:
    order = ordered(prepay)
    number = refund_no(prepay.refund(order.order_id, lines={"l-duck": 1}))
    prepay.wechat.settle(number, "SUCCESS")
    with ThreadPoolExecutor(6) as lines:
        list(lines.map(lambda _: prepay.hear(number, refund=True), range(6)))
    assert state(prepay) == "done"
    before = prepay.written()
    assert prepay.hear(number, refund=True)["data"]["outcome"] == "refund"
    assert prepay.hear(number, refund=True, mchid=OTHER)["code"] == "NOTICE_INVALID"
    assert prepay.hear(number, refund=True, kind="forged")["code"] == "NOTICE_INVALID"
    assert prepay.written() == before


def test_the_sweep_and_the_till_at_once_have_it_done_once(prepay: Desk) -> None:
    order = ordered(prepay)
    prepay.wechat.plan_fault("refund", "down")
    number = refund_no(prepay.refund(order.order_id, lines={"l-duck": 1}))
    due(prepay)
    with ThreadPoolExecutor(3) as all_at_once:
        for one in [all_at_once.submit(sweep) for _ in range(3)]:
            one.result()
    done_once(prepay, number, 4_500)


CHILD = """
import json, os, signal, sys
from pymongo import monitoring
from tests.support.shops import call

shop_id, key, order_id, moment, command, collection, nth = json.loads(sys.argv[1])

class Death(monitoring.CommandListener):
    seen = 0
    def _meet(self, event, when, target):
        if (when, event.command_name) == (moment, command) and target in (collection, None):
            self.seen += 1
            if self.seen == nth:
                os.kill(os.getpid(), signal.SIGKILL)
    def started(self, event):
        target = event.command.get(event.command_name)
        self._meet(event, "before", target if isinstance(target, str) else None)
    def succeeded(self, event):
        self._meet(event, "after", None)
    def failed(self, event):
        pass

monitoring.register(Death())
refund = {"by": "units", "reason": "x", "lines": [{"lineId": "l-duck", "quantity": 2}]}
call("refundOrder", {"requestId": key, "orderId": order_id, "refund": refund}, openid=f"o-{shop_id}-manager")
"""


def begin(order: Running, key: str, point: Point = ("never", "", "", 1)) -> Child:
    """The same call by a process of its own, which dies by `kill -9` at that point."""
    told = json.dumps([order.shop.shop_id, key, order.order_id, *point])
    return subprocess.Popen([sys.executable, "-c", CHILD, told], env=dict(os.environ), stdout=subprocess.DEVNULL)


def repeated(desk: Desk, order: Running, key: str) -> str:
    """The client, which got no answer, asks again; the refund's number."""
    return refund_no(desk.refund(order.order_id, key=key, reason="x", lines={"l-duck": 2}))


@pytest.mark.parametrize("kind", ["delayed", "slow"])
def test_killed_before_or_after_wechat_pay_did_it(prepay: Desk, kind: Any) -> None:
    order, key = ordered(prepay), request_id()
    prepay.wechat.plan_fault("refund", kind)
    child = begin(order, key)
    assert wait_until(lambda: prepay.wechat.waiting() == 1, limit_s=LIMIT_S)
    os.kill(child.pid, signal.SIGKILL)
    child.wait(timeout=LIMIT_S)
    prepay.wechat.release()
    assert state(prepay) == "due"
    number = repeated(prepay, order, key)
    assert order.now.line("l-duck").refunded == 2
    done_once(prepay, number, 9_000)


@pytest.mark.parametrize(
    ("point", "left"),
    [
        (("before", "update", "payments", 1), None),
        (("before", "insert", "refunds", 1), None),
        (("before", "update", "orders", 1), None),
        (("before", "update", "stock", 1), None),
        (("before", "insert", "commands", 1), None),
        (("before", "commitTransaction", "", 1), None),
        (("after", "commitTransaction", "", 1), "due"),
        (("before", "update", "refunds", 1), "due"),
        (("before", "commitTransaction", "", 2), "due"),
        (("after", "commitTransaction", "", 2), "asked"),
    ],
)
def test_killed_between_any_two_steps_it_is_as_if_not_begun_or_gets_done_once(
    prepay: Desk, point: Point, left: str | None
) -> None:
    order, key = ordered(prepay), request_id()
    before = prepay.written()
    assert begin(order, key, point).wait(timeout=LIMIT_S) == -signal.SIGKILL
    prepay.shop.db.client.admin.command("killAllSessions", [])  # what the server's reaper does after a while
    if left is None:
        assert prepay.written() == before
    else:
        assert (state(prepay), order.now.line("l-duck").refunded) == (left, 2)
    number = repeated(prepay, order, key)
    assert (order.now.line("l-duck").refunded, len(prepay.refunds())) == (2, 1)
    done_once(prepay, number, 9_000)


@pytest.mark.parametrize("nth", [1, 2])
def test_killed_and_never_repeated_the_sweep_does_it_alone(prepay: Desk, nth: int) -> None:
    order = ordered(prepay)
    assert begin(order, request_id(), ("after", "commitTransaction", "", nth)).wait(timeout=LIMIT_S) == -signal.SIGKILL
    (one,) = prepay.refunds()
    done_once(prepay, one["_id"], 9_000)
