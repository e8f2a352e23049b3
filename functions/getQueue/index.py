"""The waiting queue, and one's own place in it."""

from __future__ import annotations

from shared.contracts.waiting import GetQueue, QueueReply
from shared.entry import Work, shop_function
from shared.usecases.waiting import get_queue


@shop_function("getQueue", GetQueue)
def main(command: GetQueue, work: Work) -> QueueReply:
    return get_queue(command, work)
