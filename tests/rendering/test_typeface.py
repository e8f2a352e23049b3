"""Text from guests is only ever drawn, and breaks where Chinese may break."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_bridge.rendering.typeface import face, fitting_size, printable, text_width, wrap


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("宫保鸡丁", "宫保鸡丁"),
        ("café ×2 ¥12", "café ×2 ¥12"),
        ("胡辣汤🌶️", "胡辣汤〓"),
        ("𠮷野家", "〓野家"),
        ("a\nb\tc\r\nd", "a b c  d"),
        ("\x1b@\x1dV\x00鱼", "〓@ V〓鱼"),
        ("加\u200b蛋", "加蛋"),
        ("  少盐 ", "少盐"),
        ("한국", "〓〓"),
    ],
)
def test_what_cannot_be_drawn_becomes_a_geta(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text())
def test_whatever_a_guest_writes_is_one_line_without_controls(text: str) -> None:
    shown = printable(text)
    assert all(char == " " or not char.isspace() for char in shown)
    assert all(ord(char) >= 0x20 and not 0x7F <= ord(char) < 0xA0 for char in shown)


@given(st.text(alphabet="宫保鸡丁，。（）abc 12", max_size=60), st.integers(120, 400))
def test_wrapped_lines_fit_and_lose_nothing_but_spaces(text: str, width: int) -> None:
    lines = wrap(text, size=40, width=width)
    assert all(text_width(line, size=40) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("红烧黄河鲤鱼", ["红烧黄河", "鲤鱼"]),
        ("红烧黄河，鲤鱼", ["红烧黄", "河，鲤鱼"]),
        ("红烧黄（鲤鱼）", ["红烧黄", "（鲤鱼）"]),
        ("鱼 2026", ["鱼", "2026"]),
        ("鱼" * 9, ["鱼" * 4, "鱼" * 4, "鱼"]),
        ("W" * 9, ["WWWW", "WWWW", "W"]),
        ("", []),
    ],
)
def test_lines_break_as_chinese_is_set(text: str, lines: list[str]) -> None:
    narrow = 160 if "2026" not in text else 100
    assert wrap(text, size=40, width=narrow) == lines


def test_the_largest_size_that_fits_is_taken() -> None:
    assert fitting_size("12号桌", width=400, sizes=(128, 104, 84)) == 104
    assert fitting_size("12号桌" * 9, width=400, sizes=(128, 104, 84)) == 84


def test_every_listed_character_is_in_the_font() -> None:
    nothing = bytes(face(20).getmask("\U0010fffd"))
    samples = "灶台豫鲤馍擀蜀氽〓×￥①é"
    assert all(printable(char) == char and bytes(face(20).getmask(char)) != nothing for char in samples)
