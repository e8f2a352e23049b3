"""A worker sees each job to paper once, and survives its printer, its job and its spool."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Protocol

import pytest

from edge_bridge.delivery import Orders, Pace, PrintWorker, settle_uncertain
from edge_bridge.device import NetworkPrinter
from edge_bridge.patience import Waits
from edge_bridge.settings import FenceSetting
from edge_bridge.spool import Job, JobState, Spool
from scripts.local.printer import VirtualPrinter
from scripts.local.process import wait_until
from tests.bridge.parts import LIMIT_S, NOON, ticket_event

QUICK = Waits(connect_s=2.0, answer_s=0.3, poll_s=0.05, silence_s=0.6, fence_s=0.6, stop_s=0.1)
PACE = Pace(look_s=0.05, retry_s=0.05, idle_check_s=0.1)


class Hire(Protocol):
    def __call__(
        self, *, fence: FenceSetting = "GS ( H", reprint: bool = True, render: Callable[[Job, int], bytes] = ...
    ) -> PrintWorker: ...


def text_page(job: Job, copy: int) -> bytes:
    return b"\x1b@" + f"{job.job_id}/{copy}".encode() + b"\n\x1dV\x00"


@pytest.fixture
def hire(spool: Spool, printer: VirtualPrinter) -> Iterator[Hire]:
    """A worker at the virtual printer, started; all end with the test."""
    stop, hired = threading.Event(), list[PrintWorker]()

    def begin(
        *, fence: FenceSetting = "GS ( H", reprint: bool = True, render: Callable[[Job, int], bytes] = text_page
    ) -> PrintWorker:
        device = NetworkPrinter("127.0.0.1", printer.port, fence=fence, stop=stop, waits=QUICK)
        orders = Orders(printer="p", stations=("hot",), reprint_in_doubt=reprint, pace=PACE)
        worker = PrintWorker(orders, device=device, spool=spool, render=render, now=lambda: NOON, stop=stop)
        worker.start()
        hired.append(worker)
        return worker

    yield begin
    stop.set()
    for worker in hired:
        worker.join(LIMIT_S)
        assert not worker.alive


def wait_state(spool: Spool, job_id: str, state: JobState) -> Job:
    def found() -> bool:
        job = spool.jobs.find(job_id)
        return job is not None and job.state is state

    assert wait_until(found, limit_s=LIMIT_S), spool.jobs.find(job_id)
    job = spool.jobs.find(job_id)
    assert job is not None
    return job


def texts(printer: VirtualPrinter) -> list[str]:
    return [page.text.strip() for page in printer.pages]


def test_jobs_come_out_in_order_once_each_and_leave_receipts(spool: Spool, printer: VirtualPrinter, hire: Hire) -> None:
    for number in range(1, 6):
        spool.jobs.put(ticket_event(number), now=NOON)
    spool.jobs.put(ticket_event(9, station="cold"), now=NOON)
    hire()
    wait_state(spool, "j-5", JobState.PRINTED)
    assert texts(printer) == ["j-1/1", "j-2/1", "j-3/1", "j-4/1", "j-5/1"]
    receipts = [receipt for _, receipt in spool.mail.outgoing().receipts]
    assert [(one.job_id, one.outcome, one.printer) for one in receipts] == [
        (f"j-{number}", "printed", "p") for number in range(1, 6)
    ]
    wait_state(spool, "j-9", JobState.NEW)


@pytest.mark.parametrize("condition", ["paperOut", "coverOpen", "offline", "silent"])
def test_while_the_printer_cannot_print_the_job_stays_new_and_the_report_says_why(
    spool: Spool, printer: VirtualPrinter, hire: Hire, condition: str
) -> None:
    printer.set_condition(condition)  # type: ignore[arg-type]
    spool.jobs.put(ticket_event(1), now=NOON)
    worker = hire()
    state = "offline" if condition == "silent" else condition
    detailed = wait_until(lambda: worker.report().detail not in ("", "还没有检查过"), limit_s=LIMIT_S)
    assert (detailed, worker.report().state) == (True, state)
    assert wait_state(spool, "j-1", JobState.NEW).copies == 0
    printer.set_condition("ready")
    wait_state(spool, "j-1", JobState.PRINTED)
    assert texts(printer) == ["j-1/1"]
    assert wait_until(lambda: worker.report().state == "ready", limit_s=LIMIT_S)


def test_cut_off_after_the_page_it_comes_again_marked(spool: Spool, printer: VirtualPrinter, hire: Hire) -> None:
    printer.set_condition("mute fence")
    hire()
    spool.jobs.put(ticket_event(1), now=NOON)
    printer.wait_pages(1, LIMIT_S)
    printer.set_condition("offline")
    assert wait_until(lambda: spool.jobs.counts()[JobState.PRINTING] == 0, limit_s=LIMIT_S)
    printer.set_condition("ready")
    wait_state(spool, "j-1", JobState.PRINTED)
    assert texts(printer) == ["j-1/1", "j-1/2"]


def test_if_the_shop_wants_to_be_asked_it_waits_for_the_order(
    spool: Spool, printer: VirtualPrinter, hire: Hire
) -> None:
    printer.set_condition("mute fence")
    hire(reprint=False)
    spool.jobs.put(ticket_event(1), now=NOON)
    wait_state(spool, "j-1", JobState.UNCERTAIN)
    printer.set_condition("ready")
    spool.jobs.put(ticket_event(2), now=NOON)
    wait_state(spool, "j-2", JobState.PRINTED)
    assert texts(printer) == ["j-1/1", "j-2/1"]
    spool.jobs.reprint("j-1", now=NOON)
    wait_state(spool, "j-1", JobState.PRINTED)
    assert texts(printer) == ["j-1/1", "j-2/1", "j-1/2"]


def test_a_printer_that_never_confirms_does_not_print_for_ever(
    spool: Spool, printer: VirtualPrinter, hire: Hire
) -> None:
    printer.set_condition("mute fence")
    hire()
    spool.jobs.put(ticket_event(1), now=NOON)
    job = wait_state(spool, "j-1", JobState.UNCERTAIN)
    settled = wait_until(lambda: (job := spool.jobs.find("j-1")) is not None and job.copies == 3, limit_s=LIMIT_S)
    assert settled, job
    wait_state(spool, "j-1", JobState.UNCERTAIN)
    assert texts(printer) == ["j-1/1", "j-1/2", "j-1/3"]


def test_a_ticket_that_cannot_be_drawn_does_not_hold_up_the_others(
    spool: Spool, printer: VirtualPrinter, hire: Hire
) -> None:
    def draw(job: Job, copy: int) -> bytes:
        if job.job_id == "j-1":
            raise ValueError("no such glyph")
        return text_page(job, copy)

    for number in (1, 2):
        spool.jobs.put(ticket_event(number), now=NOON)
    hire(render=draw)
    wait_state(spool, "j-2", JobState.PRINTED)
    assert wait_state(spool, "j-1", JobState.FAILED).copies == 0
    assert texts(printer) == ["j-2/1"]


def test_at_start_what_was_printing_is_ordered_again_or_waits_as_the_shop_wants(spool: Spool) -> None:
    for number in (1, 2):
        spool.jobs.put(ticket_event(number), now=NOON)
    for _ in range(2):
        spool.jobs.begin("j-1", printer="p", now=NOON)
        spool.jobs.doubt("j-1", now=NOON)
        spool.jobs.reprint("j-1", now=NOON)
    spool.jobs.begin("j-1", printer="p", now=NOON)
    spool.jobs.begin("j-2", printer="p", now=NOON)
    settle_uncertain(spool, reprint=False, now=NOON)
    assert spool.jobs.counts()[JobState.UNCERTAIN] == 2
    settle_uncertain(spool, reprint=True, now=NOON)
    assert wait_state(spool, "j-1", JobState.UNCERTAIN).copies == 3
    assert wait_state(spool, "j-2", JobState.NEW).copies == 1
