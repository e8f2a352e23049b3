"""A second line under the scoped collections: it watches the driver's commands for one that binds no shop.

A listener cannot stop a command, so it remembers; `entry` fails the call, and tests fail on what it remembers.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

SHOP_COLLECTIONS = frozenset(
    {"tables", "stations", "categories", "dishes", "stock", "table_sessions", "orders", "pickup_slots"}
    | {"queue_tickets", "counters", "reservations", "messages", "payments", "refunds", "groups", "counter_log"}
)
"""Every document here belongs to one shop; the other collections have keys of their own."""
BRAND_WIDE = "brand-wide"
"""The comment by which the few commands that serve all shops at once declare themselves."""


class ScopeGuard(CommandListener):
    """Remembers, per thread, commands on a shop's collection that do not bind `shop_id`; thread-safe."""

    def __init__(self) -> None:
        self._seen = threading.local()

    def take(self) -> list[str]:
        """What this thread sent unbound since the last time it was asked."""
        seen: list[str] = getattr(self._seen, "unbound", [])
        self._seen.unbound = []
        return seen

    def started(self, event: CommandStartedEvent) -> None:
        """Look at one command as it leaves."""
        target = event.command.get(event.command_name)
        if isinstance(target, str) and target in SHOP_COLLECTIONS and not _may_pass(event.command_name, event.command):
            self._seen.unbound = [*getattr(self._seen, "unbound", []), f"{event.command_name} {target}"]

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """Nothing to see."""

    def failed(self, event: CommandFailedEvent) -> None:
        """Nothing to see."""


def _may_pass(name: str, command: Mapping[str, Any]) -> bool:
    return command.get("comment") == BRAND_WIDE or _binds_shop(name, command)


def _binds_shop(name: str, command: Mapping[str, Any]) -> bool:
    if name == "aggregate":
        pipeline = command["pipeline"]
        return bool(pipeline) and "shop_id" in pipeline[0].get("$match", {})
    if name in {"find", "count"}:
        return "shop_id" in command.get("filter", command.get("query", {}))
    if name in {"findAndModify", "distinct"}:
        return "shop_id" in command.get("query", {})
    if name == "insert":
        return all("shop_id" in document for document in command.get("documents", ()))
    if name in {"update", "delete"}:
        return all("shop_id" in one["q"] for one in command.get(f"{name}s", ()))
    return name in {"create", "createIndexes", "collMod", "listIndexes"}
