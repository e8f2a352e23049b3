"""The life of an order, lived at random beside the simplest model of it (rule 7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone
from typing import cast, get_args

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from shared.domain.orders import KitchenTicket, Order, OrderState, Step
from shared.errors import NotFound, StateConflict


def ticket(name: str, *, is_pass: bool = False) -> KitchenTicket:
    return KitchenTicket(name, "pass" if is_pass else name, "new", 1, (), is_pass)


def order(*tickets: KitchenTicket, state: OrderState = "confirmed") -> Order:
    return Order(
        order_id="o1", order_no="261124-ABCDEF", biz_date="2026-11-24", state=state, channel="pickup", round=1,
        guest_id="g", sitting_id=None, table_name=None, pickup_no="A001", lines=(), tickets=tickets, gross_fen=0,
        due_fen=0, quote_hash="h", note="", placed_at=datetime(2026, 11, 24, tzinfo=timezone.utc),
    )  # fmt: skip


class OrderLife(RuleBasedStateMachine):
    """The model: which station tickets were started, which are ready, and whether the food was handed over."""

    @initialize(stations=st.integers(1, 4))
    def place(self, stations: int) -> None:
        self.stations = [f"t{n}" for n in range(stations)]
        self.order = order(*(ticket(name) for name in self.stations), ticket("p", is_pass=True))
        self.touched: set[str] = set()
        self.ready: set[str] = set()
        self.calls = 0
        self.handed_over = False

    @rule(step=st.sampled_from(["start", "ready"]), number=st.none() | st.integers(0, 4))
    def cook(self, step: str, number: int | None) -> None:
        name = None if number is None else (self.stations + ["p"] * 5)[number]
        cooked = set(self.stations) <= self.ready
        if self.handed_over or (cooked and step == "start"):
            self.refused(cast(Step, step), name)
            return
        before = self.order
        self.order = before.advance(cast(Step, step), name)
        if cooked:
            assert self.order == before
            return
        names = set(self.stations) if name is None else {name} & set(self.stations)
        self.touched |= names
        if step == "ready":
            self.ready |= names

    @rule(step=st.sampled_from(["start", "ready"]))
    def cook_a_strangers_ticket(self, step: str) -> None:
        with pytest.raises(NotFound):
            self.order.advance(cast(Step, step), "t99")

    @rule()
    def call(self) -> None:
        if self.order.state == "ready":
            self.order = self.order.call()
            self.calls += 1
        else:
            with pytest.raises(StateConflict):
                self.order.call()

    @rule()
    def hand_over(self) -> None:
        if self.handed_over or set(self.stations) <= self.ready:
            self.order = self.order.advance("complete", None)
            self.handed_over = True
        else:
            self.refused("complete", None)

    def refused(self, step: Step, name: str | None) -> None:
        with pytest.raises(StateConflict) as refusal:
            self.order.advance(step, name)
        assert refusal.value.message.startswith("订单")

    @invariant()
    def follows_its_stations_tickets(self) -> None:
        if self.handed_over:
            expected = "completed"
        elif set(self.stations) <= self.ready:
            expected = "ready"
        else:
            expected = "cooking" if self.touched else "confirmed"
        assert (self.order.state, self.order.calls) == (expected, self.calls)
        found = {t.ticket_id: t.state for t in self.order.tickets if not t.is_pass}
        assert {name for name, state in found.items() if state == "ready"} == self.ready
        assert {name for name, state in found.items() if state != "waiting"} == self.touched


TestOrderLife = OrderLife.TestCase
TestOrderLife.settings = settings(max_examples=60, stateful_step_count=30)


@pytest.mark.parametrize("state", ["pending", "cancelled"])
@pytest.mark.parametrize("step", get_args(Step))
def test_an_unpaid_or_cancelled_order_is_neither_cooked_nor_handed_over(state: OrderState, step: Step) -> None:
    with pytest.raises(StateConflict):
        order(ticket("hot"), state=state).advance(step, None)


def test_the_passes_ticket_alone_moves_no_order() -> None:
    before = order(ticket("hot"), ticket("p", is_pass=True))
    after = before.advance("ready", "p")
    assert after == replace(before, tickets=(before.tickets[0], replace(before.tickets[1], state="ready")))


def test_a_step_says_nothing_about_version_prices_or_people() -> None:
    before = order(ticket("hot"), ticket("cold"))
    after = before.advance("start", "cold")
    assert replace(after, tickets=before.tickets, state=before.state) == before
