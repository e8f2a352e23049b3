"""WeChat Pay's trade bill (类型 ALL): a table in yuan, read digit by digit into fen (rules 1, 31)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Literal, get_args

from shared.gateways.wechat_pay.results import CHINA

RowState = Literal["SUCCESS", "REFUND", "REVOKED"]

_SEPARATOR = ",`"
"""Every field of a row begins with a back-tick, so a comma in a dish's name does not cut it."""
_YUAN = re.compile(r"(-?)([0-9]{1,12})(?:\.([0-9]{1,5}))?")
_MILLIFEN_OF_YUAN = 100_000
_MILLIFEN_OF_FEN = 1000


class BillBroken(ValueError):
    """The text is not a whole bill in the known format, or its sums are not those of its rows."""


@dataclass(frozen=True)
class BillRow:
    """One payment that succeeded or one refund that was accepted on the day; refund fields are "" in a payment."""

    at: datetime
    state: RowState
    transaction_id: str
    out_trade_no: str
    total_fen: int
    """What was paid; 0 in a refund's row."""
    refund_id: str
    out_refund_no: str
    refund_fen: int
    """What was asked to go back."""
    refund_state: str
    """As it was when the bill was made; query the refund for the present."""
    fee_millifen: int
    """WeChat's fee in thousandths of a fen, as exact as the bill has it; negative when a refund returns it."""


@dataclass(frozen=True)
class BillTotals:
    """The bill's own sums."""

    count: int
    total_fen: int
    refund_fen: int
    fee_millifen: int


@dataclass(frozen=True)
class Bill:
    """One merchant's bill of one day."""

    rows: tuple[BillRow, ...]
    totals: BillTotals


EMPTY = Bill((), BillTotals(0, 0, 0, 0))


def read_bill(text: str) -> Bill:
    """The bill in the text, with or without a byte-order mark. Raises BillBroken."""
    lines = [line for line in text.removeprefix("\ufeff").splitlines() if line.strip()]
    if len(lines) < 3:
        raise BillBroken("a bill has two headings and a line of sums")
    *table, sums_heading, sums_line = lines
    rows = tuple(map(_row, _records(table)))
    (sums,) = _records([sums_heading, sums_line])
    totals = BillTotals(
        count=_count(_field(sums, "总交易单数")),
        total_fen=_fen(_field(sums, "订单总金额")),
        refund_fen=_fen(_field(sums, "申请退款总金额")),
        fee_millifen=_millifen(_field(sums, "手续费总金额")),
    )
    found = (len(rows), sum(row.total_fen for row in rows), sum(row.refund_fen for row in rows))
    if found != (totals.count, totals.total_fen, totals.refund_fen):
        raise BillBroken(f"rows {found} do not sum to {totals}")
    return Bill(rows, totals)


def _records(lines: Sequence[str]) -> Iterator[Mapping[str, str]]:
    """Each line by its column's heading, wherever the column stands."""
    heading = lines[0].split(",")
    for line in lines[1:]:
        fields = line.removeprefix("`").split(_SEPARATOR)
        if not line.startswith("`") or len(fields) != len(heading):
            raise BillBroken("a row does not fit its heading")
        yield dict(zip(heading, fields, strict=True))


def _row(record: Mapping[str, str]) -> BillRow:
    state = next((known for known in get_args(RowState) if known == _field(record, "交易状态")), None)
    if state is None or _field(record, "货币种类") != "CNY":
        raise BillBroken("an unknown kind of row or currency")
    is_refund = state != "SUCCESS"
    return BillRow(
        at=_moment(_field(record, "交易时间")),
        state=state,
        transaction_id=_field(record, "微信订单号"),
        out_trade_no=_field(record, "商户订单号"),
        total_fen=_fen(_field(record, "订单金额")),
        refund_id=_field(record, "微信退款单号") if is_refund else "",
        out_refund_no=_field(record, "商户退款单号") if is_refund else "",
        refund_fen=_fen(_field(record, "申请退款金额")),
        refund_state=_field(record, "退款状态"),
        fee_millifen=_millifen(_field(record, "手续费")),
    )


def _field(record: Mapping[str, str], heading: str) -> str:
    try:
        return record[heading]
    except KeyError as error:
        raise BillBroken(f"no column {heading}") from error


def _moment(text: str) -> datetime:
    try:
        return datetime.strptime(text, "%Y-%m-%d %H:%M:%S").replace(tzinfo=CHINA).astimezone(timezone.utc)
    except ValueError as error:
        raise BillBroken("a time that is none") from error


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise BillBroken("a count that is none")
    return int(text)


def _millifen(text: str) -> int:
    """Yuan with at most five decimals, exactly."""
    match = _YUAN.fullmatch(text)
    if match is None:
        raise BillBroken("an amount that is none")
    sign, whole, decimals = match.groups()
    amount = int(whole) * _MILLIFEN_OF_YUAN + int((decimals or "").ljust(5, "0"))
    return -amount if sign else amount


def _fen(text: str) -> int:
    fen, rest = divmod(_millifen(text), _MILLIFEN_OF_FEN)
    if rest:
        raise BillBroken("a part of a fen")
    return fen
