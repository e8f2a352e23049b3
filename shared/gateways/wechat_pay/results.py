"""What WeChat Pay tells of a payment or a refund: money in fen, times in UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Literal

CHINA = timezone(timedelta(hours=8))

PaymentState = Literal["SUCCESS", "REFUND", "NOTPAY", "CLOSED", "REVOKED", "USERPAYING", "PAYERROR"]
RefundState = Literal["SUCCESS", "CLOSED", "PROCESSING", "ABNORMAL"]


@dataclass(frozen=True)
class Prepared:
    """A payment that waits for the guest, and what the mini-program hands to `wx.requestPayment`."""

    prepay_id: str
    app_id: str
    time_stamp: str
    nonce_str: str
    package: str
    sign_type: Literal["RSA"]
    pay_sign: str


@dataclass(frozen=True)
class Payment:
    """One payment attempt as WeChat Pay has it. While it is not paid, amounts and payer may be unknown."""

    out_trade_no: str
    state: PaymentState
    transaction_id: str | None = None
    total_fen: int | None = None
    """What the order asked, and what the merchant is credited with."""
    payer_fen: int | None = None
    """What the guest paid: less, when WeChat gave a voucher."""
    openid: str | None = None
    paid_at: datetime | None = None

    @property
    def is_paid(self) -> bool:
        """Whether the money came: also true once some or all of it went back, which WeChat calls REFUND."""
        return self.state in {"SUCCESS", "REFUND"}


@dataclass(frozen=True)
class Refund:
    """One refund as WeChat Pay has it. PROCESSING is accepted, not done; ABNORMAL is for people to settle (rule 16)."""

    out_refund_no: str
    out_trade_no: str
    state: RefundState
    refund_id: str
    transaction_id: str
    refund_fen: int
    total_fen: int
    payer_refund_fen: int
    done_at: datetime | None = None


@dataclass(frozen=True)
class PaymentNotice:
    """WeChat Pay's proven word that a payment was made. The same one may come again, late, or never."""

    notice_id: str
    payment: Payment


@dataclass(frozen=True)
class RefundNotice:
    """WeChat Pay's proven word of how a refund ended."""

    notice_id: str
    refund: Refund


Notice = PaymentNotice | RefundNotice


def channel_date(moment: datetime) -> str:
    """The day of WeChat Pay's bill that an aware moment belongs to, `YYYY-MM-DD` in China's time (rule 30)."""
    return moment.astimezone(CHINA).date().isoformat()
