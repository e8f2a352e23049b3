"""Birthdays once a year, new members once, and a word before a coupon ends (rules 19, 20)."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from pymongo.database import Database

from shared.contracts.life import SweepReply
from shared.domain.coupons import birthdays_on
from shared.runtime.clock import utc_now
from shared.store import coupon_giving
from shared.store.client import Document
from shared.store.scope import Chain, Shop
from shared.store.work import Nothing, Outcome
from shared.usecases.sweeping import STEPS, Round, take
from tests.functions.at_moments import work_at
from tests.support.audit import assert_clean
from tests.support.coupons import claim, claimed, kept, saved, template
from tests.support.shops import Reply, TestShop, request_id

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture(autouse=True)
def _calm(db: Database[Document]) -> Iterator[None]:
    """No members of other tests are due, and the brand has a template for messages about coupons."""
    db["members"].update_many({}, {"$unset": {"greet_at": "", "birthday": ""}})
    db["coupons"].update_many({}, {"$unset": {"remind_at": ""}})
    db["coupon_templates"].update_many({}, {"$set": {"active": False}})
    fields = {"thing1": "title", "time2": "until", "thing3": "note"}
    kinds = {"coupon": {"template_id": "T-coupon", "page": "", "fields": fields}}
    db["brand_settings"].replace_one({"_id": "messages"}, {"kinds": kinds}, upsert=True)
    yield
    db["brand_settings"].delete_one({"_id": "messages"})


def run(shop: TestShop, step: str, *, now: datetime | None = None) -> SweepReply:
    this = Round.begin(Chain(shop.db))
    return take({step: STEPS[step]}, Round(this.chain, now or this.now, this.deadline, this.trace_id))


def member(shop: TestShop, guest: str = "guest", birthday: str | None = None) -> Reply:
    """The guest is a member of this shop from now on, with a birthday if one is told."""
    reply = shop.call("getMember", shop.guest(guest), shopId=shop.shop_id)
    if birthday is not None:
        edit = {"op": "birthday", "birthday": birthday}
        more = {"requestId": request_id(), "shopId": shop.shop_id}
        reply = shop.call("editMember", shop.guest(guest), edit=edit, **more)
    return reply


def grants(shop: TestShop, template_id: str) -> list[tuple[str, str]]:
    """Who has a coupon of the template, and under which name."""
    found = shop.db["coupons"].find({"template_id": template_id}, sort=[("_id", 1)])
    return [(one["openid"].removeprefix(f"o-{shop.shop_id}-"), one["grant"]) for one in found]


def told(shop: TestShop) -> list[tuple[str, str]]:
    """What members are told of coupons."""
    found = shop.db["messages"].find({"shop_id": shop.shop_id, "kind": "coupon"}, sort=[("_id", 1)])
    return [(one["facts"]["title"], one["facts"]["note"]) for one in found]


def note_birthday(shop: TestShop, guest: str, day: str) -> None:
    """A member notes their birthday."""
    member(shop, guest)
    step = {"op": "birthday", "birthday": day}
    told = shop.call("editMember", shop.guest(guest), requestId=request_id(), shopId=shop.shop_id, edit=step)
    assert told["success"], told


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 11, 24), ("11-24",)),
        (date(2026, 2, 28), ("02-28", "02-29")),
        (date(2028, 2, 28), ("02-28",)),
        (date(2028, 2, 29), ("02-29",)),
    ],
)
def test_whose_birthday_is_kept_on_a_day(day: date, expected: tuple[str, ...]) -> None:
    assert birthdays_on(day) == expected


def test_a_birthday_brings_one_coupon_a_year_whatever_the_timer_does(shop: TestShop) -> None:
    template_id = saved(shop, name="生日券", give="birthday", validity={"by": "days", "days": 15})
    note_birthday(shop, "guest", "05-20")
    note_birthday(shop, "other", "05-21")
    eve = datetime(2027, 5, 19, 23, 59, tzinfo=SHANGHAI)
    assert run(shop, "birthdays", now=eve).done["birthdays"] == 0
    day = eve + timedelta(minutes=1)
    with ThreadPoolExecutor(4) as sweeps:
        list(sweeps.map(lambda _: run(shop, "birthdays", now=day), range(4)))
    run(shop, "birthdays", now=day + timedelta(hours=12))
    assert grants(shop, template_id) == [("guest", "birthday-2027")]
    run(shop, "birthdays", now=datetime(2028, 5, 20, 8, 0, tzinfo=SHANGHAI))
    assert grants(shop, template_id) == [("guest", "birthday-2027"), ("guest", "birthday-2028")]
    assert template(shop, template_id)["issued"] == 2
    assert told(shop) == [("生日券", "生日快乐，送您一张优惠券")] * 2
    assert_clean(shop.db, shop.shop_id)


def test_without_a_campaign_nobody_is_noted_so_that_one_made_later_that_day_still_counts(shop: TestShop) -> None:
    note_birthday(shop, "guest", "05-20")
    day = datetime(2027, 5, 20, 9, 0, tzinfo=SHANGHAI)
    assert run(shop, "birthdays", now=day).done["birthdays"] == 0
    template_id = saved(shop, give="birthday")
    assert run(shop, "birthdays", now=day).done["birthdays"] == 1
    assert grants(shop, template_id) == [("guest", "birthday-2027")]


def test_a_new_member_gets_one_coupon_once_and_old_members_none(shop: TestShop) -> None:
    member(shop, "old")
    assert run(shop, "newMembers").done["newMembers"] == 0
    template_id = saved(shop, name="新人券", give="newMember")
    member(shop)
    with ThreadPoolExecutor(4) as sweeps:
        list(sweeps.map(lambda _: run(shop, "newMembers"), range(4)))
    assert grants(shop, template_id) == [("guest", "newMember")]
    assert_clean(shop.db, shop.shop_id)


def test_gifts_stop_at_the_total(shop: TestShop) -> None:
    template_id = saved(shop, give="newMember", total=2)
    for number in range(4):
        member(shop, f"g{number}")
    assert run(shop, "newMembers").failed == ()
    assert (len(grants(shop, template_id)), template(shop, template_id)["issued"]) == (2, 2)
    assert_clean(shop.db, shop.shop_id)


def test_a_grant_reaches_each_member_once_under_its_name(shop: TestShop) -> None:
    template_id = saved(shop, give="push", total=5)
    people, got = [shop.guest(f"g{number}") for number in range(4)], list[tuple[str, ...]]()

    def push(name: str, who: list[str]) -> None:
        def body(inside: Shop) -> Outcome[Nothing]:
            got.append(coupon_giving.grant(inside, template_id, who, grant=name, now=utc_now()))
            return Outcome(Nothing())

        work_at(shop, utc_now()).transact(body)

    push("push-1", people[:3])
    push("push-1", people)
    push("push-2", people)
    assert [len(one) for one in got] == [3, 1, 1]
    assert template(shop, template_id)["issued"] == 5
    assert_clean(shop.db, shop.shop_id)


def test_a_member_is_reminded_once_three_days_before_a_coupon_ends(shop: TestShop) -> None:
    coupon_id = claimed(shop, saved(shop, name="减5元", validity={"by": "days", "days": 10}))
    claimed(shop, saved(shop, name="短", validity={"by": "days", "days": 3}))
    due = utc_now() + timedelta(days=7)
    assert run(shop, "couponReminders", now=due - timedelta(minutes=5)).done["couponReminders"] == 0
    with ThreadPoolExecutor(4) as sweeps:
        list(sweeps.map(lambda _: run(shop, "couponReminders", now=due), range(4)))
    assert told(shop) == [("减5元", "优惠券即将到期")]
    assert "remind_at" not in kept(shop, coupon_id)


def test_a_used_coupon_is_not_reminded_of_and_what_is_over_expires(shop: TestShop) -> None:
    template_id = saved(shop, perMember=2, validity={"by": "days", "days": 10})
    used, free = claimed(shop, template_id), claimed(shop, template_id)
    reply = shop.submit([{"lineId": "l1", "dishId": "duck", "quantity": 1}], couponIds=[used])
    assert reply["success"], reply
    later = utc_now() + timedelta(days=10)
    assert run(shop, "couponReminders", now=later).done["couponReminders"] == 1
    run(shop, "coupons", now=later)
    assert (kept(shop, used)["state"], kept(shop, free)["state"]) == ("locked", "expired")
    assert_clean(shop.db, shop.shop_id)


def test_who_leaves_leaves_no_name_on_a_coupon_and_gets_none_by_joining_again(shop: TestShop) -> None:
    template_id, gift = saved(shop), saved(shop, give="newMember")
    coupon_id = claimed(shop, template_id)
    run(shop, "newMembers")
    leave = {"requestId": request_id(), "shopId": shop.shop_id, "edit": {"op": "leave"}}
    assert shop.call("editMember", shop.guest(), **leave)["success"]
    found = kept(shop, coupon_id)
    assert (found["state"], "device_id" in found) == ("expired", False)
    assert shop.db["coupons"].count_documents({"openid": shop.guest()}) == 0
    assert claim(shop, template_id, device="another")["code"] == "COUPON_LIMIT"
    member(shop)
    run(shop, "newMembers")
    assert len(grants(shop, gift)) == 1
    assert_clean(shop.db, shop.shop_id)
