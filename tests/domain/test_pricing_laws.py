"""What holds of every price, whatever is ordered and offered (rules 1–6, 16)."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields, replace
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.domain.money import refund_share
from shared.domain.pricing import (
    Conditions,
    Coupon,
    Exchange,
    Fixed,
    FullReduction,
    Percent,
    Points,
    PointsRule,
    PricedLine,
    Quote,
    Special,
    Step,
    Terms,
    WantedLine,
    advise,
    quote,
)
from tests.domain.golden_pricing import CALENDAR, NOW, menu

MENU = menu()
DISHES = st.sampled_from(["fish", "duck", "tea", "soup", "sesame", "cake"])
TEATIME = NOW.replace(hour=15)
FAR = 10**9
some = settings(max_examples=60)


def want(dish_id: str, quantity: int, picks: dict[str, Any] | None = None) -> WantedLine:
    picks = picks or {}
    return WantedLine("", dish_id, quantity, picks.get("specs", {}), picks.get("modifiers", {}), picks.get("combo", {}))


quantities = st.integers(1, 9)
plain_lines = st.builds(want, DISHES, quantities)
noodles = st.builds(
    want,
    st.just("noodles"),
    quantities,
    st.fixed_dictionaries(
        {
            "specs": st.sampled_from([{"size": "big"}, {"size": "small"}]),
            "modifiers": st.sampled_from([{}, {"egg": 2}, {"egg": 1, "meat": 1}]),
        }
    ),
)
combos = st.builds(
    want,
    st.just("lunch"),
    quantities,
    st.sampled_from([{"combo": {"main": "fish", "drink": "tea"}}, {"combo": {"main": "duck", "drink": "tea"}}]),
)
orders = st.lists(plain_lines | noodles | combos, min_size=1, max_size=6).map(
    lambda lines: tuple(replace(line, line_id=f"l{at}") for at, line in enumerate(lines))
)
conditions = st.builds(Conditions, dishes=st.frozensets(DISHES, max_size=3))
amounts = st.integers(1, 9_000)
values = (
    st.builds(Fixed, amounts) | st.builds(Percent, st.integers(1, 10_000), st.none() | amounts) | st.just(Exchange())
)
coupons = st.lists(
    st.builds(
        Coupon,
        id=st.sampled_from([f"c{n}" for n in range(8)]),
        name=st.just("券"),
        layer=st.sampled_from(["item", "order"]),
        value=values,
        threshold_fen=st.sampled_from([0, 0, 3_000, 9_000, 30_000]),
        stacking=st.sampled_from(["any", "any", "any", "noCoupon", "alone"]),
        conditions=conditions,
    ),
    max_size=5,
    unique_by=lambda coupon: coupon.id,
).map(tuple)
steps = st.lists(st.builds(Step, st.integers(1, 20_000), amounts), min_size=1, max_size=3).map(tuple)
reductions = st.lists(
    st.builds(
        FullReduction,
        id=st.sampled_from(["r1", "r2", "r3"]),
        name=st.just("满减"),
        steps=steps,
        repeats=st.booleans(),
        cap_fen=st.none() | amounts,
        conditions=conditions,
    ),
    max_size=3,
    unique_by=lambda one: one.id,
).map(tuple)
points = st.none() | st.builds(
    Points,
    st.builds(
        PointsRule, st.just("p"), st.just("积分"), st.integers(1, 500), st.integers(1, 500), st.integers(0, 10_000)
    ),
    st.integers(-100, 20_000),
)


@st.composite
def bills(draw: st.DrawFn) -> tuple[tuple[WantedLine, ...], Terms]:
    """An order with everything that may be offered on it."""
    lines = draw(orders)
    held = draw(coupons)
    special = st.none() | st.builds(Special, st.sampled_from(["flash", "group"]), st.integers(0, 5_000))
    specials = {line.line_id: found for line in lines if (found := draw(special)) and draw(st.booleans())}
    chosen = draw(st.permutations([coupon.id for coupon in held])) if held else []
    return lines, Terms(
        level=draw(st.sampled_from([None, "gold"])),
        is_takeaway=draw(st.booleans()),
        guests=draw(st.integers(0, 3)),
        seat_fee_fen=200,
        specials=specials,
        reductions=draw(reductions),
        coupons=held,
        chosen=tuple(chosen[: draw(st.integers(0, len(chosen)))]),
        points=draw(points),
        uses_points=draw(st.booleans()),
    )


def priced(lines: tuple[WantedLine, ...], terms: Terms) -> Quote:
    return quote(lines, MENU, now=TEATIME, calendar=CALENDAR, terms=terms)


Bill = tuple[tuple[WantedLine, ...], Terms]


@some
@given(bills())
def test_what_is_due_is_neither_negative_nor_more_than_the_price_of_any_line(bill: Bill) -> None:
    found = priced(*bill)
    assert 0 <= found.due_fen <= found.gross_fen
    for line in found.lines:
        assert 0 <= line.cut_fen <= line.amount_fen
        assert line.amount_fen == line.unit_fen * line.quantity
        assert all(cut.fen > 0 for cut in line.cuts)


@some
@given(bills())
def test_the_parts_sum_exactly_by_line_and_by_offer(bill: Bill) -> None:
    found = priced(*bill)
    assert sum(line.amount_fen for line in found.lines) == found.gross_fen
    assert sum(line.due_fen for line in found.lines) == found.due_fen
    by_offer: Counter[tuple[str, str]] = Counter()
    for line in found.lines:
        by_offer.update({(cut.layer, cut.offer_id): cut.fen for cut in line.cuts})
    assert by_offer == {(offer.layer, offer.offer_id): offer.fen for offer in found.offers}
    assert sum(offer.fen for offer in found.offers) == found.gross_fen - found.due_fen


@some
@given(bills())
def test_a_line_takes_one_offer_of_a_layer_in_the_layers_order_and_fees_and_final_prices_take_none(bill: Bill) -> None:
    for line in priced(*bill).lines:
        layers = [cut.layer for cut in line.cuts]
        assert layers == [layer for layer in ("item", "reduction", "order", "points") if layer in layers]
        assert not (line.cuts and (line.kind != "dish" or line.price_rule in {"flash", "group"}))


@some
@given(bills(), st.data())
def test_the_order_of_the_lines_changes_nothing(bill: Bill, data: st.DataObject) -> None:
    lines, terms = bill
    shuffled = tuple(data.draw(st.permutations(lines)))
    one, other = priced(lines, terms), priced(shuffled, terms)
    assert (one.hash, one.due_fen, one.offers, one.refused) == (other.hash, other.due_fen, other.offers, other.refused)
    assert Counter(map(_alike, one.lines)) == Counter(map(_alike, other.lines))
    assert _advice(lines, terms) == _advice(shuffled, terms)


def _alike(line: PricedLine) -> PricedLine:
    return replace(line, line_id="", belongs_to="")


def _advice(lines: tuple[WantedLine, ...], terms: Terms) -> object:
    advice = advise(lines, MENU, now=TEATIME, calendar=CALENDAR, terms=terms)[1]
    return advice, advice.best


@some
@given(bills(), st.sampled_from(["item", "order"]), st.sampled_from(["any", "noCoupon", "alone"]), values, st.data())
def test_a_threshold_that_is_not_reached_changes_nothing(
    bill: Bill, layer: Any, stacking: Any, value: Any, data: st.DataObject
) -> None:
    lines, terms = bill
    more = Coupon("far", "远", layer, value, FAR, stacking)
    at = data.draw(st.integers(0, len(terms.chosen)))
    with_far = replace(
        terms,
        coupons=(*terms.coupons, more),
        chosen=(*terms.chosen[:at], "far", *terms.chosen[at:]),
        reductions=(*terms.reductions, FullReduction("far", "远", (Step(FAR, 100),))),
    )
    before, after = priced(lines, terms), priced(lines, with_far)
    assert after.refused["far"].reason in {"threshold", "notStackable", "lineTaken", "noDish"}
    assert replace(after, refused={}) == replace(before, refused={})


@some
@given(bills())
def test_a_refused_coupon_changes_nothing(bill: Bill) -> None:
    lines, terms = bill
    found = priced(lines, terms)
    kept = tuple(coupon_id for coupon_id in terms.chosen if coupon_id not in found.refused)
    assert priced(lines, replace(terms, chosen=kept)) == replace(found, refused={})
    for refused in found.refused:
        without = replace(terms, chosen=tuple(coupon_id for coupon_id in terms.chosen if coupon_id != refused))
        assert priced(lines, without).hash == found.hash


@some
@given(bills(), st.data())
def test_returning_every_unit_gives_back_exactly_what_was_due_in_whatever_steps(
    bill: Bill, data: st.DataObject
) -> None:
    found = priced(*bill)
    back = 0
    for line in found.lines:
        returned = 0
        while returned < line.quantity:
            units = data.draw(st.integers(1, line.quantity - returned))
            share = refund_share(line.due_fen, units=units, of=line.quantity, before=returned)
            assert share >= 0
            back += share
            returned += units
    assert back == found.due_fen


@some
@given(bills())
def test_a_coupon_told_as_usable_does_what_is_told_and_one_told_as_unusable_nothing(bill: Bill) -> None:
    lines, terms = bill
    found, advice = advise(lines, MENU, now=TEATIME, calendar=CALENDAR, terms=terms)
    kept = tuple(coupon_id for coupon_id in dict.fromkeys(terms.chosen) if coupon_id not in found.refused)
    assert found == priced(lines, terms)
    told = [one.coupon.id for one in advice.usable] + [one.coupon_id for one in advice.unusable]
    assert sorted(told) == sorted(coupon.id for coupon in terms.coupons)
    for one in advice.usable:
        assert one.is_chosen == (one.coupon.id in kept)
        tried = priced(lines, replace(terms, chosen=tuple(dict.fromkeys((*kept, one.coupon.id)))))
        cut = next(offer.fen for offer in tried.offers if offer.offer_id == one.coupon.id)
        assert (tried.due_fen, cut) == (one.due_fen, one.cut_fen)
    for other in advice.unusable:
        tried = priced(lines, replace(terms, chosen=(*kept, other.coupon_id)))
        assert (tried.hash, set(tried.refused)) == (found.hash, {other.coupon_id})
        # One that was chosen before the kept ones may be refused for another reason after them.
        assert other.coupon_id in terms.chosen or tried.refused[other.coupon_id] == other.refusal


@some
@given(bills())
def test_no_pair_of_an_item_and_an_order_coupon_is_cheaper_than_the_best_choice(bill: Bill) -> None:
    lines, terms = bill
    best = advise(lines, MENU, now=TEATIME, calendar=CALENDAR, terms=terms)[1].best
    pairs = product(*([(), *((one.id,) for one in terms.coupons if one.layer == layer)] for layer in ("item", "order")))
    dues = [priced(lines, replace(terms, chosen=(*item, *order))).due_fen for item, order in pairs]
    assert best.due_fen == min(dues)
    assert priced(lines, replace(terms, chosen=best.coupon_ids)).due_fen == best.due_fen


@some
@given(bills())
def test_points_pay_in_whole_units_within_balance_and_share(bill: Bill) -> None:
    lines, terms = bill
    found = priced(lines, terms)
    paid = sum(offer.fen for offer in found.offers if offer.layer == "points")
    if terms.points is None or not terms.uses_points:
        assert (found.points, paid) == (0, 0)
        return
    rule = terms.points.rule
    units, over = divmod(found.points, rule.unit_points)
    eligible = sum(
        line.amount_fen - sum(cut.fen for cut in line.cuts if cut.layer != "points")
        for line in found.lines
        if line.kind == "dish" and line.price_rule not in {"flash", "group"}
    )
    assert (over, paid) == (0, units * rule.unit_fen)
    assert found.points <= max(terms.points.balance, 0)
    assert paid * 10_000 <= eligible * rule.max_share_bp


@some
@given(bills())
def test_a_priced_line_has_every_field_and_equals_one_made_by_its_constructor(bill: Bill) -> None:
    for line in priced(*bill).lines:
        told = {one.name: getattr(line, one.name) for one in fields(PricedLine)}
        assert vars(line) == told
        assert line == PricedLine(**told)


def test_a_refund_of_units_that_are_not_there_is_an_error() -> None:
    for units, of, before in ((3, 2, 0), (1, 2, 2), (-1, 2, 0), (1, 0, 0)):
        with pytest.raises(ValueError, match="still there"):
            refund_share(100, units=units, of=of, before=before)
