"""The SQLite file under the spool: WAL, `synchronous=FULL`, short transactions, errors a technician can mend."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MAX_MB = 1024
"""The file never grows over this, so that a runaway spool does not fill the store PC's disk."""

_SCHEMA_VERSION = 2
_JOBS = """
CREATE TABLE jobs (
    position    INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id    TEXT NOT NULL UNIQUE,
    job_id      TEXT NOT NULL UNIQUE,
    station     TEXT NOT NULL,
    kind        TEXT NOT NULL CHECK (kind IN ('ticket', 'slip')),
    seq         INTEGER NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('new', 'printing', 'printed', 'uncertain', 'failed')),
    copies      INTEGER NOT NULL DEFAULT 0,
    printer     TEXT NOT NULL DEFAULT '',
    paper       TEXT NOT NULL,
    received_at TEXT NOT NULL,
    changed_at  TEXT NOT NULL,
    UNIQUE (station, kind, seq)
);
CREATE INDEX jobs_by_state ON jobs (state, station, position);
CREATE TABLE counters (station TEXT, kind TEXT, last_seq INTEGER NOT NULL, PRIMARY KEY (station, kind));
CREATE TABLE drawers (
    event_id    TEXT PRIMARY KEY,
    job_id      TEXT NOT NULL,
    station     TEXT NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('new', 'opening', 'done')),
    expires_at  TEXT NOT NULL,
    changed_at  TEXT NOT NULL
);
CREATE INDEX drawers_by_state ON drawers (state, station);
"""
_SCHEMA = (
    _JOBS
    + """
CREATE TABLE acks (event_id TEXT PRIMARY KEY);
CREATE TABLE receipts (number INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL);
CREATE TABLE calls (event_id TEXT PRIMARY KEY, seen_at TEXT NOT NULL);
"""
)
_FROM_1 = f"""
ALTER TABLE jobs RENAME TO jobs_1;
ALTER TABLE counters RENAME TO counters_1;
DROP INDEX jobs_by_state;
{_JOBS}
INSERT INTO jobs SELECT position, event_id, job_id, station, 'ticket', seq, state, copies, printer, ticket,
    received_at, changed_at FROM jobs_1;
INSERT INTO counters SELECT station, 'ticket', last_seq FROM counters_1;
DROP TABLE jobs_1;
DROP TABLE counters_1;
"""
"""From the version before receipts; a spool that a newer bridge has brought up is not for an older one."""


class SpoolError(Exception):
    """The spool cannot be used now. The message is Chinese and says how to mend it."""


class SpoolDamaged(SpoolError):
    """The file is not a spool, or not whole."""


class SpoolFull(SpoolError):
    """There is no room to write, or no right to."""


class SpoolFile:
    """One connection, one writer at a time; a second process (the command line) waits its turn."""

    def __init__(self, path: Path, *, max_mb: float = MAX_MB) -> None:
        self.path = path
        self._lock = threading.RLock()
        with self._explained():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._connection = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
            try:
                self._open(max_mb)
            except BaseException:
                self._connection.close()
                raise

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Everything inside is on the disk when this returns, or nothing is."""
        with self._lock, self._explained():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                # SQLite has already rolled back on some errors (full, I/O): a second ROLLBACK would hide the cause.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Read what is committed."""
        with self._lock, self._explained():
            yield self._connection

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def _open(self, max_mb: float) -> None:
        sql = self._connection
        sql.execute("PRAGMA journal_mode=WAL")
        sql.execute("PRAGMA synchronous=FULL")
        (page_size,) = sql.execute("PRAGMA page_size").fetchone()
        sql.execute(f"PRAGMA max_page_count={int(max_mb * 1024 * 1024 / page_size)}")
        (verdict,) = sql.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != "ok":
            raise sqlite3.DatabaseError("malformed")
        sql.execute("BEGIN IMMEDIATE")
        (version,) = sql.execute("PRAGMA user_version").fetchone()
        for statement in filter(str.strip, {0: _SCHEMA, 1: _FROM_1}.get(version, "").split(";")):
            sql.execute(statement)
        if version in (0, 1):
            sql.execute(f"PRAGMA user_version={_SCHEMA_VERSION}")
        sql.execute("COMMIT")
        if version not in (0, 1, _SCHEMA_VERSION):
            raise sqlite3.DatabaseError(f"malformed: version {version}")

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.IntegrityError:
            raise
        except (sqlite3.DatabaseError, OSError) as error:
            raise _explain(error, self.path) from error


def _explain(error: Exception, path: Path) -> SpoolError:
    text = str(error)
    if "malformed" in text or "not a database" in text:
        return SpoolDamaged(
            f"小票暂存文件已损坏：{path}。请先停止程序，把它（连同同名的 -wal、-shm 文件）"
            f"改名为 {path.name}.damaged 保留，再重新启动：云端会自动补发还没有确认收到的小票。"
            "已收到但没打出的小票，请对照订单在后台补打。"
        )
    if "full" in text or "disk I/O" in text or "No space" in text:
        return SpoolFull(f"磁盘已满或写不进去：{path.parent}。请清理磁盘空间；腾出空间后程序会自动继续，小票不会丢。")
    if "locked" in text or "busy" in text:
        return SpoolError(f"小票暂存文件正被别的程序占用：{path}。请关闭正在打开它的程序（如数据库查看工具）。")
    return SpoolFull(f"小票暂存文件打不开或写不了：{path}。请检查文件夹是否存在、当前用户有没有写入权限。")
