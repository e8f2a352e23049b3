"""A layout as a picture: black dots, readable at arm's length, on paper of either width."""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch
from typing import TYPE_CHECKING

from edge_bridge.rendering.breaking import side_by_side
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
from edge_bridge.rendering.qr import qr_image
from edge_bridge.rendering.sheet import Sheet
from edge_bridge.rendering.typeface import MISSING, fitting_size, printable, text_width, wrap

if TYPE_CHECKING:
    from PIL.Image import Image

_DISH_PERCENT: dict[Size, int] = {"small": 60, "normal": 75, "large": 100, "huge": 130}
NARROW_DOTS, WIDE_DOTS = 384, 576
"""Paper of 58 mm and 80 mm at 8 dots per mm."""


@dataclass(frozen=True)
class Scale:
    """Em sizes in dots for one width of paper."""

    head: int
    whom: tuple[int, ...]
    clock: int
    dish: int
    detail: int
    foot: int
    qr_dot: int
    text: dict[Size, int]
    quantity: int
    amount: int
    """How wide the columns of quantity and amount are."""


_NARROW = Scale(
    head=38, whom=(92, 76, 60, 46), clock=32, dish=42, detail=30, foot=22, qr_dot=4,
    text={"small": 20, "normal": 24, "large": 32, "huge": 40}, quantity=44, amount=104,
)  # fmt: skip
_WIDE = Scale(
    head=48, whom=(128, 104, 84, 64), clock=44, dish=56, detail=38, foot=28, qr_dot=5,
    text={"small": 24, "normal": 28, "large": 40, "huge": 52}, quantity=60, amount=140,
)  # fmt: skip


def painted(layout: Layout, *, width_dots: int) -> Image:
    """The paper in mode "1"."""
    scale = _WIDE if width_dots >= WIDE_DOTS else _NARROW
    sheet = Sheet(width_dots)
    for block in layout:
        _draw(block, sheet, scale)
    return sheet.image()


@singledispatch
def _draw(block: Block, _sheet: Sheet, _scale: Scale) -> None:
    """Put one block on the sheet, and move on below it."""
    raise TypeError(f"nobody knows how to draw {block}")


