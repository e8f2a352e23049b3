"""Time, as an argument: the only place that asks the machine what time it is, and the only one that waits."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Now, aware, in UTC, cut to the millisecond that the database keeps."""
    now = datetime.now(timezone.utc)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)


def pause(seconds: float) -> None:
    """Wait between two tries of a transaction: the one wait that has no condition, only odds."""
    threading.Event().wait(seconds)


@dataclass(frozen=True)
class Deadline:
    """A point on the monotonic clock by which a call must have ended."""

    at_s: float

    @classmethod
    def after(cls, seconds: float) -> Deadline:
        """The deadline so many seconds from now."""
        return cls(time.monotonic() + seconds)

    def left_s(self) -> float:
        """Seconds left, negative when over."""
        return self.at_s - time.monotonic()

    def no_later_than(self, seconds: float) -> Deadline:
        """This deadline, or the one so many seconds from now if that is sooner."""
        return Deadline(min(self.at_s, time.monotonic() + seconds))
