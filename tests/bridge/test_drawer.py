"""The drawer opens once for a wish, or not at all, and never late; nothing makes it spring open again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Literal

import pytest

from edge_bridge.delivery import Orders, Pace, PrintWorker
from edge_bridge.device import NetworkPrinter
from edge_bridge.patience import Waits
from edge_bridge.spool import Job, Pulse, Spool
from scripts.local.printer import VirtualPrinter
from scripts.local.process import wait_until
from shared.contracts.bridge import Receipt
from tests.bridge.parts import LIMIT_S, NOON, drawer_event, slip_event, ticket_event

QUICK = Waits(connect_s=2.0, answer_s=0.3, poll_s=0.05, silence_s=0.6, fence_s=0.6, stop_s=0.1)
PACE = Pace(look_s=0.05, retry_s=0.05, idle_check_s=0.1)
PIN_2, PIN_5 = b"\x00\x19\xfa", b"\x01\x19\xfa"
Hire = Callable[..., PrintWorker]


class Clock:
    """The worker's clock."""

    def __init__(self) -> None:
        self.at = NOON

    def now(self) -> datetime:
        return self.at

    def forward(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def hire(spool: Spool, printer: VirtualPrinter, clock: Clock) -> Iterator[Hire]:
    """A worker at the virtual printer, started; all end with the test."""
    stop, hired = threading.Event(), list[PrintWorker]()

    def begin(*, pin: int = 2) -> PrintWorker:
        device = NetworkPrinter("127.0.0.1", printer.port, fence="GS ( H", stop=stop, waits=QUICK)
        orders = Orders(printer="p", stations=("hot",), drawer_pin=pin, pace=PACE)
        worker = PrintWorker(orders, device=device, spool=spool, render=text_page, now=clock.now, stop=stop)
        worker.start()
        hired.append(worker)
        return worker

    yield begin
    stop.set()
    for worker in hired:
        worker.join(LIMIT_S)
        assert not worker.alive


def text_page(job: Job, copy: int) -> bytes:
    return b"\x1b@" + f"{job.job_id}/{copy}".encode() + b"\n\x1dV\x00"


def receipts(spool: Spool) -> list[Receipt]:
    return [receipt for _, receipt in spool.mail.outgoing().receipts]


def wait_receipt(spool: Spool, count: int = 1) -> list[tuple[str, str, str]]:
    assert wait_until(lambda: len(receipts(spool)) >= count, limit_s=LIMIT_S), receipts(spool)
    return [(one.job_id, one.outcome, one.printer) for one in receipts(spool)]


@pytest.mark.parametrize(("pin", "pulse"), [(2, PIN_2), (5, PIN_5)])
def test_it_opens_once_however_often_the_event_comes(
    spool: Spool, printer: VirtualPrinter, hire: Hire, pin: Literal[2, 5], pulse: bytes
) -> None:
    event = drawer_event(1, asked_at=NOON)
    assert [spool.drawers.put(event, now=NOON) for _ in range(2)] == [True, False]
    hire(pin=pin)
    assert wait_receipt(spool) == [("P-1.counter.drawer", "opened", "p")]
    assert spool.drawers.put(event, now=NOON) is False
    spool.jobs.put(ticket_event(1), now=NOON)
    printer.wait_pages(1, LIMIT_S)
    assert (printer.pulses, len(printer.pages)) == ([pulse], 1)
    assert spool.mail.outgoing().acks == ("P-1.counter.drawer", "e-1")


def test_it_opens_before_any_paper(spool: Spool, printer: VirtualPrinter, hire: Hire) -> None:
    for number in range(3):
        spool.jobs.put(slip_event(number), now=NOON)
    spool.drawers.put(drawer_event(1, asked_at=NOON), now=NOON)
    hire()
    printer.wait_pages(3, LIMIT_S)
    assert wait_receipt(spool, 4)[0] == ("P-1.counter.drawer", "opened", "p")


def test_what_is_stale_is_dropped_and_told(spool: Spool, printer: VirtualPrinter, hire: Hire, clock: Clock) -> None:
    for number, lasts_s in ((1, 119.9), (2, 120.1)):
        spool.drawers.put(drawer_event(number, asked_at=NOON, lasts_s=lasts_s), now=NOON)
    clock.forward(120)
    hire()
    assert wait_receipt(spool, 2) == [("P-1.counter.drawer", "expired", ""), ("P-2.counter.drawer", "opened", "p")]
    assert printer.pulses == [PIN_2]


@pytest.mark.parametrize("condition", ["paperOut", "coverOpen", "offline"])
def test_a_printer_that_cannot_opens_it_as_soon_as_it_can_but_not_late(
    spool: Spool, printer: VirtualPrinter, hire: Hire, clock: Clock, condition: str
) -> None:
    printer.set_condition(condition)  # type: ignore[arg-type]
    spool.drawers.put(drawer_event(1, asked_at=NOON), now=NOON)
    worker = hire()
    assert wait_until(lambda: worker.report().state == condition, limit_s=LIMIT_S)
    assert (printer.pulses, receipts(spool)) == ([], [])
    printer.set_condition("ready")
    assert wait_receipt(spool) == [("P-1.counter.drawer", "opened", "p")]
    printer.set_condition(condition)  # type: ignore[arg-type]
    assert wait_until(lambda: worker.report().state == condition, limit_s=LIMIT_S)
    spool.drawers.put(drawer_event(2, asked_at=NOON), now=NOON)
    clock.forward(121)
    assert wait_receipt(spool, 2)[1] == ("P-2.counter.drawer", "expired", "")
    printer.set_condition("ready")
    spool.jobs.put(ticket_event(1), now=NOON)
    printer.wait_pages(1, LIMIT_S)
    assert printer.pulses == [PIN_2]


def test_cut_off_after_the_pulse_it_is_not_sent_again(spool: Spool, printer: VirtualPrinter, hire: Hire) -> None:
    printer.set_condition("mute fence")
    spool.drawers.put(drawer_event(1, asked_at=NOON), now=NOON)
    hire()
    assert wait_until(lambda: printer.pulses == [PIN_2], limit_s=LIMIT_S)
    printer.set_condition("offline")
    printer.set_condition("ready")
    spool.jobs.put(ticket_event(1), now=NOON)
    printer.wait_pages(1, LIMIT_S)
    assert printer.pulses == [PIN_2]
    assert [one.job_id for one in receipts(spool)] in ([], ["j-1"])


def test_a_crash_between_mark_and_pulse_leaves_it_shut_for_good(
    spool: Spool, printer: VirtualPrinter, hire: Hire
) -> None:
    spool.drawers.put(drawer_event(1, asked_at=NOON), now=NOON)
    pulse = spool.drawers.oldest_new(("hot",))
    assert pulse is not None
    assert spool.drawers.begin(pulse, now=NOON)
    hire()
    spool.jobs.put(ticket_event(1), now=NOON)
    printer.wait_pages(1, LIMIT_S)
    assert printer.pulses == []
    assert spool.drawers.put(drawer_event(1, asked_at=NOON), now=NOON) is False


@pytest.mark.parametrize("state", ["new", "opening", "done"])
@pytest.mark.parametrize("move", ["begin", "finish", "expire"])
def test_a_move_is_made_from_its_own_state_only(spool: Spool, state: str, move: str) -> None:
    moves: dict[str, Callable[[Pulse], bool]] = {
        "begin": lambda pulse: spool.drawers.begin(pulse, now=NOON),
        "finish": lambda pulse: spool.drawers.finish(pulse, printer="p", now=NOON),
        "expire": lambda pulse: spool.drawers.expire(pulse, now=NOON),
    }
    spool.drawers.put(drawer_event(1, asked_at=NOON), now=NOON)
    pulse = spool.drawers.oldest_new(("hot",))
    assert pulse is not None
    for step in {"new": (), "opening": ("begin",), "done": ("begin", "finish")}[state]:
        assert moves[step](pulse)
    told = len(receipts(spool))
    is_right = (state, move) in {("new", "begin"), ("new", "expire"), ("opening", "finish")}
    assert moves[move](pulse) is is_right
    assert len(receipts(spool)) == told + (is_right and move != "begin")
    assert (spool.drawers.oldest_new(("hot",)) is not None) is (state == "new" and not is_right)


def test_only_its_own_stations_drawer_is_opened_and_old_wishes_are_forgotten(spool: Spool) -> None:
    spool.drawers.put(drawer_event(1, asked_at=NOON, station="cold"), now=NOON)
    assert spool.drawers.oldest_new(("hot", "pass")) is None
    assert spool.drawers.oldest_new(()) is None
    spool.drawers.forget(before=NOON + timedelta(seconds=1))
    assert spool.drawers.oldest_new(("cold",)) is None
