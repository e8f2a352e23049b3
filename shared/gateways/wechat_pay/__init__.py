"""WeChat Pay v3: prepare, query, close, refund, read its notices and its bills (rules 15, 16)."""

from __future__ import annotations

from shared.gateways.wechat_pay.bill import Bill, BillBroken, BillRow, BillTotals, read_bill
from shared.gateways.wechat_pay.channel import PayChannel, WechatPay, channel_at, pay_channel
from shared.gateways.wechat_pay.refusals import (
    BalanceShort,
    BillNotReady,
    NumberUsed,
    TradeClosed,
    TradePaid,
    TradeUnknown,
)
from shared.gateways.wechat_pay.results import (
    Notice,
    Payment,
    PaymentNotice,
    PaymentState,
    Prepared,
    Refund,
    RefundNotice,
    RefundState,
    channel_date,
)

__all__ = [
    "BalanceShort",
    "Bill",
    "BillBroken",
    "BillNotReady",
    "BillRow",
    "BillTotals",
    "Notice",
    "NumberUsed",
    "PayChannel",
    "Payment",
    "PaymentNotice",
    "PaymentState",
    "Prepared",
    "Refund",
    "RefundNotice",
    "RefundState",
    "TradeClosed",
    "TradePaid",
    "TradeUnknown",
    "WechatPay",
    "channel_at",
    "channel_date",
    "pay_channel",
    "read_bill",
]
