"""One worker per printer: sees the oldest job of its stations to paper, once, and opens the drawer (rule 28)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic

from edge_bridge.device import Device
from edge_bridge.log import say, warn
from edge_bridge.patience import Interrupted
from edge_bridge.rendering.commands import drawer_pulse
from edge_bridge.replies import Condition
from edge_bridge.spool import Job, Pulse, Spool, SpoolError
from edge_bridge.worker import Worker
from shared.contracts.bridge import PrinterReport

AUTOMATIC_COPIES = 3
"""After so many begun prints of one job a person decides: a printer that eats every ticket must not print for ever."""

Render = Callable[[Job, int], bytes]
"""Page bytes of a job's copy; copy 1 is unmarked."""


@dataclass(frozen=True)
class Pace:
    """How often the worker looks around, in seconds."""

    look_s: float = 0.5
    """For jobs that came in without a ring: reprints ordered on the command line."""
    retry_s: float = 2.0
    """Between two questions to a printer that cannot print."""
    idle_check_s: float = 15.0
    """Between two questions to an idle printer, for the reports."""


@dataclass(frozen=True)
class Orders:
    """What a worker is told: whose tickets, for which printer, and what to do in doubt."""

    printer: str
    stations: tuple[str, ...]
    reprint_in_doubt: bool = True
    drawer_pin: int = 2
    pace: Pace = field(default_factory=Pace)


class PrintWorker(Worker):
    """A thread. `ring` it when there may be work; it never dies of a failing job, printer or spool."""

    def __init__(
        self,
        orders: Orders,
        *,
        device: Device,
        spool: Spool,
        render: Render,
        now: Callable[[], datetime],
        stop: threading.Event,
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(f"printer-{orders.printer}", stop=stop)
        self._orders, self._device, self._spool, self._render, self._now = orders, device, spool, render, now
        self._changed = changed
        self._report = PrinterReport(printer=orders.printer, state="offline", detail="还没有检查过", since=now())
        self._check_due_at = 0.0

    def report(self) -> PrinterReport:
        """The printer's condition as last seen."""
        return self._report

    def _run(self) -> None:
        """Deliver what is there, one job after another."""
        while not self._stop.is_set():
            try:
                self._once()
            except SpoolError as error:
                warn("spool.unusable", printer=self._orders.printer, hint=str(error))
                self._stop.wait(self._orders.pace.retry_s)
            except Exception as error:  # a worker that dies prints nothing more, and nobody in the kitchen would know
                warn("printer.worker_failed", printer=self._orders.printer, error=repr(error))
                self._stop.wait(self._orders.pace.retry_s)
        self._device.close()

    def _once(self) -> None:
        self._bell.clear()
        pulse = self._spool.drawers.oldest_new(self._orders.stations)
        if pulse is not None:
            self._open(pulse)
            return
        job = self._spool.jobs.oldest_new(self._orders.stations)
        if job is not None:
            self._deliver(job)
            return
        if monotonic() >= self._check_due_at:
            self._ready()
        self._device.close()
        self._bell.wait(self._orders.pace.look_s)

    def _ready(self) -> bool:
        condition = self._device.check()
        self._check_due_at = monotonic() + self._orders.pace.idle_check_s
        self._notice(condition)
        return condition.prints

    def _deliver(self, job: Job) -> None:
        if not self._ready():
            self._stop.wait(self._orders.pace.retry_s)
            return
        try:
            page = self._render(job, job.copies + 1)
        except Exception as error:  # this one cannot be drawn: the others must not wait behind it
            self._spool.jobs.fail(job.job_id, now=self._now())
            warn(
                "job.not_drawable", job=job.job_id, error=type(error).__name__, hint="这张小票画不出来，请联系技术支持"
            )
            return
        copy = self._spool.jobs.begin(job.job_id, printer=self._orders.printer, now=self._now())
        if copy is None:
            return
        say("job.printing", job=job.job_id, printer=self._orders.printer, copy=copy, seq=job.seq)
        try:
            self._device.print(page, notice=self._notice)
        except Interrupted as error:
            self._doubt(job.job_id, copy=copy, why=str(error))
        else:
            self._finish(job.job_id, copy=copy)

    def _open(self, pulse: Pulse) -> None:
        """Before any paper, for somebody waits; at most once, and not when it is too late."""
        if pulse.expires_at <= self._now():
            self._spool.drawers.expire(pulse, now=self._now())
            warn("drawer.expired", job=pulse.job_id, hint="开钱箱的指令来得太晚，没有执行；需要时请再点一次")
            self._changed()
        elif not self._ready():
            self._stop.wait(self._orders.pace.retry_s)
        elif self._spool.drawers.begin(pulse, now=self._now()):
            try:
                self._device.print(drawer_pulse(self._orders.drawer_pin), notice=self._notice)
            except Interrupted as error:  # it may be open: nobody wants it to spring open again by itself
                warn("drawer.uncertain", job=pulse.job_id, printer=self._orders.printer, hint=str(error))
            else:
                self._spool.drawers.finish(pulse, printer=self._orders.printer, now=self._now())
                say("drawer.opened", job=pulse.job_id, printer=self._orders.printer)
            self._changed()

    def _finish(self, job_id: str, *, copy: int) -> None:
        """It is on paper: insist on writing that down, or a restart would print it again."""
        while True:
            try:
                self._spool.jobs.finish(job_id, now=self._now())
            except SpoolError as error:
                warn("spool.unusable", job=job_id, hint=str(error))
                if self._stop.wait(self._orders.pace.retry_s):
                    return
            else:
                say("job.printed", job=job_id, printer=self._orders.printer, copy=copy)
                self._changed()
                return

    def _doubt(self, job_id: str, *, copy: int, why: str) -> None:
        self._spool.jobs.doubt(job_id, now=self._now())
        warn("job.uncertain", job=job_id, printer=self._orders.printer, copy=copy, hint=why)
        if self._orders.reprint_in_doubt and copy < AUTOMATIC_COPIES and not self._stop.is_set():
            self._spool.jobs.reprint(job_id, now=self._now())
        self._changed()

    def _notice(self, condition: Condition) -> None:
        before = self._report
        if (condition.state, condition.detail) == (before.state, before.detail):
            return
        since = before.since if condition.state == before.state else self._now()
        self._report = PrinterReport(
            printer=self._orders.printer, state=condition.state, detail=condition.detail, since=since
        )
        tell = say if condition.prints else warn
        tell("printer.condition", printer=self._orders.printer, state=condition.state, hint=condition.detail)
        self._changed()


def settle_uncertain(spool: Spool, *, reprint: bool, now: datetime) -> None:
    """At start, before any worker: what a crash left half done is uncertain; if so ordered it comes again, marked."""
    for job in spool.jobs.recover(now=now):
        again = reprint and job.copies < AUTOMATIC_COPIES
        if again:
            spool.jobs.reprint(job.job_id, now=now)
        warn("job.uncertain", job=job.job_id, copy=job.copies, reprint=again)
