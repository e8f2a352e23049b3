"""Which times are offered, which table fits, and what a reservation occupies (rule 24)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.bizday import BusinessCalendar
from shared.domain.booking import (
    BookingPolicy,
    Diary,
    TableSize,
    free_tables,
    guest_keys,
    masked,
    nearest,
    quarters,
    table_keys,
)
from shared.domain.menu import Window
from shared.errors import PartyTooLarge, SlotInvalid

SHANGHAI = ZoneInfo("Asia/Shanghai")
LUNCH, DINNER, NIGHT = Window(time(10, 30), time(14)), Window(time(17), time(21)), Window(time(18), time(2))
TABLES = (
    TableSize("big", "大圆桌", 10),
    TableSize("b", "2号桌", 4),
    TableSize("a", "1号桌", 4),
    TableSize("s", "小桌", 2),
)
ALL_DAY = Window(time(0), time(0))


def local(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=SHANGHAI)


NOW = local("24T12:00")


def diary(*hours: Window, policy: BookingPolicy | None = None, zone: ZoneInfo = SHANGHAI) -> Diary:
    return Diary(BusinessCalendar(zone, time(4)), hours, policy or BookingPolicy(), TABLES)


def fault(book: Diary, at: datetime, guests: int = 2) -> str | None:
    try:
        book.require_slot(at, guests=guests, now=NOW)
    except SlotInvalid as error:
        return str(error.details["fault"])
    return None


def clocks(book: Diary, biz_date: str, guests: int = 2, now: datetime = NOW) -> list[str]:
    return [f"{at.astimezone(SHANGHAI):%d %H:%M}" for at in book.slots(biz_date, guests=guests, now=now)]


@pytest.mark.parametrize(
    ("at", "told"),
    [
        ("24T11:30", "past"),
        ("24T12:00", "past"),
        ("24T12:15", "tooSoon"),
        ("24T17:00", None),
        ("24T19:30", None),
        ("24T19:15", "notASlot"),
        ("24T19:30:01", "notASlot"),
        ("24T19:30:00.000001", "notASlot"),
        ("24T20:00", "closed"),
        ("24T15:00", "closed"),
        ("25T10:00", "closed"),
        ("25T10:30", None),
        ("25T12:30", None),
        ("25T13:00", "closed"),
    ],
)
def test_a_slot_lies_on_the_grid_and_its_whole_turn_in_the_opening_hours(at: str, told: str | None) -> None:
    assert fault(diary(LUNCH, DINNER), local(at)) == told


def test_the_last_day_is_fourteen_business_days_ahead() -> None:
    book = diary(NIGHT)
    last = datetime(2026, 12, 8, 18, tzinfo=SHANGHAI)
    assert fault(book, last) is None
    assert fault(book, datetime(2026, 12, 9, 0, 30, tzinfo=SHANGHAI)) is None  # the night of the 8th
    assert fault(book, datetime(2026, 12, 9, 18, tzinfo=SHANGHAI)) == "tooFar"
    assert clocks(book, "2026-12-09") == []
    assert clocks(book, "2026-12-08")[0] == "08 18:00"


@pytest.mark.parametrize("year", [1, 1970, 9999])
def test_a_moment_at_the_end_of_time_is_refused_like_any_other(year: int) -> None:
    moment = datetime(year, 12, 31, 23, 30, tzinfo=timezone.utc)
    assert fault(diary(ALL_DAY), moment) == ("tooFar" if year == 9999 else "past")
    assert clocks(diary(ALL_DAY), f"{year:04d}-12-31") == []


def test_a_shop_open_over_midnight_offers_the_night_under_the_day_it_began() -> None:
    assert clocks(diary(NIGHT), "2026-11-25")[-4:] == ["25 23:00", "25 23:30", "26 00:00", "26 00:30"]
    assert clocks(diary(NIGHT), "2026-11-25")[0] == "25 18:00"
    assert len(clocks(diary(NIGHT), "2026-11-25")) == 14


def test_a_shop_that_never_closes_offers_every_slice_of_its_business_day() -> None:
    found = clocks(diary(ALL_DAY), "2026-11-25")
    assert (len(found), found[0], found[-1]) == (48, "25 04:00", "26 03:30")


def test_today_is_offered_from_the_lead_time_on() -> None:
    assert clocks(diary(LUNCH, DINNER), "2026-11-24")[0] == "24 12:30"
    assert clocks(diary(LUNCH, DINNER), "2026-11-24", now=NOW + timedelta(seconds=1))[0] == "24 17:00"
    assert clocks(diary(LUNCH, DINNER), "2026-11-23") == []


def test_a_large_party_has_its_table_longer_and_so_must_come_earlier() -> None:
    book = diary(DINNER, policy=BookingPolicy(longer_turns=((6, 120), (9, 170))))
    turns = [book.policy.turn(guests) for guests in (2, 5, 6, 8, 9)]
    assert turns == [timedelta(minutes=minutes) for minutes in (90, 90, 120, 120, 180)]
    assert [clocks(book, "2026-11-25", guests)[-1] for guests in (2, 6, 10)] == ["25 19:30", "25 19:00", "25 18:00"]


def test_in_a_zone_of_quarters_slots_stand_on_its_own_clock() -> None:
    kathmandu = ZoneInfo("Asia/Kathmandu")  # UTC+05:45
    times = diary(DINNER, zone=kathmandu).slots("2026-11-25", guests=2, now=NOW)
    assert [f"{at.astimezone(kathmandu):%H:%M}" for at in times] == [
        "17:00",
        "17:30",
        "18:00",
        "18:30",
        "19:00",
        "19:30",
    ]


def test_a_cutoff_off_the_grid_loses_no_slot() -> None:
    odd = replace(diary(ALL_DAY), calendar=BusinessCalendar(SHANGHAI, time(4, 10)))
    assert [clocks(odd, day)[at] for day, at in (("2026-11-25", 0), ("2026-11-24", -1))] == ["25 04:30", "25 04:00"]


def test_the_best_fit_is_the_smallest_table_that_seats_the_party() -> None:
    book = diary(ALL_DAY)
    assert [[table.table_id for table in book.fitting(guests)] for guests in (1, 2, 3, 5, 10)] == [
        ["s", "a", "b", "big"],
        ["s", "a", "b", "big"],
        ["a", "b", "big"],
        ["big"],
        ["big"],
    ]


def test_a_party_that_no_table_seats_is_asked_to_phone() -> None:
    with pytest.raises(PartyTooLarge) as refused:
        diary(ALL_DAY).fitting(11)
    assert (refused.value.details, "请电话联系" in refused.value.message) == ({"largest": 10}, True)
    with pytest.raises(PartyTooLarge) as refused:
        replace(diary(ALL_DAY), tables=()).fitting(1)
    assert (refused.value.details, "电话" in refused.value.message) == ({"largest": 0}, True)


def test_keys_name_each_quarter_of_the_turn_in_utc() -> None:
    keys = table_keys("t3", local("25T18:00"), timedelta(minutes=45))
    assert keys == ("table|t3|2026-11-25T10:00Z", "table|t3|2026-11-25T10:15Z", "table|t3|2026-11-25T10:30Z")
    assert guest_keys("o-1", local("25T18:00"), timedelta(minutes=15)) == ("guest|o-1|2026-11-25T10:00Z",)
    assert guest_keys(None, local("25T18:00"), timedelta(minutes=15)) == ()


@given(first=st.integers(0, 95), first_turn=st.integers(1, 16), other=st.integers(0, 95), other_turn=st.integers(1, 16))
def test_two_turns_share_a_key_exactly_when_they_overlap(
    first: int, first_turn: int, other: int, other_turn: int
) -> None:
    start, quarter = local("25T00:00"), timedelta(minutes=15)
    one, two = (
        set(table_keys("t", start + at * quarter, turn * quarter))
        for at, turn in ((first, first_turn), (other, other_turn))
    )
    assert bool(one & two) == (first < other + other_turn and other < first + first_turn)
    assert len(one) == first_turn == len(list(quarters(start, first_turn * quarter)))


@given(quarter=st.integers(-400, 2000), guests=st.integers(1, 10))
def test_what_is_offered_is_exactly_what_may_be_booked(quarter: int, guests: int) -> None:
    book = diary(LUNCH, NIGHT, policy=BookingPolicy(longer_turns=((6, 120),)))
    on_grid = NOW + quarter * timedelta(minutes=15)
    offered = book.slots(book.calendar.biz_date(on_grid), guests=guests, now=NOW)
    assert (on_grid in offered) == (fault(book, on_grid, guests) is None)


def test_free_tables_are_those_without_a_taken_quarter() -> None:
    book, at, turn = diary(ALL_DAY), local("25T18:00"), timedelta(minutes=90)
    taken = {*table_keys("a", at + timedelta(minutes=75), turn), *table_keys("s", at - turn, turn)}
    assert [table.table_id for table in free_tables(book.fitting(2), taken, at=at, turn=turn)] == ["s", "b", "big"]


def test_the_nearest_slots_come_in_the_order_of_time() -> None:
    slots = [local(f"25T{clock}") for clock in ("11:00", "17:00", "17:30", "18:30", "20:00")]
    assert nearest(slots, local("25T18:00")) == tuple(slots[1:4])
    assert nearest(slots[:1], local("25T18:00")) == (slots[0],)
    assert nearest([], local("25T18:00")) == ()


def test_a_masked_number_shows_who_knows_it_which_it_is() -> None:
    assert (masked("13800138000"), masked(None)) == ("138****8000", None)
