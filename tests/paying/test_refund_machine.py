"""One order as a state machine: paid by some, cooked, given back in parts, asked for, done; and minutes that go by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from scripts.local.wechat_pay.simulator import WechatPaySimulator
from shared.domain.ledger import earning, topping_up
from shared.domain.loyalty import LoyaltyPolicy, Stored
from shared.runtime.clock import utc_now
from shared.store import members
from tests.paying.conftest import wechat_pay
from tests.support.audit import assert_clean
from tests.support.banking import Bank
from tests.support.desk import CARD, WECHAT, Desk, sweep
from tests.support.offers import put_campaign
from tests.support.running import run
from tests.support.shops import Reply, line, open_shop

TENDERS: dict[str, list[Reply]] = {
    "wechat": [WECHAT],
    "stored": [{"kind": "stored"}],
    "three": [{"kind": "points", "points": 300}, {"kind": "stored", "fen": 701}, WECHAT],
    "card": [CARD],
    "both": [{**CARD, "fen": 333}, {"kind": "cash", "handedFen": 100_000}],
}
REFUSALS = {"REFUND_TOO_MUCH", "STATE_CONFLICT", "NOT_PAID"}


class Refunds(RuleBasedStateMachine):
    """One sitting of two guests, one order; WeChat Pay does what it is told to do."""

    desk: Desk
    tills: list[Desk]

    @initialize(
        rows=st.lists(st.integers(1, 3), min_size=2, max_size=3),
        ways=st.lists(st.sampled_from(sorted(TENDERS)), min_size=1, max_size=2),
    )
    def dinner(self, rows: list[int], ways: list[str]) -> None:
        """The order is placed and paid, evenly if by two."""
        shop = open_shop(self.desk.shop.db)
        self.till = Desk(shop, self.desk.wechat)
        put_campaign(shop, "积分", kind="points", unit_points=100, unit_fen=100, max_share_bp=9_000)
        self.bank = Bank(shop.db, shop.shop_id, shop.guest())
        members.join(self.bank.shop, self.bank.openid, now=utc_now())
        self.bank.post("t", "topUp", topping_up(Stored(90_001, 7_777)), now=utc_now())
        ends = LoyaltyPolicy().expiry("2026-11-24")
        self.bank.post("e", "earn", earning(points=900, growth=11), at=ends, now=utc_now())
        self.has = self._balances()
        sitting = shop.seat()["sittingId"]
        dishes = [line("duck", rows[0]), line("tea", rows[1]), line("noodles", rows[-1], specs={"size": "big"})]
        self.order = run(shop, dishes, sittingId=sitting)
        self.paid: Counter[str] = Counter()
        for share, way in enumerate(ways, start=1):
            self._pay(sitting, way, {"by": "even", "of": 2, "share": share} if len(ways) == 2 else {"by": "whole"})

    def _pay(self, sitting: str, way: str, part: Reply) -> None:
        till, guest = self.till, "cashier" if way in ("card", "both") else "guest"
        bill: dict[str, Any] = {"sittingId": sitting, "part": part, "guest": guest, "tenders": TENDERS[way]}
        shown = till.pay(1, **bill)["details"]["dueFen"]
        reply = till.pay(shown, **bill)
        assert reply["success"], reply
        if "wechat" in reply["data"]:
            till.hear(till.tap(reply))
        for row in till.payment(reply["data"]["payment"]["paymentId"])["split"]:
            self.paid.update(row["legs"])

    @rule(which=st.integers(0, 2), count=st.integers(1, 2))
    def units(self, which: int, count: int) -> None:
        """Some units of a line go back, if they are there."""
        before = self.order.now
        one = before.lines[which]
        reply = self.till.refund(self.order.order_id, lines={one.line_id: count})
        expected = before.state != "cancelled" and count <= one.refundable
        assert reply["success"] == expected or reply.get("code") in REFUSALS, reply
        assert reply["success"] == expected
        if expected:
            share = one.paid_fen * (one.refunded + count) // one.billed_quantity - one.refunded_fen
            after = self.order.now.line(one.line_id)
            assert after.refunded_fen - one.refunded_fen == max(share, 0)

    @rule(fen=st.integers(1, 4_000))
    def amount(self, fen: int) -> None:
        """An amount goes back, if so much is left."""
        left = sum(one.left_fen for one in self.order.now.lines)
        reply = self.till.refund(self.order.order_id, fen=fen)
        assert reply["success"] == (fen <= left), reply
        if reply["success"]:
            assert reply["data"]["fen"] == fen

    @precondition(lambda self: self.order.now.state in ("confirmed", "cooking"))
    @rule(step=st.sampled_from(["start", "ready"]))
    def cook(self, step: str) -> None:
        """The kitchen goes on."""
        self.order.step(step, person="kitchen")

    @precondition(lambda self: self.order.now.state == "ready")
    @rule()
    def hand_over(self) -> None:
        """The guests have it all."""
        assert self.order.step("complete")["success"]

    @rule(state=st.sampled_from(["SUCCESS", "CLOSED", "ABNORMAL"]))
    def wechat_pay_goes_on(self, state: Any) -> None:
        """Of what it accepted, the oldest goes on, and it tells."""
        for one in self.till.refunds():
            if one["state"] == "asked":
                self.till.wechat.settle(one["_id"], state)
                self.till.hear(one["_id"], refund=True)
                return

    @rule()
    def the_sweep_comes(self) -> None:
        """It asks for what is due, though a minute is not over: what WeChat Pay does not take yet stays due."""
        for one in self.till.refunds():
            if "look_at" in one:
                self.till.refund_due(one["_id"])
        sweep()

    def _balances(self) -> tuple[int, int, int, int]:
        member = self.bank.member
        return member.points, member.stored.principal_fen, member.stored.bonus_fen, member.growth

    def teardown(self) -> None:
        """In the end all goes back: every leg as it was paid, every balance as it was, and the books are clean."""
        if not hasattr(self, "order"):
            return
        self.till.refund(self.order.order_id)
        back: Counter[str] = Counter()
        for one in self.till.refunds():
            for leg in one["legs"]:
                back[leg["leg"]] += leg["fen"]
        assert back == self.paid
        assert self._balances() == self.has
        assert_clean(self.till.shop.db, self.till.shop.shop_id)
        self.tills.append(self.till)


def minutes_go_by(till: Desk, *, count: int = 2) -> None:
    """For WeChat Pay, and for all refunds that wait."""
    till.wechat.advance(timedelta(minutes=count))
    change = {"$set": {"look_at": utc_now() - timedelta(seconds=1)}}
    till.shop.db["refunds"].update_many({"shop_id": {"$exists": True}, "look_at": {"$exists": True}}, change)
    sweep()


def finish(tills: list[Desk]) -> None:
    """WeChat Pay does all that is asked of it, a minute apart of each payment; nothing is left, no law is broken."""
    for _ in range(40):
        waiting = [(till, one) for till in tills for one in till.refunds() if one["state"] in ("due", "asked")]
        if not waiting:
            break
        for till, one in waiting:
            if one["state"] == "asked":
                till.wechat.settle(one["_id"], "SUCCESS")
                till.hear(one["_id"], refund=True)
        minutes_go_by(tills[0])
    for till in tills:
        assert {one["state"] for one in till.refunds()} <= {"done", "failed"}
        assert_clean(till.shop.db, till.shop.shop_id)


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[WechatPaySimulator]:
    """One of the test's own, whose clock may be set forward."""
    with wechat_pay(tmp_path) as running:
        yield running


