"""Publish what waits in the outbox; called by a nudge after a commit, and by a timer."""

from __future__ import annotations

from shared.contracts.kitchen import NotifyKitchen, RelayReply
from shared.entry import Chain, chain_function
from shared.usecases.relay import notify_kitchen


@chain_function("notifyKitchen", NotifyKitchen)
def main(command: NotifyKitchen, chain: Chain) -> RelayReply:
    return notify_kitchen(command, chain)
