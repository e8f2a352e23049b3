"""What is said about reservations: `bookTable`, `cancelBooking`, `seatParty`, `getBookings` (rule 24).

Staff who act for the shop say so by `as_staff`; without it a member of staff is a guest like any other.
"""

import datetime as dt
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints, field_validator, model_validator

from shared.contracts.ordering import Note, OrderLine
from shared.contracts.wire import Id, Moment, RequestId, Wire

BookingState = Literal["booked", "seated", "cancelled", "noShow"]
Guests = Annotated[int, Field(ge=1, le=99)]
GuestName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=50)]


def _mainland(value: str) -> str:
    if not (len(value) == 11 and value.isascii() and value.isdigit() and value[0] == "1" and value[1] in "3456789"):
        raise ValueError("请填写 11 位手机号")
    return value


Phone = Annotated[str, StringConstraints(strip_whitespace=True, max_length=20), AfterValidator(_mainland)]


class _AboutBookings(Wire):
    """What is the same in all that guests and staff may both send."""

    shop_id: Id | None = None
    as_staff: bool = False

    @property
    def acts_as_guest(self) -> bool:
        """Whether the caller speaks for themselves, not for the shop."""
        return not self.as_staff


class BookTable(_AboutBookings):
    """Reserve a table for a party: a guest for themselves, or staff for somebody on the phone (`as_staff`).

    `at` is one of the times that `getBookings` offers. `lines` are dishes ordered ahead; they take no stock until the
    party is seated.
    """

    request_id: RequestId
    at: Moment
    guests: Guests
    name: GuestName
    phone: Phone | None = None
    note: Note = ""
    lines: Annotated[tuple[OrderLine, ...], Field(max_length=60)] = ()

    @field_validator("lines")
    @classmethod
    def _line_ids_unique(cls, lines: tuple[OrderLine, ...]) -> tuple[OrderLine, ...]:
        if len({line.line_id for line in lines}) != len(lines):
            raise ValueError("lineId 不能重复")
        return lines


class CancelBooking(_AboutBookings):
    """Give a reservation up: a guest their own before it begins, or staff (`as_staff`) with a reason."""

    request_id: RequestId
    booking_id: Id
    reason: Reason | None = None

    @model_validator(mode="after")
    def _staff_say_why(self) -> "CancelBooking":
        if self.as_staff and self.reason is None:
            raise ValueError("门店取消预订请填写 reason")
        return self


class SeatParty(Wire):
    """Seat a reserved party at its table, or at another; what it ordered ahead goes to the kitchen."""

    request_id: RequestId
    shop_id: Id | None = None
    booking_id: Id
    table_id: Id | None = None


class GetBookings(_AboutBookings):
    """A guest's reservations, and the times of a business day that a party of `guests` may book.

    Staff (`as_staff`) get the shop's reservations of the day, which then is needed; `after` is the `booking_id` that
    ended the page before.
    """

    date: dt.date | None = None
    guests: Guests | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 100
    after: Id | None = None

    @model_validator(mode="after")
    def _staff_name_a_day(self) -> "GetBookings":
        if self.as_staff and self.date is None:
            raise ValueError("门店查询预订请提供 date")
        return self


class PreorderedDish(Wire):
    """A dish ordered ahead."""

    line_id: str
    dish_id: str
    name: str
    quantity: int
    note: str = ""


class BookingView(Wire):
    """A reservation. The kitchen sees the phone number masked."""

    booking_id: str
    booking_no: str
    state: BookingState
    at: Moment
    ends_at: Moment
    held_until: Moment
    """Until then the table waits for a party that is late."""
    biz_date: str
    guests: int
    table_id: str
    table_name: str
    name: str
    phone: str | None = None
    note: str
    lines: tuple[PreorderedDish, ...] = ()
    sitting_id: str | None = None
    reason: str | None = None


class BookingReply(Wire):
    """The reservation after the command."""

    booking: BookingView


class RefusedDish(Wire):
    """A dish ordered ahead that could not be ordered, and why."""

    line_id: str
    name: str
    reason: str


class SeatReply(Wire):
    """The seated party: its sitting, the round made of what it ordered ahead, and what could not be ordered.

    `preorder`: `ordered` all or part, `refused` whole, `none` there was none, or `waiting` in the sitting's cart for
    somebody to submit it.
    """

    booking: BookingView
    sitting_id: str
    table_name: str
    preorder: Literal["ordered", "refused", "none", "waiting"]
    order_id: str | None = None
    refused: tuple[RefusedDish, ...] = ()


class SlotView(Wire):
    """A time that can be booked, and how many tables are free for the whole turn; 0 is full."""

    at: Moment
    free: int


class BookingsReply(Wire):
    """Reservations and times; `more` tells that further ones follow."""

    bookings: tuple[BookingView, ...]
    more: bool = False
    slots: tuple[SlotView, ...] | None = None
