"""Give up one's number in the waiting queue."""

from __future__ import annotations

from shared.contracts.waiting import LeaveQueue, PlaceReply
from shared.entry import Work, shop_function
from shared.usecases.waiting import leave_queue


@shop_function("leaveQueue", LeaveQueue)
def main(command: LeaveQueue, work: Work) -> PlaceReply:
    return leave_queue(command, work)
