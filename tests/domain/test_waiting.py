"""The queue's moves, and what a party is told to expect (rule 25)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.waiting import (
    LIVE,
    QueueState,
    QueueTicket,
    TableClass,
    WaitingPolicy,
    parties_ahead,
    wait_min,
)
from shared.errors import StateConflict

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=timezone.utc)
POLICY = WaitingPolicy()
TICKET = QueueTicket("t", "2026-11-24", "B", 12, 3, "王女士", "o-1", NOON, NOON + timedelta(hours=16))
STATES: tuple[QueueState, ...] = ("waiting", "called", "passed", "seated", "left", "over")
Move = Callable[[QueueTicket], QueueTicket]
MOVES: dict[str, tuple[Move, set[QueueState], QueueState]] = {
    "call": (lambda one: one.call(NOON), {"waiting", "called"}, "called"),
    "pass": (lambda one: one.pass_over(POLICY), {"called"}, "passed"),
    "recall": (lambda one: one.recall(NOON), {"passed"}, "called"),
    "seat": (lambda one: one.seat(NOON, sitting_id="s", table_name="1号桌"), set(LIVE), "seated"),
    "leave": (lambda one: one.leave(), set(LIVE), "left"),
}


def ago(*minutes: float) -> list[datetime]:
    """Moments so many minutes before noon."""
    return [NOON - timedelta(minutes=one) for one in minutes]


@pytest.mark.parametrize(
    ("guests", "letter"), [(1, "A"), (2, "A"), (3, "B"), (4, "B"), (5, "C"), (8, "C"), (9, "D"), (99, "D")]
)
def test_a_party_waits_in_the_smallest_class_that_takes_it(guests: int, letter: str) -> None:
    assert POLICY.class_for(guests).letter == letter


def test_who_is_more_than_every_class_takes_waits_in_the_largest() -> None:
    assert WaitingPolicy((TableClass("S", 2), TableClass("L", 6))).class_for(7).letter == "L"


@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize("state", STATES)
def test_each_move_is_made_from_its_states_and_refused_from_every_other(state: QueueState, move: str) -> None:
    make, starts, end = MOVES[move]
    before = replace(TICKET, state=state)
    if state in starts:
        assert make(before).state == end
        return
    with pytest.raises(StateConflict) as refused:
        make(before)
    assert refused.value.message.startswith("B012 ")
    assert refused.value.details == {"state": state}


def test_a_call_is_counted_and_the_first_one_keeps_its_time() -> None:
    twice = TICKET.call(NOON).call(NOON + timedelta(minutes=2))
    assert (twice.calls, twice.called_at, twice.label) == (2, NOON, "B012")


def test_a_party_passed_for_the_third_time_is_over() -> None:
    states = []
    ticket = TICKET.call(NOON)
    for _ in range(2):
        ticket = ticket.pass_over(POLICY)
        states.append(ticket.state)
        ticket = ticket.recall(NOON)
    ticket = ticket.pass_over(POLICY)
    assert ([*states, ticket.state], ticket.passes, ticket.calls) == (["passed", "passed", "over"], 3, 3)


def test_ahead_are_those_of_the_class_who_wait_with_a_lower_number() -> None:
    parties: list[tuple[str, int, QueueState]] = [
        ("B", 3, "waiting"), ("B", 4, "called"), ("B", 5, "passed"), ("B", 6, "waiting"),
        ("A", 1, "waiting"), ("B", 12, "waiting"), ("B", 13, "waiting"),
    ]  # fmt: skip
    line = [replace(TICKET, letter=letter, number=number, state=state) for letter, number, state in parties]
    assert parties_ahead(TICKET, line) == 2


@pytest.mark.parametrize(
    ("ahead", "seatings", "expected"),
    [
        (0, [], 15),  # 45 minutes a table, three tables
        (3, [], 60),
        (0, ago(10, 20), 15),  # two say nothing yet
        (0, ago(10, 20, 30), 10),  # three in half an hour
        (2, ago(10, 20, 30), 30),
        (0, ago(1, 2, 3), 8),  # never faster than half of the usual: 7½
        (0, ago(80, 85, 89), 30),  # 29⅔: nobody seated for long
        (0, ago(91, 92, 93), 15),  # too long ago
        (0, ago(1, 12, 24, 36, 48, 60, 72), 10),  # the last six took an hour
    ],
)
def test_the_estimate_follows_the_pace_of_seating(ahead: int, seatings: list[datetime], expected: int) -> None:
    assert wait_min(ahead, seatings, now=NOON, tables=3, turn_min=45) == expected


def test_a_class_without_a_table_of_its_own_is_counted_as_having_one() -> None:
    assert wait_min(0, [], now=NOON, tables=0, turn_min=45) == 45


@given(
    st.integers(0, 60),
    st.lists(st.integers(-3600, 9000), max_size=20),
    st.integers(0, 40),
    st.integers(1, 240),
)
def test_an_estimate_is_between_half_and_double_of_the_usual_and_grows_with_who_is_ahead(
    ahead: int, seconds: list[int], tables: int, turn_min: int
) -> None:
    seatings = [NOON - timedelta(seconds=one) for one in seconds]
    found, next_one = (wait_min(n, seatings, now=NOON, tables=tables, turn_min=turn_min) for n in (ahead, ahead + 1))
    usual = (ahead + 1) * turn_min / max(tables, 1)
    assert 1 <= found <= next_one
    assert usual / 2 - (ahead + 1) / 60 <= found <= usual * 2 + 1
