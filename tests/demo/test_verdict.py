"""The demo's verdict: well only if every ticket is on paper exactly once and every call was shown."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from scripts.local.demo.verdict import Facts, judge

WELL = Facts(
    orders=2,
    tickets=("o1.hot.new.1", "o1.pass.new.1", "o2.cold.new.1"),
    papers=Counter({"o1.hot.new.1": 1, "o1.pass.new.1": 1, "o2.cold.new.1": 1}),
    calls=("o1.call.1", "o2.call.1"),
    shown=("o1.call.1", "o2.call.1"),
)


def test_all_is_well_when_everything_came_out_once_and_was_shown() -> None:
    verdict = judge(WELL)
    assert verdict.problems == []
    assert (verdict.orders, verdict.tickets, verdict.printed, verdict.calls, verdict.calls_shown) == (2, 3, 3, 2, 2)


def test_paper_of_other_orders_is_no_problem_but_told() -> None:
    verdict = judge(replace(WELL, papers={**WELL.papers, "other.hot.new.1": 2, "": 1}))
    assert replace(verdict, unasked=()) == judge(WELL)
    assert verdict.unasked == ("", "other.hot.new.1")


@pytest.mark.parametrize(
    ("facts", "problem"),
    [
        (
            replace(WELL, papers={"o1.hot.new.1": 1, "o1.pass.new.1": 1}),
            "ticket never printed: o2.cold.new.1",
        ),
        (replace(WELL, papers={**WELL.papers, "o1.hot.new.1": 2}), "ticket printed more than once: o1.hot.new.1"),
        (replace(WELL, shown=("o1.call.1",)), "call never shown: o2.call.1"),
        (replace(WELL, orders=0, tickets=()), "too little happened: 0 orders, 0 tickets, 2 calls"),
        (replace(WELL, calls=()), "too little happened: 2 orders, 3 tickets, 0 calls"),
    ],
)
def test_one_thing_wrong_is_one_problem_that_names_it(facts: Facts, problem: str) -> None:
    assert judge(facts).problems == [problem]


def test_a_missing_ticket_is_not_counted_as_printed() -> None:
    verdict = judge(replace(WELL, papers={"o1.hot.new.1": 3}))
    assert (verdict.printed, verdict.missing, verdict.duplicated) == (
        1,
        ("o1.pass.new.1", "o2.cold.new.1"),
        ("o1.hot.new.1",),
    )