def test_whatever_happens_all_that_was_paid_comes_back_on_every_leg_and_never_more(desk: Desk) -> None:
    tills: list[Desk] = []
    machine = type("Machine", (Refunds,), {"desk": desk, "tills": tills})
    run_state_machine_as_test(machine, settings=settings(max_examples=12, stateful_step_count=8))
    finish(tills)


def test_the_second_refund_is_asked_for_when_its_minute_is_over(prepay: Desk) -> None:
    order = run(prepay.shop, [line("duck", 2)])
    prepay.hear(prepay.tap(prepay.pay(9_000, orderId=order.order_id)))
    first, second = (prepay.refund(order.order_id, lines={"l-duck": 1}) for _ in range(2))
    assert [one["state"] for one in prepay.refunds()].count("due") == 1
    minutes_go_by(prepay)
    assert [one["state"] for one in prepay.refunds()] == ["asked", "asked"]
    assert first["data"]["refunds"][0]["refundNo"] != second["data"]["refunds"][0]["refundNo"]
    finish([prepay])


def test_accepted_and_then_closed_it_is_asked_for_again_under_its_number(prepay: Desk) -> None:
    order = run(prepay.shop, [line("duck", 2)])
    prepay.hear(prepay.tap(prepay.pay(9_000, orderId=order.order_id)))
    number = prepay.refund(order.order_id)["data"]["refunds"][0]["refundNo"]
    prepay.wechat.settle(number, "CLOSED")
    prepay.hear(number, refund=True)
    assert [one["state"] for one in prepay.refunds()] == ["due"]
    minutes_go_by(prepay)
    assert [(one["_id"], one["state"]) for one in prepay.refunds()] == [(number, "asked")]
    finish([prepay])


@pytest.mark.parametrize("way", sorted(TENDERS))
def test_every_way_of_paying_goes_back_whole(desk: Desk, way: str) -> None:
    tills: list[Desk] = []
    machine = type("Machine", (Refunds,), {"desk": desk, "tills": tills})()
    machine.dinner([2, 1], [way])
    machine.units(0, 1)
    machine.amount(101)
    machine.teardown()
    finish(tills)
