"""The spool: what is put is safe, moves start only where they may, and a broken file says how to mend it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from edge_bridge.spool import JobState, Spool, SpoolDamaged, SpoolError, SpoolFull
from shared.contracts.bridge import SYNC_LIMIT, Receipt
from tests.bridge.parts import NOON, slip_event, ticket_event

Move = Callable[[Spool], object]
MOVES: dict[str, Move] = {
    "begin": lambda spool: spool.jobs.begin("j-1", printer="p", now=NOON) is not None,
    "finish": lambda spool: spool.jobs.finish("j-1", now=NOON),
    "doubt": lambda spool: spool.jobs.doubt("j-1", now=NOON),
    "fail": lambda spool: spool.jobs.fail("j-1", now=NOON),
    "reprint": lambda spool: spool.jobs.reprint("j-1", now=NOON),
}
WAYS: dict[JobState, tuple[str, ...]] = {
    JobState.NEW: (),
    JobState.PRINTING: ("begin",),
    JobState.PRINTED: ("begin", "finish"),
    JobState.UNCERTAIN: ("begin", "doubt"),
    JobState.FAILED: ("fail",),
}
ALLOWED = {
    (JobState.NEW, "begin"): JobState.PRINTING,
    (JobState.NEW, "fail"): JobState.FAILED,
    (JobState.PRINTING, "finish"): JobState.PRINTED,
    (JobState.PRINTING, "doubt"): JobState.UNCERTAIN,
    (JobState.PRINTED, "reprint"): JobState.NEW,
    (JobState.UNCERTAIN, "reprint"): JobState.NEW,
    (JobState.FAILED, "reprint"): JobState.NEW,
}

VERSION_1 = """
CREATE TABLE jobs (
    position    INTEGER PRIMARY KEY AUTOINCREMENT,
    event_id    TEXT NOT NULL UNIQUE,
    job_id      TEXT NOT NULL UNIQUE,
    station     TEXT NOT NULL,
    seq         INTEGER NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('new', 'printing', 'printed', 'uncertain', 'failed')),
    copies      INTEGER NOT NULL DEFAULT 0,
    printer     TEXT NOT NULL DEFAULT '',
    ticket      TEXT NOT NULL,
    received_at TEXT NOT NULL,
    changed_at  TEXT NOT NULL,
    UNIQUE (station, seq)
);
CREATE INDEX jobs_by_state ON jobs (state, station, position);
CREATE TABLE counters (station TEXT PRIMARY KEY, last_seq INTEGER NOT NULL);
CREATE TABLE acks (event_id TEXT PRIMARY KEY);
CREATE TABLE receipts (number INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL);
CREATE TABLE calls (event_id TEXT PRIMARY KEY, seen_at TEXT NOT NULL);
PRAGMA user_version=1;
"""
"""As the first version made it."""


def state(spool: Spool) -> JobState:
    job = spool.jobs.find("j-1")
    assert job is not None
    return job.state


@pytest.mark.parametrize("source", JobState)
@pytest.mark.parametrize("move", MOVES)
def test_a_move_is_made_from_its_own_states_only(spool: Spool, source: JobState, move: str) -> None:
    spool.jobs.put(ticket_event(1), now=NOON)
    for step in WAYS[source]:
        assert MOVES[step](spool)
    assert state(spool) is source
    target = ALLOWED.get((source, move))
    assert MOVES[move](spool) is (target is not None)
    assert state(spool) is (target or source)


def test_the_same_event_or_job_is_taken_once_and_acknowledged_again(spool: Spool) -> None:
    event = ticket_event(1)
    assert spool.jobs.put(event, now=NOON) is True
    spool.mail.delivered(spool.mail.outgoing())
    other = event.model_copy(update={"event_id": "e-other"})
    assert [spool.jobs.put(event, now=NOON), spool.jobs.put(other, now=NOON)] == [False, False]
    assert spool.mail.outgoing().acks == ("e-1", "e-other")
    assert len(spool.jobs.latest(10)) == 1


def test_sequence_numbers_are_gapless_per_station_and_go_on_after_old_jobs_are_forgotten(spool: Spool) -> None:
    for number, station in ((1, "hot"), (2, "cold"), (3, "hot"), (3, "hot"), (4, "cold")):
        spool.jobs.put(ticket_event(number, station=station), now=NOON)
    for job_id in ("j-1", "j-2", "j-3", "j-4"):
        spool.jobs.begin(job_id, printer="p", now=NOON)
        spool.jobs.finish(job_id, now=NOON)
    assert {job.job_id: job.seq for job in spool.jobs.latest(9)} == {"j-1": 1, "j-2": 1, "j-3": 2, "j-4": 2}
    spool.jobs.forget_printed(before=NOON + timedelta(days=1))
    assert spool.jobs.latest(9) == []
    spool.jobs.put(ticket_event(5), now=NOON)
    job = spool.jobs.find("j-5")
    assert job is not None
    assert job.seq == 3


def test_papers_for_guests_leave_no_gap_in_the_kitchens_numbers(spool: Spool) -> None:
    for event in (ticket_event(1), slip_event(1), ticket_event(2), slip_event(2), slip_event(1)):
        spool.jobs.put(event, now=NOON)
    assert {job.job_id: job.seq for job in spool.jobs.latest(9)} == {
        "j-1": 1, "j-2": 2, "P-1.counter.receipt.1": 1, "P-2.counter.receipt.1": 2,
    }  # fmt: skip
    found = spool.jobs.find("P-2.counter.receipt.1")
    assert found is not None
    assert found.paper == slip_event(2).data


def test_a_spool_of_the_version_before_receipts_goes_on_where_it_was(tmp_path: Path) -> None:
    path = tmp_path / "spool.sqlite3"
    old = sqlite3.connect(path)
    old.executescript(VERSION_1)
    for number, state in ((1, "printed"), (2, "printing"), (3, "new")):
        event = ticket_event(number)
        told = (event.event_id, event.data.job_id, number, state, event.data.model_dump_json(by_alias=True))
        old.execute(
            "INSERT INTO jobs (event_id, job_id, station, seq, state, copies, ticket, received_at, changed_at)"
            f" VALUES (?, ?, 'hot', ?, ?, 1, ?, '{NOON.isoformat()}', '{NOON.isoformat()}')",
            told,
        )
    old.execute("INSERT INTO counters VALUES ('hot', 3)")
    old.execute("INSERT INTO acks VALUES ('e-3')")
    old.commit()
    old.close()
    for _ in range(2):
        spool = Spool(path)
        assert [(job.job_id, job.seq, job.copies, job.paper) for job in reversed(spool.jobs.latest(9))] == [
            (f"j-{number}", number, 1, ticket_event(number).data) for number in (1, 2, 3)
        ]
        assert spool.jobs.put(ticket_event(2), now=NOON) is False
        assert spool.mail.outgoing().acks == ("e-3", "e-2")
        spool.close()
    spool = Spool(path)
    spool.jobs.put(ticket_event(4), now=NOON)
    spool.jobs.put(slip_event(1), now=NOON)
    assert [(job.job_id, job.seq) for job in spool.jobs.latest(2)] == [("P-1.counter.receipt.1", 1), ("j-4", 4)]
    assert [job.job_id for job in spool.jobs.recover(now=NOON)] == ["j-2"]
    spool.close()


def test_only_its_own_stations_jobs_are_handed_to_a_printer_oldest_first(spool: Spool) -> None:
    for number, station in ((1, "cold"), (2, "hot"), (3, "pass")):
        spool.jobs.put(ticket_event(number, station=station), now=NOON)
    job = spool.jobs.oldest_new(("pass", "hot"))
    assert job is not None
    assert job.job_id == "j-2"
    assert spool.jobs.oldest_new(("grill",)) is None
    assert spool.jobs.oldest_new(()) is None
    assert spool.jobs.waiting_stations() == {"cold": 1, "hot": 1, "pass": 1}


def test_receipts_say_how_often_it_was_begun_and_whether_a_copy_is_marked(spool: Spool) -> None:
    spool.jobs.put(ticket_event(1), now=NOON)
    assert spool.jobs.begin("j-1", printer="p", now=NOON) == 1
    spool.jobs.finish("j-1", now=NOON)
    spool.jobs.reprint("j-1", now=NOON)
    assert spool.jobs.begin("j-1", printer="q", now=NOON) == 2
    spool.jobs.finish("j-1", now=NOON)
    receipts = [receipt for _, receipt in spool.mail.outgoing().receipts]
    assert receipts == [
        Receipt(event_id="e-1", job_id="j-1", outcome="printed", attempts=1, printer="p", at=NOON),
        Receipt(event_id="e-1", job_id="j-1", outcome="printedMarked", attempts=2, printer="q", at=NOON),
    ]


def test_everything_is_there_after_opening_again_and_what_was_printing_is_uncertain(tmp_path: Path) -> None:
    first = Spool(tmp_path / "s.sqlite3")
    for number in (1, 2):
        first.jobs.put(ticket_event(number, note="免葱"), now=NOON)
    first.jobs.begin("j-1", printer="p", now=NOON)
    again = Spool(tmp_path / "s.sqlite3")
    recovered = again.jobs.recover(now=NOON)
    assert [(job.job_id, job.state, job.copies) for job in recovered] == [("j-1", JobState.UNCERTAIN, 1)]
    waiting = again.jobs.oldest_new(("hot",))
    assert waiting is not None
    assert waiting.paper == ticket_event(2, note="免葱").data
    assert again.mail.outgoing().acks == ("e-1", "e-2")
    assert again.jobs.waiting() == 2
    first.close()
    again.close()


def test_mail_leaves_in_portions_and_only_what_was_delivered_is_dropped(spool: Spool) -> None:
    for number in range(SYNC_LIMIT + 1):
        spool.jobs.put(ticket_event(number), now=NOON)
    portion = spool.mail.outgoing()
    assert len(portion.acks) == SYNC_LIMIT
    spool.mail.delivered(portion)
    assert spool.mail.outgoing().acks == (f"e-{SYNC_LIMIT}",)


def test_a_file_that_is_no_spool_is_named_with_the_way_to_mend_it(tmp_path: Path) -> None:
    path = tmp_path / "spool.sqlite3"
    path.write_bytes(b"not a database at all" * 500)
    with pytest.raises(SpoolDamaged, match=r"已损坏：.*spool\.sqlite3.*改名为 spool\.sqlite3\.damaged"):
        Spool(path)
    path.rename(tmp_path / "spool.sqlite3.damaged")
    mended = Spool(path)
    assert mended.jobs.put(ticket_event(1), now=NOON) is True
    mended.close()


def test_a_spool_with_a_torn_page_is_refused_at_start(tmp_path: Path) -> None:
    path = tmp_path / "spool.sqlite3"
    whole = Spool(path)
    for number in range(60):
        whole.jobs.put(ticket_event(number), now=NOON)
    whole.close()
    data = bytearray(path.read_bytes())
    for start in range(4096 * 2, len(data), 4096):
        data[start : start + 64] = b"\xff" * 64
    path.write_bytes(data)
    with pytest.raises(SpoolDamaged, match="已损坏"):
        Spool(path)


def test_without_room_nothing_is_half_written_and_what_was_safe_stays(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool.sqlite3", max_mb=0.25)

    def put_until_full() -> None:
        for number in range(5_000):
            spool.jobs.put(ticket_event(number, note="多加一点辣" * 20), now=NOON)

    with pytest.raises(SpoolFull, match="磁盘已满"):
        put_until_full()
    safe = len(spool.jobs.latest(5_000))
    assert safe > 0
    assert spool.jobs.waiting() == safe
    spool.close()
    roomier = Spool(tmp_path / "spool.sqlite3")
    assert roomier.jobs.put(ticket_event(safe), now=NOON) is True
    assert {job.seq for job in roomier.jobs.latest(5_000)} == set(range(1, safe + 2))
    roomier.close()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x", encoding="utf-8")
    with pytest.raises(SpoolError, match="写入权限"):
        Spool(tmp_path / "file" / "spool.sqlite3")
