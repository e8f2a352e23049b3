"""Call, pass, recall, seat or remove a waiting party."""

from __future__ import annotations

from shared.contracts.waiting import ManageQueue, PlaceReply
from shared.entry import Work, shop_function
from shared.usecases.waiting import manage_queue


@shop_function("manageQueue", ManageQueue)
def main(command: ManageQueue, work: Work) -> PlaceReply:
    return manage_queue(command, work)
