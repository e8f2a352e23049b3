"""Give a reservation up."""

from __future__ import annotations

from shared.contracts.booking import BookingReply, CancelBooking
from shared.entry import Work, shop_function
from shared.usecases.booking import cancel_booking


@shop_function("cancelBooking", CancelBooking)
def main(command: CancelBooking, work: Work) -> BookingReply:
    return cancel_booking(command, work)
