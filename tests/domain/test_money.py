"""Money is shared to the fen and rounded in one way (rules 1, 2)."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.money import round_half_up, split

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "money" / "split.json").read_text(encoding="utf-8"))

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
