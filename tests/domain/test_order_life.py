"""The life of an order, lived at random beside the simplest model of it (rule 7)."""

from __future__ import annotations

from dataclasses import replace
from typing import cast, get_args

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from shared.domain import moves
from shared.domain.edits import stock_moved
from shared.domain.moves import Step, advance
from shared.domain.orders import Cancellation, Order, OrderState, misplaced
from shared.errors import NotFound, StateConflict
from tests.support.orders import NOON, combo, dish, fee, papers_told, placed, tell

WHY = Cancellation("m1", NOON, "客人有急事")


def ticket_id(order: Order, station: str) -> str:
    return next(ticket.ticket_id for ticket in order.tickets if ticket.station == station)


def states(order: Order) -> dict[str, str]:
    return {ticket.station: ticket.state for ticket in order.tickets}


class OrderLife(RuleBasedStateMachine):
    """The model: which stations started, which are ready, and whether the food was handed over."""

    @initialize(stations=st.integers(1, 4))
    def place(self, stations: int) -> None:
        self.stations = [f"t{n}" for n in range(stations)]
        self.order = placed(*(dish(name, name) for name in self.stations), fee("seat"))
        self.touched: set[str] = set()
        self.ready: set[str] = set()
        self.calls = 0
        self.handed_over = False

    @rule(step=st.sampled_from(["start", "ready"]), number=st.none() | st.integers(0, 4))
    def cook(self, step: str, number: int | None) -> None:
        name = None if number is None else (self.stations + ["pass"] * 5)[number]
        cooked = set(self.stations) <= self.ready
        if self.handed_over or (cooked and step == "start"):
            self.refused(cast(Step, step), name)
            return
        before = self.order
        self.order = self.step(cast(Step, step), name)
        if cooked:
            assert self.order == before
            return
        names = set(self.stations) if name is None else {name} & set(self.stations)
        self.touched |= names
        if step == "ready":
            self.ready |= names

    @rule(number=st.integers(0, 3))
    def serve_a_line(self, number: int) -> None:
        name = self.stations[number % len(self.stations)]
        if self.handed_over:
            with pytest.raises(StateConflict):
                advance(self.order, "serve", line_id=name)
            return
        self.order = advance(self.order, "serve", line_id=name)
        self.touched.add(name)
        self.ready.add(name)

    @rule(step=st.sampled_from(["start", "ready", "serve"]))
    def take_a_strangers_ticket(self, step: str) -> None:
        with pytest.raises(NotFound):
            advance(self.order, cast(Step, step), ticket_id="t99")

    @rule()
    def call(self) -> None:
        if self.order.state == "ready":
            self.order = moves.call(self.order)
            self.calls += 1
        else:
            with pytest.raises(StateConflict):
                moves.call(self.order)

    @rule()
    def hand_over(self) -> None:
        if self.handed_over or set(self.stations) <= self.ready:
            self.order = advance(self.order, "complete")
            self.handed_over = True
        else:
            self.refused("complete", None)

    def step(self, step: Step, station: str | None) -> Order:
        return advance(self.order, step, ticket_id=station and ticket_id(self.order, station))

    def refused(self, step: Step, station: str | None) -> None:
        with pytest.raises(StateConflict) as refusal:
            self.step(step, station)
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
        found = {t.station: t.state for t in self.order.tickets if not t.is_pass}
        assert {name for name, state in found.items() if state == "ready"} == self.ready
        assert {name for name, state in found.items() if state != "waiting"} == self.touched
        assert misplaced(self.order) == {}


TestOrderLife = OrderLife.TestCase
TestOrderLife.settings = settings(max_examples=60, stateful_step_count=30)


@pytest.mark.parametrize("state", ["pending", "cancelled"])
@pytest.mark.parametrize("step", get_args(Step))
def test_an_unpaid_or_cancelled_order_is_neither_cooked_nor_served_nor_handed_over(
    state: OrderState, step: Step
) -> None:
    with pytest.raises(StateConflict):
        advance(placed(dish("a"), state=state), step)


def test_the_passes_ticket_alone_moves_no_order() -> None:
    before = placed(dish("a"))
    after = advance(before, "ready", ticket_id=ticket_id(before, "pass"))
    assert (after.state, states(after)) == ("confirmed", {"hot": "waiting", "pass": "ready"})


