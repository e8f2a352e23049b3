"""WeChat Pay's JSON, checked once: whole fen, its own currency, the numbers that were asked for."""

from __future__ import annotations

from datetime import timezone
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StrictInt

from shared.gateways.wechat_pay.results import Payment, PaymentState, Refund, RefundState

Moment = Annotated[AwareDatetime | None, BeforeValidator(lambda sent: sent or None)]
"""A time; before it has come the field is left out or empty."""


class _Answer(BaseModel):
    """New fields may come at any time; those we read are checked. What was sent stays out of error texts."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True, defer_build=True)


class PrepayAnswer(_Answer):
    """A payment was prepared."""

    prepay_id: str = Field(min_length=1)


class BillAnswer(_Answer):
    """Where a bill waits, and the digest of it unpacked."""

    hash_type: Literal["SHA1"]
    hash_value: str
    download_url: str


class _Payer(_Answer):
    openid: str | None = None


class _TradeAmount(_Answer):
    total: StrictInt = Field(gt=0)
    payer_total: StrictInt | None = Field(None, ge=0)
    currency: Literal["CNY"] = "CNY"


class TradeAnswer(_Answer):
    """A payment, in an answer to a query or in a notice."""

    mchid: str
    appid: str
    out_trade_no: str
    trade_state: PaymentState
    transaction_id: str | None = None
    amount: _TradeAmount | None = None
    payer: _Payer | None = None
    success_time: Moment = None

    def payment(self) -> Payment:
        """As we speak of it. Raises ValueError for a paid one that does not say how much, when and by which number."""
        found = Payment(
            out_trade_no=self.out_trade_no,
            state=self.trade_state,
            transaction_id=self.transaction_id or None,
            total_fen=self.amount.total if self.amount else None,
            payer_fen=self.amount.payer_total if self.amount else None,
            openid=self.payer.openid if self.payer else None,
            paid_at=self.success_time.astimezone(timezone.utc) if self.success_time else None,
        )
        if found.is_paid and not (found.total_fen and found.transaction_id and found.paid_at):
            raise ValueError("a paid trade without amount, number or time")
        return found


class _RefundAmount(_Answer):
    total: StrictInt = Field(gt=0)
    refund: StrictInt = Field(gt=0)
    payer_refund: StrictInt = Field(ge=0)
    currency: Literal["CNY"] = "CNY"


class _RefundFacts(_Answer):
    out_refund_no: str
    out_trade_no: str
    refund_id: str
    transaction_id: str
    amount: _RefundAmount
    success_time: Moment = None

    def as_refund(self, state: RefundState) -> Refund:
        """As we speak of it. Raises ValueError for amounts that cannot be and for a done one without time."""
        if self.amount.refund > self.amount.total or (state == "SUCCESS" and self.success_time is None):
            raise ValueError("a refund over the total, or done without a time")
        return Refund(
            out_refund_no=self.out_refund_no,
            out_trade_no=self.out_trade_no,
            state=state,
            refund_id=self.refund_id,
            transaction_id=self.transaction_id,
            refund_fen=self.amount.refund,
            total_fen=self.amount.total,
            payer_refund_fen=self.amount.payer_refund,
            done_at=self.success_time.astimezone(timezone.utc) if self.success_time else None,
        )


class RefundAnswer(_RefundFacts):
    """A refund, in an answer to a request or a query."""

    status: RefundState

    def refund(self) -> Refund:
        """As we speak of it."""
        return self.as_refund(self.status)


class RefundWord(_RefundFacts):
    """A refund, in a notice: there the merchant is named and the state has another name."""

    mchid: str
    refund_status: RefundState

    def refund(self) -> Refund:
        """As we speak of it."""
        return self.as_refund(self.refund_status)
