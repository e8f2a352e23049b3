"""A segment is found by what members are and did; what they did is counted once per order."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymongo.database import Database

from shared.contracts.pushing import Segment
from shared.domain.levels import Level, LevelPolicy
from shared.store import segments
from shared.store.client import Document
from shared.store.member_stats import SETTLED_AFTER
from shared.store.scope import Chain
from tests.messages.pushing.conftest import Office
from tests.support.running import run
from tests.support.shops import line, open_shop, request_id

LEVELS = LevelPolicy((Level("member", "会员"), Level("gold", "金卡", 5_000)))


def found(office: Office, now: datetime | None = None, **told: Any) -> set[str]:
    """Who is in a segment, by the last part of the name."""
    zone = ZoneInfo("Asia/Shanghai")
    where = segments.filter_of(Segment.model_validate(told), now=now or office.now, zone=zone, levels=LEVELS)
    chain = Chain(office.shop.db)
    page = segments.page(chain, where, after="", limit=1000)
    assert segments.count(chain, where) == (len(page), 0)
    return {openid.rpartition("-")[2] for openid in page}


def crowd(office: Office) -> None:
    """Members of every sort."""
    ago = {days: office.now - timedelta(days=days) for days in (1, 30, 31, 90)}
    office.member("new", joined_at=ago[1])
    office.member("never")
    here = office.shop.shop_id
    office.member("fresh", visits=3, spend_fen=9_000, seen_at=ago[1], been=[here, "s2"])
    rich: Document = {"visits": 12, "spend_fen": 90_000, "seen_at": ago[30], "dishes": {"fish": 5, "tea": 1}}
    office.member("gold", level="gold", birthday="11-30", **rich)
    office.member("gone", birthday="12-01", visits=1, spend_fen=3_000, seen_at=ago[90], dishes={"tea": 2})


@pytest.mark.parametrize(
    ("told", "names"),
    [
        ({}, {"new", "never", "fresh", "gold", "gone"}),
        ({"levels": ["gold"]}, {"gold"}),
        ({"levels": ["member"]}, {"new", "never", "fresh", "gone"}),
        ({"levels": ["member", "gold"]}, {"new", "never", "fresh", "gold", "gone"}),
        ({"dormantDays": 30}, {"never", "gold", "gone"}),
        ({"dormantDays": 31}, {"never", "gone"}),
        ({"visitedDays": 30}, {"fresh"}),
        ({"visitedDays": 31}, {"fresh", "gold"}),
        ({"dormantDays": 20, "visitedDays": 60}, {"gold"}),
        ({"visitsAtLeast": 3}, {"fresh", "gold"}),
        ({"visitsAtMost": 3}, {"new", "never", "fresh", "gone"}),
        ({"visitsAtLeast": 0, "visitsAtMost": 0}, {"new", "never"}),
        ({"visitsAtLeast": 1, "visitsAtMost": 3}, {"fresh", "gone"}),
        ({"spendAtLeastFen": 9_000}, {"fresh", "gold"}),
        ({"spendAtMostFen": 3_000}, {"new", "never", "gone"}),
        ({"favourite": {"dishId": "tea"}}, {"gone"}),
        ({"favourite": {"dishId": "tea", "count": 1}}, {"gone", "gold"}),
        ({"shops": ["s2"]}, {"fresh"}),
        ({"levels": ["gold"], "favourite": {"dishId": "fish", "count": 5}, "dormantDays": 10}, {"gold"}),
        ({"levels": ["gold"], "visitsAtMost": 3}, set()),
    ],
)
def test_a_segment_finds_exactly_those_for_whom_all_is_true(
    office: Office, told: dict[str, Any], names: set[str]
) -> None:
    crowd(office)
    assert found(office, **told) == names


def test_who_joined_in_a_shop_is_of_that_shop_without_a_visit(office: Office) -> None:
    crowd(office)
    assert found(office, shops=[office.shop.shop_id]) == {"new", "never", "fresh", "gold", "gone"}


@pytest.mark.parametrize(
    ("today", "days", "names"),
    [
        ("2026-11-29T15:59", 0, set()),
        ("2026-11-29T16:00", 0, {"gold"}),  # in China it is the 30th
        ("2026-11-25T04:00", 5, {"gold"}),
        ("2026-11-25T04:00", 6, {"gold", "gone"}),
        ("2026-12-25T04:00", 10, {"newYear"}),
        ("2027-02-27T04:00", 1, {"leap"}),
        ("2027-02-28T04:00", 0, {"leap"}),
        ("2027-03-01T04:00", 3, set()),
        ("2028-02-28T04:00", 0, set()),
        ("2028-02-28T04:00", 1, {"leap"}),
    ],
)
def test_birthdays_are_by_the_brands_calendar_over_new_year_and_on_leap_days(
    office: Office, today: str, days: int, names: set[str]
) -> None:
    crowd(office)
    office.member("newYear", birthday="01-02")
    office.member("leap", birthday="02-29")
    assert found(office, datetime.fromisoformat(f"{today}+00:00"), birthdayDays=days) == names


def test_a_segment_that_cannot_be_is_refused_by_name(office: Office) -> None:
    template = office.template()
    for told in (
        {"visitsAtLeast": 3, "visitsAtMost": 2},
        {"dormantDays": 30, "visitedDays": 30},
        {"favourite": {"dishId": "fish.$where"}},
        {"shops": ["a.b"]},
        {"colour": "red"},
    ):
        reply = office.push("preview", segment=told, templateId=template)
        assert reply["code"] == "INVALID_ARGUMENT", told


def stats(office: Office, name: str = "guest") -> Document:
    """What is kept of what a member did."""
    member = office.shop.db["members"].find_one({"_id": office.shop.guest(name)})
    assert member is not None
    return {key: member[key] for key in ("visits", "spend_fen", "been", "dishes") if key in member}


def later(office: Office) -> None:
    """The sweep's clock shows the time when what was ordered until now is settled."""
    office.now = office.now + SETTLED_AFTER + timedelta(minutes=1)


