"""A thread with a bell: started once, rung when there may be work, waited for at the end."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod


class Worker(ABC):
    """One thread's life. The work itself is `_run`, which ends soon after `stop` is set and must not raise."""

    def __init__(self, name: str, *, stop: threading.Event) -> None:
        self._stop, self._bell = stop, threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    @abstractmethod
    def _run(self) -> None:
        """The thread's work, until `stop`."""

    def start(self) -> None:
        """Work from now on."""
        self._thread.start()

    def ring(self) -> None:
        """There may be work."""
        self._bell.set()

    def join(self, limit_s: float) -> None:
        """Wait for the end after `stop` was set."""
        self._bell.set()
        if self._thread.is_alive():
            self._thread.join(limit_s)

    @property
    def alive(self) -> bool:
        """Whether the thread runs."""
        return self._thread.is_alive()
