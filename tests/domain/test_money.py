"""Money is shared to the fen and rounded in one way (rules 1, 2)."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.money import in_yuan, refund_share, round_half_up, split

FOLDER = Path(__file__).parents[1] / "golden" / "money"
GOLDEN = json.loads((FOLDER / "split.json").read_text(encoding="utf-8"))
REFUNDS = json.loads((FOLDER / "refunds.json").read_text(encoding="utf-8"))["cases"]

amounts = st.integers(0, 10**9)
weight_lists = st.lists(st.integers(0, 10**6), min_size=1, max_size=60)


@pytest.mark.parametrize("case", GOLDEN["split"], ids=lambda case: str(case["why"]))
def test_split_gives_the_golden_parts(case: dict[str, object]) -> None:
    amount, weights = case["amountFen"], case["weights"]
    assert isinstance(amount, int)
    assert isinstance(weights, list)
    assert list(split(amount, weights)) == case["parts"]


@given(amounts, weight_lists)
def test_the_parts_sum_exactly_and_none_is_negative(amount: int, weights: list[int]) -> None:
    parts = split(amount, weights)
    assert (len(parts), sum(parts)) == (len(weights), amount)
    assert min(parts) >= 0


@given(amounts, weight_lists.filter(any))
def test_every_part_is_within_a_fen_of_its_exact_share(amount: int, weights: list[int]) -> None:
    for part, weight in zip(split(amount, weights), weights, strict=True):
        assert abs(part - Fraction(amount * weight, sum(weights))) < 1


@given(amounts, weight_lists.filter(any))
def test_spare_fen_go_to_the_largest_remainders_and_among_equals_to_the_lower_index(
    amount: int, weights: list[int]
) -> None:
    total = sum(weights)
    remainders = [amount * weight % total for weight in weights]
    got = [part > amount * weight // total for part, weight in zip(split(amount, weights), weights, strict=True)]
    order = sorted(range(len(weights)), key=lambda i: (-remainders[i], i))
    assert [got[i] for i in order] == sorted(got, reverse=True)


@given(amounts, st.integers(1, 60))
def test_weights_of_nothing_all_weigh_the_same(amount: int, count: int) -> None:
    assert split(amount, (0,) * count) == split(amount, (1,) * count)


@pytest.mark.parametrize(("amount", "weights"), [(-1, (1,)), (5, ()), (5, (3, -1))])
def test_what_cannot_be_shared_is_an_error(amount: int, weights: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="non-negative"):
        split(amount, weights)


@pytest.mark.parametrize(("numerator", "denominator", "rounded"), GOLDEN["roundHalfUp"])
def test_halves_round_up(numerator: int, denominator: int, rounded: int) -> None:
    assert round_half_up(numerator, denominator) == rounded


@given(st.integers(0, 10**12), st.integers(1, 10**6))
def test_rounding_moves_by_half_at_most_and_a_half_never_down(numerator: int, denominator: int) -> None:
    moved = round_half_up(numerator, denominator) - Fraction(numerator, denominator)
    assert Fraction(-1, 2) < moved <= Fraction(1, 2)


@pytest.mark.parametrize("case", REFUNDS, ids=[case["fact"] for case in REFUNDS])
def test_units_are_refunded_by_the_cumulative_formula(case: dict[str, Any]) -> None:
    before, given_back = 0, []
    for units in case["units"]:
        given_back.append(refund_share(case["paidFen"], units=units, of=case["of"], before=before))
        before += units
    assert given_back == case["fen"]


@pytest.mark.parametrize(("fen", "told"), [(0, "0 元"), (5, "0.05 元"), (1200, "12 元"), (1250, "12.50 元")])
def test_an_amount_is_told_in_yuan(fen: int, told: str) -> None:
    assert in_yuan(fen) == told
