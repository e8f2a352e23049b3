"""What cannot be ordered at a moment says why and when it is back, and then it is (rules 13, 14, 30)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.availability import Absence, absences, left_now
from shared.domain.bizday import BusinessCalendar
from shared.domain.menu import Dish, Menu, Window
from tests.support.shops import DUCK, FISH, LUNCH, NOODLES, TEA

SHANGHAI = ZoneInfo("Asia/Shanghai")
CALENDAR = BusinessCalendar(SHANGHAI, time(4))
BREAKFAST = (Window(time(6), time(10, 30)),)
NIGHT = (Window(time(21), time(2)),)


def local(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=SHANGHAI)


def absent(*dishes: Dish, at: str, **left: int) -> dict[str, tuple[str, datetime]]:
    found = absences(Menu((), dishes), left, now=local(at), calendar=CALENDAR)
    return {dish_id: (absence.reason, absence.until) for dish_id, absence in found.items()}


@pytest.mark.parametrize(
    ("windows", "at", "back"),
    [
        (BREAKFAST, "24T05:59:59", "24T06:00"),
        (BREAKFAST, "24T06:00", None),
        (BREAKFAST, "24T10:29:59", None),
        (BREAKFAST, "24T10:30", "25T06:00"),
        (BREAKFAST, "24T23:00", "25T06:00"),
        (NIGHT, "24T20:59", "24T21:00"),
        (NIGHT, "24T21:00", None),
        (NIGHT, "25T01:59:59", None),
        (NIGHT, "25T02:00", "25T21:00"),
        ((*BREAKFAST, *NIGHT), "24T10:30", "24T21:00"),
        ((*BREAKFAST, *NIGHT), "25T02:00", "25T06:00"),
    ],
)
def test_a_dish_is_away_until_its_next_window_opens(windows: tuple[Window, ...], at: str, back: str | None) -> None:
    expected = {"tea": ("notNow", local(back))} if back else {}
    assert absent(replace(TEA, windows=windows), at=at) == expected


@pytest.mark.parametrize(
    ("at", "back"), [("24T12:00", "25T04:00"), ("25T03:59:59", "25T04:00"), ("25T04:00", "26T04:00")]
)
def test_an_empty_dish_is_back_when_the_business_day_turns(at: str, back: str) -> None:
    assert absent(FISH, DUCK, at=at, fish=0, duck=1) == {"fish": ("empty", local(back))}


def test_a_dish_sold_out_by_hand_is_back_at_its_time_to_the_moment() -> None:
    dish = replace(TEA, sold_out_until=local("24T17:00"))
    assert absent(dish, at="24T16:59:59") == {"tea": ("soldOut", local("24T17:00"))}
    assert absent(dish, at="24T17:00") == {}


def test_back_is_when_nothing_stands_in_the_way_any_more() -> None:
    breakfast = replace(FISH, windows=BREAKFAST)
    assert absent(breakfast, at="24T08:00", fish=0) == {"fish": ("empty", local("25T06:00"))}
    sold_out = replace(breakfast, sold_out_until=local("25T12:00"))
    assert absent(sold_out, at="24T08:00", fish=0) == {"fish": ("soldOut", local("26T06:00"))}
    short = replace(FISH, sold_out_until=local("24T13:00"))
    assert absent(short, at="24T12:00", fish=0) == {"fish": ("soldOut", local("25T04:00"))}


def test_a_combo_is_away_while_nothing_can_fill_one_of_its_slots() -> None:
    fish, duck = replace(FISH, sold_out_until=local("24T20:00")), replace(DUCK, sold_out_until=local("24T18:00"))
    assert "lunch" not in absent(fish, DUCK, TEA, LUNCH, at="24T12:00")
    assert absent(fish, duck, TEA, LUNCH, at="24T12:00")["lunch"] == ("soldOut", local("24T18:00"))
    assert absent(FISH, DUCK, TEA, LUNCH, at="24T12:00", fish=0, duck=0)["lunch"] == ("empty", local("25T04:00"))
    late_tea = replace(TEA, windows=NIGHT)
    assert absent(fish, duck, late_tea, LUNCH, at="24T12:00")["lunch"] == ("notNow", local("24T21:00"))


def test_left_is_told_of_what_is_limited_today_and_is_all_of_it_before_the_first_order() -> None:
    today, other_day = replace(TEA, limited_on="2026-11-24"), replace(NOODLES, limited_on="2026-11-23")
    menu = Menu((), (FISH, DUCK, today, other_day))
    assert left_now(menu, {"fish": 2, "tea": 5, "noodles": 7}, "2026-11-24") == {"fish": 2, "duck": 100, "tea": 5}


moments = st.integers(1_577_836_800, 2_208_988_800).map(lambda s: datetime.fromtimestamp(s, SHANGHAI))
minutes = st.integers(0, 24 * 60 - 1).map(lambda minute: time(*divmod(minute, 60)))
windows = st.lists(st.builds(Window, minutes, minutes), max_size=3).map(tuple)


@given(now=moments, windows=windows, hours=st.none() | st.integers(-30, 80), is_empty=st.booleans())
def test_until_is_later_than_now_and_then_neither_hand_nor_clock_keeps_the_dish(
    now: datetime, windows: tuple[Window, ...], hours: int | None, is_empty: bool
) -> None:
    until = None if hours is None else now + timedelta(hours=hours)
    menu = Menu((), (replace(FISH, windows=windows, sold_out_until=until),))
    found = absences(menu, {"fish": 0 if is_empty else 1}, now=now, calendar=CALENDAR)
    if not found:
        return
    absence: Absence = found["fish"]
    assert now < absence.until <= now + timedelta(hours=80 + 48)
    full_again = {"fish": 1}
    assert absences(menu, full_again, now=absence.until, calendar=CALENDAR) == {}
    if is_empty:
        assert CALENDAR.biz_date(absence.until) > CALENDAR.biz_date(now)
