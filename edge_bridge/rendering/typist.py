"""A layout in the printer's own characters, for slow lines and worn heads: one column per GBK byte."""

from __future__ import annotations

from functools import singledispatch

from edge_bridge.rendering.breaking import broken, side_by_side
from edge_bridge.rendering.commands import CUT, FEED_TO_CUTTER, RESET
from edge_bridge.rendering.gbk import CHINESE_OFF, CHINESE_ON, CODE_PAGE_437, columns, gbk_bytes
from edge_bridge.rendering.layout import (
    Banner,
    Block,
    Centred,
    Charge,
    Code,
    Dish,
    Facts,
    Foot,
    Heading,
    Layout,
    Line,
    Note,
    Pair,
    Size,
    Tag,
    Whom,
)

NARROW_COLUMNS, WIDE_COLUMNS = 32, 48
"""Paper of 58 mm and 80 mm."""
_SIZES: dict[Size, tuple[int, int]] = {"small": (1, 1), "normal": (1, 1), "large": (1, 2), "huge": (2, 2)}
_DISH_SIZES: dict[Size, tuple[int, int]] = {"small": (1, 1), "normal": (1, 2), "large": (2, 2), "huge": (2, 3)}
"""How many times as wide and as high."""


def typed(layout: Layout, *, width: int) -> bytes:
    """The print job: set up, every line, feed, cut."""
    sheet = Sheet(width)
    for block in layout:
        _type(block, sheet)
    head = RESET + CODE_PAGE_437 + CHINESE_ON
    return head + bytes(sheet.body) + CHINESE_OFF + FEED_TO_CUTTER + CUT


