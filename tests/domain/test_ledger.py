"""Every set sums to nothing, and says what must be there before it (rule 18)."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.ledger import Move, Posting, earning, refunding, returning_top_up, spending, topping_up
from shared.domain.loyalty import Stored

amounts = st.integers(0, 10**7)
stored = st.builds(Stored, amounts, amounts)
postings = st.one_of(
    st.builds(spending, points=amounts, stored=stored),
    st.builds(earning, points=amounts, growth=amounts),
    st.builds(refunding, points=amounts, stored=stored, earned_points=amounts, earned_growth=amounts),
    st.builds(topping_up, stored),
    st.builds(returning_top_up, stored),
).map(lambda moves: Posting("c1", "adjust", "2026-11-24", moves))


@given(postings)
def test_the_entries_of_every_unit_sum_to_nothing(posting: Posting) -> None:
    sums: Counter[str] = Counter()
    for entry in posting.entries:
        sums[entry.unit] += entry.amount
    assert set(sums.values()) <= {0}


@given(postings)
def test_the_members_entries_are_the_gains_and_none_moves_nothing(posting: Posting) -> None:
    mine: Counter[str] = Counter()
    for entry in posting.entries:
        if entry.account == "member":
            mine[entry.unit] += entry.amount
        assert entry.amount != 0
    assert dict(mine) == dict(posting.gains)


@pytest.mark.parametrize(
    ("moves", "needs"),
    [
        (spending(points=500, stored=Stored(800, 80)), {"points": 500, "principal": 800, "bonus": 80}),
        (earning(points=88, growth=88), {}),
        (refunding(points=5, stored=Stored(8, 1), earned_points=9, earned_growth=9), {}),
        (topping_up(Stored(10000, 1000)), {}),
        (returning_top_up(Stored(6000, 500)), {"principal": 6000, "bonus": 500}),
        ((Move("points", -7, "expired"), Move("bonus", -3, "void")), {"bonus": 3}),
    ],
)
def test_what_is_spent_and_any_money_must_be_there_and_a_claw_back_need_not(
    moves: tuple[Move, ...], needs: dict[str, int]
) -> None:
    assert Posting("c1", "adjust", "2026-11-24", moves).needs == needs


def test_a_refund_gives_back_what_was_spent_and_takes_back_what_was_earned() -> None:
    moves = refunding(points=100, stored=Stored(800, 80), earned_points=8, earned_growth=9)
    gains = Posting("refund:r1", "refund", "2026-11-24", moves).gains
    assert gains == {"points": 92, "principal": 800, "bonus": 80, "growth": -9}
