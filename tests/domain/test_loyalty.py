"""Points lie in lots, oldest burnt first and returned to where they came from; stored value is spent to the fen."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.loyalty import Book, Lot, LoyaltyPolicy, Stored, earned, spend_stored, unspent
from shared.errors import StateConflict, StoredValueShort

FOLDER = Path(__file__).parents[1] / "golden" / "ledger"
POINTS = json.loads((FOLDER / "points.json").read_text(encoding="utf-8"))
VALUE = json.loads((FOLDER / "stored_value.json").read_text(encoding="utf-8"))
NOW = datetime(2026, 11, 24, tzinfo=timezone.utc)
Case = dict[str, Any]


def why(case: Case) -> str:
    return str(case["why"])


def day(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).replace(tzinfo=timezone.utc)


def lots_of(pairs: list[list[Any]]) -> tuple[Lot, ...]:
    return tuple(Lot(day(at), points) for at, points in pairs)


@pytest.mark.parametrize("case", POINTS["earned"], ids=why)
def test_an_amount_earns_the_golden_points(case: Case) -> None:
    assert earned(case["paidFen"], case["rateBp"]) == case["points"]


@pytest.mark.parametrize("case", POINTS["expiry"], ids=why)
def test_points_end_at_the_golden_moment(case: Case) -> None:
    assert LoyaltyPolicy(points_months=case["months"]).expiry(case["bizDate"]) == day(case["ends"])


@pytest.mark.parametrize("case", POINTS["lives"], ids=why)
def test_a_book_lives_the_golden_life(case: Case) -> None:
    book = Book(case["start"][0], lots_of(case["start"][1]))
    for step in case["steps"]:
        book, lots = taken(book, step)
        assert (book.balance, book.lots) == (step["book"][0], lots_of(step["book"][1]))
        assert lots == lots_of(step.get("lots", []))


def taken(book: Book, step: Case) -> tuple[Book, tuple[Lot, ...]]:
    if "earn" in step:
        return book.earn(step["earn"], day(step["lot"])), ()
    if "burn" in step:
        return book.burn(step["burn"])
    if "giveBack" in step:
        burnt, before = lots_of(step["burnt"]), lots_of(step["before"])
        return book.give_back(step["giveBack"], burnt, before, now=day(step["now"]))
    if "clawBack" in step:
        return book.claw_back(step["clawBack"], [day(at) for at in step["earnedInto"]])
    return book.expire(day(step["expire"]))


ends = st.integers(1, 14).map(lambda months: NOW + timedelta(days=30 * months))
books = st.lists(st.tuples(ends, st.integers(0, 500)), max_size=6, unique_by=lambda pair: pair[0]).map(
    lambda pairs: Book(sum(n for _, n in pairs), tuple(Lot(at, n) for at, n in sorted(pairs)))
)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("earn"), st.integers(1, 300), ends),
        st.tuples(st.just("burn"), st.integers(1, 300), ends),
        st.tuples(st.just("claw"), st.integers(1, 300), ends),
        st.tuples(st.just("expire"), st.just(0), ends),
        st.tuples(st.just("back"), st.integers(1, 300), ends),
    ),
    max_size=12,
)


@given(books, steps)
def test_whatever_happens_the_lots_sum_to_the_balance_or_to_nothing_while_it_is_a_debt(
    book: Book, steps: list[tuple[str, int, datetime]]
) -> None:
    burnt: list[Lot] = []
    back: list[Lot] = []
    for what, count, at in steps:
        balance = book.balance
        if what == "earn":
            book = book.earn(count, at)
            assert book.balance == balance + count
        elif what == "burn" and count <= balance:
            book, lots = book.burn(count)
            burnt, back = list(lots), []
            assert sum(lot.points for lot in lots) == count
        elif what == "claw":
            book, _ = book.claw_back(count, [at])
            assert book.balance == balance - count
        elif what == "expire":
            book, _ = book.expire(at)
        elif what == "back":
            part = min(count, sum(lot.points for lot in burnt) - sum(lot.points for lot in back))
            book, lots = book.give_back(part, burnt, back, now=NOW)
            back = merged([*back, *lots])
            assert book.balance == balance + part
        assert sum(lot.points for lot in book.lots) == max(book.balance, 0)
        assert all(lot.points >= 0 for lot in book.lots)
        assert len({lot.expires_at for lot in book.lots}) == len(book.lots)


def merged(lots: list[Lot]) -> list[Lot]:
    points: dict[datetime, int] = {}
    for lot in lots:
        points[lot.expires_at] = points.get(lot.expires_at, 0) + lot.points
    return [Lot(at, count) for at, count in points.items()]


@given(books, st.data())
def test_points_given_back_in_any_parts_leave_every_lot_as_it_was(book: Book, data: st.DataObject) -> None:
    spent = data.draw(st.integers(0, book.balance))
    after, burnt = book.burn(spent)
    back: list[Lot] = []
    while spent:
        part = data.draw(st.integers(1, spent))
        after, lots = after.give_back(part, burnt, back, now=NOW)
        back = merged([*back, *lots])
        spent -= part
    assert after == book


@given(books, st.integers(1, 500))
def test_no_lot_is_burnt_while_an_older_one_has_points(book: Book, count: int) -> None:
    after, burnt = book.burn(min(count, book.balance))
    if burnt:
        newest = max(lot.expires_at for lot in burnt)
        assert all(lot.points == 0 for lot in after.lots if lot.expires_at < newest)


def test_no_more_is_burnt_than_there_is_nor_given_back_than_was_burnt() -> None:
    book = Book(30, (Lot(NOW, 30),))
    with pytest.raises(ValueError, match="more points"):
        book.burn(31)
    after, burnt = book.burn(10)
    with pytest.raises(StateConflict):
        after.give_back(11, burnt, [], now=NOW)
    _, back = after.give_back(10, burnt, [], now=NOW)
    with pytest.raises(StateConflict):
        after.give_back(1, burnt, back, now=NOW)


@pytest.mark.parametrize("points", [17, -17])
def test_an_account_that_is_closed_has_nothing_left_and_owes_nothing(points: int) -> None:
    book = Book(points, (Lot(NOW, 17),) if points > 0 else ())
    after, _ = book.void(points)
    assert (after.balance, sum(lot.points for lot in after.lots)) == (0, 0)


@pytest.mark.parametrize("case", VALUE["spend"], ids=why)
def test_stored_value_is_spent_as_the_golden_case_says(case: Case) -> None:
    balance = Stored(case["principalFen"], case["bonusFen"])
    if "short" in case:
        with pytest.raises(StoredValueShort) as refused:
            spend_stored(case["amountFen"], balance, case["order"])
        assert refused.value.details == {"balanceFen": case["short"], "wantedFen": case["amountFen"]}
    else:
        assert spend_stored(case["amountFen"], balance, case["order"]) == Stored(*case["takes"])


@pytest.mark.parametrize("case", VALUE["unspent"], ids=why)
def test_what_is_left_of_a_top_up_is_the_golden_rest(case: Case) -> None:
    left = unspent(Stored(*case["topUp"]), balance=Stored(*case["balance"]), later=Stored(*case["later"]))
    assert left == Stored(*case["left"])


amounts = st.integers(0, 10**6)


@given(amounts, amounts, st.sampled_from(["ratio", "principalFirst"]), st.data())
def test_spending_takes_exactly_the_amount_and_from_neither_part_more_than_it_has(
    principal: int, bonus: int, order: Any, data: st.DataObject
) -> None:
    balance = Stored(principal, bonus)
    amount = data.draw(st.integers(0, balance.total_fen))
    takes = spend_stored(amount, balance, order)
    assert takes.total_fen == amount
    assert 0 <= takes.principal_fen <= principal
    assert 0 <= takes.bonus_fen <= bonus


@given(st.lists(st.tuples(amounts, amounts), min_size=1, max_size=5), st.data())
def test_the_unspent_rests_of_all_top_ups_are_together_what_is_there(
    tops: list[tuple[int, int]], data: st.DataObject
) -> None:
    paid, came = sum(p for p, _ in tops), sum(b for _, b in tops)
    balance = Stored(data.draw(st.integers(0, paid)), data.draw(st.integers(0, came)))
    rests = [
        unspent(
            Stored(*top),
            balance=balance,
            later=Stored(sum(p for p, _ in tops[n + 1 :]), sum(b for _, b in tops[n + 1 :])),
        )
        for n, top in enumerate(tops)
    ]
    total = Stored(sum(rest.principal_fen for rest in rests), sum(rest.bonus_fen for rest in rests))
    assert total == balance


def test_a_policy_is_as_stored_and_otherwise_as_usual() -> None:
    assert LoyaltyPolicy.of({}) == LoyaltyPolicy()
    told = LoyaltyPolicy.of({"points_months": 6, "spend": "principalFirst", "zone": "Asia/Urumqi", "levels": []})
    assert (told.points_months, told.spend, str(told.zone)) == (6, "principalFirst", "Asia/Urumqi")
    assert (told.ceiling_fen(named=True), told.ceiling_fen(named=False)) == (500_000, 100_000)
    assert told.growth_for(12_890) == 128
