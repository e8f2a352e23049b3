"""The ledger on the real server: a cause posts once, balances keep their guards, lots follow, and nothing is lost."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from pymongo.database import Database

from shared.domain.ledger import Move, Posting, earning, refunding, returning_top_up, spending, topping_up
from shared.domain.loyalty import Stored
from shared.errors import Busy, NotFound, PointsShort, StateConflict, StoredValueShort, TopUpLimit
from shared.store import ledger
from shared.store.client import Document
from shared.store.ledger import PostedBefore
from shared.store.scope import Chain, Shop
from shared.store.work import Nothing, Outcome
from tests.support.banking import BIZ_DATE, FEB, JAN, MAR, NOON, Bank, later


@pytest.fixture
def bank(own_db: Database[Document]) -> Bank:
    """A member with nothing."""
    return Bank.opened(own_db)


def test_a_set_moves_the_balances_and_the_lots_and_tells_both_sides(bank: Bank) -> None:
    after = bank.post("order:o1:earn", "earn", earning(points=128, growth=120), at=JAN)
    assert (after.points, after.growth, after.version, after.review_at) == (128, 120, 1, NOON)
    assert bank.member == after
    assert bank.lots == {JAN: 128}
    assert bank.sums() == {
        ("points", "member"): 128, ("points", "issued"): -128, ("growth", "member"): 120, ("growth", "issued"): -120,
    }  # fmt: skip
    (told,) = bank.sets
    assert (told["kind"], told["shop_id"], told["biz_date"], told["at"]) == ("earn", bank.shop_id, BIZ_DATE, NOON)
    assert bank.openid not in str(told)


def test_a_cause_posts_once_whatever_it_says_the_second_time(bank: Bank) -> None:
    bank.post("topUp:t1", "topUp", topping_up(Stored(10_000, 1_000)))
    before = bank.written()
    for moves in (topping_up(Stored(10_000, 1_000)), spending(points=5), topping_up(Stored(1, 0))):
        with pytest.raises(PostedBefore):
            bank.post("topUp:t1", "topUp", moves)
        assert bank.written() == before


def test_a_cause_that_comes_eight_times_at_once_posts_once(bank: Bank) -> None:
    def top_up(_: int) -> bool:
        try:
            bank.post("topUp:t1", "topUp", topping_up(Stored(10_000, 1_000)))
        except (PostedBefore, Busy):
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(top_up, range(8))) == 1
    assert bank.member.stored == Stored(10_000, 1_000)
    assert len(bank.sets) == 1


def test_ten_payments_at_once_out_of_a_balance_for_four_are_four(bank: Bank) -> None:
    bank.post("topUp:t1", "topUp", topping_up(Stored(4_000, 400)))
    bank.post("gift", "adjust", (Move("points", 90, "issued"),), at=JAN)

    def pay(n: int) -> bool:
        for _ in range(50):
            try:
                bank.post(f"order:{n}:pay", "pay", spending(points=20, stored=Stored(1_000, 100)))
            except Busy:
                continue
            except (PointsShort, StoredValueShort):
                return False
            return True
        raise AssertionError("busy for ever")

    with ThreadPoolExecutor(5) as pool:
        assert sum(pool.map(pay, range(10))) == 4
    assert (bank.member.stored, bank.member.points, bank.lots) == (Stored(), 10, {JAN: 10})
    assert bank.sums()["principal", "spent"] == 4_000


def test_without_the_guard_more_would_be_paid_than_there_is(bank: Bank) -> None:
    """The control: who reads first and writes then, pays twice out of one balance."""
    bank.post("topUp:t1", "topUp", topping_up(Stored(1_000, 0)))
    seen = [bank.member.stored.principal_fen for _ in range(2)]
    paid = 0
    for balance in seen:
        if balance >= 1_000:
            rest = {"$set": {"principal_fen": balance - 1_000}}
            bank.db["members"].update_one({"_id": bank.openid}, rest)
            paid += 1_000
    assert (paid, bank.member.stored.principal_fen) == (2_000, 0)


@pytest.mark.parametrize(
    ("moves", "error", "details"),
    [
        (spending(points=31), PointsShort, {"points": 30}),
        (spending(stored=Stored(1_001, 0)), StoredValueShort, {"balanceFen": 1_100}),
        (spending(points=10, stored=Stored(0, 101)), StoredValueShort, {"balanceFen": 1_100}),
        (returning_top_up(Stored(1_001, 0)), StoredValueShort, {"balanceFen": 1_100}),
        (returning_top_up(Stored(1_000, 101)), StoredValueShort, {"balanceFen": 1_100}),
    ],
)
def test_what_is_not_there_is_refused_and_nothing_is_written(
    bank: Bank, moves: tuple[Move, ...], error: type[StateConflict], details: dict[str, int]
) -> None:
    bank.post("topUp:t1", "topUp", topping_up(Stored(1_000, 100)))
    bank.post("gift", "adjust", (Move("points", 30, "issued"),), at=JAN)
    before = bank.written()
    with pytest.raises(error) as refused:
        bank.post("order:o1:pay", "pay", moves)
    assert refused.value.details == details
    assert bank.written() == before


def test_a_top_up_may_reach_the_ceiling_and_not_pass_it(bank: Bank) -> None:
    bank.post("topUp:t1", "topUp", topping_up(Stored(60_000, 50_000)), ceiling_fen=100_000)
    before = bank.written()
    with pytest.raises(TopUpLimit) as refused:
        bank.post("topUp:t2", "topUp", topping_up(Stored(40_001, 0)), ceiling_fen=100_000)
    assert refused.value.details == {"limitFen": 100_000}
    assert bank.written() == before
    assert bank.post("topUp:t3", "topUp", topping_up(Stored(40_000, 0)), ceiling_fen=100_000).stored == Stored(
        100_000, 50_000
    )


def test_nobody_posts_for_somebody_who_is_no_member(bank: Bank) -> None:
    stranger = Bank(bank.db)
    posting = Posting("c", "earn", BIZ_DATE, earning(points=1, growth=1), expires_at=JAN)
    with pytest.raises(NotFound):
        stranger.work().transact(lambda shop: _posted(shop, stranger.openid, posting))
    assert bank.db["ledger"].find_one({"cause": "c"}) is None


def test_nothing_is_posted_outside_of_a_transaction(bank: Bank) -> None:
    before = bank.written()
    with pytest.raises(ValueError, match="one transaction"):
        ledger.post(bank.shop, bank.openid, Posting("c", "earn", BIZ_DATE, earning(points=0, growth=1)), now=NOON)
    assert bank.written() == before


def _posted(shop: Shop, openid: str, posting: Posting) -> Outcome[Nothing]:
    ledger.post(shop, openid, posting, now=NOON)
    return Outcome(Nothing())


def test_points_are_burnt_oldest_first_and_come_back_in_parts_to_the_lots_they_left(bank: Bank) -> None:
    for cause, points, at in (("a", 100, MAR), ("b", 30, JAN), ("c", 50, FEB)):
        bank.post(f"order:{cause}:earn", "earn", earning(points=points, growth=0), at=at)
    bank.post("order:o1:pay", "pay", spending(points=60))
    assert bank.lots == {FEB: 20, MAR: 100}
    bank.post("refund:r1", "refund", refunding(points=40), undoes=("order:o1:pay",))
    assert bank.lots == {JAN: 10, FEB: 50, MAR: 100}
    bank.post("refund:r2", "refund", refunding(points=20), undoes=("order:o1:pay",))
    assert bank.lots == {JAN: 30, FEB: 50, MAR: 100}
    before = bank.written()
    with pytest.raises(StateConflict):
        bank.post("refund:r3", "refund", refunding(points=1), undoes=("order:o1:pay",))
    assert bank.written() == before


def test_two_refunds_at_once_give_back_no_more_than_was_spent(bank: Bank) -> None:
    bank.post("gift", "adjust", (Move("points", 30, "issued"),), at=JAN)
    bank.post("order:o1:pay", "pay", spending(points=30))

    def refund(n: int) -> bool:
        try:
            bank.post(f"refund:r{n}", "refund", refunding(points=20), undoes=("order:o1:pay",))
        except StateConflict:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(refund, range(2))) == 1
    assert (bank.member.points, bank.lots) == (20, {JAN: 20})


def test_points_of_a_lot_that_has_ended_come_back_for_a_day(bank: Bank) -> None:
    bank.post("gift", "adjust", (Move("points", 30, "issued"),), at=JAN)
    bank.post("order:o1:pay", "pay", spending(points=30))
    now = later(60)
    bank.post("refund:r1", "refund", refunding(points=30), undoes=("order:o1:pay",), now=now)
    assert bank.lots == {later(61): 30}
    bank.post("expire", "expire", (Move("points", -30, "expired"),), at=later(61), now=later(62))
    assert (bank.member.points, bank.lots, bank.sums()["points", "expired"]) == (0, {}, 30)


def test_a_claw_back_takes_the_earnings_own_lot_then_the_oldest_and_then_makes_a_debt(bank: Bank) -> None:
    bank.post("gift", "adjust", (Move("points", 30, "issued"),), at=JAN)
    bank.post("order:o1:earn", "earn", earning(points=50, growth=50), at=FEB)
    bank.post("order:o2:pay", "pay", spending(points=60))
    bank.post("refund:r1", "refund", refunding(earned_points=50, earned_growth=50), undoes=("order:o1:earn",))
    assert (bank.member.points, bank.member.growth, bank.lots) == (-30, 0, {})
    bank.post("order:o3:earn", "earn", earning(points=100, growth=100), at=MAR)
    assert (bank.member.points, bank.lots) == (70, {MAR: 70})


def test_one_refund_gives_back_and_claws_back_in_one_set(bank: Bank) -> None:
    bank.post("topUp:t1", "topUp", topping_up(Stored(10_000, 1_000)))
    bank.post("gift", "adjust", (Move("points", 100, "issued"),), at=JAN)
    bank.post("order:o1:pay", "pay", spending(points=100, stored=Stored(8_000, 800)))
    bank.post("order:o1:earn", "earn", earning(points=80, growth=80), at=FEB)
    moves = refunding(points=50, stored=Stored(4_000, 400), earned_points=40, earned_growth=40)
    bank.post("refund:r1", "refund", moves, undoes=("order:o1:pay", "order:o1:earn"))
    member = bank.member
    assert (member.points, member.stored, member.growth) == (90, Stored(6_000, 600), 40)
    assert bank.lots == {JAN: 50, FEB: 40}


def test_the_lots_that_are_over_are_told_the_longest_over_first(bank: Bank) -> None:
    for at, points in ((JAN, 5), (FEB, 7), (MAR, 9)):
        bank.post(f"gift:{points}", "adjust", (Move("points", points, "issued"),), at=at)
    account = bank.member.account
    told = [one for one in ledger.ended(Chain(bank.db), now=FEB, limit=100) if one[0] == account]
    assert told == [(account, JAN), (account, FEB)]


def test_the_statement_tells_newest_first_in_pages(bank: Bank) -> None:
    for n in range(5):
        bank.post(f"order:{n}:earn", "earn", earning(points=n + 1, growth=0), at=JAN)
    account = bank.member.account
    first = ledger.statement(bank.shop, account, before=None, limit=3)
    rest = ledger.statement(bank.shop, account, before=first[-1].entry_id, limit=3)
    assert [one.gains["points"] for one in (*first, *rest)] == [5, 4, 3, 2, 1]


def test_growth_counts_from_a_moment_on(bank: Bank) -> None:
    for n, growth in enumerate((100, 20, 3)):
        bank.post(f"order:{n}:earn", "earn", earning(points=0, growth=growth), now=later(100 * n))
    account = bank.member.account
    assert [ledger.growth_since(bank.shop, account, later(days)) for days in (-1, 50, 100, 200)] == [123, 23, 3, 0]
