"""The cash drawer: opened once for an event or not at all, and never for one that is stale.

new ──begin──→ opening ──finish──→ done
 └──expire──→ done          (a crash in opening leaves it there: nobody knows, and it is not opened again)
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from edge_bridge.spool.file import SpoolFile
from edge_bridge.spool.mail import add_ack, add_receipt
from shared.contracts.bridge import Receipt
from shared.contracts.events import DrawerEvent


@dataclass(frozen=True)
class Pulse:
    """One wish for the drawer."""

    event_id: str
    job_id: str
    station: str
    expires_at: datetime


class Drawers:
    """The moves. Each is one transaction; a move from a state it does not start from does nothing and says so."""

    def __init__(self, file: SpoolFile) -> None:
        self._file = file

    def put(self, event: DrawerEvent, *, now: datetime) -> bool:
        """Make the wish safe and owe its acknowledgement; False if it was here before."""
        drawer = event.data
        with self._file.transaction() as sql:
            add_ack(sql, event.event_id)
            made = sql.execute(
                "INSERT OR IGNORE INTO drawers VALUES (?, ?, ?, 'new', ?, ?)",
                (event.event_id, drawer.job_id, drawer.station, drawer.expires_at.isoformat(), now.isoformat()),
            )
        return made.rowcount == 1

    def oldest_new(self, stations: Collection[str]) -> Pulse | None:
        """The wish to see to next at these stations."""
        marks = ",".join("?" * len(stations))
        with self._file.reading() as sql:
            row = sql.execute(
                "SELECT event_id, job_id, station, expires_at FROM drawers"
                f" WHERE state = 'new' AND station IN ({marks}) ORDER BY rowid LIMIT 1",
                tuple(stations),
            ).fetchone()
        return Pulse(row[0], row[1], row[2], datetime.fromisoformat(row[3])) if row else None

    def waiting_stations(self) -> tuple[str, ...]:
        """The stations at which a wish waits."""
        with self._file.reading() as sql:
            rows = sql.execute("SELECT DISTINCT station FROM drawers WHERE state = 'new' ORDER BY station").fetchall()
        return tuple(str(station) for (station,) in rows)

    def begin(self, pulse: Pulse, *, now: datetime) -> bool:
        """new → opening, before the first byte is sent."""
        return self._move(pulse, "new", "opening", now)

    def finish(self, pulse: Pulse, *, printer: str, now: datetime) -> bool:
        """opening → done: it was opened; owe the receipt."""
        receipt = Receipt(event_id=pulse.event_id, job_id=pulse.job_id, outcome="opened", printer=printer, at=now)
        return self._move(pulse, "opening", "done", now, receipt)

    def expire(self, pulse: Pulse, *, now: datetime) -> bool:
        """new → done: too late to open it; owe the receipt."""
        receipt = Receipt(event_id=pulse.event_id, job_id=pulse.job_id, outcome="expired", at=now)
        return self._move(pulse, "new", "done", now, receipt)

    def forget(self, *, before: datetime) -> None:
        """Drop the memory of old wishes: they have long expired."""
        with self._file.transaction() as sql:
            sql.execute("DELETE FROM drawers WHERE changed_at < ?", (before.isoformat(),))

    def _move(self, pulse: Pulse, source: str, target: str, now: datetime, receipt: Receipt | None = None) -> bool:
        with self._file.transaction() as sql:
            moved = sql.execute(
                "UPDATE drawers SET state = ?, changed_at = ? WHERE event_id = ? AND state = ?",
                (target, now.isoformat(), pulse.event_id, source),
            )
            if moved.rowcount and receipt is not None:
                add_receipt(sql, receipt)
        return moved.rowcount == 1
