"""A kitchen ticket as a picture: whose it is and which dishes, readable at arm's length (rule 28).

From the top: a banner on marked copies, station and kind, table or pick-up number, the dishes with their quantities at
the right edge, the order's note, and a foot with number, times and the QR by which a ticket is told apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from edge_bridge.rendering.qr import qr_image
from edge_bridge.rendering.sheet import Sheet
from edge_bridge.rendering.typeface import MISSING, fitting_size, printable, text_width, wrap
from shared.contracts.events import Kept, Ticket, TicketKind, TicketLine

if TYPE_CHECKING:
    from PIL.Image import Image

KIND_NAMES: dict[TicketKind, str] = {
    "new": "新单",
    "add": "加菜",
    "change": "改单",
    "void": "退菜",
    "rush": "催菜",
    "move": "转台",
    "booking": "预订提醒",
}
NOTE_NAMES: dict[TicketKind, str] = {"void": "退菜原因", "move": "转台"}
"""What the note of a ticket is, if not the whole order's."""
NARROW_DOTS, WIDE_DOTS = 384, 576
"""Paper of 58 mm and 80 mm at 8 dots per mm."""


@dataclass(frozen=True)
class _Scale:
    """Em sizes in dots for one width of paper."""

    head: int
    whom: tuple[int, ...]
    clock: int
    dish: int
    detail: int
    foot: int
    qr_dot: int


_NARROW = _Scale(head=38, whom=(92, 76, 60, 46), clock=32, dish=42, detail=30, foot=22, qr_dot=4)
_WIDE = _Scale(head=48, whom=(128, 104, 84, 64), clock=44, dish=56, detail=38, foot=28, qr_dot=5)


def render_ticket(ticket: Ticket, *, seq: int, width_dots: int, copy: int, now: datetime, zone: ZoneInfo) -> Image:
    """The ticket in mode "1". `seq` is the printer's gapless number; a `copy` from 2 on is marked as such."""
    scale = _WIDE if width_dots >= WIDE_DOTS else _NARROW
    sheet = Sheet(width_dots)
    if copy >= 2:
        _banner(sheet, f"补打 可能重复（第{copy}次）", size=scale.head)
    _head(sheet, ticket, scale)
    _whom(sheet, ticket, scale, zone)
    if ticket.kept is not None:
        _kept(sheet, ticket.kept, scale, zone)
    if ticket.takeaway or ticket.pickup_at is not None:
        _packed(sheet, ticket, scale, zone)
    sheet.rule(y=sheet.y)
    sheet.y += 14
    for line in ticket.lines:
        _dish(sheet, line, scale, void=ticket.kind == "void")
    if printable(ticket.note):
        _note(sheet, NOTE_NAMES.get(ticket.kind, "整单备注"), ticket.note, size=scale.detail, x=0)
        sheet.y += 8
    _foot(sheet, ticket, scale, seq=seq, copy=copy, now=now.astimezone(zone), placed=ticket.placed_at.astimezone(zone))
    return sheet.image()


def code_text(job_id: str, *, copy: int) -> str:
    """What the ticket's QR says: the job id, with `#` and the copy's number on marked copies."""
    return job_id if copy < 2 else f"{job_id}#{copy}"


