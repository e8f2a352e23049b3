"""The jobs: each ticket or slip from its arrival to paper, by moves that keep an unmarked copy single.

    new ──begin──→ printing ──finish──→ printed
     ↑                │                    │
     │              doubt (or a crash)     │
     │                ↓                    │
     └──reprint── uncertain       reprint ─┘        new ──fail──→ failed ──reprint──→ new

`copies` counts begun prints and never goes down. The copy that `begin` hands out is `copies`; only copy 1 is unmarked.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from edge_bridge.spool.file import SpoolFile
from edge_bridge.spool.mail import add_ack, add_receipt
from shared.contracts.bridge import Receipt
from shared.contracts.events import SlipEvent, Ticket, TicketEvent
from shared.contracts.slips import Slip


class JobState(str, Enum):
    """Where a job is; see the drawing above."""

    NEW = "new"
    PRINTING = "printing"
    PRINTED = "printed"
    UNCERTAIN = "uncertain"
    FAILED = "failed"


@dataclass(frozen=True)
class Job:
    """One paper in the spool. `seq` is gapless per station, of tickets and of slips; `copies` counts begun prints."""

    job_id: str
    event_id: str
    station: str
    seq: int
    state: JobState
    copies: int
    printer: str
    paper: Ticket | Slip
    received_at: datetime
    changed_at: datetime


class Jobs:
    """The moves. Each is one transaction; a move from a state it does not start from does nothing and says so."""

    def __init__(self, file: SpoolFile) -> None:
        self._file = file

    def put(self, event: TicketEvent | SlipEvent, *, now: datetime) -> bool:
        """Make the paper safe and owe its acknowledgement; False if it was here before (by event or job id)."""
        paper, at = event.data, now.isoformat()
        kind = "ticket" if isinstance(paper, Ticket) else "slip"
        with self._file.transaction() as sql:
            add_ack(sql, event.event_id)
            known = "SELECT 1 FROM jobs WHERE event_id = ? OR job_id = ?"
            if sql.execute(known, (event.event_id, paper.job_id)).fetchone():
                return False
            sql.execute(
                "INSERT INTO jobs (event_id, job_id, station, kind, seq, state, paper, received_at, changed_at)"
                " VALUES (?, ?, ?, ?, ?, 'new', ?, ?, ?)",
                (
                    event.event_id,
                    paper.job_id,
                    paper.station,
                    kind,
                    _next_seq(sql, paper.station, kind),
                    paper.model_dump_json(by_alias=True),
                    at,
                    at,
                ),
            )
        return True

    def oldest_new(self, stations: Collection[str]) -> Job | None:
        """The job to print next for these stations."""
        marks = ",".join("?" * len(stations))
        found = self._select(f"WHERE state = 'new' AND station IN ({marks}) ORDER BY position LIMIT 1", tuple(stations))
        return found[0] if found else None

    def begin(self, job_id: str, *, printer: str, now: datetime) -> int | None:
        """new → printing. The copy's number to print, or None if someone else moved the job."""
        with self._file.transaction() as sql:
            row = sql.execute(
                "UPDATE jobs SET state = 'printing', copies = copies + 1, printer = ?, changed_at = ?"
                " WHERE job_id = ? AND state = 'new' RETURNING copies",
                (printer, now.isoformat(), job_id),
            ).fetchone()
        return None if row is None else int(row[0])

    def finish(self, job_id: str, *, now: datetime) -> bool:
        """printing → printed, and owe the receipt."""
        with self._file.transaction() as sql:
            row = sql.execute(
                "UPDATE jobs SET state = 'printed', changed_at = ? WHERE job_id = ? AND state = 'printing'"
                " RETURNING event_id, copies, printer",
                (now.isoformat(), job_id),
            ).fetchone()
            if row is None:
                return False
            event_id, copies, printer = row
            outcome = "printed" if copies == 1 else "printedMarked"
            add_receipt(
                sql,
                Receipt(event_id=event_id, job_id=job_id, outcome=outcome, attempts=copies, printer=printer, at=now),
            )
        return True

    def doubt(self, job_id: str, *, now: datetime) -> bool:
        """printing → uncertain: nobody can know whether it is on paper."""
        return self._move(job_id, ("printing",), "uncertain", now)

    def fail(self, job_id: str, *, now: datetime) -> bool:
        """new → failed: it cannot be drawn, and must not hold up the others."""
        return self._move(job_id, ("new",), "failed", now)

    def reprint(self, job_id: str, *, now: datetime) -> bool:
        """uncertain, printed or failed → new. What was begun once comes out under the banner."""
        return self._move(job_id, ("uncertain", "printed", "failed"), "new", now)

    def recover(self, *, now: datetime) -> list[Job]:
        """At start: what a crash left in printing becomes uncertain. All uncertain jobs, oldest first."""
        with self._file.transaction() as sql:
            sql.execute(
                "UPDATE jobs SET state = 'uncertain', changed_at = ? WHERE state = 'printing'", (now.isoformat(),)
            )
        return self._select("WHERE state = 'uncertain' ORDER BY position")

    def find(self, job_id: str) -> Job | None:
        found = self._select("WHERE job_id = ?", (job_id,))
        return found[0] if found else None

    def latest(self, limit: int) -> list[Job]:
        """The newest jobs, newest first."""
        return self._select("ORDER BY position DESC LIMIT ?", (limit,))

    def counts(self) -> dict[JobState, int]:
        """How many jobs are in each state."""
        with self._file.reading() as sql:
            rows = dict(sql.execute("SELECT state, count(*) FROM jobs GROUP BY state").fetchall())
        return {state: int(rows.get(state.value, 0)) for state in JobState}

    def waiting(self) -> int:
        """Jobs that are not known to be on paper."""
        return sum(count for state, count in self.counts().items() if state is not JobState.PRINTED)

    def waiting_stations(self) -> dict[str, int]:
        """How many unprinted jobs each station has."""
        with self._file.reading() as sql:
            rows = sql.execute("SELECT station, count(*) FROM jobs WHERE state = 'new' GROUP BY station").fetchall()
        return {str(station): int(count) for station, count in rows}

    def forget_printed(self, *, before: datetime) -> None:
        """Drop what has long been on paper. The counters stay, so sequence numbers go on."""
        with self._file.transaction() as sql:
            sql.execute("DELETE FROM jobs WHERE state = 'printed' AND changed_at < ?", (before.isoformat(),))

    def _move(self, job_id: str, sources: tuple[str, ...], target: str, now: datetime) -> bool:
        marks = ",".join("?" * len(sources))
        with self._file.transaction() as sql:
            moved = sql.execute(
                f"UPDATE jobs SET state = ?, changed_at = ? WHERE job_id = ? AND state IN ({marks})",
                (target, now.isoformat(), job_id, *sources),
            )
        return moved.rowcount == 1

    def _select(self, tail: str, values: tuple[object, ...] = ()) -> list[Job]:
        columns = "job_id, event_id, station, kind, seq, state, copies, printer, paper, received_at, changed_at"
        with self._file.reading() as sql:
            rows = sql.execute(f"SELECT {columns} FROM jobs {tail}", values).fetchall()
        return [_job(row) for row in rows]


def _next_seq(sql: sqlite3.Connection, station: str, kind: str) -> int:
    row = sql.execute(
        "INSERT INTO counters VALUES (?, ?, 1) ON CONFLICT (station, kind) DO UPDATE SET last_seq = last_seq + 1"
        " RETURNING last_seq",
        (station, kind),
    ).fetchone()
    return int(row[0])


def _job(row: tuple[str, str, str, str, int, str, int, str, str, str, str]) -> Job:
    job_id, event_id, station, kind, seq, state, copies, printer, paper, received_at, changed_at = row
    return Job(
        job_id=job_id,
        event_id=event_id,
        station=station,
        seq=seq,
        state=JobState(state),
        copies=copies,
        printer=printer,
        paper=(Ticket if kind == "ticket" else Slip).model_validate_json(paper),
        received_at=datetime.fromisoformat(received_at),
        changed_at=datetime.fromisoformat(changed_at),
    )
