"""Tickets as a lunch brings them, for the golden images and the tests."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from PIL.Image import Image

from edge_bridge.rendering.ticket import render_ticket
from shared.contracts.events import Kept, Ticket, TicketLine
from shared.contracts.slips import TicketLook

JIYUAN = ZoneInfo("Asia/Shanghai")
PLACED_AT = datetime(2026, 11, 24, 4, 31, tzinfo=timezone.utc)
PRINTED_AT = datetime(2026, 11, 24, 4, 32, tzinfo=timezone.utc)

CARP = TicketLine(
    line_id="l1",
    name="红烧黄河鲤鱼",
    quantity=1,
    specs=("大份",),
    modifiers=("微辣", "加豆腐 ×2", "多放香菜"),
    note="鱼头单独装，给老人",
)
LAMB = TicketLine(line_id="l2", name="济源土馍炒羊肉（家庭装特大份）", quantity=2, modifiers=("加辣",))
NOODLES = TicketLine(line_id="l3", name="手擀面", quantity=12)
SOUP = TicketLine(
    line_id="l4",
    name="胡辣汤🌶️套餐",
    quantity=2,
    modifiers=("油条", "煎饼馃子", "加蛋 ×2", "小米粥"),
    was="×1 小份",
)

NEW = Ticket(
    job_id="o-1124-0037:1:hot:1",
    kind="new",
    station="hot",
    station_name="热菜",
    shop_name="豫味坊·宣化街店",
    order_id="o-1124-0037",
    order_no="1124-0037",
    round=1,
    revision=1,
    table_name="12号桌",
    guests=4,
    lines=(CARP, LAMB, NOODLES),
    note="先上凉菜，小孩不吃辣，请少盐",
    placed_at=PLACED_AT,
)


def ticket_with(**changes: object) -> Ticket:
    """The new ticket with some fields changed."""
    return Ticket.model_validate({**dict(NEW), **changes})


GOLDEN: dict[str, tuple[Ticket, int]] = {
    "new": (NEW, 1),
    "add": (ticket_with(kind="add", round=2, lines=(NOODLES,), note=""), 1),
    "change-pass": (
        ticket_with(
            kind="change",
            is_pass=True,
            station="pass",
            station_name="出餐口",
            revision=2,
            table_name=None,
            pickup_no="A012",
            guests=None,
            lines=(SOUP,),
            note="",
        ),
        1,
    ),
    "void-marked": (ticket_with(kind="void", revision=3, lines=(CARP, LAMB), note=""), 2),
    "void-reason": (ticket_with(kind="void", revision=3, lines=(LAMB,), note="客人等太久"), 1),
    "rush": (ticket_with(kind="rush", table_name="牡丹厅（二楼东侧大包间）", guests=16, lines=(LAMB,), note=""), 1),
    "move": (
        ticket_with(kind="move", revision=2, table_name="3号桌", lines=(NOODLES, LAMB), note="12号桌 → 3号桌"),
        1,
    ),
    "takeaway": (
        ticket_with(
            table_name=None,
            pickup_no="A012",
            guests=None,
            lines=(NOODLES,),
            note="",
            takeaway=True,
            pickup_at=PLACED_AT + timedelta(hours=1),
        ),
        1,
    ),
    "booking": (
        ticket_with(
            job_id="b-1124-0007.pass.booking.1",
            kind="booking",
            station="pass",
            station_name="出餐口",
            guests=6,
            lines=(CARP.model_copy(update={"specs": (), "modifiers": (), "note": ""}), NOODLES),
            note="要靠窗的位置",
            placed_at=PLACED_AT - timedelta(days=2),
            kept=Kept(at=PLACED_AT + timedelta(hours=2), name="王女士", phone="138****8000"),
        ),
        1,
    ),
    "look-huge": (
        ticket_with(look=TicketLook(footer=("少油少盐",), dish_size="huge", hide=("guests", "round", "shopName"))),
        1,
    ),
    "look-normal-void": (ticket_with(kind="void", look=TicketLook(dish_size="normal", hide=("placedAt",))), 1),
    "long": (
        ticket_with(
            lines=(
                TicketLine(
                    line_id="l5",
                    name="老火慢炖王屋山野生菌土鸡煲配手工玉米面贴饼子",
                    quantity=1,
                    specs=("整只约三斤",),
                    note="客人对花生过敏，千万不要放花生碎和花生油，锅也请先洗干净，谢谢师傅！",
                ),
            ),
            note="",
        ),
        1,
    ),
}
"""Name of the golden image → the ticket and its copy."""


def drawn(ticket: Ticket, *, width_dots: int, copy: int = 1) -> Image:
    """The ticket as the store PC draws it, as the 37th of its printer."""
    return render_ticket(ticket, seq=37, width_dots=width_dots, copy=copy, now=PRINTED_AT, zone=JIYUAN)
