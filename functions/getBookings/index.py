"""A guest's reservations and free times, or a shop's day."""

from __future__ import annotations

from shared.contracts.booking import BookingsReply, GetBookings
from shared.entry import Work, shop_function
from shared.usecases.booking import get_bookings


@shop_function("getBookings", GetBookings)
def main(command: GetBookings, work: Work) -> BookingsReply:
    return get_bookings(command, work)
