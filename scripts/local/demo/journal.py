"""The demo's journal: what happened when, for the time line, and the facts from which the verdict is drawn."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Literal

from scripts.local.demo.verdict import Facts

Kind = Literal[
    "meal",
    "book",
    "queue",
    "scan",
    "cart",
    "order",
    "pay",
    "offer",
    "refused",
    "change",
    "paper",
    "cook",
    "call",
    "shown",
    "done",
]
Span = Literal["scan_to_order", "order_to_paper", "change_to_paper", "ready_to_call", "call_to_screen"]
Meal = Literal["", "lunch", "dinner", "offers"]


@dataclass(frozen=True)
class Entry:
    """One moment of the time line, in words for those who work in the shop."""

    at: datetime
    kind: Kind
    shop_id: str
    text: str
    took_ms: int | None = None
    job_id: str = ""
    """For paper: the ticket's job id."""
    printer: str = ""
    picture: str = ""
    """For paper: where its picture is, as a path of the start page."""
    meal: Meal = ""
    """The meal that was played; the journal writes it."""


@dataclass(frozen=True)
class KnownOrder:
    """What the demo knows of an order."""

    order_id: str
    shop_id: str
    label: str
    """`8号桌`, or the pick-up number."""
    placed_at: datetime
    jobs: tuple[str, ...]
    """The job ids of its tickets so far."""


class Journal:
    """Safe to use from any thread. Entries are only ever added."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._entries: list[Entry] = []
        self._meal: Meal = ""
        self._orders: set[str] = set()
        self._jobs: dict[str, None] = {}
        self._changed_at: dict[str, datetime] = {}
        self._papers: Counter[str] = Counter()
        self._calls: dict[str, datetime] = {}
        self._shown: dict[str, datetime] = {}
        self._spans: dict[Span, list[int]] = {}
        self._wakes: list[Callable[[], None]] = []

    def begin(self, meal: Meal) -> None:
        """What is written from now on belongs to this meal."""
        with self._changed:
            self._meal = meal

    def add(self, entry: Entry, span: Span | None = None) -> None:
        """Write an entry; its `took_ms` counts for the span, if one is named."""
        with self._changed:
            self._entries.append(replace(entry, meal=self._meal))
            if span is not None and entry.took_ms is not None:
                self._spans.setdefault(span, []).append(entry.took_ms)
            self._notify()

    def measure(self, span: Span, took_ms: int) -> None:
        """Count a step that has no entry of its own."""
        with self._changed:
            self._spans.setdefault(span, []).append(took_ms)
            self._notify()

    def expect_order(self, order: KnownOrder) -> None:
        """From now on the order's tickets must come out, with those of earlier changes."""
        with self._changed:
            self._orders.add(order.order_id)
            self._jobs.update(dict.fromkeys(order.jobs))
            self._notify()

    def expect_paper(self, job_id: str) -> None:
        """From now on this page, which belongs to no order, must come out."""
        with self._changed:
            self._jobs.setdefault(job_id)
            self._notify()

    def begin_change(self, order_id: str, at: datetime) -> None:
        """The order is being changed: its next tickets are measured from here."""
        with self._changed:
            self._changed_at[order_id] = at

    def changed_at(self, order_id: str) -> datetime | None:
        """When its latest change began."""
        with self._changed:
            return self._changed_at.get(order_id)

    def expect_call(self, call_id: str, at: datetime) -> None:
        """From now on this call must be shown."""
        with self._changed:
            self._calls.setdefault(call_id, at)
            self._notify()

    def note_paper(self, job_id: str) -> None:
        """A page with this job id came out."""
        with self._changed:
            self._papers[job_id] += 1
            self._notify()

    def note_shown(self, call_id: str, at: datetime) -> bool:
        """A call screen was told this call; False if it was known."""
        with self._changed:
            is_new = call_id not in self._shown
            self._shown.setdefault(call_id, at)
            self._notify()
            return is_new

    def wait_papers(self, jobs: tuple[str, ...], *, limit_s: float) -> bool:
        """Whether all of these are on paper within the limit."""
        return self._wait(lambda: all(self._papers[job] for job in jobs), limit_s)

    def wait_shown(self, call_id: str, *, limit_s: float) -> bool:
        """Whether the call is on the screen within the limit."""
        return self._wait(lambda: call_id in self._shown, limit_s)

    def entries(self, after: int = 0) -> list[Entry]:
        """The entries past the first `after`."""
        with self._changed:
            return self._entries[after:]

    def facts(self) -> Facts:
        """Everything that the verdict needs, as of now."""
        with self._changed:
            jobs, calls = tuple(self._jobs), tuple(self._calls)
            return Facts(len(self._orders), jobs, dict(self._papers), calls, tuple(self._shown))

    def spans(self) -> dict[Span, tuple[int, ...]]:
        """What every measured step took, in milliseconds."""
        with self._changed:
            return {span: tuple(values) for span, values in self._spans.items()}

    def listen(self, wake: Callable[[], None]) -> Callable[[], None]:
        """Have `wake` called after each change, in the thread that makes it; the returned function ends that."""
        with self._changed:
            self._wakes.append(wake)

        def forget() -> None:
            with self._changed:
                if wake in self._wakes:
                    self._wakes.remove(wake)

        return forget

    def _wait(self, condition: Callable[[], bool], limit_s: float) -> bool:
        with self._changed:
            return self._changed.wait_for(condition, limit_s)

    def _notify(self) -> None:
        self._changed.notify_all()
        for wake in self._wakes:
            wake()


def now() -> datetime:
    """The time, with its zone."""
    return datetime.fromtimestamp(time.time(), timezone.utc)


def milliseconds(since: datetime, until: datetime) -> int:
    """From one moment to another, never below 0: clocks are read in two processes."""
    return max(0, round((until - since).total_seconds() * 1000))
