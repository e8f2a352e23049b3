"""A guest becomes a member by asking, sees what they have, and levels and points follow the time (rules 17–19)."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from pymongo.database import Database

from shared.contracts.life import SweepReply
from shared.domain.ledger import Move, earning, spending, topping_up
from shared.domain.loyalty import LoyaltyPolicy, Stored
from shared.errors import StateConflict
from shared.runtime.clock import utc_now
from shared.store import members
from shared.store.client import Document
from shared.store.scope import Chain
from shared.usecases.members import expire_points
from shared.usecases.sweeping import STEPS, Round, take
from tests.support.banking import Bank, close
from tests.support.shops import Reply, TestShop, call, moment

LEVELS = [
    {"level_id": "member", "name": "会员", "growth": 0},
    {"level_id": "silver", "name": "银卡", "growth": 1_000, "earn_bp": 12_000},
    {"level_id": "gold", "name": "金卡", "growth": 5_000, "earn_bp": 15_000},
]
NOW = utc_now()


@pytest.fixture(autouse=True)
def _levels(db: Database[Document]) -> Iterator[None]:
    """The brand of these tests has three levels."""
    db["brand_settings"].replace_one({"_id": "loyalty"}, {"levels": LEVELS}, upsert=True)
    yield
    db["brand_settings"].delete_one({"_id": "loyalty"})


@pytest.fixture
def bank(shop: TestShop) -> Bank:
    """The guest's account, once they are a member."""
    found = Bank(shop.db, shop.shop_id, shop.guest())
    members.join(found.shop, found.openid, now=NOW)
    return found


def asked(shop: TestShop, guest: str = "guest", **more: Any) -> Reply:
    """What getMember answers."""
    place = {} if "tableCode" in more else {"shopId": shop.shop_id}
    reply = shop.call("getMember", shop.guest(guest), **place, **more)
    assert reply["success"], reply
    data: Reply = reply["data"]
    return data


def sweep(shop: TestShop, step: str, *, now: datetime | None = None) -> SweepReply:
    """One step of the sweep, at another moment if told."""
    this = Round.begin(Chain(shop.db))
    return take({step: STEPS[step]}, Round(this.chain, now or this.now, this.deadline, this.trace_id))


def stored(shop: TestShop, name: str) -> list[Document]:
    return list(shop.db[name].find({"shop_id": shop.shop_id}))


def test_who_asks_for_the_first_time_is_a_member_with_nothing(shop: TestShop) -> None:
    told = asked(shop)
    assert moment(told.pop("joinedAt")) >= NOW
    assert told == {
        "level": {"levelId": "member", "name": "会员", "earnBp": 10_000,
                  "next": {"levelId": "silver", "name": "银卡", "missingGrowth": 1_000}},
        "growth": 0, "points": 0, "expiring": [], "principalFen": 0, "bonusFen": 0, "balanceFen": 0,
        "statement": [], "more": False,
    }  # fmt: skip
    (member,) = stored(shop, "members")
    assert (member["_id"], member["shop_id"]) == (shop.guest(), shop.shop_id)


def test_who_asks_ten_times_at_once_is_one_member(shop: TestShop) -> None:
    with ThreadPoolExecutor(10) as pool:
        told = list(pool.map(lambda _: asked(shop), range(10)))
    assert len({one["joinedAt"] for one in told}) == 1
    assert len(stored(shop, "members")) == 1