def _banner(sheet: Sheet, text: str, *, size: int) -> None:
    size = fitting_size(text, width=sheet.width - 16, sizes=(size, size * 4 // 5, size * 3 // 5))
    height = size + 24
    sheet.box(0, sheet.y, sheet.width - 1, sheet.y + height - 1)
    sheet.text(text, x=(sheet.width - text_width(text, size=size)) // 2, y=sheet.y + 12, size=size, white=True)
    sheet.y += height + 10


def _head(sheet: Sheet, ticket: Ticket, scale: _Scale) -> None:
    """Station at the left, kind at the right; anything but a new order in an inverted bar."""
    kind = ("总单·" if ticket.is_pass else "") + KIND_NAMES[ticket.kind]
    inverted = ticket.kind != "new"
    pad = 12 if inverted else 0
    left = sheet.width - 2 * pad - text_width(kind, size=scale.head) - scale.head // 2
    lines = wrap(ticket.station_name, size=scale.head, width=left)[:2] or [MISSING]
    height = scale.head * len(lines) + (20 if inverted else 8)
    if inverted:
        sheet.box(0, sheet.y, sheet.width - 1, sheet.y + height - 1)
    top = sheet.y + (height - scale.head * len(lines)) // 2
    for row, line in enumerate(lines):
        sheet.text(line, x=pad, y=top + row * scale.head, size=scale.head, white=inverted)
    sheet.text_right(kind, right=sheet.width - pad, y=top, size=scale.head, white=inverted)
    sheet.y += height + 8


def _whom(sheet: Sheet, ticket: Ticket, scale: _Scale, zone: ZoneInfo) -> None:
    """The table or pick-up number as large as it fits, with the time placed and the guests at its right."""
    clock = (ticket.kept.at if ticket.kept else ticket.placed_at).astimezone(zone).strftime("%H:%M")
    aside = f"{ticket.guests}位" if ticket.guests else ""
    if ticket.pickup_no is not None:
        aside = "取餐号"
    room = sheet.width - max(text_width(clock, size=scale.clock), text_width(aside, size=scale.clock)) - 16
    name = printable(ticket.table_name or ticket.pickup_no or "")
    size = fitting_size(name, width=room, sizes=scale.whom)
    lines = wrap(name, size=size, width=room) or [MISSING]
    for row, line in enumerate(lines):
        sheet.text(line, x=0, y=sheet.y + row * (size + 6), size=size)
    height = max((size + 6) * len(lines) - 6, scale.clock * 2 + 10)
    bottom = sheet.y + height
    sheet.text_right(clock, right=sheet.width, y=bottom - scale.clock - 2, size=scale.clock)
    if aside:
        sheet.text_right(aside, right=sheet.width, y=bottom - scale.clock * 2 - 12, size=scale.clock)
    sheet.y = bottom + 14


def _kept(sheet: Sheet, kept: Kept, scale: _Scale, zone: ZoneInfo) -> None:
    """Whom the table is kept for, and the day."""
    told = (kept.name, *((kept.phone,) if kept.phone else ()), f"{kept.at.astimezone(zone):%m-%d %H:%M} 到店")
    for text in _listed(told, size=scale.detail, width=sheet.width):
        _row(sheet, text, x=0, size=scale.detail)
    sheet.y += 8


def _packed(sheet: Sheet, ticket: Ticket, scale: _Scale, zone: ZoneInfo) -> None:
    """That it is packed, and when it is fetched."""
    when = f"{ticket.pickup_at.astimezone(zone):%H:%M} 取餐" if ticket.pickup_at else ""
    right = _label(sheet, "打包", x=0, y=sheet.y, size=scale.clock) if ticket.takeaway else -10
    sheet.text(when, x=right + 10, y=sheet.y, size=scale.clock)
    sheet.y += scale.clock + 12


def _dish(sheet: Sheet, line: TicketLine, scale: _Scale, *, void: bool) -> None:
    """Name and quantity large; what it was, specs with modifiers, and the note under it."""
    _name(sheet, line, size=scale.dish, void=void)
    indent = scale.dish // 2
    width = sheet.width - indent
    if line.was is not None:
        for text in wrap(f"原：{line.was}", size=scale.detail, width=width):
            _row(sheet, text, x=indent, size=scale.detail)
    for text in _listed((*line.specs, *line.modifiers), size=scale.detail, width=width):
        _row(sheet, text, x=indent, size=scale.detail)
    if printable(line.note):
        _note(sheet, "备注", line.note, size=scale.detail, x=indent)
    sheet.y += 6
    sheet.dashes(y=sheet.y)
    sheet.y += 14


def _name(sheet: Sheet, line: TicketLine, *, size: int, void: bool) -> None:
    quantity = f"×{line.quantity}"
    quantity_width = text_width(quantity, size=size)
    left = 0
    if void:
        left = _label(sheet, "退", x=0, y=sheet.y, size=size) + size // 4
    several = line.quantity > 1
    if several:
        edge = sheet.width - quantity_width - 16
        sheet.box(edge, sheet.y - 4, sheet.width - 1, sheet.y + size + 3)
    sheet.text_right(quantity, right=sheet.width - 8, y=sheet.y, size=size, white=several)
    for text in wrap(line.name, size=size, width=sheet.width - left - quantity_width - 28) or [MISSING]:
        sheet.text(text, x=left, y=sheet.y, size=size)
        if void:
            middle = sheet.y + size // 2
            sheet.box(left - 4, middle - 3, left + text_width(text, size=size) + 4, middle + 2)
        sheet.y += size + 8


def _note(sheet: Sheet, label: str, note: str, *, size: int, x: int) -> None:
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
    """Specs and modifiers side by side, never broken inside one that fits on a line."""
    rows: list[str] = []
    for item in items:
        joined = f"{rows[-1]}　{printable(item)}" if rows else printable(item)
        if rows and text_width(joined, size=size) <= width:
            rows[-1] = joined
        else:
            rows.extend(wrap(item, size=size, width=width))
    return rows


def _foot(sheet: Sheet, ticket: Ticket, scale: _Scale, *, seq: int, copy: int, now: datetime, placed: datetime) -> None:
    """The sequence number and the small facts at the left, the QR at the right."""
    code = qr_image(code_text(ticket.job_id, copy=copy), dot=scale.qr_dot, quiet=2)
    top = sheet.y
    sheet.picture(code, x=sheet.width - code.width, y=top)
    width = sheet.width - code.width - 12
    _row(sheet, f"第 {seq} 张", x=0, size=scale.detail)
    facts = (
        f"单号 {ticket.order_no}",
        "预订" if ticket.kept else f"第{ticket.round}轮" + (f" 改{ticket.revision}" if ticket.revision > 1 else ""),
        f"下单 {placed:%m-%d %H:%M}",
        f"打印 {now:%m-%d %H:%M}",
        ticket.shop_name,
    )
    for text in _listed(facts, size=scale.foot, width=width):
        sheet.text(text, x=0, y=sheet.y, size=scale.foot)
        sheet.y += scale.foot + 6
    sheet.y = max(sheet.y, top + code.height) + 4
