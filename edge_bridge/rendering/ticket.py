"""A kitchen ticket, laid out: whose it is and which dishes, readable at arm's length (rule 28).

From the top: a banner on marked copies, station and kind, table or pick-up number, the dishes with their quantities at
the right edge, the order's note, and a foot with number, times and the QR by which a ticket is told apart.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from edge_bridge.rendering.layout import (
    Banner,
    Block,
    Centred,
    Dish,
    Facts,
    Foot,
    Heading,
    Layout,
    Line,
    Note,
    Tag,
    Whom,
)
from edge_bridge.rendering.paint import NARROW_DOTS, WIDE_DOTS, painted
from edge_bridge.rendering.typeface import printable
from shared.contracts.events import Ticket, TicketKind
from shared.contracts.slips import TicketLook

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["NARROW_DOTS", "WIDE_DOTS", "code_text", "render_ticket", "ticket_layout"]

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


def render_ticket(ticket: Ticket, *, seq: int, width_dots: int, copy: int, now: datetime, zone: ZoneInfo) -> Image:
    """The ticket in mode "1". `seq` is the printer's gapless number; a `copy` from 2 on is marked as such."""
    return painted(ticket_layout(ticket, seq=seq, copy=copy, now=now, zone=zone), width_dots=width_dots)


def ticket_layout(ticket: Ticket, *, seq: int, copy: int, now: datetime, zone: ZoneInfo) -> Layout:
    """What stands on the ticket, for either mode."""
    return tuple(_blocks(ticket, seq=seq, copy=copy, now=now.astimezone(zone), zone=zone))


def code_text(job_id: str, *, copy: int) -> str:
    """What a paper's QR says: the job id, with `#` and the copy's number on marked copies."""
    return job_id if copy < 2 else f"{job_id}#{copy}"


def _blocks(ticket: Ticket, *, seq: int, copy: int, now: datetime, zone: ZoneInfo) -> Iterator[Block]:
    look = ticket.look or TicketLook()
    if copy >= 2:
        yield Banner(f"补打 可能重复（第{copy}次）")
    kind = ("总单·" if ticket.is_pass else "") + KIND_NAMES[ticket.kind]
    yield Heading(ticket.station_name, kind, is_marked=ticket.kind != "new")
    yield _whom(ticket, look, zone)
    if ticket.kept is not None:
        phone = (ticket.kept.phone,) if ticket.kept.phone else ()
        yield Facts((ticket.kept.name, *phone, f"{ticket.kept.at.astimezone(zone):%m-%d %H:%M} 到店"))
    if ticket.takeaway or ticket.pickup_at is not None:
        when = f"{ticket.pickup_at.astimezone(zone):%H:%M} 取餐" if ticket.pickup_at else ""
        yield Tag("打包" if ticket.takeaway else "", when)
    yield Line(is_solid=True)
    for line in ticket.lines:
        details = (*line.specs, *line.modifiers)
        is_void = ticket.kind == "void"
        yield Dish(line.name, line.quantity, line.was, details, line.note, is_void=is_void, size=look.dish_size)
    if printable(ticket.note):
        yield Note(NOTE_NAMES.get(ticket.kind, "整单备注"), ticket.note)
    for text in look.footer:
        yield Centred(text)
    yield _foot(ticket, look, seq=seq, copy=copy, now=now, zone=zone)


def _whom(ticket: Ticket, look: TicketLook, zone: ZoneInfo) -> Whom:
    """The table or pick-up number, with the time placed and the guests."""
    clock = (ticket.kept.at if ticket.kept else ticket.placed_at).astimezone(zone).strftime("%H:%M")
    aside = f"{ticket.guests}位" if ticket.guests and "guests" not in look.hide else ""
    if ticket.pickup_no is not None:
        aside = "取餐号"
    return Whom(ticket.table_name or ticket.pickup_no or "", clock, aside)


def _foot(ticket: Ticket, look: TicketLook, *, seq: int, copy: int, now: datetime, zone: ZoneInfo) -> Foot:
    round_ = f"第{ticket.round}轮" + (f" 改{ticket.revision}" if ticket.revision > 1 else "")
    facts: dict[str, str] = {
        "orderNo": f"单号 {ticket.order_no}",
        "round": "预订" if ticket.kept else round_,
        "placedAt": f"下单 {ticket.placed_at.astimezone(zone):%m-%d %H:%M}",
        "printedAt": f"打印 {now:%m-%d %H:%M}",
        "shopName": ticket.shop_name,
    }
    shown = tuple(text for name, text in facts.items() if name not in look.hide)
    return Foot(f"第 {seq} 张", shown, code_text(ticket.job_id, copy=copy))