def test_a_member_sees_balances_points_that_end_soon_and_every_entry_in_pages(shop: TestShop, bank: Bank) -> None:
    soon, far = NOW + timedelta(days=59), NOW + timedelta(days=61)
    members.bind_phone(bank.shop, bank.openid, f"138{secrets.randbelow(10**8):08d}", now=NOW)
    bank.post("t1", "topUp", topping_up(Stored(20_000, 2_000)), now=NOW)
    bank.post("p1", "pay", spending(stored=Stored(6_000, 600)), now=NOW)
    bank.post("e1", "earn", earning(points=60, growth=60), at=soon, now=NOW)
    bank.post("e2", "earn", earning(points=7, growth=7), at=far, now=NOW)
    told = asked(shop, limit=3)
    assert (told["points"], told["growth"], told["principalFen"], told["bonusFen"], told["balanceFen"]) == (
        67, 67, 14_000, 1_400, 15_400,
    )  # fmt: skip
    assert [(one["points"], moment(one["at"])) for one in told["expiring"]] == [(60, soon)]
    assert told["phone"][:7] == "138****"
    lines = [(one["kind"], one["title"], one["points"], one["principalFen"], one["bonusFen"], one["growth"])
             for one in told["statement"]]  # fmt: skip
    assert lines == [
        ("earn", "消费奖励", 7, 0, 0, 7),
        ("earn", "消费奖励", 60, 0, 0, 60),
        ("pay", "消费支付", 0, -6_000, -600, 0),
    ]
    assert told["more"] is True
    rest = asked(shop, before=told["statement"][-1]["entryId"], limit=3)
    assert [(one["kind"], one["principalFen"]) for one in rest["statement"]] == [("topUp", 20_000)]
    assert rest["more"] is False


def test_nobody_sees_anothers_account(shop: TestShop, bank: Bank) -> None:
    bank.post("t1", "topUp", topping_up(Stored(20_000, 0)), now=NOW)
    theirs = bank.sets[0]["_id"]
    told = asked(shop, "other", before=f"{theirs}z")
    assert (told["balanceFen"], told["statement"]) == (0, [])


def test_staff_are_members_like_everybody(shop: TestShop) -> None:
    assert asked(shop, "waiter")["points"] == 0
    assert {one["_id"] for one in stored(shop, "members")} == {shop.guest("waiter")}


def test_at_a_table_the_code_says_where(shop: TestShop) -> None:
    asked(shop, tableCode=shop.code())
    (member,) = stored(shop, "members")
    assert member["shop_id"] == shop.shop_id


@pytest.mark.parametrize(
    ("event", "code"),
    [
        ({}, "NOT_FOUND"),
        ({"shopId": "no-such-shop"}, "NOT_FOUND"),
        ({"tableCode": "zz"}, "INVALID_ARGUMENT"),
        ({"shopId": "s1", "limit": 101}, "INVALID_ARGUMENT"),
        ({"shopId": "s1", "before": {"$gt": ""}}, "INVALID_ARGUMENT"),
        ({"shopId": "s1", "tableCode": "zz"}, "INVALID_ARGUMENT"),
        ({"shopId": "s1", "member": "somebody"}, "INVALID_ARGUMENT"),
    ],
)
def test_a_refused_question_makes_nobody_a_member(shop: TestShop, event: Reply, code: str) -> None:
    reply = shop.call("getMember", shop.guest("stranger"), **event)
    assert reply["code"] == code
    assert shop.db["members"].find_one({"_id": shop.guest("stranger")}) is None


def test_nobody_is_no_member(shop: TestShop) -> None:
    assert call("getMember", {"shopId": shop.shop_id}, openid=None)["code"] == "UNAUTHENTICATED"


def test_growth_lifts_a_level_at_the_next_look_and_its_prices_and_rate_with_it(shop: TestShop, bank: Bank) -> None:
    bank.post("e1", "earn", earning(points=0, growth=1_200), now=NOW)
    told = asked(shop)["level"]
    assert (told["levelId"], told["earnBp"], told["next"]) == (
        "silver", 12_000, {"levelId": "gold", "name": "金卡", "missingGrowth": 3_800},
    )  # fmt: skip
    assert NOW + timedelta(days=365) <= moment(told["keepUntil"]) <= utc_now() + timedelta(days=365)
    assert stored(shop, "members")[0]["level"] == "silver"
    assert asked(shop)["level"] == told


