"""What the cloud has yet to hear: acknowledgements and receipts; and which calls were already shown."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from edge_bridge.spool.file import SpoolFile
from shared.contracts.bridge import SYNC_LIMIT, Receipt


@dataclass(frozen=True)
class Batch:
    """One exchange's worth of mail, oldest first; `receipts` come with their row numbers."""

    acks: tuple[str, ...]
    receipts: tuple[tuple[int, Receipt], ...]


class Mail:
    """Kept until the cloud has answered; sending twice does no harm."""

    def __init__(self, file: SpoolFile) -> None:
        self._file = file

    def outgoing(self) -> Batch:
        """What to send next, at most `SYNC_LIMIT` of each."""
        with self._file.reading() as sql:
            acks = sql.execute("SELECT event_id FROM acks ORDER BY rowid LIMIT ?", (SYNC_LIMIT,)).fetchall()
            rows = sql.execute("SELECT number, body FROM receipts ORDER BY number LIMIT ?", (SYNC_LIMIT,)).fetchall()
        receipts = tuple((int(number), Receipt.model_validate_json(body)) for number, body in rows)
        return Batch(acks=tuple(str(event_id) for (event_id,) in acks), receipts=receipts)

    def delivered(self, batch: Batch) -> None:
        """The cloud has it."""
        with self._file.transaction() as sql:
            sql.executemany("DELETE FROM acks WHERE event_id = ?", [(event_id,) for event_id in batch.acks])
            sql.executemany("DELETE FROM receipts WHERE number = ?", [(number,) for number, _ in batch.receipts])

    def call_seen(self, event_id: str) -> bool:
        """Whether this call was shown, or dropped as expired, before; if so it is acknowledged again."""
        with self._file.transaction() as sql:
            seen = sql.execute("SELECT 1 FROM calls WHERE event_id = ?", (event_id,)).fetchone() is not None
            if seen:
                add_ack(sql, event_id)
        return seen

    def call_done(self, receipt: Receipt) -> None:
        """The call was shown, or had expired."""
        with self._file.transaction() as sql:
            sql.execute("INSERT OR IGNORE INTO calls VALUES (?, ?)", (receipt.event_id, receipt.at.isoformat()))
            add_ack(sql, receipt.event_id)
            add_receipt(sql, receipt)

    def forget_calls(self, *, before: datetime) -> None:
        """Drop the memory of old calls: they have long expired."""
        with self._file.transaction() as sql:
            sql.execute("DELETE FROM calls WHERE seen_at < ?", (before.isoformat(),))


def add_ack(sql: sqlite3.Connection, event_id: str) -> None:
    """Inside the transaction that made the event safe."""
    sql.execute("INSERT OR IGNORE INTO acks VALUES (?)", (event_id,))


def add_receipt(sql: sqlite3.Connection, receipt: Receipt) -> None:
    """Inside the transaction that the receipt tells of."""
    sql.execute("INSERT INTO receipts (body) VALUES (?)", (receipt.model_dump_json(by_alias=True),))
