"""The trade bill of a day (类型 ALL), byte for byte in the real format."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from scripts.local.wechat_pay.book import CHINA, Refund, Trade
from scripts.local.wechat_pay.refused import RefusedError
from shared.domain.money import round_half_up

HEADING = (
    "交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,"
    "应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,"
    "手续费,费率,订单金额,申请退款金额,费率备注"
)
SUMS_HEADING = "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额"
FEE_PER_10_000 = 60
READY_AT = time(10)
KEPT = timedelta(days=90)


def bill_text(trades: Iterable[Trade], *, mchid: str, day: date, now: datetime) -> str:
    """The bill, with its byte-order mark and DOS line ends. Raises RefusedError while, or if, there is none."""
    if day >= now.date() or now.date() - day > KEPT:
        raise RefusedError("INVALID_REQUEST", "账单日期只能是三个月内、今天以前")
    if now < datetime.combine(day + timedelta(days=1), READY_AT, CHINA):
        raise RefusedError("STATEMENT_CREATING", "账单生成中，请在次日 10 点后再试")
    mine = [trade for trade in trades if trade.order.mchid == mchid and trade.paid_at is not None]
    paid = [trade for trade in mine if trade.paid_at is not None and trade.paid_at.date() == day]
    back = [(trade, one) for trade in mine for one in trade.refunds.values() if one.accepted_at.date() == day]
    if not paid and not back:
        raise RefusedError("NO_STATEMENT_EXIST", "账单文件不存在")
    lines = [_line(_payment_row(trade)) for trade in paid] + [_line(_refund_row(trade, one)) for trade, one in back]
    total = sum(trade.order.total_fen for trade in paid)
    refunded = sum(one.order.refund_fen for _, one in back)
    fees = sum(_fee(trade.order.total_fen) for trade in paid) - sum(_fee(one.order.refund_fen) for _, one in back)
    sums = [len(lines), _yuan(total), _yuan(refunded), "0.00", _fee_yuan(fees), _yuan(total), _yuan(refunded)]
    return "\ufeff" + "".join(f"{line}\r\n" for line in (HEADING, *lines, SUMS_HEADING, _line(sums)))


def _payment_row(trade: Trade) -> list[object]:
    total = trade.order.total_fen
    assert trade.paid_at is not None
    return [
        *_common(trade, trade.paid_at, "SUCCESS"),
        *(_yuan(total), "0.00", "0", "0", "0.00", "0.00", "", ""),
        *(trade.order.description, "", _fee_yuan(_fee(total)), "0.60%", _yuan(total), "0.00", ""),
    ]


def _refund_row(trade: Trade, refund: Refund) -> list[object]:
    back = refund.order.refund_fen
    return [
        *_common(trade, refund.accepted_at, "REFUND"),
        *("0.00", "0.00", refund.refund_id, refund.order.out_refund_no, _yuan(back), "0.00", "ORIGINAL", refund.state),
        *(trade.order.description, "", _fee_yuan(-_fee(back)), "0.60%", "0.00", _yuan(back), ""),
    ]


def _common(trade: Trade, at: datetime, state: str) -> list[object]:
    order = trade.order
    return [
        *(f"{at:%Y-%m-%d %H:%M:%S}", order.appid, order.mchid, "0", "", trade.transaction_id, order.out_trade_no),
        *(order.openid, "JSAPI", state, "OTHERS", "CNY"),
    ]


def _line(fields: Iterable[object]) -> str:
    return ",".join(f"`{value}" for value in fields)


def _fee(fen: int) -> int:
    return round_half_up(fen * FEE_PER_10_000, 10_000)


def _yuan(fen: int) -> str:
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def _fee_yuan(fen: int) -> str:
    """Fees carry five decimals."""
    return f"{_yuan(fen)}000"
