"""What WeChat Pay keeps: payments and refunds, by its rules, with a clock that can be set forward."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Literal

from scripts.local.wechat_pay.refused import RefusedError

CHINA = timezone(timedelta(hours=8))
PREPAY_LIFE = timedelta(hours=2)
REFUND_PAUSE = timedelta(minutes=1)
REFUND_AGE = timedelta(days=365)
REFUND_LIMIT = 50

RefundState = Literal["PROCESSING", "SUCCESS", "CLOSED", "ABNORMAL"]


@dataclass(frozen=True)
class Order:
    """What a merchant asks to be paid."""

    mchid: str
    appid: str
    out_trade_no: str
    description: str
    total_fen: int
    openid: str
    notify_url: str
    expires_at: datetime


@dataclass(frozen=True)
class RefundOrder:
    """What a merchant asks to be refunded."""

    out_refund_no: str
    refund_fen: int
    total_fen: int
    reason: str
    notify_url: str


@dataclass
class Refund:
    """One refund; after it was closed, the same request tries it again under its number."""

    order: RefundOrder
    refund_id: str
    notice_id: str
    accepted_at: datetime
    state: RefundState = "PROCESSING"
    done_at: datetime | None = None


@dataclass
class Trade:
    """One payment, from its preparation on."""

    order: Order
    notice_id: str
    prepay_ids: dict[str, datetime] = field(default_factory=dict)
    is_closed: bool = False
    transaction_id: str = ""
    paid_at: datetime | None = None
    refunds: dict[str, Refund] = field(default_factory=dict)

    @property
    def refunding_fen(self) -> int:
        """What went back or is on its way."""
        return sum(one.order.refund_fen for one in self.refunds.values() if one.state != "CLOSED")

    def state(self, now: datetime) -> str:
        """In WeChat Pay's words: REFUND from the first refund on."""
        if self.paid_at is not None:
            return "REFUND" if self.refunding_fen else "SUCCESS"
        return "CLOSED" if self.is_closed or now >= self.order.expires_at else "NOTPAY"


