"""How everything must have ended, noted while it is played: what the audit compares the database with."""

from __future__ import annotations

import threading


class Played:
    """Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._bookings: dict[str, str] = {}
        self._queue: dict[str, str] = {}
        self._settled: set[str] = set()

    def booking(self, booking_id: str, state: str) -> None:
        """The reservation is in this state."""
        with self._lock:
            self._bookings[booking_id] = state

    def queued(self, ticket_id: str, state: str) -> None:
        """The party's place in the queue is in this state."""
        with self._lock:
            self._queue[ticket_id] = state

    def settled(self, sitting_id: str) -> None:
        """The party has paid and left its table."""
        with self._lock:
            self._settled.add(sitting_id)

    def states(self) -> dict[str, dict[str, str]]:
        """By collection and id, the state that must be in the database."""
        with self._lock:
            return {
                "reservations": dict(self._bookings),
                "queue_tickets": dict(self._queue),
                "table_sessions": dict.fromkeys(self._settled, "settled"),
            }
