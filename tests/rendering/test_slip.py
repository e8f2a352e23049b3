"""A receipt looks as approved, says which one it is, and carries nothing but text, whatever a name holds."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from edge_bridge.rendering.commands import drawer_pulse
from edge_bridge.rendering.layout import Layout, Pair
from edge_bridge.rendering.raster import page_bytes
from edge_bridge.rendering.slip import yuan
from edge_bridge.rendering.typist import typed
from scripts.local.escpos_decoder import Command, EscPosDecoder
from scripts.local.paper import Paper
from scripts.local.printer_pages import read_codes
from shared.contracts.slips import Slip, SlipCut, SlipLine
from tests.rendering.golden import COLUMNS, WIDTHS, golden_slip_path, golden_text_path, layouts
from tests.rendering.slips import CASH, GOLDEN_SLIPS, HEAD, RECEIPT, drawn_slip, laid_out, slip_with
from tests.rendering.test_print_job import HOSTILE

DOTS = {32: 384, 48: 576}
LAYOUTS = layouts()
TYPED = {
    b"\x1b@",
    b"\x1bt",
    b"\x1c&",
    b"",
    b"\n",
    b"\x1d!",
    b"\x1dB",
    b"\x1ba",
    b"\x1d(k",
    b"\x1c.",
    b"\x1bd",
    b"\x1dV",
}


def commands(job: bytes) -> list[Command]:
    decoder = EscPosDecoder()
    found = list(decoder.feed(job))
    assert decoder.unknown == 0
    return found


def on_paper(job: bytes, columns: int) -> Paper:
    paper = Paper(DOTS[columns])
    for command in commands(job):
        paper.apply(command)
    return paper


def pairs(layout: Layout) -> dict[str, str]:
    return {block.left: block.right for block in layout if isinstance(block, Pair)}


@pytest.mark.parametrize("width_dots", WIDTHS)
@pytest.mark.parametrize("name", GOLDEN_SLIPS)
def test_slip_looks_as_approved(name: str, width_dots: int) -> None:
    slip, copy = GOLDEN_SLIPS[name]
    image = drawn_slip(slip, width_dots=width_dots, copy=copy)
    with Image.open(golden_slip_path(name, width_dots)) as approved:
        assert (image.mode, image.size) == (approved.mode, approved.size)
        assert image.tobytes() == approved.tobytes()


@pytest.mark.parametrize("columns", COLUMNS)
@pytest.mark.parametrize("name", LAYOUTS)
def test_text_mode_is_as_approved_byte_by_byte(name: str, columns: int) -> None:
    assert typed(LAYOUTS[name], width=columns) == golden_text_path(name, columns).read_bytes()


@pytest.mark.parametrize("columns", COLUMNS)
@pytest.mark.parametrize("name", LAYOUTS)
def test_in_text_mode_no_line_is_broken_by_the_printer_and_the_code_is_read(name: str, columns: int) -> None:
    job = typed(LAYOUTS[name], width=columns)
    paper = on_paper(job, columns)
    [code] = read_codes(paper.image())
    assert code.encode() in job
    used, wide = 0, 1
    for command in commands(job):
        if command.name == b"\x1d!":
            wide = (command.args[0] >> 4) + 1
        elif command.name == b"\n":
            assert used <= columns
            used = 0
        elif command.name == b"":
            used += len(command.args) * wide


@pytest.mark.parametrize("width_dots", WIDTHS)
@pytest.mark.parametrize(("copy", "mark"), [(1, ""), (2, "#2"), (3, "#3")])
def test_a_scanner_reads_the_payment_and_the_copy(width_dots: int, copy: int, mark: str) -> None:
    assert read_codes(drawn_slip(RECEIPT, width_dots=width_dots, copy=copy)) == (f"{RECEIPT.job_id}{mark}",)


@pytest.mark.parametrize(
    ("slip", "told"),
    [
        (RECEIPT, {"合计": "376.00", "满300减30": "-30.00", "会员九五折券": "-17.30", "实付": "¥328.70"}),
        (RECEIPT, {"储值": "200.00", "其中 本金／赠送": "180.00／20.00", "微信支付": "128.70"}),
        (CASH, {"实付": "¥88.00", "现金": "88.00", "收款／找零": "100.00／12.00"}),
        (GOLDEN_SLIPS["receipt-part"][0], {"应付": "¥328.70", "本次支付": "¥164.35", "积分抵扣（87 分）": "4.35"}),
        (GOLDEN_SLIPS["bill-partly-paid"][0], {"应付": "¥328.70", "已付": "-144.00", "还需支付": "¥184.70"}),
        (slip_with(refunded_fen=8800), {"实付": "¥328.70", "已退款": "-88.00"}),
    ],
)
def test_what_is_paid_and_owed_stands_on_it(slip: Slip, told: dict[str, str]) -> None:
    found = pairs(laid_out(slip))
    assert {left: found.get(left) for left in told} == told


@pytest.mark.parametrize(
    ("fen", "text"), [(0, "0.00"), (5, "0.05"), (-5, "-0.05"), (123456, "1234.56"), (-100, "-1.00")]
)
def test_amounts_are_in_yuan_with_two_places(fen: int, text: str) -> None:
    assert yuan(fen) == text


def test_a_slip_asked_for_again_or_in_doubt_starts_with_a_black_banner() -> None:
    def is_black_above(name: str) -> bool:
        slip, copy = GOLDEN_SLIPS[name]
        return drawn_slip(slip, width_dots=576, copy=copy).crop((0, 0, 576, 4)).getcolors() == [(576 * 4, 0)]

    marked = {name: is_black_above(name) for name in ("receipt-cash", "receipt-again", "receipt-in-doubt")}
    assert marked == {"receipt-cash": False, "receipt-again": True, "receipt-in-doubt": True}


def hostile(text: str) -> Slip:
    head = HEAD.model_copy(update={"title": text, "lines": (text,), "address": text, "phone": text, "footer": (text,)})
    lines = (SlipLine(name=text, quantity=1, fen=1, details=(text, text)),)
    cuts = (SlipCut(name=text, fen=1),)
    return slip_with(head=head, lines=lines, cuts=cuts, table_name=text)


@pytest.mark.parametrize("columns", COLUMNS)
@pytest.mark.parametrize("text", [HOSTILE, "\x1bp\x00\x19\xfa", "\x1d(k\x03\x001Q0", "\x10\x14\x01\x00\x01"])
def test_commands_in_names_reach_neither_printer_nor_drawer(text: str, columns: int) -> None:
    raster = commands(page_bytes(drawn_slip(hostile(text), width_dots=DOTS[columns])))
    text_mode = commands(typed(laid_out(hostile(text)), width=columns))
    assert {command.name for command in raster} == {b"\x1b@", b"\x1dv0", b"\x1bd", b"\x1dV"}
    assert {command.name for command in text_mode} <= TYPED
    for job in (raster, text_mode):
        assert [command.name for command in job].count(b"\x1dV") == 1


@pytest.mark.parametrize("columns", COLUMNS)
@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=60))
def test_whatever_is_written_is_text_and_fits(columns: int, text: str) -> None:
    slip = hostile(text)
    names = {command.name for command in commands(typed(laid_out(slip), width=columns))}
    assert names <= TYPED
    assert read_codes(drawn_slip(slip, width_dots=DOTS[columns])) == (slip.job_id,)


@settings(max_examples=60, deadline=None)
@given(text=st.text(max_size=60), quantity=st.integers(1, 99))
def test_whatever_a_guest_writes_for_the_cook_is_text(text: str, quantity: int) -> None:
    from edge_bridge.rendering.ticket import ticket_layout
    from tests.rendering.tickets import CARP, JIYUAN, PRINTED_AT, ticket_with

    told: dict[str, Any] = {"name": text, "note": text, "specs": (text,), "quantity": quantity, "was": text}
    ticket = ticket_with(lines=(CARP.model_copy(update=told),), note=text, table_name=text, station_name=text)
    layout = ticket_layout(ticket, seq=1, copy=1, now=PRINTED_AT, zone=JIYUAN)
    assert {command.name for command in commands(typed(layout, width=32))} <= TYPED


@pytest.mark.parametrize(("pin", "sent"), [(2, b"\x1bp\x00\x19\xfa"), (5, b"\x1bp\x01\x19\xfa")])
def test_the_drawers_pulse_is_one_command_and_leaves_no_paper(pin: int, sent: bytes) -> None:
    assert drawer_pulse(pin) == sent
    assert commands(sent) == [Command(b"\x1bp", sent[2:])]
    assert on_paper(sent, 48).blank
