"""How long to wait for a printer, and when to stop believing that a page will still be confirmed."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from time import monotonic

from edge_bridge.replies import Condition, Reply, Status, condition_of


class Interrupted(Exception):
    """Part or all of a page was sent, and nobody can know whether it is on paper. The message is Chinese."""


@dataclass(frozen=True)
class Waits:
    """How long to wait for what, in seconds."""

    connect_s: float = 3.0
    answer_s: float = 1.0
    """For an answer to `DLE EOT`, which a printer gives at once; also for the first answer to a fence when probing."""
    poll_s: float = 1.0
    silence_s: float = 60.0
    """Without any answer for so long, a printer that was sent a page is given up on. Long, because some stop listening
    altogether when they are out of paper."""
    fence_s: float = 60.0
    """For the fence's answer while the printer says it is ready."""
    stop_s: float = 3.0
    """For the fence's answer once the bridge was told to stop."""


class PageWatch:
    """Follows one page's way to paper: when the printer last spoke, in which condition it is, when to give up."""

    def __init__(self, waits: Waits, stop: threading.Event) -> None:
        self._waits, self._stop = waits, stop
        self._statuses: list[Reply] = []
        self._heard_at = self._asked_at = self._hopeful_at = monotonic()
        self._stop_seen_at: float | None = None
        self._condition: Condition | None = None

    @property
    def ready(self) -> bool:
        return self._condition is not None and self._condition.prints

    def hear(self, replies: list[Reply]) -> Condition | None:
        """Take the replies in; the condition if the four answers that make one are here."""
        if replies:
            self._heard_at = monotonic()
        self._statuses += [reply for reply in replies if isinstance(reply, Status)]
        if len(self._statuses) < 4:
            return None
        self._condition = condition_of(status_bytes(self._statuses[:4]))
        self._statuses = []
        if not self._condition.prints:
            self._hopeful_at = monotonic()
        return self._condition

    def silent_for(self, wait_s: float) -> bool:
        return monotonic() - self._heard_at > wait_s

    def poll_due(self) -> bool:
        if monotonic() - self._asked_at < self._waits.poll_s:
            return False
        self._asked_at = monotonic()
        self._statuses = []
        return True

    def give_up_if_hopeless(self, *, stuffed: bool) -> None:
        """Raises `Interrupted`. A stuffed line is one that took no more bytes: as long as it holds, wait."""
        now = monotonic()
        if self._stop.is_set():
            self._stop_seen_at = self._stop_seen_at or now
            if now - self._stop_seen_at > self._waits.stop_s:
                raise Interrupted("程序停止时小票还没有确认打出")
        if stuffed:
            self._heard_at = self._hopeful_at = now
        elif self.silent_for(self._waits.silence_s):
            raise Interrupted("打印机一直没有回答")
        elif now - self._hopeful_at > self._waits.fence_s:
            raise Interrupted("打印机没有确认小票已打出")


def status_bytes(statuses: list[Reply]) -> tuple[int, int, int, int]:
    """The bytes of four answers to `DLE EOT`."""
    first, second, third, fourth = (status.byte for status in statuses if isinstance(status, Status))
    return first, second, third, fourth
