"""The waiting queue of one shop and business day, as pure moves, and what a party may expect of it (rule 25).

    waiting ──call──→ called ──seat──→ seated
                       ↑  │
                 recall│  │pass
                       │  ↓
                      passed

Every live state leads to `seated` (a waiter may seat whom they like) and to `left` (the party goes). A passed party
keeps its number until it is recalled; passed for the last time the shop allows, or at the end of the day, it is `over`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from shared.errors import StateConflict

QueueState = Literal["waiting", "called", "passed", "seated", "left", "over"]
LIVE: frozenset[QueueState] = frozenset({"waiting", "called", "passed"})
PACE_WINDOW = timedelta(minutes=90)
"""How far back the pace of seating is looked at."""
_PACE_SEATINGS = 6
_PACE_LEAST = 3
_STATE_NAMES: Mapping[QueueState, str] = {
    "waiting": "还在等位",
    "called": "已经叫过号",
    "passed": "已经过号",
    "seated": "已经入座",
    "left": "已经取消排队",
    "over": "已经作废",
}


@dataclass(frozen=True)
class TableClass:
    """Parties of up to `max_guests` wait together under a letter; the largest class takes whoever is more."""

    letter: str
    max_guests: int


@dataclass(frozen=True)
class WaitingPolicy:
    """How a shop queues: its classes from small to large, minutes a table is taken, times a party may be passed."""

    classes: tuple[TableClass, ...] = (
        TableClass("A", 2),
        TableClass("B", 4),
        TableClass("C", 8),
        TableClass("D", 99),
    )
    turn_min: int = 45
    max_passes: int = 3

    def class_for(self, guests: int) -> TableClass:
        """The smallest class that takes a party of this size, else the largest."""
        return next((one for one in self.classes if guests <= one.max_guests), self.classes[-1])


@dataclass(frozen=True)
class QueueTicket:
    """One party's place in the queue. `openid` is None for a party without a phone; `version` grows with every move.

    `called_at` is the first call: with `joined_at` and `seated_at` it tells how long the party waited.
    """

    ticket_id: str
    biz_date: str
    letter: str
    number: int
    guests: int
    name: str
    openid: str | None
    joined_at: datetime
    ends_at: datetime
    """When the business day ends, and every live ticket with it."""
    state: QueueState = "waiting"
    calls: int = 0
    passes: int = 0
    called_at: datetime | None = None
    seated_at: datetime | None = None
    sitting_id: str | None = None
    table_name: str | None = None
    version: int = 0

    @property
    def label(self) -> str:
        """What is shown and called: `B012`."""
        return f"{self.letter}{self.number:03d}"

    @property
    def is_live(self) -> bool:
        """Whether the party is still in the queue."""
        return self.state in LIVE

    def call(self, now: datetime) -> QueueTicket:
        """The party called, or called once more (rule 26). Raises StateConflict unless it waits or was just called."""
        self._require("waiting", "called", move="叫号")
        return replace(self, state="called", calls=self.calls + 1, called_at=self.called_at or now)

    def pass_over(self, policy: WaitingPolicy) -> QueueTicket:
        """The called party that did not come: passed, or over if that was the last time. Raises StateConflict."""
        self._require("called", move="过号")
        passes = self.passes + 1
        return replace(self, state="passed" if passes < policy.max_passes else "over", passes=passes)

    def recall(self, now: datetime) -> QueueTicket:
        """The passed party called again. Raises StateConflict unless it was passed."""
        self._require("passed", move="重新叫号")
        return replace(self, state="called", calls=self.calls + 1, called_at=self.called_at or now)

    def seat(self, now: datetime, *, sitting_id: str, table_name: str) -> QueueTicket:
        """The party at its table. Raises StateConflict when it is no longer in the queue."""
        self._require(*LIVE, move="安排入座")
        return replace(self, state="seated", seated_at=now, sitting_id=sitting_id, table_name=table_name)

    def leave(self) -> QueueTicket:
        """The party gone. Raises StateConflict when it is no longer in the queue."""
        self._require(*LIVE, move="再取消")
        return replace(self, state="left")

    def _require(self, *states: QueueState, move: str) -> None:
        if self.state not in states:
            raise StateConflict(f"{self.label} {_STATE_NAMES[self.state]}，不能{move}", {"state": self.state})


def parties_ahead(ticket: QueueTicket, line: Iterable[QueueTicket]) -> int:
    """How many parties of its class wait with a lower number; those called are on their way to their tables."""
    return sum(one.state == "waiting" and one.letter == ticket.letter and one.number < ticket.number for one in line)


def wait_min(ahead: int, seatings: Sequence[datetime], *, now: datetime, tables: int, turn_min: int) -> int:
    """Minutes until a party with so many ahead will likely be called, at least 1.

    Usually a table of the class frees up every `turn_min / tables` minutes. If at least three parties of the class were
    seated in the last 90 minutes, their pace goes before: the time since the first of the last six, shared by them, so
    that it grows while nobody is seated. It is trusted from half to double of the usual: three tables that free up at
    once do not promise a fourth.
    """
    usual_s = turn_min * 60 // max(tables, 1)
    lately = sorted(at for at in seatings if now - PACE_WINDOW <= at <= now)[-_PACE_SEATINGS:]
    each_s = usual_s
    if len(lately) >= _PACE_LEAST:
        pace_s = int((now - lately[0]).total_seconds()) // len(lately)
        each_s = min(max(pace_s, usual_s // 2), usual_s * 2)
    return max(-(-(ahead + 1) * each_s // 60), 1)