@_draw.register(Banner)
def _banner(block: Banner, sheet: Sheet, scale: Scale) -> None:
    size = fitting_size(
        block.text, width=sheet.width - 16, sizes=(scale.head, scale.head * 4 // 5, scale.head * 3 // 5)
    )
    height = size + 24
    sheet.box(0, sheet.y, sheet.width - 1, sheet.y + height - 1)
    sheet.text(
        block.text, x=(sheet.width - text_width(block.text, size=size)) // 2, y=sheet.y + 12, size=size, white=True
    )
    sheet.y += height + 10


@_draw.register(Heading)
def _heading(block: Heading, sheet: Sheet, scale: Scale) -> None:
    pad = 12 if block.is_marked else 0
    left = sheet.width - 2 * pad - text_width(block.right, size=scale.head) - scale.head // 2
    lines = wrap(block.left, size=scale.head, width=left)[:2] or [MISSING]
    height = scale.head * len(lines) + (20 if block.is_marked else 8)
    if block.is_marked:
        sheet.box(0, sheet.y, sheet.width - 1, sheet.y + height - 1)
    top = sheet.y + (height - scale.head * len(lines)) // 2
    for row, line in enumerate(lines):
        sheet.text(line, x=pad, y=top + row * scale.head, size=scale.head, white=block.is_marked)
    sheet.text_right(block.right, right=sheet.width - pad, y=top, size=scale.head, white=block.is_marked)
    sheet.y += height + 8


@_draw.register(Whom)
def _whom(block: Whom, sheet: Sheet, scale: Scale) -> None:
    """The name as large as it fits beside the facts."""
    widest = max(text_width(block.clock, size=scale.clock), text_width(block.aside, size=scale.clock))
    room = sheet.width - widest - 16
    name = printable(block.name)
    size = fitting_size(name, width=room, sizes=scale.whom)
    lines = wrap(name, size=size, width=room) or [MISSING]
    for row, line in enumerate(lines):
        sheet.text(line, x=0, y=sheet.y + row * (size + 6), size=size)
    height = max((size + 6) * len(lines) - 6, scale.clock * 2 + 10)
    bottom = sheet.y + height
    sheet.text_right(block.clock, right=sheet.width, y=bottom - scale.clock - 2, size=scale.clock)
    if block.aside:
        sheet.text_right(block.aside, right=sheet.width, y=bottom - scale.clock * 2 - 12, size=scale.clock)
    sheet.y = bottom + 14


@_draw.register(Facts)
def _facts(block: Facts, sheet: Sheet, scale: Scale) -> None:
    for text in _listed(block.facts, size=scale.detail, width=sheet.width):
        _row(sheet, text, x=0, size=scale.detail)
    sheet.y += 8


@_draw.register(Tag)
def _tag(block: Tag, sheet: Sheet, scale: Scale) -> None:
    right = _label(sheet, block.label, x=0, y=sheet.y, size=scale.clock) if block.label else -10
    sheet.text(block.text, x=right + 10, y=sheet.y, size=scale.clock)
    sheet.y += scale.clock + 12


@_draw.register(Note)
def _note(block: Note, sheet: Sheet, scale: Scale) -> None:
    _noted(sheet, block.label, block.text, size=scale.detail, x=0)
    sheet.y += 8


@_draw.register(Dish)
def _dish(block: Dish, sheet: Sheet, scale: Scale) -> None:
    """Name and quantity large; what it was, specs with modifiers, and the note under it."""
    size = scale.dish * _DISH_PERCENT[block.size] // 100
    _name(sheet, block, size=size)
    indent = size // 2
    width = sheet.width - indent
    if block.was is not None:
        for text in wrap(f"原：{block.was}", size=scale.detail, width=width):
            _row(sheet, text, x=indent, size=scale.detail)
    for text in _listed(block.details, size=scale.detail, width=width):
        _row(sheet, text, x=indent, size=scale.detail)
    if printable(block.note):
        _noted(sheet, "备注", block.note, size=scale.detail, x=indent)
    sheet.y += 6
    sheet.dashes(y=sheet.y)
    sheet.y += 14


def _name(sheet: Sheet, block: Dish, *, size: int) -> None:
    quantity = f"×{block.quantity}"
    quantity_width = text_width(quantity, size=size)
    left = 0
    if block.is_void:
        left = _label(sheet, "退", x=0, y=sheet.y, size=size) + size // 4
    several = block.quantity > 1
    if several:
        edge = sheet.width - quantity_width - 16
        sheet.box(edge, sheet.y - 4, sheet.width - 1, sheet.y + size + 3)
    sheet.text_right(quantity, right=sheet.width - 8, y=sheet.y, size=size, white=several)
    for text in wrap(block.name, size=size, width=sheet.width - left - quantity_width - 28) or [MISSING]:
        sheet.text(text, x=left, y=sheet.y, size=size)
        if block.is_void:
            middle = sheet.y + size // 2
            sheet.box(left - 4, middle - 3, left + text_width(text, size=size) + 4, middle + 2)
        sheet.y += size + 8


@_draw.register(Foot)
def _foot(block: Foot, sheet: Sheet, scale: Scale) -> None:
    """The number and the small facts at the left, the code at the right."""
    code = qr_image(block.code, dot=scale.qr_dot, quiet=2)
    top = sheet.y
    sheet.picture(code, x=sheet.width - code.width, y=top)
    width = sheet.width - code.width - 12
    _row(sheet, block.lead, x=0, size=scale.detail)
    for text in _listed(block.facts, size=scale.foot, width=width):
        sheet.text(text, x=0, y=sheet.y, size=scale.foot)
        sheet.y += scale.foot + 6
    sheet.y = max(sheet.y, top + code.height) + 4


@_draw.register(Centred)
def _centred(block: Centred, sheet: Sheet, scale: Scale) -> None:
    size = scale.text[block.size]
    for text in wrap(block.text, size=size, width=sheet.width):
        _row(sheet, text, x=(sheet.width - text_width(text, size=size)) // 2, size=size)


@_draw.register(Pair)
def _pair(block: Pair, sheet: Sheet, scale: Scale) -> None:
    """The right side whole, the left in as many lines as it needs beside it."""
    size = scale.text[block.size]
    air = 8 if block.size == "huge" else 0
    sheet.y += air
    right = printable(block.right)
    sheet.text_right(right, right=sheet.width, y=sheet.y, size=size)
    room = sheet.width - text_width(right, size=size) - size // 2
    for text in wrap(block.left, size=size, width=room) or [""]:
        _row(sheet, text, x=0, size=size)
    sheet.y += air


@_draw.register(Charge)
def _charge(block: Charge, sheet: Sheet, scale: Scale) -> None:
    """The name in as many lines as it needs, quantity and amount at the end of their columns beside the first."""
    size = scale.text["small" if block.is_head else block.size]
    wider = scale.text[block.size] / scale.text["normal"]
    amount, quantity = round(scale.amount * wider), round(scale.quantity * wider)
    edge = sheet.width - amount
    sheet.text_right(block.amount, right=sheet.width, y=sheet.y, size=size)
    sheet.text_right(block.quantity, right=edge, y=sheet.y, size=size)
    for text in wrap(block.name, size=size, width=edge - quantity) or [MISSING]:
        _row(sheet, text, x=0, size=size)
    small = scale.text["small"]
    for text in _listed(block.details, size=small, width=edge - quantity - size // 2):
        _row(sheet, text, x=size // 2, size=small)


@_draw.register(Line)
def _line(block: Line, sheet: Sheet, _scale: Scale) -> None:
    if block.is_solid:
        sheet.rule(y=sheet.y)
    else:
        sheet.dashes(y=sheet.y)
    sheet.y += 14


@_draw.register(Code)
def _code(block: Code, sheet: Sheet, scale: Scale) -> None:
    code = qr_image(block.text, dot=scale.qr_dot - 1, quiet=2)
    sheet.picture(code, x=(sheet.width - code.width) // 2, y=sheet.y)
    sheet.y += code.height + 4


def _noted(sheet: Sheet, label: str, note: str, *, size: int, x: int) -> None:
    """An inverted label and the note beside it, further lines under the note's first character."""
    left = _label(sheet, label, x=x, y=sheet.y, size=size) + 10
    for text in wrap(note, size=size, width=sheet.width - left):
        _row(sheet, text, x=left, size=size)


def _label(sheet: Sheet, text: str, *, x: int, y: int, size: int) -> int:
    """White on black; returns its right edge."""
    right = x + text_width(text, size=size) + 12
    sheet.box(x, y - 2, right, y + size + 3)
    sheet.text(text, x=x + 6, y=y, size=size, white=True)
    return right


def _row(sheet: Sheet, text: str, *, x: int, size: int) -> None:
    sheet.text(text, x=x, y=sheet.y, size=size)
    sheet.y += size + 8


def _listed(items: tuple[str, ...], *, size: int, width: int) -> list[str]:
    """Small facts side by side."""
    shown = tuple(printable(item) for item in items)
    return side_by_side(shown, width=width, measure=lambda text: text_width(text, size=size))
