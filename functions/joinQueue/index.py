"""Draw a number in the waiting queue."""

from __future__ import annotations

from shared.contracts.waiting import JoinQueue, PlaceReply
from shared.entry import Work, shop_function
from shared.usecases.waiting import join_queue


@shop_function("joinQueue", JoinQueue)
def main(command: JoinQueue, work: Work) -> PlaceReply:
    return join_queue(command, work)