class Book:
    """All merchants' payments, by merchant and its number."""

    def __init__(self, now: datetime | None = None) -> None:
        self._ahead = timedelta() if now is None else now - datetime.now(CHINA)
        self._trades: dict[tuple[str, str], Trade] = {}
        self._refunds: dict[tuple[str, str], tuple[Trade, Refund]] = {}
        self._balance: Counter[str] = Counter()

    def now(self) -> datetime:
        """The book's own time, in China, to the second."""
        return (datetime.now(CHINA) + self._ahead).replace(microsecond=0)

    def advance(self, by: timedelta) -> None:
        """Set the clock forward. Signatures and notices go by the real one."""
        self._ahead += by

    def prepare(self, order: Order) -> str:
        """A prepay id; another one for the same order. Raises RefusedError."""
        now, key = self.now(), (order.mchid, order.out_trade_no)
        trade = self._trades.get(key)
        if trade is None:
            if order.expires_at < now + timedelta(minutes=1):
                raise RefusedError("PARAM_ERROR", "time_expire 不能早于一分钟后")
            trade = self._trades[key] = Trade(order, notice_id=_id("EV-"))
        elif trade.paid_at is not None:
            raise RefusedError("ORDERPAID", "该订单已支付")
        elif trade.state(now) == "CLOSED":
            raise RefusedError("ORDER_CLOSED", "该订单已关闭")
        elif trade.order != order:
            raise RefusedError("OUT_TRADE_NO_USED", "商户订单号重复")
        prepay_id = _id(f"wx{now:%d%H%M%S}", size=12)
        trade.prepay_ids[prepay_id] = now + PREPAY_LIFE
        return prepay_id

    def pay(self, trade: Trade) -> None:
        """The guest pays. Raises RefusedError when that is no longer, or not yet again, possible."""
        if trade.paid_at is not None:
            raise RefusedError("ORDERPAID", "该订单已支付")
        if trade.state(self.now()) != "NOTPAY":
            raise RefusedError("ORDER_CLOSED", "该订单已关闭")
        trade.paid_at = self.now()
        trade.transaction_id = "4200" + "".join(secrets.choice("0123456789") for _ in range(24))
        self._balance[trade.order.mchid] += trade.order.total_fen

    def close(self, mchid: str, out_trade_no: str) -> None:
        """Nobody pays it any more. Raises RefusedError."""
        trade = self.trade(mchid, out_trade_no)
        if trade.paid_at is not None:
            raise RefusedError("ORDERPAID", "该订单已支付，不能关闭")
        if trade.is_closed:
            raise RefusedError("ORDER_CLOSED", "该订单已关闭")
        trade.is_closed = True

    def trade(self, mchid: str, out_trade_no: str) -> Trade:
        """A merchant's payment. Raises RefusedError."""
        found = self._trades.get((mchid, out_trade_no))
        if found is None:
            raise RefusedError("ORDER_NOT_EXIST", "订单不存在")
        return found

    def trades(self) -> Iterator[Trade]:
        """Every payment, oldest first."""
        return iter(self._trades.values())

    def ask_refund(self, trade: Trade, order: RefundOrder) -> Refund:
        """Accept a refund, or give the one of this number again. Raises RefusedError."""
        key = (trade.order.mchid, order.out_refund_no)
        its_trade, known = self._refunds.get(key, (trade, None))
        if known is not None and (its_trade is not trade or known.order != order):
            raise RefusedError("INVALID_REQUEST", "商户退款单号重复，且参数与首次请求不一致")
        if known is not None and known.state != "CLOSED":
            return known
        self._require_refundable(trade, order, is_new=known is None)
        self._balance[trade.order.mchid] -= order.refund_fen
        refund = known or Refund(order, refund_id=_id("50"), notice_id=_id("EV-"), accepted_at=self.now())
        refund.state, refund.accepted_at = "PROCESSING", self.now()
        trade.refunds[order.out_refund_no] = refund
        self._refunds[key] = (trade, refund)
        return refund

    def settle_refund(self, trade: Trade, refund: Refund, state: RefundState) -> None:
        """How a refund went on after it was accepted. Raises RefusedError for one that has ended."""
        if refund.state in {"SUCCESS", "CLOSED"}:
            raise RefusedError("INVALID_REQUEST", "退款已经结束")
        refund.state = state
        refund.done_at = self.now() if state == "SUCCESS" else None
        if state == "CLOSED":
            self._balance[trade.order.mchid] += refund.order.refund_fen

    def refund(self, mchid: str, out_refund_no: str) -> tuple[Trade, Refund]:
        """A merchant's refund with its payment. Raises RefusedError."""
        found = self._refunds.get((mchid, out_refund_no))
        if found is None:
            raise RefusedError("RESOURCE_NOT_EXISTS", "退款单不存在")
        return found

    def withdraw(self, mchid: str) -> int:
        """The merchant takes all of its balance to its bank."""
        taken = self._balance[mchid]
        self._balance[mchid] = 0
        return taken

    def _require_refundable(self, trade: Trade, order: RefundOrder, *, is_new: bool) -> None:
        now = self.now()
        if trade.paid_at is None:
            raise RefusedError("INVALID_REQUEST", "订单未支付")
        if order.total_fen != trade.order.total_fen:
            raise RefusedError("INVALID_REQUEST", "订单金额与支付时不一致")
        if now - trade.paid_at > REFUND_AGE:
            raise RefusedError("INVALID_REQUEST", "订单已超过可退款的最大期限")
        if trade.refunding_fen + order.refund_fen > trade.order.total_fen:
            raise RefusedError("INVALID_REQUEST", "退款金额超过可退金额")
        if is_new and len(trade.refunds) >= REFUND_LIMIT:
            raise RefusedError("INVALID_REQUEST", f"部分退款超过 {REFUND_LIMIT} 次")
        if any(now - one.accepted_at < REFUND_PAUSE for one in trade.refunds.values()):
            raise RefusedError("FREQUENCY_LIMITED", "同一笔订单多次退款需间隔 1 分钟")
        if self._balance[trade.order.mchid] < order.refund_fen:
            raise RefusedError("NOT_ENOUGH", "基本账户余额不足，请充值后重新发起")


def _id(prefix: str, *, size: int = 14) -> str:
    return prefix + secrets.token_hex(size)
