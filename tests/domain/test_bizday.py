"""Which business day a moment belongs to, and which window it lies in (rules 14, 30)."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.bizday import BusinessCalendar
from shared.domain.menu import Window

SHANGHAI = ZoneInfo("Asia/Shanghai")
CALENDAR = BusinessCalendar(SHANGHAI, time(4))
moments = st.integers(1_577_836_800, 2_208_988_800).map(lambda s: datetime.fromtimestamp(s, timezone.utc))


def local(text: str) -> datetime:
    """A moment on the wall clock of Jiyuan."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("moment", "biz_date"),
    [
        ("2026-11-24T12:00:00", "2026-11-24"),
        ("2026-11-24T23:59:59", "2026-11-24"),
        ("2026-11-25T00:00:00", "2026-11-24"),
        ("2026-11-25T03:59:59.999999", "2026-11-24"),
        ("2026-11-25T04:00:00", "2026-11-25"),
        ("2027-01-01T01:00:00", "2026-12-31"),
        ("2028-03-01T03:00:00", "2028-02-29"),
    ],
)
def test_the_day_changes_at_four_in_the_morning(moment: str, biz_date: str) -> None:
    assert CALENDAR.biz_date(local(moment)) == biz_date


def test_the_shops_zone_decides_not_the_moments() -> None:
    assert CALENDAR.biz_date(datetime(2026, 11, 24, 19, 59, tzinfo=timezone.utc)) == "2026-11-24"
    assert CALENDAR.biz_date(datetime(2026, 11, 24, 20, 0, tzinfo=timezone.utc)) == "2026-11-25"


@given(moments)
def test_a_day_holds_exactly_its_moments_and_is_24_hours_long(moment: datetime) -> None:
    biz_date = CALENDAR.biz_date(moment)
    start = CALENDAR.starts_at(biz_date)
    following = CALENDAR.starts_at((date.fromisoformat(biz_date) + timedelta(days=1)).isoformat())
    assert start <= moment < following
    assert following.astimezone(timezone.utc) - start.astimezone(timezone.utc) == timedelta(hours=24)


@pytest.mark.parametrize(
    ("start", "end", "inside", "outside"),
    [
        ("10:00", "14:00", ["10:00:00", "13:59:59"], ["09:59:59", "14:00:00", "02:00:00"]),
        ("17:00", "02:00", ["17:00:00", "23:59:59", "00:00:00", "01:59:59"], ["02:00:00", "16:59:59"]),
        ("00:00", "00:00", ["00:00:00", "12:00:00", "23:59:59"], []),
        ("09:00", "09:00", ["09:00:00", "08:59:59"], []),
        ("21:00", "00:00", ["21:00:00", "23:59:59"], ["00:00:00", "20:59:59"]),
    ],
)
def test_a_window_is_half_open_and_may_run_over_midnight(
    start: str, end: str, inside: list[str], outside: list[str]
) -> None:
    window = Window(time.fromisoformat(start), time.fromisoformat(end))
    for clock in inside:
        assert CALENDAR.is_within(local(f"2026-11-24T{clock}"), [window]), clock
    for clock in outside:
        assert not CALENDAR.is_within(local(f"2026-11-24T{clock}"), [window]), clock


def test_any_of_several_windows_will_do_and_none_is_never() -> None:
    lunch, supper = Window(time(10), time(14)), Window(time(17), time(21))
    assert CALENDAR.is_within(local("2026-11-24T18:00:00"), [lunch, supper])
    assert not CALENDAR.is_within(local("2026-11-24T15:00:00"), [lunch, supper])
    assert not CALENDAR.is_within(local("2026-11-24T12:00:00"), [])


@given(moments, st.times(), st.times())
def test_a_window_and_its_complement_share_the_day(moment: datetime, one: time, other: time) -> None:
    if one == other:
        assert CALENDAR.is_within(moment, [Window(one, other)])
    else:
        assert CALENDAR.is_within(moment, [Window(one, other)]) != CALENDAR.is_within(moment, [Window(other, one)])


@pytest.mark.parametrize(
    ("moment", "next_day"),
    [
        ("2026-11-24T12:00:00", "2026-11-25T04:00:00"),
        ("2026-11-25T03:59:59", "2026-11-25T04:00:00"),
        ("2026-11-25T04:00:00", "2026-11-26T04:00:00"),
        ("2026-12-31T23:00:00", "2027-01-01T04:00:00"),
    ],
)
def test_the_next_day_begins_at_the_next_cutoff(moment: str, next_day: str) -> None:
    assert CALENDAR.next_day_at(local(moment)) == local(next_day)


@given(moments, st.times(), st.times())
def test_the_next_moment_within_a_window_is_within_and_none_before_it_is(
    moment: datetime, start: time, end: time
) -> None:
    window = [Window(start, end)]
    found = CALENDAR.next_within(moment, window)
    assert moment <= found < moment + timedelta(hours=24)
    assert CALENDAR.is_within(found, window)
    if found > moment:
        assert not CALENDAR.is_within(moment, window)
        assert not CALENDAR.is_within(found - timedelta(microseconds=1), window)


def test_without_windows_every_moment_is_within() -> None:
    assert CALENDAR.next_within(local("2026-11-24T12:00:00"), []) == local("2026-11-24T12:00:00")
