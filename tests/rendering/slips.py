"""Receipts and bills as a shop prints them, for the golden images and the tests."""

from __future__ import annotations

from PIL.Image import Image

from edge_bridge.rendering.layout import Layout
from edge_bridge.rendering.paint import painted
from edge_bridge.rendering.slip import slip_layout
from shared.contracts.slips import Slip, SlipCut, SlipHead, SlipLine, SlipTender
from tests.rendering.tickets import JIYUAN, PLACED_AT, PRINTED_AT

HEAD = SlipHead(
    title="豫味坊·宣化街店",
    lines=("河南省老字号 · 始于一九八六",),
    address="济源市宣化东街 88 号",
    phone="0391-000-0105",
    footer=("谢谢惠顾，欢迎再来",),
)
LINES = (
    SlipLine(name="红烧黄河鲤鱼", quantity=1, fen=8800, details=("大份", "微辣", "加豆腐 ×2")),
    SlipLine(name="济源土馍炒羊肉（家庭装特大份）", quantity=2, fen=13600, details=("加辣",)),
    SlipLine(name="手擀面", quantity=12, fen=14400),
    SlipLine(name="茶位费", quantity=4, fen=800),
)
RECEIPT = Slip(
    job_id="P3f2a9c41d07be58812345678.counter.receipt.1",
    kind="receipt",
    station="pass",
    head=HEAD,
    table_name="12号桌",
    guests=4,
    order_nos=("261124-7K3QXM2P", "261124-9BCDFGHJ"),
    lines=LINES,
    cuts=(SlipCut(name="满300减30", fen=3000), SlipCut(name="会员九五折券", fen=1730)),
    gross_fen=37600,
    due_fen=32870,
    paid_fen=32870,
    tenders=(
        SlipTender(kind="stored", fen=20000, principal_fen=18000, bonus_fen=2000),
        SlipTender(kind="wechat", fen=12870),
    ),
    payment_no="P3f2a9c41d07be58812345678",
    at=PLACED_AT,
)


def slip_with(**changes: object) -> Slip:
    """The receipt with some fields changed."""
    return Slip.model_validate({**dict(RECEIPT), **changes})


CASH = slip_with(
    table_name=None,
    pickup_no="A012",
    guests=None,
    order_nos=("261124-7K3QXM2P",),
    lines=LINES[:1],
    cuts=(),
    gross_fen=8800,
    due_fen=8800,
    paid_fen=8800,
    tenders=(SlipTender(kind="cash", fen=8800, handed_fen=10000, change_fen=1200),),
)
GOLDEN_SLIPS: dict[str, tuple[Slip, int]] = {
    "receipt": (RECEIPT, 1),
    "receipt-cash": (CASH, 1),
    "receipt-again": (CASH.model_copy(update={"copy_no": 2}), 1),
    "receipt-in-doubt": (CASH, 2),
    "receipt-part": (
        slip_with(
            paid_fen=16435,
            tenders=(SlipTender(kind="points", fen=435, points=87), SlipTender(kind="card", fen=16000)),
        ),
        1,
    ),
    "receipt-look": (
        slip_with(
            head=SlipHead(
                title="豫味坊", lines=("宣化街店", "河南省老字号"), address="济源市", phone="0391-000-0105",
                footer=("发票请找收银台", "欢迎再来"), dish_size="large", hide=("orderNos", "phone", "guests"),
            )
        ),
        1,
    ),
    "sample": (slip_with(is_sample=True, head=HEAD.model_copy(update={"hide": ("details", "address")})), 1),
    "bill": (
        slip_with(
            job_id="s01.counter.bill.1", kind="bill", paid_fen=0, tenders=(), payment_no=None,
            lines=(*LINES, SlipLine(name="其余 12 项", fen=9900)), gross_fen=47500, due_fen=42770,
        ),
        1,
    ),
    "bill-partly-paid": (
        slip_with(job_id="s01.counter.bill.2", kind="bill", paid_fen=14400, tenders=(), payment_no=None, copy_no=2),
        1,
    ),
}  # fmt: skip
"""Name of the golden image → the slip and the printer's copy of it."""


def laid_out(slip: Slip, *, copy: int = 1) -> Layout:
    """What stands on it."""
    return slip_layout(slip, copy=copy, now=PRINTED_AT, zone=JIYUAN)


def drawn_slip(slip: Slip, *, width_dots: int, copy: int = 1) -> Image:
    """The slip as the store PC draws it."""
    return painted(laid_out(slip, copy=copy), width_dots=width_dots)
