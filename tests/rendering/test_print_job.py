"""A print job is the picture, a feed and a cut, and nothing a guest wrote can add to it."""

from __future__ import annotations

import pytest
from escpos.printer import Dummy
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from edge_bridge.rendering.gbk import columns, gbk_bytes, text_bytes
from edge_bridge.rendering.raster import page_bytes
from scripts.local.escpos_decoder import Command, EscPosDecoder
from scripts.local.paper import Paper
from tests.rendering.golden import WIDTHS
from tests.rendering.tickets import NEW, drawn, ticket_with

HOSTILE = "\x1b@\x1dV\x00\x1bp0\x10\x04\x01鱼\n\n\x1c."


@pytest.mark.parametrize("width_dots", WIDTHS)
def test_the_paper_shows_the_picture_dot_for_dot(width_dots: int) -> None:
    image = drawn(NEW, width_dots=width_dots)
    paper = _printed(page_bytes(image), width_dots)
    assert paper.crop((0, 0, *image.size)).convert("1").tobytes() == image.tobytes()


def test_a_width_that_is_no_multiple_of_eight_gets_a_white_edge() -> None:
    paper = _printed(page_bytes(Image.new("1", (13, 3), 0)), 16)
    assert [paper.getpixel((x, 0)) for x in (0, 12, 13, 15)] == [0, 0, 255, 255]


def test_python_escpos_draws_the_same_dots() -> None:
    image = drawn(NEW, width_dots=576)
    theirs = Dummy()
    theirs.image(image, center=False)
    paper = _printed(theirs.output, 576)
    assert paper.crop((0, 0, *image.size)).convert("1").tobytes() == image.tobytes()


def test_a_job_is_reset_bands_feed_cut() -> None:
    names = [command.name for command in _commands(page_bytes(Image.new("1", (576, 300), 255)))]
    assert names == [b"\x1b@", b"\x1dv0", b"\x1dv0", b"\x1dv0", b"\x1bd", b"\x1dV"]


def test_commands_in_names_and_notes_are_drawn_as_text() -> None:
    line = NEW.lines[0].model_copy(update={"name": HOSTILE, "note": HOSTILE, "modifiers": (HOSTILE,)})
    job = page_bytes(drawn(ticket_with(lines=(line,), note=HOSTILE, shop_name=HOSTILE), width_dots=576))
    names = [command.name for command in _commands(job)]
    assert set(names) == {b"\x1b@", b"\x1dv0", b"\x1bd", b"\x1dV"}
    assert names.count(b"\x1dV") == 1


def test_text_mode_is_gbk_between_the_chinese_switches() -> None:
    assert text_bytes(["鱼 ×2"]) == b"\x1b@\x1bt\x00\x1c&" + "鱼 ×2".encode("gbk") + b"\n\x1c.\x1bd\x04\x1dV\x01"


@pytest.mark.parametrize(("text", "shown"), [("¥12", "￥12"), ("🌶️辣", "〓辣"), ("a\nb", "a b"), (HOSTILE[:2], "〓@")])
def test_text_mode_replaces_what_gbk_lacks(text: str, shown: str) -> None:
    assert gbk_bytes(text).decode("gbk") == shown


@given(st.text())
def test_text_mode_never_sends_a_control_byte(text: str) -> None:
    assert all(byte >= 0x20 and byte != 0x7F for byte in gbk_bytes(text))


def test_a_character_is_as_wide_as_its_gbk_bytes() -> None:
    assert columns("鱼 x2") == 5


def _commands(job: bytes) -> list[Command]:
    return list(EscPosDecoder().feed(job))


def _printed(job: bytes, width_dots: int) -> Image.Image:
    paper = Paper(width_dots)
    for command in _commands(job):
        paper.apply(command)
    return paper.image()
