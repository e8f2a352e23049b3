"""Do what time has made due, in every shop; called by a timer."""

from __future__ import annotations

from shared.contracts.life import Sweep, SweepReply
from shared.entry import Chain, chain_function
from shared.usecases.sweeping import sweep


@chain_function("sweep", Sweep)
def main(command: Sweep, chain: Chain) -> SweepReply:
    return sweep(command, chain)