def test_orders_are_counted_once_as_visits_money_dishes_and_shops(office: Office) -> None:
    office.member("guest")
    sitting_id = office.shop.seat()["sittingId"]
    first = office.shop.submit([line("tea", 2)], sittingId=sitting_id)["data"]["order"]
    office.shop.submit([line("duck"), line("tea")], sittingId=sitting_id)
    office.shop.submit([line("fish")])
    unwanted = run(office.shop, [line("duck", 3)])
    assert unwanted.cancel()["success"]
    assert office.sweep("memberStats").done == {"memberStats": 0}
    later(office)
    assert office.sweep("memberStats").done == {"memberStats": 4}
    here = office.shop.shop_id
    whole = {
        "visits": 2,
        "spend_fen": 600 + 4800 + 6800,
        "been": [here],
        "dishes": {"tea": 3, "duck": 1, "fish": 1},
    }
    assert stats(office) == whole
    assert office.sweep("memberStats").done == {"memberStats": 0}
    office.count_again()  # as after a run that died before it moved on
    assert office.sweep("memberStats").done == {"memberStats": 4}
    assert stats(office) == whole
    assert first["orderId"]


def test_who_is_no_member_is_not_counted_and_one_who_joins_counts_from_then_on(office: Office) -> None:
    office.shop.submit([line("tea")])
    later(office)
    office.sweep("memberStats")
    assert office.shop.db["members"].count_documents({}) == 0
    office.member("guest")
    office.now = office.now - SETTLED_AFTER
    office.shop.submit([line("tea", 3)])
    later(office)
    office.sweep("memberStats")
    assert stats(office)["dishes"] == {"tea": 3}


def test_what_was_voided_is_not_a_favourite(office: Office) -> None:
    office.member("guest")
    order = run(office.shop, [line("tea", 3), line("duck")])
    assert order.edit(op="void", lineId="l-tea", quantity=2)["success"]
    assert order.edit(op="void", lineId="l-duck")["success"]
    later(office)
    office.sweep("memberStats")
    assert stats(office)["dishes"] == {"tea": 1}
    assert stats(office)["spend_fen"] == 300


def test_visits_in_every_shop_are_told_apart(office: Office, db: Database[Document]) -> None:
    other = open_shop(db)
    office.member("guest")
    openid = office.shop.guest()
    for shop in (office.shop, other, other):
        told = {"requestId": request_id(), "shopId": shop.shop_id, "lines": [line("tea")]}
        assert shop.call("submitOrder", openid, **told)["success"]
    later(office)
    office.sweep("memberStats")
    assert stats(office)["been"] == sorted([office.shop.shop_id, other.shop_id])
    assert stats(office)["visits"] == 3
    assert found(office, shops=[other.shop_id]) == {"guest"}


@settings(max_examples=25)
@given(data=st.data())
def test_a_segment_is_what_its_conditions_say_one_by_one(data: st.DataObject) -> None:
    """By law: the filter is the conjunction of its parts, each of which is a filter."""
    zone, now = ZoneInfo("Asia/Shanghai"), datetime.fromisoformat("2026-11-24T04:00+00:00")
    parts = {"levels": ["gold"], "dormantDays": 30, "visitsAtLeast": 2, "birthdayDays": 3, "shops": ["s1"]}
    chosen = data.draw(st.sets(st.sampled_from(sorted(parts))))

    def filtered(names: set[str]) -> list[Any]:
        told = Segment.model_validate({name: parts[name] for name in names})
        where = segments.filter_of(told, now=now, zone=zone, levels=LEVELS)
        return list(where.get("$and", []))

    assert sorted(map(repr, filtered(chosen))) == sorted(repr(one) for name in chosen for one in filtered({name}))
