"""A level is lifted at once, kept for its time, and follows the growth when that is over (rule 19)."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.levels import LevelPolicy, Standing

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "ledger" / "levels.json").read_text(encoding="utf-8"))
POLICY = LevelPolicy.of({"levels": GOLDEN["levels"]})
NOW = datetime(2026, 11, 24, tzinfo=timezone.utc)
RANK = {None: 0, "member": 0, "silver": 1, "gold": 2}


def day(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc) if text else None


@pytest.mark.parametrize("case", GOLDEN["reviews"], ids=lambda case: str(case["why"]))
def test_a_review_comes_to_the_golden_standing(case: dict[str, Any]) -> None:
    now = day(case["now"])
    assert now is not None
    after = POLICY.review(Standing(case["level"], day(case["keepUntil"])), case["growth"], now=now)
    assert after == Standing(case["then"][0], day(case["then"][1]))


standings = st.builds(
    Standing,
    st.sampled_from([None, "member", "silver", "gold"]),
    st.none() | st.integers(-400, 400).map(lambda days: NOW + timedelta(days=days)),
)
growths = st.integers(0, 8000)


@given(standings, growths)
def test_no_level_is_lowered_before_its_time_and_none_stands_below_what_is_reached(
    standing: Standing, growth: int
) -> None:
    after = POLICY.review(standing, growth, now=NOW)
    assert RANK[after.level_id] >= RANK[POLICY.reached(growth).level_id]
    if standing.keep_until is not None and standing.keep_until > NOW:
        assert RANK[after.level_id] >= RANK[standing.level_id]


@given(standings, growths)
def test_a_second_look_at_the_same_moment_changes_nothing(standing: Standing, growth: int) -> None:
    after = POLICY.review(standing, growth, now=NOW)
    assert POLICY.review(after, growth, now=NOW) == after


@given(standings, growths, growths)
def test_more_growth_never_makes_a_lower_level(standing: Standing, less: int, more: int) -> None:
    low, high = (POLICY.review(standing, growth, now=NOW) for growth in sorted((less, more)))
    assert RANK[low.level_id] <= RANK[high.level_id]


def test_levels_are_told_by_their_growth_in_any_order_and_a_brand_without_any_has_one() -> None:
    backwards = LevelPolicy.of({"levels": GOLDEN["levels"][::-1], "kept_days": 30})
    assert [level.level_id for level in backwards.levels] == ["member", "silver", "gold"]
    assert [after.level_id if (after := POLICY.after(level)) else None for level in POLICY.levels] == [
        "silver",
        "gold",
        None,
    ]
    assert [level.name for level in LevelPolicy.of({}).levels] == ["会员"]
    assert POLICY.since(NOW) == NOW - timedelta(days=365)
