"""The one typeface of papers: what it can draw, and how wide text is."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from importlib.resources import files
from io import BytesIO
from typing import TYPE_CHECKING

from edge_bridge.rendering.breaking import broken

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

MISSING = "〓"
"""Printed for what the typeface cannot draw, as Chinese typesetters do (geta)."""

_FONT_FILE = "NotoSansCJKsc-Bold-gbk.otf"


def printable(text: str) -> str:
    """The text as one line that can be drawn: white space becomes a space, what cannot be drawn `〓`.

    Control characters are replaced too, so that no text can carry a printer command. Joiners and variation
    selectors, invisible by themselves, are dropped.
    """
    drawable = _characters()
    return "".join(
        " " if char.isspace() else char if char in drawable else MISSING
        for char in unicodedata.normalize("NFC", text).strip()
        if char.isspace() or not invisible(char)
    )


def wrap(text: str, *, size: int, width: int) -> list[str]:
    """The text in lines at most `width` dots wide, broken as Chinese is set."""
    return broken(printable(text), width=width, measure=lambda part: text_width(part, size=size))


def text_width(text: str, *, size: int) -> int:
    """How many dots wide a line of text is."""
    return round(sum(_advance(char, size) for char in text))


def fitting_size(text: str, *, width: int, sizes: tuple[int, ...]) -> int:
    """The first of `sizes` (large to small) at which the line fits; the smallest if none does."""
    return next((size for size in sizes if text_width(text, size=size) <= width), sizes[-1])


def invisible(char: str) -> bool:
    """Whether the character is a joiner or variation selector, which shows nothing by itself."""
    return unicodedata.category(char) == "Cf" or "\ufe00" <= char <= "\ufe0f"


@lru_cache(maxsize=16)
def face(size: int) -> FreeTypeFont:
    """The typeface with an em of `size` dots. Basic layout: the same dots with and without libraqm."""
    from PIL import ImageFont

    return ImageFont.truetype(BytesIO(_font_bytes()), size, layout_engine=ImageFont.Layout.BASIC)


@lru_cache(maxsize=1)
def _font_bytes() -> bytes:
    return (files("edge_bridge.rendering") / "fonts" / _FONT_FILE).read_bytes()


@lru_cache(maxsize=1)
def _characters() -> frozenset[str]:
    return frozenset((files("edge_bridge.rendering") / "fonts" / "characters.txt").read_text("utf-8"))


@lru_cache(maxsize=4096)
def _advance(char: str, size: int) -> float:
    return face(size).getlength(char)
