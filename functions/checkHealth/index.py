"""Tell the engineer whether this environment reaches what it needs; harmless whoever calls it."""

from __future__ import annotations

from shared.contracts.health import CheckHealth, HealthReply
from shared.entry import Chain, chain_function
from shared.usecases.health import check_health


@chain_function("checkHealth", CheckHealth)
def main(command: CheckHealth, chain: Chain) -> HealthReply:
    return check_health(command, chain)