def test_the_sweep_lifts_whoever_grew_and_lowers_whose_time_is_over(shop: TestShop, bank: Bank) -> None:
    bank.post("e1", "earn", earning(points=0, growth=5_000), now=NOW)
    assert sweep(shop, "levels").failed == ()
    assert bank.member.standing.level_id == "gold"
    kept = bank.member.standing.keep_until
    assert kept is not None
    sweep(shop, "levels", now=kept - timedelta(seconds=1))
    assert bank.member.standing.keep_until == kept
    bank.post("e2", "earn", earning(points=0, growth=1_000), now=kept - timedelta(days=1))
    sweep(shop, "levels", now=kept - timedelta(days=1))
    assert bank.member.standing.level_id == "gold"
    sweep(shop, "levels", now=kept + timedelta(days=1))
    assert bank.member.standing.level_id == "silver"


def test_the_sweep_takes_points_that_are_over_once(shop: TestShop, bank: Bank) -> None:
    soon, later = NOW + timedelta(days=1), NOW + timedelta(days=40)
    bank.post("e1", "earn", earning(points=60, growth=0), at=soon, now=NOW)
    bank.post("e2", "earn", earning(points=7, growth=0), at=later, now=NOW)
    sweep(shop, "points", now=soon - timedelta(seconds=1))
    assert bank.member.points == 67
    assert sweep(shop, "points", now=soon).failed == ()
    sweep(shop, "points", now=soon)
    assert (bank.member.points, bank.lots) == (7, {later: 7})
    last = asked(shop)["statement"][0]
    assert (last["kind"], last["title"], last["points"]) == ("expire", "积分过期", -60)


def test_points_spent_while_they_expire_are_taken_once(shop: TestShop, bank: Bank) -> None:
    over = NOW - timedelta(days=1)
    bank.post("e1", "earn", earning(points=60, growth=0), at=over, now=over - timedelta(days=9))

    def expire(_: int) -> None:
        expire_points(bank.openid, bank.work(NOW))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(expire, range(4)))
    assert (bank.member.points, bank.lots, bank.sums()["points", "expired"]) == (0, {}, 60)


def test_who_leaves_is_forgotten_and_the_books_still_balance(shop: TestShop, bank: Bank) -> None:
    ends = LoyaltyPolicy().expiry("2026-11-24")
    bank.post("t1", "topUp", topping_up(Stored(1_000, 100)), now=NOW)
    bank.post("p1", "pay", spending(stored=Stored(1_000, 0)), now=NOW)
    bank.post("e1", "earn", earning(points=60, growth=60), at=ends, now=NOW)
    account = bank.member.account
    close(bank.openid, bank.work(NOW))
    assert stored(shop, "members") == []
    assert shop.db["point_lots"].find_one({"account": account}) is None
    sets = list(shop.db["ledger"].find({"account": account}))
    assert sorted(one["kind"] for one in sets) == ["close", "earn", "pay", "topUp"]
    assert bank.openid not in str(sets)
    sums: dict[str, int] = {}
    for entry in (entry for one in sets for entry in one["entries"] if entry["account"] == "member"):
        sums[entry["unit"]] = sums.get(entry["unit"], 0) + entry["amount"]
    assert sums == {"points": 0, "growth": 0, "principal": 0, "bonus": 0}
    assert asked(shop)["statement"] == []


def test_who_still_has_money_there_cannot_leave(shop: TestShop, bank: Bank) -> None:
    bank.post("t1", "topUp", topping_up(Stored(1_050, 100)), now=NOW)
    before = bank.written()
    with pytest.raises(StateConflict, match=r"储值本金 10\.50 元"):
        close(bank.openid, bank.work(NOW))
    assert bank.written() == before


def test_who_leaves_owing_points_owes_nothing_any_more(shop: TestShop, bank: Bank) -> None:
    bank.post("r1", "refund", (Move("points", -20, "issued"),), now=NOW)
    account = bank.member.account
    close(bank.openid, bank.work(NOW))
    found = shop.db["ledger"].find({"account": account}).sort("_id", 1)
    assert [entry["amount"] for one in found for entry in one["entries"] if entry["account"] == "member"] == [-20, 20]
