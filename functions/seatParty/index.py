"""Seat a reserved party."""

from __future__ import annotations

from shared.contracts.booking import SeatParty, SeatReply
from shared.entry import Work, shop_function
from shared.usecases.arriving import seat_party


@shop_function("seatParty", SeatParty)
def main(command: SeatParty, work: Work) -> SeatReply:
    return seat_party(command, work)
