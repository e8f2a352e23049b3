"""A guest's paper, laid out: the receipt of a payment, or the bill before it is paid (预结单)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from edge_bridge.rendering.layout import Banner, Block, Centred, Charge, Code, Layout, Line, Pair
from edge_bridge.rendering.ticket import code_text
from shared.contracts.slips import Slip, SlipTender, SlipTenderKind

TITLES = {"receipt": "结账单", "bill": "预结单"}
TENDERS: dict[SlipTenderKind, str] = {
    "points": "积分抵扣",
    "stored": "储值",
    "wechat": "微信支付",
    "cash": "现金",
    "card": "银行卡",
}
_NUMBERS = 6
"""More rounds than these are only counted."""


def slip_layout(slip: Slip, *, copy: int, now: datetime, zone: ZoneInfo) -> Layout:
    """What stands on the paper. It is marked when it was asked for before, or when a copy may be on paper already."""
    return tuple(_blocks(slip, copy=copy, now=now.astimezone(zone), zone=zone))


def yuan(fen: int) -> str:
    """An amount in columns: `68.00`, `-5.50`."""
    sign, (whole, rest) = "-" if fen < 0 else "", divmod(abs(fen), 100)
    return f"{sign}{whole}.{rest:02d}"


def _blocks(slip: Slip, *, copy: int, now: datetime, zone: ZoneInfo) -> Iterator[Block]:
    if slip.is_sample:
        yield Banner("样张 不是付款凭证")
    elif copy >= 2:
        yield Banner(f"补打 可能重复（第{copy}次）")
    elif slip.copy_no >= 2:
        yield Banner(f"补打（第{slip.copy_no}次）")
    yield from _head(slip)
    yield from _facts(slip, zone)
    yield Line()
    yield Charge("菜品", "数量", "金额", is_head=True)
    for line in slip.lines:
        quantity = "" if line.quantity is None else str(line.quantity)
        details = () if "details" in slip.head.hide else line.details
        yield Charge(line.name, quantity, yuan(line.fen), details, slip.head.dish_size)
    yield Line()
    yield from _sums(slip)
    yield from _paid(slip) if slip.kind == "receipt" else _owed(slip)
    yield Line()
    yield from _foot(slip, copy=copy, now=now, zone=zone)


def _head(slip: Slip) -> Iterator[Block]:
    yield Centred(slip.head.title, "huge")
    for text in slip.head.lines:
        yield Centred(text, "normal")
    yield Centred(TITLES[slip.kind], "large")
    yield Line(is_solid=True)


def _facts(slip: Slip, zone: ZoneInfo) -> Iterator[Block]:
    guests = f"{slip.guests} 位" if slip.guests and "guests" not in slip.head.hide else ""
    if slip.table_name is not None:
        yield Pair(f"桌号 {slip.table_name}", guests, "large")
    elif slip.pickup_no is not None:
        yield Pair(f"取餐号 {slip.pickup_no}", guests, "large")
    numbers = () if "orderNos" in slip.head.hide else slip.order_nos
    for row, order_no in enumerate(numbers[:_NUMBERS]):
        yield Pair("单号" if row == 0 else "", order_no)
    if len(numbers) > _NUMBERS:
        yield Pair("", f"等 {len(numbers)} 单")
    yield Pair("付款时间" if slip.kind == "receipt" else "开单时间", f"{slip.at.astimezone(zone):%Y-%m-%d %H:%M}")


def _sums(slip: Slip) -> Iterator[Block]:
    if slip.cuts:
        yield Pair("合计", yuan(slip.gross_fen))
        for cut in slip.cuts:
            yield Pair(cut.name, yuan(-cut.fen))
    if slip.kind == "bill" or slip.paid_fen != slip.due_fen:
        yield Pair("应付", f"¥{yuan(slip.due_fen)}", "normal" if slip.kind == "receipt" or slip.paid_fen else "huge")


def _paid(slip: Slip) -> Iterator[Block]:
    """By what; and, when it is not all of it, that this is a part."""
    yield Pair("实付" if slip.paid_fen == slip.due_fen else "本次支付", f"¥{yuan(slip.paid_fen)}", "huge")
    for tender in slip.tenders:
        yield from _tender(tender)
    if slip.refunded_fen:
        yield Pair("已退款", yuan(-slip.refunded_fen), "large")


def _tender(tender: SlipTender) -> Iterator[Block]:
    points = f"（{tender.points} 分）" if tender.points else ""
    yield Pair(f"{TENDERS[tender.kind]}{points}", yuan(tender.fen))
    if tender.kind == "stored" and tender.bonus_fen:
        yield Pair("其中 本金／赠送", f"{yuan(tender.principal_fen)}／{yuan(tender.bonus_fen)}", "small")
    if tender.kind == "cash" and tender.handed_fen:
        yield Pair("收款／找零", f"{yuan(tender.handed_fen)}／{yuan(tender.change_fen)}", "small")


def _owed(slip: Slip) -> Iterator[Block]:
    if slip.paid_fen:
        yield Pair("已付", yuan(-slip.paid_fen))
        yield Pair("还需支付", f"¥{yuan(slip.due_fen - slip.paid_fen)}", "huge")
    yield Centred("预结单仅供核对，不是付款凭证", "small")


def _foot(slip: Slip, *, copy: int, now: datetime, zone: ZoneInfo) -> Iterator[Block]:
    for text in slip.head.footer:
        yield Centred(text, "normal")
    if slip.head.address and "address" not in slip.head.hide:
        yield Centred(slip.head.address, "small")
    if slip.head.phone and "phone" not in slip.head.hide:
        yield Centred(f"电话 {slip.head.phone}", "small")
    yield Code(code_text(slip.job_id, copy=copy))
    if slip.payment_no is not None:
        yield Centred(f"付款编号 {slip.payment_no}", "small")
    yield Centred(f"打印 {now.astimezone(zone):%m-%d %H:%M:%S}", "small")
