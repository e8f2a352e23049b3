"""What an order costs, and everything that can be wrong with it (rules 3, 4, 11, 13)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.bizday import BusinessCalendar
from shared.domain.menu import Dish, Menu, Window
from shared.domain.pricing import Coupon, Fixed, Quote, Terms, WantedLine, quote, stock_needed
from shared.errors import ChoiceInvalid, DishUnavailable
from tests.support.shops import DISHES, DUCK, FISH, LUNCH, NOODLES, TEA

NOON = datetime(2026, 11, 24, 12, tzinfo=ZoneInfo("Asia/Shanghai"))
CALENDAR = BusinessCalendar(ZoneInfo("Asia/Shanghai"), time(4))
MENU = Menu((), DISHES)


def want(
    dish: Dish | str,
    quantity: int = 1,
    *,
    specs: Mapping[str, str] | None = None,
    modifiers: Mapping[str, int] | None = None,
    combo: Mapping[str, str] | None = None,
    line_id: str = "l1",
    note: str = "",
) -> WantedLine:
    dish_id = dish if isinstance(dish, str) else dish.id
    return WantedLine(line_id, dish_id, quantity, specs or {}, modifiers or {}, combo or {}, note)


def price(*wanted: WantedLine, menu: Menu = MENU) -> Quote:
    return quote(wanted, menu, now=NOON, calendar=CALENDAR)


BIG, SMALL = {"size": "big"}, {"size": "small"}
MEAL = {"main": "duck", "drink": "tea"}

some_lines = st.lists(
    st.one_of(
        st.builds(want, st.sampled_from([FISH, DUCK, TEA]), st.integers(1, 99)),
        st.builds(
            want,
            st.just(NOODLES),
            st.integers(1, 99),
            specs=st.sampled_from([BIG, SMALL]),
            modifiers=st.sampled_from([{}, {"egg": 1}, {"egg": 2, "meat": 1}]),
        ),
        st.builds(want, st.just(LUNCH), st.integers(1, 99), combo=st.sampled_from([MEAL, {**MEAL, "main": "fish"}])),
    ),
    min_size=1,
    max_size=8,
).map(lambda lines: [replace(line, line_id=f"l{i}") for i, line in enumerate(lines)])


@pytest.mark.parametrize(
    ("line", "unit_fen", "amount_fen", "extras"),
    [
        (want(TEA, 2), 300, 600, ()),
        (want(NOODLES, 1, specs=SMALL), 1800, 1800, ()),
        (want(NOODLES, 3, specs=BIG), 2200, 6600, ()),
        (want(NOODLES, 2, specs=BIG, modifiers={"egg": 2, "meat": 1}), 3400, 6800, ("加蛋 ×2", "加肉")),
        (want(LUNCH, 2, combo=MEAL), 2600, 5200, ()),
        (want(LUNCH, 2, combo={**MEAL, "main": "fish"}), 5600, 11200, ()),
    ],
)
def test_specs_modifiers_and_surcharges_add_to_the_unit_price(
    line: WantedLine, unit_fen: int, amount_fen: int, extras: tuple[str, ...]
) -> None:
    priced = price(line).lines[0]
    assert (priced.unit_fen, priced.amount_fen, priced.cut_fen) == (unit_fen, amount_fen, 0)
    assert priced.modifiers == extras


def test_a_combos_choices_keep_their_own_stations() -> None:
    (line,) = price(want(LUNCH, combo=MEAL)).lines
    assert [(c.slot_id, c.dish_id, c.station) for c in line.combo] == [
        ("main", "duck", "cold"),
        ("drink", "tea", "drink"),
    ]


@given(some_lines)
def test_an_order_is_the_sum_of_its_lines(lines: list[WantedLine]) -> None:
    priced = price(*lines)
    assert priced.gross_fen == priced.due_fen == sum(line.unit_fen * line.quantity for line in priced.lines)
    assert [line.line_id for line in priced.lines] == [line.line_id for line in lines]


@given(some_lines)
def test_the_hash_names_prices_not_the_order_ids_or_notes_of_lines(lines: list[WantedLine]) -> None:
    shuffled = [replace(line, line_id=f"x{i}", note="少盐") for i, line in enumerate(reversed(lines))]
    assert price(*shuffled).hash == price(*lines).hash


@given(some_lines)
def test_the_hash_changes_with_any_price_or_quantity(lines: list[WantedLine]) -> None:
    before = price(*lines).hash
    dearer = tuple(replace(d, price_fen=d.price_fen + 1) if d.id == lines[0].dish_id else d for d in DISHES)
    assert price(*lines, menu=Menu((), dearer)).hash != before
    assert price(replace(lines[0], quantity=lines[0].quantity + 1), *lines[1:]).hash != before


def test_the_hash_tells_one_choice_from_another_at_the_same_price() -> None:
    same = replace(
        NOODLES,
        specs=(replace(NOODLES.specs[0], options=tuple(replace(o, price_fen=0) for o in NOODLES.specs[0].options)),),
    )
    menu = Menu((), (same,))
    assert price(want(same, specs=BIG), menu=menu).hash != price(want(same, specs=SMALL), menu=menu).hash


def test_every_dish_not_to_be_had_is_named_at_once_with_its_reason() -> None:
    sold_out = replace(DUCK, sold_out_until=NOON + timedelta(hours=1))
    not_now = replace(TEA, windows=(Window(time(17), time(21)),))
    menu = Menu((), (FISH, sold_out, not_now, LUNCH))
    with pytest.raises(DishUnavailable) as refused:
        price(want("dragon"), want(FISH), want(LUNCH, combo=MEAL), want(TEA, line_id="l4"), menu=menu)
    assert refused.value.details["dishes"] == [
        {"dishId": "dragon", "name": "dragon", "reason": "unknown"},
        {"dishId": "duck", "name": "道口烧鸡", "reason": "soldOut"},
        {"dishId": "tea", "name": "大麦茶", "reason": "notNow"},
    ]
    assert refused.value.message == "dragon本店没有这道菜，道口烧鸡已沽清，大麦茶不在供应时段"


def test_what_is_sold_out_until_a_time_comes_back_by_itself() -> None:
    until_noon = Menu((), (replace(TEA, sold_out_until=NOON),))
    assert price(want(TEA), menu=until_noon).due_fen == 300


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        (want(NOODLES), "请选择份量"),
        (want(NOODLES, specs={"size": "huge"}), "请选择份量"),
        (want(NOODLES, specs={**BIG, "heat": "hot"}), "没有规格 heat"),
        (want(NOODLES, specs=BIG, modifiers={"egg": 4}), "加料请选 0 到 3 项"),
        (want(NOODLES, specs=BIG, modifiers={"egg": 2, "meat": 2}), "加料请选 0 到 3 项"),
        (want(NOODLES, specs=BIG, modifiers={"gold": 1}), "没有加料 gold"),
        (want(LUNCH, combo={"main": "duck"}), "请选择饮品"),
        (want(LUNCH, combo={"main": "tea", "drink": "tea"}), "请选择主菜"),
        (want(LUNCH, combo={**MEAL, "dessert": "tea"}), "没有套餐项 dessert"),
        (want(TEA, specs=BIG), "没有规格 size"),
        (want(TEA, combo={"main": "duck"}), "没有套餐项 main"),
    ],
)
def test_a_choice_that_does_not_fit_the_dish_is_refused(line: WantedLine, fault: str) -> None:
    with pytest.raises(ChoiceInvalid) as refused:
        price(line)
    assert [one["fault"] for one in refused.value.details["lines"]] == [fault]


def test_every_wrong_choice_of_every_line_is_told_at_once() -> None:
    with pytest.raises(ChoiceInvalid) as refused:
        price(want(NOODLES, modifiers={"gold": 1}), want(TEA, line_id="l2"), want(LUNCH, line_id="l3"))
    assert [(one["lineId"], one["fault"]) for one in refused.value.details["lines"]] == [
        ("l1", "请选择份量"),
        ("l1", "没有加料 gold"),
        ("l3", "请选择主菜"),
        ("l3", "请选择饮品"),
    ]


def test_stock_is_needed_by_dish_over_lines_and_combos_and_not_of_what_is_unlimited() -> None:
    lines = price(
        want(FISH, 2), want(FISH, 1, line_id="l2"), want(TEA, 5, line_id="l3"), want(LUNCH, 4, combo=MEAL, line_id="l4")
    ).lines
    assert stock_needed(lines) == {"fish": 3, "duck": 4}


def test_a_dish_limited_for_a_day_is_counted_on_that_day_only() -> None:
    on = {day: Menu((), (replace(TEA, limited_on=day),)) for day in ("2026-11-24", "2026-11-25")}
    assert [stock_needed(price(want(TEA, 2), menu=menu).lines) for menu in on.values()] == [{"tea": 2}, {}]


def test_a_line_keeps_who_chose_it_and_its_course_and_its_packing_fee_is_theirs_too() -> None:
    wanted = replace(want(TEA), course=2, guest_id="g1", guest_name="小王")
    menu = Menu((), (replace(TEA, packing_fen=50),))
    terms = Terms(is_takeaway=True)
    line, fee = quote([wanted], menu, now=NOON, calendar=CALENDAR, terms=terms).lines
    assert (line.course, line.guest_id, line.guest_name) == (2, "g1", "小王")
    assert (fee.course, fee.guest_id, fee.guest_name, fee.station, fee.belongs_to) == (0, "g1", "小王", "", "l1")


def test_a_fee_never_takes_the_id_of_a_line() -> None:
    menu = Menu((), (replace(TEA, packing_fen=50),))
    lines = [want(TEA, line_id=line_id) for line_id in ("a", "packing.a", "seat")]
    terms = Terms(is_takeaway=True, guests=2, seat_fee_fen=100)
    found = [line.line_id for line in quote(lines, menu, now=NOON, calendar=CALENDAR, terms=terms).lines]
    assert found == ["a", "packing.a", "seat", "packing.a.", "packing.packing.a", "packing.seat", "seat."]


def test_the_hash_tells_one_offer_from_another_at_the_same_price_and_one_fee_from_another() -> None:
    def priced(terms: Terms) -> Quote:
        return quote([want(FISH)], MENU, now=NOON, calendar=CALENDAR, terms=terms)

    coupons = tuple(Coupon(name, name, "order", Fixed(500)) for name in ("c1", "c2"))
    cut = [priced(Terms(coupons=coupons, chosen=(coupon.id,))) for coupon in coupons]
    seats = [priced(Terms(guests=guests, seat_fee_fen=600 // guests)) for guests in (2, 3)]
    assert cut[0].due_fen == cut[1].due_fen
    assert seats[0].due_fen == seats[1].due_fen
    assert len({one.hash for one in (*cut, *seats)}) == 4
