"""Whatever is earned, spent, returned, clawed back, paid in and out, in any order: balances are a plain model's.

And the books are in order all the time: sets, balances and lots, by the audit's own laws.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from pymongo.database import Database

from shared.domain.ledger import Move, earning, refunding, returning_top_up, spending, topping_up
from shared.domain.loyalty import Stored, spend_stored, unspent
from shared.errors import PointsShort, StateConflict, StoredValueShort, TopUpLimit
from shared.store.audit import LAWS
from shared.store.client import Document
from shared.store.ledger import PostedBefore
from tests.support.audit import books_of
from tests.support.banking import FEB, JAN, MAR, Bank, later

MONEY = ("ledger sets", "balances", "stored value", "point lots")
LIMIT = 30_000
ends = st.sampled_from([JAN, FEB, MAR])


@dataclass
class Bought:
    """An order: what is not given back yet of what it was paid with, and of what it earned."""

    points: int
    stored: Stored
    earned: int


class Account(RuleBasedStateMachine):
    """One member; every answer and every balance must be the model's."""

    def __init__(self, db: Database[Document]) -> None:
        super().__init__()
        self.bank = Bank.opened(db)
        self.points, self.growth, self.stored = 0, 0, Stored()
        self.orders: dict[int, Bought] = {}
        self.tops: list[Stored] = []
        self.count = 0

    def next(self) -> int:
        self.count += 1
        return self.count

    @rule(
        points=st.integers(0, 60),
        amount=st.integers(0, 4_000),
        earned=st.integers(0, 50),
        at=ends,
        order=st.sampled_from(["ratio", "principalFirst"]),
    )
    def buy(self, points: int, amount: int, earned: int, at: datetime, order: str) -> None:
        n = self.next()
        try:
            stored = spend_stored(amount, self.stored, order)  # type: ignore[arg-type]  # one of the two
        except StoredValueShort:
            assert amount > self.stored.total_fen
            stored = Stored(self.stored.principal_fen + 1, 0)
        try:
            self.bank.post(f"order:{n}:pay", "pay", spending(points=points, stored=stored))
        except PointsShort:
            assert points > self.points
            return
        except StoredValueShort:
            assert stored.principal_fen > self.stored.principal_fen
            return
        self.bank.post(f"order:{n}:earn", "earn", earning(points=earned, growth=earned), at=at)
        self.points += earned - points
        self.growth += earned
        self._move(-stored.principal_fen, -stored.bonus_fen)
        self.orders[n] = Bought(points, stored, earned)

    @precondition(lambda self: self.orders)
    @rule(number=st.integers(0, 9), part=st.integers(1, 4))
    def refund(self, number: int, part: int) -> None:
        n = list(self.orders)[number % len(self.orders)]
        was = self.orders[n]
        back = Bought(
            was.points // part,
            Stored(was.stored.principal_fen // part, was.stored.bonus_fen // part),
            was.earned // part,
        )
        moves = refunding(points=back.points, stored=back.stored, earned_points=back.earned, earned_growth=back.earned)
        undoes = (f"order:{n}:pay", f"order:{n}:earn")
        self.bank.post(f"refund:{self.next()}", "refund", moves, undoes=undoes)
        self.points += back.points - back.earned
        self.growth -= back.earned
        self._move(back.stored.principal_fen, back.stored.bonus_fen)
        self.orders[n] = Bought(
            was.points - back.points,
            Stored(was.stored.principal_fen - back.stored.principal_fen, was.stored.bonus_fen - back.stored.bonus_fen),
            was.earned - back.earned,
        )

    @precondition(lambda self: self.orders)
    @rule(number=st.integers(0, 9))
    def refund_too_much(self, number: int) -> None:
        n = list(self.orders)[number % len(self.orders)]
        moves = refunding(points=self.orders[n].points + 1)
        try:
            self.bank.post(f"refund:{self.next()}", "refund", moves, undoes=(f"order:{n}:pay",))
        except StateConflict:
            return
        raise AssertionError("more points came back than were spent")

    @rule(principal=st.integers(1, 9_000), bonus=st.integers(0, 900))
    def top_up(self, principal: int, bonus: int) -> None:
        top = Stored(principal, bonus)
        try:
            self.bank.post(f"topUp:{self.next()}", "topUp", topping_up(top), ceiling_fen=LIMIT)
        except TopUpLimit:
            assert self.stored.principal_fen + principal > LIMIT
            return
        self._move(principal, bonus)
        self.tops.append(top)

    @precondition(lambda self: self.tops)
    @rule()
    def pay_out(self) -> None:
        top = self.tops.pop()
        left = unspent(top, balance=self.stored, later=Stored())
        self.bank.post(f"topUpRefund:{self.next()}", "topUpRefund", returning_top_up(left))
        self._move(-left.principal_fen, -left.bonus_fen)

    @rule(at=ends)
    def expire(self, at: datetime) -> None:
        gone = self.bank.lots.get(at, 0)
        if gone:
            moves = (Move("points", -gone, "expired"),)
            self.bank.post(f"expire:{self.next()}", "expire", moves, at=at, now=later(200))
            self.points -= gone

    @precondition(lambda self: self.count)
    @rule()
    def say_it_again(self) -> None:
        cause = self.bank.sets[-1]["cause"].split(":", 1)[1] if self.bank.sets else None
        if cause is None:
            return
        try:
            self.bank.post(cause, "adjust", (Move("growth", 1, "issued"),))
        except PostedBefore:
            return
        raise AssertionError("a cause was posted twice")

    @invariant()
    def balances_are_the_models(self) -> None:
        member = self.bank.member
        assert (member.points, member.growth, member.stored) == (self.points, self.growth, self.stored)

    @invariant()
    def the_books_are_in_order(self) -> None:
        books = books_of(self.bank.db, self.bank.shop_id)
        assert [one for law in MONEY for one in LAWS[law](books)] == []

    def _move(self, principal: int, bonus: int) -> None:
        self.stored = Stored(self.stored.principal_fen + principal, self.stored.bonus_fen + bonus)


def test_an_account_lives_as_the_model_says(own_db: Database[Document]) -> None:
    class Here(Account):
        def __init__(self) -> None:
            super().__init__(own_db)

    run_state_machine_as_test(Here, settings=settings(max_examples=30, stateful_step_count=25, deadline=None))
