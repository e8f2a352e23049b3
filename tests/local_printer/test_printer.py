"""The virtual printer prints to pictures, answers as printers do, and fails on demand."""

from __future__ import annotations

import json
import socket
from datetime import datetime
from pathlib import Path

import pytest
from PIL import Image

from edge_bridge.rendering.gbk import text_bytes
from edge_bridge.rendering.raster import page_bytes
from scripts.local.printer import PrinterCondition, VirtualPrinter
from tests.local_printer.conftest import Connect, answer
from tests.rendering.tickets import NEW, drawn

FENCE = b"\x1d(H\x06\x0000"
STATUS = b"\x10\x04"
TICKET = page_bytes(drawn(NEW, width_dots=576))


def test_a_ticket_comes_out_as_a_picture_that_a_scanner_reads(printer: VirtualPrinter, connect: Connect) -> None:
    connect().sendall(TICKET)
    [page] = printer.wait_pages(1, 10)
    assert (page.number, page.path.name, page.codes, page.text) == (1, "0001.png", (NEW.job_id,), "")
    with Image.open(page.path) as picture:
        assert (picture.width, picture.mode) == (576, "1")
    [line] = (page.path.parent / "pages.jsonl").read_text("utf-8").splitlines()
    record = json.loads(line)
    assert (record["number"], record["file"], record["codes"]) == (1, "0001.png", [NEW.job_id])
    assert datetime.fromisoformat(record["at"]) == page.at


def test_text_mode_is_read_as_chinese(printer: VirtualPrinter, connect: Connect) -> None:
    connect().sendall(text_bytes(["热菜 新单", "宫保鸡丁 ×2"]))
    [page] = printer.wait_pages(1, 10)
    assert page.text == "热菜 新单\n宫保鸡丁 ×2\n"


def test_clients_at_once_do_not_mix_their_papers(printer: VirtualPrinter, connect: Connect) -> None:
    one, two = connect(), connect()
    one.sendall(TICKET[:20_000])
    two.sendall(text_bytes(["二号"]))
    [page] = printer.wait_pages(1, 10)
    assert (page.codes, page.text) == ((), "二号\n")
    one.sendall(TICKET[20_000:])
    assert printer.wait_pages(2, 10)[1].codes == (NEW.job_id,)


def test_paper_left_uncut_is_the_top_of_the_next_page(printer: VirtualPrinter, connect: Connect) -> None:
    gone = connect()
    gone.sendall(b"half\n" + FENCE + b"gone")
    assert answer(gone, 7) == b'7"gone\x00'
    gone.shutdown(socket.SHUT_WR)
    assert answer(gone, 1) == b""
    connect().sendall(b"next\n\x1dV\x01")
    assert [page.text for page in printer.wait_pages(1, 10)] == ["half\nnext\n"]


def test_the_fence_is_answered_after_the_page_is_out(printer: VirtualPrinter, connect: Connect) -> None:
    connection = connect()
    connection.sendall(TICKET + FENCE + b"a1~ ")
    assert answer(connection, 7) == b'7"a1~ \x00'
    assert [page.codes for page in printer.pages] == [(NEW.job_id,)]


@pytest.mark.parametrize(
    ("condition", "answers"),
    [
        ("ready", b"\x12\x12\x12\x12"),
        ("paperLow", b"\x12\x12\x12\x1e"),
        ("paperOut", b"\x1a\x32\x12\x7e"),
        ("coverOpen", b"\x1a\x16\x12\x12"),
        ("mute fence", b"\x12\x12\x12\x12"),
    ],
)
def test_status_is_answered_at_once(
    printer: VirtualPrinter, connect: Connect, condition: PrinterCondition, answers: bytes
) -> None:
    printer.set_condition(condition)
    connection = connect()
    connection.sendall(TICKET + b"".join(STATUS + bytes((question,)) for question in (1, 2, 3, 4)))
    assert answer(connection, 4) == answers


@pytest.mark.parametrize("condition", ["paperOut", "coverOpen"])
def test_what_waits_for_paper_comes_out_later_even_for_a_client_that_left(
    printer: VirtualPrinter, connect: Connect, condition: PrinterCondition
) -> None:
    printer.set_condition(condition)
    waiting, left = connect(), connect()
    left.sendall(TICKET)
    left.shutdown(socket.SHUT_WR)
    assert answer(left, 1) == b""
    waiting.sendall(TICKET + FENCE + b"wait" + STATUS + b"\x01")
    assert answer(waiting, 1) == b"\x1a"
    assert printer.pages == []
    printer.set_condition("ready")
    assert answer(waiting, 7) == b'7"wait\x00'
    assert [page.codes for page in printer.wait_pages(2, 10)] == [(NEW.job_id,)] * 2


def test_offline_hangs_up_and_refuses_until_it_is_back_on_the_same_port(
    printer: VirtualPrinter, connect: Connect
) -> None:
    connection, port = connect(), printer.port
    connection.sendall(STATUS + b"\x01")
    assert answer(connection, 1) == b"\x12"
    printer.set_condition("offline")
    assert answer(connection, 1) == b""
    with pytest.raises(ConnectionRefusedError):
        connect()
    printer.set_condition("ready")
    connect().sendall(TICKET)
    assert len(printer.wait_pages(1, 10)) == 1
    assert printer.port == port


def test_silent_prints_and_answers_nothing(printer: VirtualPrinter, connect: Connect) -> None:
    printer.set_condition("silent")
    connection = connect()
    connection.sendall(STATUS + b"\x01" + TICKET + FENCE + b"abcd" + b"\x1dr\x01" + TICKET)
    printer.wait_pages(2, 10)
    printer.set_condition("ready")
    connection.sendall(FENCE + b"last")
    assert answer(connection, 7) == b'7"last\x00'


def test_mute_fence_withholds_the_fence_only(printer: VirtualPrinter, connect: Connect) -> None:
    printer.set_condition("mute fence")
    connection = connect()
    connection.sendall(TICKET + FENCE + b"abcd" + b"\x1dr\x01")
    assert answer(connection, 1) == b"\x00"
    assert len(printer.pages) == 1


def test_paper_low_shows_in_the_queued_status_too(printer: VirtualPrinter, connect: Connect) -> None:
    printer.set_condition("paperLow")
    connection = connect()
    connection.sendall(b"\x1dr\x01")
    assert answer(connection, 1) == b"\x03"


def test_numbers_go_on_in_the_same_folder(tmp_path: Path) -> None:
    for number in (1, 2):
        printer = VirtualPrinter(tmp_path, width_dots=384)
        printer.start()
        try:
            with socket.create_connection(("127.0.0.1", printer.port), timeout=10) as connection:
                connection.sendall(text_bytes(["x"]))
                [page] = printer.wait_pages(1, 10)
        finally:
            printer.stop()
        assert page.number == number
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0001.png", "0002.png", "pages.jsonl"]


def test_waiting_in_vain_says_how_many_came(printer: VirtualPrinter) -> None:
    with pytest.raises(TimeoutError, match=r"^0 of 1 pages came out in 0\.05 s$"):
        printer.wait_pages(1, 0.05)


def test_unknown_commands_are_counted(printer: VirtualPrinter, connect: Connect) -> None:
    connection = connect()
    connection.sendall(b"\x1b\xff\x1b\xfe" + STATUS + b"\x01")
    assert answer(connection, 1) == b"\x12"
    assert printer.unknown_commands == 2