def test_a_step_says_nothing_about_version_prices_or_people() -> None:
    before = placed(dish("a"), dish("b", "cold"))
    after = advance(before, "start", ticket_id=ticket_id(before, "cold"))
    assert replace(after, tickets=before.tickets, state=before.state) == before


def test_what_is_served_is_cooked_line_by_line() -> None:
    order = placed(dish("a"), dish("b"), dish("c", "cold"))
    one = advance(order, "serve", line_id="a")
    assert (one.state, states(one)) == ("cooking", {"hot": "started", "cold": "waiting", "pass": "waiting"})
    two = advance(one, "serve", line_id="b")
    assert (two.state, states(two)["hot"]) == ("cooking", "ready")
    done = advance(two, "serve", line_id="c")
    assert (done.state, [line.served for line in done.lines]) == ("ready", [True, True, True])
    assert advance(done, "serve", line_id="c") == done


def test_a_ticket_serves_its_lines_but_a_combo_only_with_its_last_ticket() -> None:
    order = placed(combo("lunch", main="hot", drink="drink"), dish("tea", "drink"))
    first = advance(order, "serve", ticket_id=ticket_id(order, "drink"))
    assert {line.line_id: line.served for line in first.lines} == {"lunch": False, "tea": True}
    assert (first.state, states(first)["drink"]) == ("cooking", "ready")
    last = advance(first, "serve", ticket_id=ticket_id(order, "hot"))
    assert (last.state, [line.served for line in last.lines]) == ("ready", [True, True])


def test_serving_the_whole_serves_what_is_fired_and_the_rest_is_still_to_come() -> None:
    order = advance(placed(dish("a"), dish("b", course=1)), "serve")
    assert (order.state, [line.served for line in order.lines]) == ("cooking", [True, False])
    with pytest.raises(StateConflict) as held:
        advance(order, "serve", line_id="b")
    assert held.value.message == "菜b还没有起菜"


def test_an_order_of_held_courses_only_waits_without_a_ticket() -> None:
    order = placed(dish("a", course=1), dish("b", "cold", course=2))
    assert (order.state, order.tickets) == ("confirmed", ())


def test_the_kitchen_hears_of_a_pending_order_when_it_is_paid() -> None:
    order = placed(dish("a", quantity=2), dish("b", "cold"), state="pending", payment="prepay")
    assert order.tickets == ()
    after, drafts = tell(order, moves.confirm(order))
    assert (after.state, after.pay_by) == ("confirmed", None)
    assert papers_told(drafts) == {("hot", "new", ("a",)), ("cold", "new", ("b",))}
    with pytest.raises(StateConflict):
        moves.confirm(after)


def test_a_cancelled_orders_kitchen_gets_voids_and_nothing_is_owed() -> None:
    before = placed(dish("a", quantity=2), dish("b", "cold"), dish("c", course=1), fee("seat"))
    after, drafts = tell(before, moves.cancel(before, WHY, by_guest=True))
    assert (after.state, after.gross_fen, after.due_fen, after.cancelled) == ("cancelled", 0, 0, WHY)
    assert papers_told(drafts) == {("hot", "void", ("a",)), ("cold", "void", ("b",))}
    assert {draft.revision for draft in drafts} == {2}


def test_a_guest_cancels_until_the_kitchen_starts_and_staff_until_it_is_handed_over() -> None:
    cooking = advance(placed(dish("a")), "start")
    with pytest.raises(StateConflict) as late:
        moves.cancel(cooking, WHY, by_guest=True)
    assert late.value.message == "厨房已经开始制作，如需取消请联系服务员"
    assert moves.cancel(cooking, WHY, by_guest=False).state == "cancelled"
    ready = advance(cooking, "ready")
    assert moves.cancel(ready, WHY, by_guest=False).state == "cancelled"
    for over in (advance(ready, "complete"), moves.cancel(ready, WHY, by_guest=False)):
        with pytest.raises(StateConflict):
            moves.cancel(over, WHY, by_guest=False)


def test_a_cancelled_order_gives_back_what_no_cook_has_begun_with() -> None:
    before = placed(
        dish("a", quantity=2, limited=("fish",)),
        dish("b", "cold", quantity=3, limited=("duck",)),
        dish("c", "drink", course=1, limited=("tea",)),
    )
    before = advance(before, "start", ticket_id=ticket_id(before, "hot"))
    after = moves.cancel(before, WHY, by_guest=False)
    assert stock_moved(before, after) == {"duck": 3, "tea": 1}
