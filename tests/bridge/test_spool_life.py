"""The law of the spool, over any life: each job at most once unmarked, no gap in the numbers, nothing lost."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from edge_bridge.spool import Job, JobState, Spool
from tests.bridge.parts import NOON, ticket_event

STATIONS = ("hot", "cold")


class SpoolLife(RuleBasedStateMachine):
    """Messages come twice and in any order, the printer answers or not, the machine dies at any point."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.spool = Spool(self.folder / "spool.sqlite3")
        self.printing: Job | None = None
        self.accepted: set[str] = set()
        self.delivered_acks: set[str] = set()
        self.receipts: Counter[str] = Counter()
        self.paper: list[tuple[str, int]] = []

    @rule(number=st.integers(0, 6))
    def put(self, number: int) -> None:
        event = ticket_event(number, station=STATIONS[number % 2])
        fresh = self.spool.jobs.put(event, now=NOON)
        assert fresh is (event.data.job_id not in self.accepted)
        self.accepted.add(event.data.job_id)

    @precondition(lambda self: self.printing is None)
    @rule(station=st.sampled_from(STATIONS), reaches_paper=st.booleans())
    def begin(self, station: str, reaches_paper: bool) -> None:
        job = self.spool.jobs.oldest_new((station,))
        if job is None:
            return
        copy = self.spool.jobs.begin(job.job_id, printer="p", now=NOON)
        assert copy == job.copies + 1
        if reaches_paper:
            self.paper.append((job.job_id, copy))
        self.printing = job

    @precondition(lambda self: self.printing is not None and self.printing.job_id in dict(self.paper))
    @rule()
    def finish(self) -> None:
        assert self.printing is not None
        assert self.spool.jobs.finish(self.printing.job_id, now=NOON)
        self.receipts[self.printing.job_id] += 1
        self.printing = None

    @precondition(lambda self: self.printing is not None)
    @rule()
    def doubt(self) -> None:
        assert self.printing is not None
        assert self.spool.jobs.doubt(self.printing.job_id, now=NOON)
        self.printing = None

    @rule(number=st.integers(0, 6))
    def reprint(self, number: int) -> None:
        before = self.spool.jobs.find(f"j-{number}")
        moved = self.spool.jobs.reprint(f"j-{number}", now=NOON)
        assert moved is (before is not None and before.state in (JobState.PRINTED, JobState.UNCERTAIN))

    @rule()
    def tell_the_cloud(self) -> None:
        batch = self.spool.mail.outgoing()
        self.spool.mail.delivered(batch)
        self.delivered_acks |= set(batch.acks)
        self.receipts.subtract(receipt.job_id for _, receipt in batch.receipts)

    @rule()
    def crash(self) -> None:
        self.spool.close()
        self.spool = Spool(self.folder / "spool.sqlite3")
        self.spool.jobs.recover(now=NOON)
        self.printing = None

    @invariant()
    def at_most_one_unmarked_copy_of_each(self) -> None:
        unmarked = Counter(job_id for job_id, copy in self.paper if copy == 1)
        assert not [job_id for job_id, count in unmarked.items() if count > 1]
        assert len(self.paper) == len(set(self.paper))

    @invariant()
    def nothing_is_lost_and_numbers_have_no_gap(self) -> None:
        jobs = self.spool.jobs.latest(100)
        assert {job.job_id for job in jobs} == self.accepted
        for station in STATIONS:
            numbers = sorted(job.seq for job in jobs if job.station == station)
            assert numbers == list(range(1, len(numbers) + 1))

    @invariant()
    def what_is_printed_is_on_paper_and_owed_or_told(self) -> None:
        printed = {job.job_id for job in self.spool.jobs.latest(100) if job.state is JobState.PRINTED}
        assert printed <= {job_id for job_id, _ in self.paper}
        batch = self.spool.mail.outgoing()
        assert {f"e-{job_id[2:]}" for job_id in self.accepted} == self.delivered_acks | set(batch.acks)
        assert Counter(receipt.job_id for _, receipt in batch.receipts) == +self.receipts

    def teardown(self) -> None:
        self.spool.close()
        shutil.rmtree(self.folder)


TestSpoolLife = SpoolLife.TestCase
TestSpoolLife.settings = settings(max_examples=40, stateful_step_count=30, deadline=None)
