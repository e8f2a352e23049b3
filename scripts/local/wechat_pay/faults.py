"""What goes wrong on the way, by command: before it is done, or after."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from dataclasses import dataclass
from typing import Literal, get_args

Endpoint = Literal["prepare", "query", "close", "refund", "query_refund", "bill", "download"]
FaultKind = Literal["error", "down", "lost", "slow", "delayed", "unsigned", "forged", "signtest", "other"]

ENDPOINTS: tuple[Endpoint, ...] = get_args(Endpoint)
KINDS: tuple[FaultKind, ...] = get_args(FaultKind)
HOLD_LIMIT_S = 60.0


@dataclass(frozen=True)
class Fault:
    """One thing that goes wrong once.

    error: refused with `status` and `code`, nothing done. down: a proxy's 503 page, nothing done. lost: done, then a
    proxy's 502 page. slow: done, the answer waits for `release`. delayed: done only after `release`. unsigned, forged,
    signtest: done, but the answer does not prove itself. other: done, but answered with another payment's number.
    """

    kind: FaultKind
    status: int = 500
    code: str = "SYSTEM_ERROR"

    @property
    def is_before(self) -> bool:
        """Whether nothing is done."""
        return self.kind in {"error", "down"}


class Faults:
    """What is planned, first come first served, and who waits."""

    def __init__(self) -> None:
        self._planned: dict[Endpoint, deque[Fault]] = defaultdict(deque)
        self._released = asyncio.Event()
        self.waiting = 0

    def plan(self, endpoint: Endpoint, fault: Fault, *, times: int) -> None:
        """The next so many calls of that kind meet it."""
        self._planned[endpoint].extend([fault] * times)

    def next(self, endpoint: Endpoint) -> Fault | None:
        """What meets this call, if anything."""
        return self._planned[endpoint].popleft() if self._planned[endpoint] else None

    async def hold(self) -> None:
        """Wait for the release."""
        self.waiting += 1
        try:
            await asyncio.wait_for(self._released.wait(), HOLD_LIMIT_S)
        except asyncio.TimeoutError:
            return
        finally:
            self.waiting -= 1

    def release(self) -> None:
        """Let everyone go who waits now."""
        self._released.set()
        self._released = asyncio.Event()
