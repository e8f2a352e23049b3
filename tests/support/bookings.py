"""Reservations in tests: through the functions as of now, and through the use cases at moments that a test chooses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from shared.access.caller import Caller, Role
from shared.contracts.booking import BookingReply, BookTable, CancelBooking, SeatParty, SeatReply
from shared.contracts.life import SweepReply
from shared.contracts.wire import Wire
from shared.runtime.clock import Deadline, utc_now
from shared.store.client import Document
from shared.store.commands import CommandKey
from shared.store.scope import Chain, Shop
from shared.store.work import Work
from shared.usecases.arriving import seat_party
from shared.usecases.booking import book_table, cancel_booking
from shared.usecases.sweeping import STEPS, Round, take
from tests.support.shops import Reply, TestShop, request_id

SHANGHAI = ZoneInfo("Asia/Shanghai")


def local(text: str) -> datetime:
    """`25T18:00` is six in the evening of the 25th of November 2026, on the shop's clock."""
    return datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=SHANGHAI)


@dataclass
class Desk:
    """A shop's bookings at a moment, `now`, that the test moves."""

    shop: TestShop
    now: datetime
    left_s: float = 8
    """How long each call may take."""

    def book(self, guest: str = "guest", *, at: datetime, guests: int = 2, **more: Any) -> BookingReply:
        """A guest books."""
        told = {"shop_id": self.shop.shop_id, "at": at, "guests": guests, "name": "王女士", **more}
        return book_table(*self._call("bookTable", BookTable(request_id=request_id(), **told), guest))

    def cancel(self, booking_id: str, guest: str = "guest") -> BookingReply:
        """A guest cancels."""
        command = CancelBooking(request_id=request_id(), shop_id=self.shop.shop_id, booking_id=booking_id)
        return cancel_booking(*self._call("cancelBooking", command, guest))

    def seat(self, booking_id: str, table_id: str | None = None, *, key: str | None = None) -> SeatReply:
        """A waiter seats the party."""
        command = SeatParty(
            request_id=key or request_id(), shop_id=self.shop.shop_id, booking_id=booking_id, table_id=table_id
        )
        return seat_party(*self._call("seatParty", command, "waiter", "waiter"))

    def end_no_shows(self) -> int:
        """The sweep's step: of every shop in the database."""
        return self._sweep("noShows").done["noShows"]

    def remind(self) -> int:
        """The sweep's step: of every shop in the database."""
        return self._sweep("reminders").done["reminders"]

    def _sweep(self, step: str) -> SweepReply:
        this = Round(Chain(self.shop.db), self.now, Deadline.after(self.left_s), "t")
        return take({step: STEPS[step]}, this)

    def stored(self, booking_id: str) -> Document:
        """The reservation's document."""
        found = self.shop.db["reservations"].find_one({"_id": booking_id, "shop_id": self.shop.shop_id})
        assert found is not None
        return found

    def _call(self, action: str, command: Any, person: str, role: Role = "guest") -> tuple[Any, Work]:
        assert isinstance(command, Wire)
        caller = Caller(self.shop.guest(person), role, frozenset({self.shop.shop_id}))
        key = CommandKey.of(caller.id, action, command)
        return command, Work(
            Shop(self.shop.db, self.shop.shop_id), caller, self.now, Deadline.after(self.left_s), "t", key
        )


def start_day_now(shop: TestShop) -> None:
    """Let the shop's business day have begun an hour ago, so that the next hours are of the same day."""
    shop.change(cutoff=f"{utc_now().astimezone(SHANGHAI) - timedelta(hours=1):%H}:00")


def slot(hours: float = 2) -> str:
    """The first slot so many hours from now, as the wire writes it; the shop must be open day and night."""
    at = utc_now() + timedelta(hours=hours)
    late = timedelta(minutes=at.minute % 30, seconds=at.second, microseconds=at.microsecond)
    return (at - late + timedelta(minutes=30)).isoformat()


def book(shop: TestShop, guest: str = "guest", **more: Any) -> Reply:
    """`bookTable` as a guest's mini-program, or for staff with `asStaff`, calls it."""
    told = {"requestId": request_id(), "shopId": shop.shop_id, "at": slot(), "guests": 2, "name": "王女士", **more}
    return shop.call("bookTable", shop.guest(guest), **told)


def ask(shop: TestShop, action: str, person: str, **more: Any) -> Reply:
    """A call with a fresh number in the shop."""
    told = {"shopId": shop.shop_id, **({} if action == "getBookings" else {"requestId": request_id()}), **more}
    return shop.call(action, shop.guest(person), **told)
