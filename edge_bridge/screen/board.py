"""The calls this shop has made: each taken once, in order, until it expires (rule 26)."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone

from shared.contracts.events import Call

KEPT_CALLS = 50


@dataclass(frozen=True)
class Shown:
    """A call and its place in the order of showing; the first is 1."""

    revision: int
    call: Call


@dataclass(frozen=True)
class Snapshot:
    """The board at one moment. `current` is the newest call that has not expired; `recent` goes from old to new."""

    revision: int
    now: datetime
    current: Call | None
    recent: tuple[Call, ...]


def utc_now() -> datetime:
    """The time, with its zone."""
    return datetime.now(timezone.utc)


class CallBoard:
    """What the screens show. Safe to use from any thread; holds the last 50 calls, in memory only."""

    def __init__(self, clock: Callable[[], datetime] = utc_now) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._revision = 0
        self._recent: deque[Shown] = deque(maxlen=KEPT_CALLS)
        self._expiries: dict[str, datetime] = {}
        self._wakes: list[Callable[[], None]] = []

    def show(self, call: Call) -> bool:
        """Put a call up and wake every listener; False, with nothing changed, if it has expired or was shown before."""
        with self._lock:
            now = self._clock()
            self._expiries = {known: end for known, end in self._expiries.items() if end > now}
            # An id may be forgotten once its call has expired: the same call is refused as expired from then on.
            if call.expires_at <= now or call.call_id in self._expiries:
                return False
            self._expiries[call.call_id] = call.expires_at
            self._revision += 1
            self._recent.append(Shown(self._revision, call))
            wakes = tuple(self._wakes)
        for wake in wakes:
            wake()
        return True

    def snapshot(self) -> Snapshot:
        """The board as it is now."""
        with self._lock:
            now = self._clock()
            recent = tuple(shown.call for shown in self._recent)
            revision = self._revision
        alive = [call for call in recent if call.expires_at > now]
        return Snapshot(revision=revision, now=now, current=alive[-1] if alive else None, recent=recent)

    def after(self, revision: int) -> tuple[Shown, ...]:
        """The kept calls shown since that revision, from old to new."""
        with self._lock:
            return tuple(shown for shown in self._recent if shown.revision > revision)

    def listen(self, wake: Callable[[], None]) -> Callable[[], None]:
        """Have `wake` called after each new call, from the thread that shows it; the returned function ends that.

        A listener is only woken and then reads `after`, so nothing queues up for a slow one. `wake` must be quick and
        must not raise.
        """
        with self._lock:
            self._wakes.append(wake)

        def forget() -> None:
            with self._lock:
                if wake in self._wakes:
                    self._wakes.remove(wake)

        return forget

    @property
    def listeners(self) -> int:
        """How many are listening now."""
        with self._lock:
            return len(self._wakes)
