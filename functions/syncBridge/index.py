"""A store PC acknowledges, reports what it printed, and catches up."""

from __future__ import annotations

from shared.contracts.bridge import SyncBridge, SyncReply
from shared.entry import Work, shop_function
from shared.usecases.relay import sync_bridge


@shop_function("syncBridge", SyncBridge)
def main(command: SyncBridge, work: Work) -> SyncReply:
    return sync_bridge(command, work)
