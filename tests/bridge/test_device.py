"""A printer is asked before a page and after it; what cannot be known is said to be unknown."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from edge_bridge.device import FilePrinter, NetworkPrinter
from edge_bridge.patience import Interrupted, Waits
from edge_bridge.replies import Condition
from edge_bridge.settings import FenceSetting
from scripts.local.printer import PrinterCondition, VirtualPrinter
from scripts.local.process import free_port, wait_until
from tests.bridge.parts import LIMIT_S

PAGE = b"\x1b@TICKET 1\n\n\n\x1dV\x00"
QUICK = Waits(connect_s=2.0, answer_s=0.3, poll_s=0.05, silence_s=0.6, fence_s=0.6, stop_s=0.1)


@pytest.fixture
def stop() -> threading.Event:
    return threading.Event()


@pytest.fixture
def pool(stop: threading.Event) -> Iterator[ThreadPoolExecutor]:
    """Runs a print in the background; a print that still waits at the end is told to stop."""
    with ThreadPoolExecutor(1) as running:
        yield running
        stop.set()


def device(printer: VirtualPrinter, stop: threading.Event, fence: FenceSetting = "auto") -> NetworkPrinter:
    return NetworkPrinter("127.0.0.1", printer.port, fence=fence, stop=stop, waits=QUICK)


@pytest.mark.parametrize(
    ("condition", "state"),
    [
        ("ready", "ready"),
        ("paperLow", "paperLow"),
        ("paperOut", "paperOut"),
        ("coverOpen", "coverOpen"),
        ("offline", "offline"),
        ("silent", "offline"),
    ],
)
def test_a_check_tells_the_condition(
    printer: VirtualPrinter, stop: threading.Event, condition: PrinterCondition, state: str
) -> None:
    printer.set_condition(condition)
    asked = device(printer, stop)
    assert asked.check().state == state
    asked.close()


def test_nobody_at_the_address_is_offline_with_a_hint(stop: threading.Event) -> None:
    port = free_port()
    told = NetworkPrinter("127.0.0.1", port, fence="auto", stop=stop, waits=QUICK).check()
    assert told == Condition("offline", f"连不上打印机 127.0.0.1:{port}：请检查电源、网线和 IP 地址")


@pytest.mark.parametrize("fence", ["auto", "GS ( H", "GS r", "none"])
def test_a_page_is_over_once_it_is_on_paper(
    printer: VirtualPrinter, stop: threading.Event, fence: FenceSetting
) -> None:
    asked = device(printer, stop, fence)
    assert asked.check().prints
    asked.print(PAGE, notice=lambda _: None)
    asked.print(PAGE, notice=lambda _: None)
    asked.close()
    assert len(printer.wait_pages(2, LIMIT_S)) == 2


def test_auto_takes_the_fence_that_the_printer_answers(printer: VirtualPrinter, stop: threading.Event) -> None:
    printer.set_condition("mute fence")
    asked = device(printer, stop)
    assert asked.check().prints
    asked.print(PAGE, notice=lambda _: None)
    asked.close()
    assert len(printer.pages) == 1


def test_out_of_paper_on_the_way_it_waits_and_sends_nothing_again(
    printer: VirtualPrinter, stop: threading.Event, pool: ThreadPoolExecutor
) -> None:
    asked, told = device(printer, stop, "GS ( H"), list[str]()
    assert asked.check().prints
    printer.set_condition("paperOut")
    printing = pool.submit(asked.print, PAGE, notice=lambda condition: told.append(condition.state))
    waits = QUICK.silence_s / QUICK.poll_s * 3
    assert wait_until(lambda: len(told) > waits, limit_s=LIMIT_S)
    assert (printing.done(), set(told)) == (False, {"paperOut"})
    printer.set_condition("ready")
    printing.result(LIMIT_S)
    asked.close()
    assert len(printer.pages) == 1


def test_cut_off_between_page_and_answer_nobody_can_know(
    printer: VirtualPrinter, stop: threading.Event, pool: ThreadPoolExecutor
) -> None:
    asked = device(printer, stop, "GS ( H")
    printer.set_condition("mute fence")
    assert asked.check().prints
    printing = pool.submit(asked.print, PAGE, notice=lambda _: None)
    printer.wait_pages(1, LIMIT_S)
    printer.set_condition("offline")
    with pytest.raises(Interrupted, match="断开"):
        printing.result(LIMIT_S)


@pytest.mark.parametrize(("condition", "why"), [("mute fence", "没有确认"), ("silent", "没有回答")])
def test_an_answer_that_never_comes_is_given_up_on(
    printer: VirtualPrinter, stop: threading.Event, condition: PrinterCondition, why: str
) -> None:
    asked = device(printer, stop, "GS ( H")
    assert asked.check().prints
    printer.set_condition(condition)
    with pytest.raises(Interrupted, match=why):
        asked.print(PAGE, notice=lambda _: None)
    assert len(printer.wait_pages(1, LIMIT_S)) == 1


def test_a_silent_printer_prints_only_if_the_settings_say_to_trust_it(
    printer: VirtualPrinter, stop: threading.Event
) -> None:
    printer.set_condition("silent")
    assert not device(printer, stop, "auto").check().prints
    trusted = device(printer, stop, "none")
    assert trusted.check() == Condition("ready", "打印机不回答状态，只能按就绪处理")
    trusted.print(PAGE, notice=lambda _: None)
    trusted.close()
    assert len(printer.wait_pages(1, LIMIT_S)) == 1


def test_told_to_stop_it_does_not_wait_for_the_paper(
    printer: VirtualPrinter, stop: threading.Event, pool: ThreadPoolExecutor
) -> None:
    asked = device(printer, stop, "GS ( H")
    assert asked.check().prints
    printer.set_condition("paperOut")
    printing = pool.submit(asked.print, PAGE, notice=lambda _: None)
    stop.set()
    with pytest.raises(Interrupted, match="程序停止"):
        printing.result(LIMIT_S)


def test_a_printer_that_takes_no_bytes_is_waited_for(stop: threading.Event, pool: ThreadPoolExecutor) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        asked = NetworkPrinter("127.0.0.1", door.getsockname()[1], fence="GS r", stop=stop, waits=QUICK)
        page = b"x" * 20_000_000
        printing = pool.submit(asked.print, page, notice=lambda _: None)
        line, _ = door.accept()
        with line:
            line.settimeout(LIMIT_S)
            first = line.recv(1)
            # Longer than every patience of this device: only the stuffed line keeps it waiting.
            assert not wait_until(printing.done, limit_s=3 * QUICK.fence_s)
            left = len(page) + 3 - len(first)
            while left:
                left -= len(line.recv(min(left, 1_000_000)))
            line.sendall(b"\x00")
            printing.result(LIMIT_S)
        asked.close()


def test_a_printer_that_was_restarted_in_between_is_reached_again(
    printer: VirtualPrinter, stop: threading.Event
) -> None:
    asked = device(printer, stop)
    assert asked.check().prints
    printer.stop()
    assert asked.check().state == "offline"
    printer.start()
    assert asked.check().prints
    asked.close()


def test_a_file_takes_the_same_bytes(tmp_path: Path) -> None:
    file = FilePrinter(tmp_path / "tickets.bin")
    assert file.check() == Condition("ready")
    file.print(PAGE, notice=lambda _: None)
    file.print(PAGE, notice=lambda _: None)
    assert (tmp_path / "tickets.bin").read_bytes() == PAGE * 2
    lost = FilePrinter(tmp_path / "none" / "tickets.bin")
    assert lost.check().state == "offline"
    with pytest.raises(Interrupted, match="写不进"):
        lost.print(PAGE, notice=lambda _: None)
