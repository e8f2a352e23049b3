"""The life of reservations against the real database: a model of who has which table in which quarter of an hour."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from pymongo.database import Database

from shared.errors import AlreadyBooked, NotFound, SlotFull, SlotInvalid, StateConflict, TableOccupied, ZaotaiError
from shared.store.client import Document
from shared.store.guard import BRAND_WIDE
from tests.support.audit import assert_clean
from tests.support.bookings import Desk, local
from tests.support.shops import open_shop

GUESTS = ("ann", "bo", "cy", "di", "ed", "flo")
SEATS = {"t1": 4, "t2": 2, "t3": 4}
TIMES = tuple(local("25T17:00") + n * timedelta(minutes=30) for n in range(5))
QUARTER, TURN = timedelta(minutes=15), timedelta(minutes=90)
LEAD, HELD = timedelta(minutes=30), timedelta(minutes=15)


@dataclass
class Party:
    """What the model knows of a reservation."""

    guest: str
    at: datetime
    guests: int
    table: str
    state: str = "booked"

    @property
    def occupies(self) -> set[datetime]:
        """The quarters of an hour that it has."""
        lives = self.state in {"booked", "seated"}
        return {self.at + n * QUARTER for n in range(TURN // QUARTER)} if lives else set()

    def meets(self, at: datetime) -> bool:
        """Whether it overlaps a turn that begins then."""
        return any(at <= quarter < at + TURN for quarter in self.occupies)


class Evening(RuleBasedStateMachine):
    """Guests book and cancel, waiters seat, time passes; every answer and every key must be the model's."""

    def __init__(self, db: Database[Document]) -> None:
        super().__init__()
        shop = open_shop(db)
        for table_id, seats in SEATS.items():
            where = {"shop_id": shop.shop_id, "table_id": table_id}
            shop.db["tables"].update_one(where, {"$set": {"seats": seats}})
        shop.db["tables"].delete_one({"shop_id": shop.shop_id, "table_id": "t4"})
        self.desk = Desk(shop, local("25T16:15"))
        self.parties: dict[str, Party] = {}
        self.sits: dict[str, str] = {}  # table → guest
        self.reminded: set[str] = set()

    def _pick(self, number: int) -> tuple[str, Party | None]:
        """One that stands, if the number is even and there is one; else any."""
        standing = [booking_id for booking_id, party in self.parties.items() if party.state == "booked"]
        among = standing if standing and number % 2 == 0 else list(self.parties)
        booking_id = among[number // 2 % len(among)] if among else "nothing"
        return booking_id, self.parties.get(booking_id)

    @initialize(first=st.sampled_from(TIMES), other=st.sampled_from(TIMES))
    def some_have_booked(self, first: datetime, other: datetime) -> None:
        for guest, at in (("ann", first), ("bo", first), ("cy", other)):
            self.book(guest, at, 2)

    def _free(self, at: datetime, guests: int) -> str | None:
        """The best fitting table that nobody has for a turn from then on."""
        had = {party.table for party in self.parties.values() if party.meets(at)}
        fitting = sorted((seats, table) for table, seats in SEATS.items() if seats >= guests and table not in had)
        return fitting[0][1] if fitting else None

    @rule(guest=st.sampled_from(GUESTS), at=st.sampled_from(TIMES), guests=st.integers(1, 4))
    def book(self, guest: str, at: datetime, guests: int) -> None:
        table = self._free(at, guests)
        expected: type[ZaotaiError] | None = None
        if at < self.desk.now + LEAD:
            expected = SlotInvalid
        elif any(party.guest == guest and party.meets(at) for party in self.parties.values()):
            expected = AlreadyBooked
        elif table is None:
            expected = SlotFull
        if expected:
            with pytest.raises(expected):
                self.desk.book(guest, at=at, guests=guests)
            return
        booking = self.desk.book(guest, at=at, guests=guests).booking
        assert booking.table_id == table
        self.parties[booking.booking_id] = Party(guest, at, guests, booking.table_id)

    @rule(number=st.integers(0, 30), guest=st.sampled_from(GUESTS))
    def cancel(self, number: int, guest: str) -> None:
        booking_id, party = self._pick(number)
        if party is None or party.guest != guest:
            with pytest.raises(NotFound):
                self.desk.cancel(booking_id, guest)
        elif party.state != "booked" or party.at <= self.desk.now:
            with pytest.raises(StateConflict):
                self.desk.cancel(booking_id, guest)
        else:
            self.desk.cancel(booking_id, guest)
            party.state = "cancelled"

    @rule(number=st.integers(0, 30), table=st.sampled_from([None, *SEATS]))
    def seat(self, number: int, table: str | None) -> None:
        booking_id, party = self._pick(number)
        if party is None or party.state != "booked":
            with pytest.raises(NotFound if party is None else StateConflict):
                self.desk.seat(booking_id, table)
            return
        wanted = table or party.table
        kept = any(one is not party and one.table == wanted and one.meets(party.at) for one in self.parties.values())
        if kept or self.sits.get(wanted, party.guest) != party.guest:
            with pytest.raises(TableOccupied):
                self.desk.seat(booking_id, table)
            return
        assert self.desk.seat(booking_id, table).booking.table_id == wanted
        party.state, party.table = "seated", wanted
        self.sits[wanted] = party.guest

    @rule(table=st.sampled_from(list(SEATS)))
    def leave(self, table: str) -> None:
        where = {"shop_id": self.desk.shop.shop_id, "table_id": table, "state": "open"}
        self.desk.shop.db["table_sessions"].update_one(where, {"$set": {"state": "settled"}})
        self.sits.pop(table, None)

    @rule(minutes=st.sampled_from([10, 30, 60]))
    def sweep_later(self, minutes: int) -> None:
        self.desk.now += timedelta(minutes=minutes)
        self.desk.end_no_shows()
        self.desk.remind()
        for booking_id, party in self.parties.items():
            if party.state == "booked" and party.at + HELD <= self.desk.now:
                party.state = "noShow"
            elif party.state == "booked" and party.at - timedelta(minutes=120) <= self.desk.now:
                self.reminded.add(booking_id)

    @invariant()
    def every_key_is_the_models(self) -> None:
        found = list(self.desk.shop.db["reservations"].find({"shop_id": self.desk.shop.shop_id}))
        assert {one["_id"]: (one["state"], one["table_id"]) for one in found} == {
            booking_id: (party.state, party.table) for booking_id, party in self.parties.items()
        }
        keys = sorted(key for one in found for key in one.get("slots", ()) if key.startswith("table|"))
        expected = sorted(
            f"table|{party.table}|{quarter.astimezone(timezone.utc):%Y-%m-%dT%H:%MZ}"
            for party in self.parties.values()
            for quarter in party.occupies
        )
        assert keys == expected
        assert len(keys) == len(set(keys))
        assert {one["_id"] for one in found if "reminded_at" in one} == self.reminded

    @invariant()
    def at_each_table_sits_whom_the_model_says(self) -> None:
        where = {"shop_id": self.desk.shop.shop_id, "state": "open"}
        found = {one["table_id"]: one["members"] for one in self.desk.shop.db["table_sessions"].find(where)}
        assert found == {table: [self.desk.shop.guest(guest)] for table, guest in self.sits.items()}

    def teardown(self) -> None:
        assert_clean(self.desk.shop.db, self.desk.shop.shop_id)


@pytest.fixture
def alone(db: Database[Document]) -> Iterator[Database[Document]]:
    """No reservations of other tests, which the sweep would meet."""
    db["reservations"].delete_many({}, comment=BRAND_WIDE)
    yield db
    db["reservations"].delete_many({}, comment=BRAND_WIDE)


def test_reservations_live_as_the_model_says(alone: Database[Document]) -> None:
    class Tonight(Evening):
        def __init__(self) -> None:
            super().__init__(alone)

    run_state_machine_as_test(Tonight, settings=settings(max_examples=40, stateful_step_count=30, deadline=None))