class Sheet:
    """The bytes of a paper that grows line by line."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.body = bytearray()

    def put(self, text: str, *, wide: int = 1, high: int = 1, is_inverse: bool = False) -> None:
        """Text within a line."""
        style = bytes(((wide - 1) << 4 | (high - 1),))
        shown = gbk_bytes(text)
        if style != b"\0":
            shown = b"\x1d!" + style + shown + b"\x1d!\0"
        self.body += b"\x1dB\x01" + shown + b"\x1dB\0" if is_inverse else shown

    def end(self) -> None:
        """The end of a line."""
        self.body += b"\n"

    def line(self, text: str, *, wide: int = 1, high: int = 1, is_inverse: bool = False) -> None:
        """A whole line."""
        self.put(text, wide=wide, high=high, is_inverse=is_inverse)
        self.end()

    def lines(self, text: str, *, wide: int = 1, high: int = 1, indent: int = 0) -> None:
        """As many lines as the text needs."""
        for part in _broken(text, self.width // wide - indent):
            self.line(" " * indent + part, wide=wide, high=high)

    def edges(self, left: str, right: str, *, wide: int = 1, high: int = 1, is_inverse: bool = False) -> None:
        """The right side whole at its edge, the left in as many lines as it needs beside it."""
        width = self.width // wide
        room = max(width - columns(right) - 1, 4)
        first, *more = _broken(left, room) or [""]
        gap = " " * max(width - columns(first) - columns(right), 1)
        self.line(f"{first}{gap}{right}", wide=wide, high=high, is_inverse=is_inverse)
        for part in more:
            self.line(part + " " * (width - columns(part)), wide=wide, high=high, is_inverse=is_inverse)

    def code(self, text: str) -> None:
        """A code to scan, in the middle, drawn by the printer."""
        data = text.encode("ascii", "replace")
        length = (len(data) + 3).to_bytes(2, "little")
        model_size_level = b"\x1d(k\x04\x001A2\0" + b"\x1d(k\x03\x001C\x05" + b"\x1d(k\x03\x001E1"
        self.body += b"\x1ba\x01" + model_size_level + b"\x1d(k" + length + b"1P0" + data
        self.body += b"\x1d(k\x03\x001Q0" + b"\x1ba\0"


def _broken(text: str, width: int) -> list[str]:
    return broken(_clean(text), width=max(width, 4), measure=columns)


def _listed(items: tuple[str, ...], width: int) -> list[str]:
    return side_by_side(tuple(_clean(item) for item in items), width=width, measure=columns)


def _clean(text: str) -> str:
    """What will be on paper, so that what is measured is what is printed."""
    return gbk_bytes(text).decode("gbk").strip()


@singledispatch
def _type(block: Block, _sheet: Sheet) -> None:
    """Write one block."""
    raise TypeError(f"nobody knows how to write {block}")


@_type.register(Banner)
def _banner(block: Banner, sheet: Sheet) -> None:
    wide = 2 if columns(block.text) <= sheet.width // 2 else 1
    width = sheet.width // wide
    for part in _broken(block.text, width):
        before = (width - columns(part)) // 2
        sheet.line(" " * before + part + " " * (width - before - columns(part)), wide=wide, high=2, is_inverse=True)


@_type.register(Heading)
def _heading(block: Heading, sheet: Sheet) -> None:
    wide = 2 if columns(block.left) + columns(block.right) < sheet.width // 2 else 1
    sheet.edges(block.left, block.right, wide=wide, high=2, is_inverse=block.is_marked)


@_type.register(Whom)
def _whom(block: Whom, sheet: Sheet) -> None:
    wide = 3 if columns(block.name) <= sheet.width // 3 else 2
    sheet.lines(block.name, wide=wide, high=wide)
    sheet.edges(block.aside, block.clock)


@_type.register(Tag)
def _tag(block: Tag, sheet: Sheet) -> None:
    label = f" {block.label} " if block.label else ""
    wide = 2 if columns(f"{label} {block.text}") <= sheet.width // 2 else 1
    if label:
        sheet.put(label, wide=wide, high=2, is_inverse=True)
        sheet.put(" ")
    sheet.line(block.text, wide=wide, high=2)


@_type.register(Facts)
def _facts(block: Facts, sheet: Sheet) -> None:
    for text in _listed(block.facts, sheet.width):
        sheet.line(text)


@_type.register(Note)
def _note(block: Note, sheet: Sheet) -> None:
    _noted(sheet, block.label, block.text)


@_type.register(Dish)
def _dish(block: Dish, sheet: Sheet) -> None:
    """A void dish cannot be struck through in these characters: it says so instead."""
    name = f"【退】{block.name}" if block.is_void else block.name
    wide, high = _DISH_SIZES[block.size]
    sheet.edges(name, f"×{block.quantity}", wide=wide, high=high)
    if block.was is not None:
        sheet.lines(f"原：{block.was}", indent=2)
    for text in _listed(block.details, sheet.width - 2):
        sheet.line(f"  {text}", high=2)
    if _clean(block.note):
        _noted(sheet, "备注", block.note)
    sheet.line("-" * sheet.width)


@_type.register(Foot)
def _foot(block: Foot, sheet: Sheet) -> None:
    sheet.line(block.lead, high=2)
    for text in _listed(block.facts, sheet.width):
        sheet.line(text)
    sheet.code(block.code)


@_type.register(Centred)
def _centred(block: Centred, sheet: Sheet) -> None:
    wide, high = _SIZES[block.size]
    for part in _broken(block.text, sheet.width // wide):
        sheet.line(" " * ((sheet.width // wide - columns(part)) // 2) + part, wide=wide, high=high)


@_type.register(Pair)
def _pair(block: Pair, sheet: Sheet) -> None:
    wide, high = _SIZES[block.size]
    if columns(f"{block.left} {block.right}") > sheet.width // wide:
        wide = 1
    sheet.edges(block.left, _clean(block.right), wide=wide, high=high)


@_type.register(Charge)
def _charge(block: Charge, sheet: Sheet) -> None:
    """Quantity and amount in columns beside the name's first line."""
    amount = _right(block.amount, 10 if sheet.width < WIDE_COLUMNS else 12)
    sheet.edges(block.name, _right(block.quantity, 4) + amount, high=_SIZES[block.size][1])
    for text in _listed(block.details, sheet.width - 2):
        sheet.line(f"  {text}")


@_type.register(Line)
def _line(block: Line, sheet: Sheet) -> None:
    sheet.line(("=" if block.is_solid else "-") * sheet.width)


@_type.register(Code)
def _code(block: Code, sheet: Sheet) -> None:
    sheet.code(block.text)


def _noted(sheet: Sheet, label: str, note: str) -> None:
    """The label white on black and the note beside it, further lines under the note's first character."""
    indent = columns(label) + 2
    for row, text in enumerate(_broken(note, sheet.width - indent)):
        if row == 0:
            sheet.put(label, high=2, is_inverse=True)
            sheet.put("  ")
        else:
            sheet.put(" " * indent)
        sheet.line(text, high=2)


def _right(text: str, width: int) -> str:
    return " " * (width - columns(text)) + text
