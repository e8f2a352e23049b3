"""A coupon taken at the counter comes after all that an order has, and is shared to the fen (rules 2, 4, 5)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.counter_coupons import taken_off
from shared.domain.coupons import ids_of
from shared.domain.orders import Order
from shared.domain.pricing import Applied, Conditions, Coupon, Exchange, Fixed, Percent
from shared.errors import CouponUnavailable, StateConflict
from tests.support.orders import cut, dish, fee, placed

FIVE = Coupon("c1", "减5元", "order", Fixed(500))


def order(*prices: int) -> Order:
    return placed(*[dish(f"l{n}", unit_fen=price) for n, price in enumerate(prices)])


def reason(found: Order, coupon: Coupon) -> str:
    """Why the coupon cannot be taken off."""
    with pytest.raises(CouponUnavailable) as refused:
        taken_off(found, coupon)
    told: str = refused.value.details["coupons"][0]["reason"]
    return told


@given(
    prices=st.lists(st.integers(0, 20_000), min_size=1, max_size=8),
    cuts=st.lists(st.integers(0, 3_000), min_size=8, max_size=8),
    value=st.one_of(
        st.builds(Fixed, st.integers(1, 30_000)),
        st.builds(Percent, st.integers(1, 10_000), st.none() | st.integers(1, 5_000)),
    ),
    threshold=st.integers(0, 30_000),
)
def test_what_comes_off_the_order_comes_off_its_lines(
    prices: list[int], cuts: list[int], value: Fixed | Percent, threshold: int
) -> None:
    lines = [
        dish(f"l{n}", unit_fen=price, cuts=cut(min(off, price)))
        for n, (price, off) in enumerate(zip(prices, cuts, strict=False))
    ]
    before = placed(*lines, fee("f", unit_fen=200))
    before = replace(before, offers=(Applied("reduction", "offer", "满减", sum(one.cut_fen for one in lines)),))
    coupon = replace(FIVE, value=value, threshold_fen=threshold)
    try:
        after, fen = taken_off(before, coupon)
    except CouponUnavailable:
        base = sum(line.due_fen for line in lines)
        assert base < threshold or base == 0 or isinstance(value, Percent)
        return
    assert before.due_fen - after.due_fen == fen > 0
    assert sum(one.fen for line in after.lines for one in line.cuts if one.offer_id == "c1") == fen
    assert all(0 <= new.due_fen <= old.due_fen for old, new in zip(before.lines, after.lines, strict=True))
    assert after.lines[-1] == before.lines[-1]
    assert ids_of(after) == ("c1",)
    assert after.gross_fen == before.gross_fen


def test_it_comes_after_the_orders_other_cuts_and_its_threshold_too() -> None:
    whole = placed(dish("a", unit_fen=3_000, cuts=cut(600)))
    ten = replace(FIVE, value=Percent(1_000), threshold_fen=2_400)
    assert taken_off(whole, ten)[1] == 240
    assert reason(whole, replace(ten, threshold_fen=2_401)) == "threshold"


def test_lines_that_it_may_not_cut_stay() -> None:
    flash, gone = dish("a", price_rule="flash"), dish("b", quantity=2, voided=1)
    after, fen = taken_off(placed(flash, gone, dish("c", unit_fen=700)), FIVE)
    assert ([line.cut_fen for line in after.lines], fen) == ([0, 0, 500], 500)
    assert reason(placed(flash, gone), FIVE) == "noDish"
    assert reason(order(1_000), replace(FIVE, conditions=Conditions(dishes=frozenset({"d-other"})))) == "noDish"
    assert reason(order(1_000), replace(FIVE, value=Exchange())) == "noDish"
    assert reason(order(0), FIVE) == "nothingLeft"


def test_an_order_takes_one_coupon_and_one_that_goes_alone_no_other_offer() -> None:
    first, _ = taken_off(order(3_000), FIVE)
    assert reason(first, replace(FIVE, id="c2")) == "notStackable"
    reduced = replace(placed(dish("a", cuts=cut(100))), offers=(Applied("reduction", "offer", "满减", 100),))
    assert reason(reduced, replace(FIVE, stacking="alone")) == "notStackable"
    assert taken_off(reduced, replace(FIVE, stacking="noCoupon"))[1] == 500


@pytest.mark.parametrize("state", ["pending", "cancelled"])
def test_an_order_that_does_not_stand_takes_none(state: str) -> None:
    with pytest.raises(StateConflict):
        taken_off(replace(order(3_000), state=state), FIVE)  # type: ignore[arg-type]  # a state, each in turn


def test_an_order_that_somebody_pays_takes_none() -> None:
    with pytest.raises(StateConflict):
        taken_off(placed(dish("a"), dish("b", claimed_fen=1)), FIVE)
