"""Who tries to bend a group buy is refused; whatever dies while a group ends, everybody's money goes back once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from shared.domain.ledger import earning, topping_up
from shared.domain.loyalty import LoyaltyPolicy, Stored
from shared.runtime.clock import utc_now
from shared.store import members
from shared.store.client import database
from shared.store.scope import Chain
from shared.usecases.sweeping import STEPS, Round, take
from tests.paying.killing import bury, is_worth
from tests.paying.stories import BONUS, POINTS, PRINCIPAL, prepared
from tests.support.audit import assert_clean
from tests.support.banking import Bank
from tests.support.desk import Desk, sweep
from tests.support.dying import Moment, When, live
from tests.support.group_buys import PRICE, GroupBuys, group_of, order_of
from tests.support.shops import Reply, request_id

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def buys(desk: Desk) -> Iterator[GroupBuys]:
    """A shop with the offer; at the end the books are right."""
    found = GroupBuys(desk)
    found.offer()
    yield found
    assert_clean(desk.shop.db, desk.shop.shop_id)


@pytest.mark.parametrize("name", ["priceFen", "size", "expiresAt", "now", "openid", "paid"])
@pytest.mark.parametrize("op", ["open", "join"])
def test_no_client_says_what_a_seat_costs_how_long_it_lasts_or_whose_it_is(buys: GroupBuys, op: str, name: str) -> None:
    group_id = group_of(buys.open("leader"))
    before = buys.desk.written()
    more = {name: "2026-01-01T00:00:00+08:00"}
    refused = buys.open("g1", **more) if op == "open" else buys.join("g1", group_id, **more)
    (fault,) = refused["details"]["fields"]
    assert (refused["code"], fault["field"]) == ("INVALID_ARGUMENT", f"group.{op}.{name}")
    assert buys.desk.written() == before


def test_nobody_pays_or_cancels_anothers_seat(buys: GroupBuys) -> None:
    first = buys.open("g0")
    shop, before = buys.desk.shop, buys.desk.written()
    assert buys.desk.pay(PRICE, guest="g1", orderId=order_of(first))["code"] == "NOT_FOUND"
    told = {"requestId": request_id(), "shopId": shop.shop_id, "orderId": order_of(first)}
    assert shop.call("cancelOrder", shop.guest("g1"), **told)["code"] == "NOT_FOUND"
    assert buys.desk.written() == before


def test_a_group_takes_no_coupons(buys: GroupBuys) -> None:
    before = buys.desk.written()
    refused = buys.open("g0", couponIds=["any"])
    assert refused["code"] == "INVALID_ARGUMENT"
    assert buys.desk.written() == before


def member(buys: GroupBuys, guest: str) -> Bank:
    """The guest has points and stored value."""
    account = Bank(buys.desk.shop.db, buys.desk.shop.shop_id, buys.desk.shop.guest(guest))
    members.join(account.shop, account.openid, now=utc_now())
    account.post("t", "topUp", topping_up(Stored(PRINCIPAL, BONUS)), now=utc_now())
    account.post("e", "earn", earning(points=POINTS, growth=0), at=LoyaltyPolicy().expiry("2026-11-24"), now=utc_now())
    return account


def test_points_pay_no_seat_and_stored_value_that_did_comes_back(buys: GroupBuys) -> None:
    prepared(buys.desk)
    account = member(buys, "g0")
    first = buys.open("g0")
    before = buys.desk.written()
    points = ({"kind": "points", "points": 100}, {"kind": "stored"})
    assert buys.desk.pay(PRICE, guest="g0", tenders=points, orderId=order_of(first))["code"] == "POINTS_LIMIT"
    assert buys.desk.written() == before
    assert buys.desk.pay(PRICE, guest="g0", tenders=({"kind": "stored"},), orderId=order_of(first))["success"]
    spent = members.get(account.shop, account.openid)
    assert spent.stored.total_fen == PRINCIPAL + BONUS - PRICE
    buys.over(group_of(first))
    assert sweep()["failed"] == []
    back = members.get(account.shop, account.openid)
    assert (back.stored, back.points, back.growth) == (Stored(PRINCIPAL, BONUS), POINTS, 0)
    assert buys.states() == ["cancelled"]


def test_the_largest_group_is_cooked_or_sent_home_in_one_go(buys: GroupBuys) -> None:
    shop = buys.desk.shop
    shop.db["campaigns"].update_one({"_id": buys.offer_id}, {"$set": {"size": 10}})
    for last, states in ((10, ["confirmed"] * 10), (9, ["confirmed"] * 10 + ["cancelled"] * 9)):
        first = buys.open(f"{last}-0")
        group_id = group_of(first)
        buys.pay(f"{last}-0", first)
        for n in range(1, last):
            assert buys.pay(f"{last}-{n}", buys.join(f"{last}-{n}", group_id)) == "settled"
        if last < 10:
            buys.over(group_id)
        assert sweep()["failed"] == []
        assert buys.states() == states
    assert buys.sent_home() == 9 * PRICE


def ending() -> Reply:
    """What the sweep does about groups and refunds."""
    steps = {name: STEPS[name] for name in ("groups", "returns")}
    return dict(take(steps, Round.begin(Chain(database()))).wire())


def over_with_two_paid(buys: GroupBuys, name: str) -> str:
    """A group whose time is over and in which two have paid; its id."""
    first = buys.open(f"{name}-a")
    group_id = group_of(first)
    buys.pay(f"{name}-a", first)
    buys.pay(f"{name}-b", buys.join(f"{name}-b", group_id))
    buys.over(group_id)
    return group_id


def test_a_group_that_ends_sends_everybody_home_once_wherever_the_process_is_killed(buys: GroupBuys) -> None:
    over_with_two_paid(buys, "first")
    steps = live(ending).steps
    whens: tuple[When, ...] = ("before", "after")
    every = [Moment(step, when) for step in range(1, len(steps) + 1) for when in whens]
    deaths = [moment for moment in every if is_worth(moment, steps, is_main=False)]
    for number, death in enumerate(deaths, start=1):
        group_id = over_with_two_paid(buys, f"g{number}")
        assert live(ending, death).was_killed
        bury(buys.desk)
        assert ending()["failed"] == []
        assert (buys.group(group_id)["state"], buys.sent_home()) == ("expired", 2 * PRICE * (number + 1))
    assert len(deaths) > 10
    assert set(buys.states()) == {"cancelled"}
