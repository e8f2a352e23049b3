"""The channel to WeChat Pay, by `wechatpayv3` in public-key mode; a call may be made again with the same numbers."""

from __future__ import annotations

import gzip
import hashlib
import re
import zlib
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Protocol, TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel

from shared.errors import PaymentUnanswered
from shared.gateways.wechat_pay.answers import BillAnswer, PrepayAnswer, RefundAnswer, TradeAnswer
from shared.gateways.wechat_pay.bill import EMPTY, Bill, read_bill
from shared.gateways.wechat_pay.notices import read_notice
from shared.gateways.wechat_pay.refusals import NoBill, TradeClosed, refusal
from shared.gateways.wechat_pay.results import CHINA, Notice, Payment, Prepared, Refund
from shared.runtime.clock import Clock, utc_now
from shared.runtime.ids import new_id
from shared.runtime.merchants import Merchant, merchant

if TYPE_CHECKING:
    from wechatpayv3 import WeChatPay

DESCRIPTION_LIMIT = 127
REASON_LIMIT = 80
_OUT_TRADE_NO = re.compile(r"[0-9A-Za-z_-]{6,32}")
_OUT_REFUND_NO = re.compile(r"[0-9A-Za-z_-]{1,64}")
_BILL_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_GZIP = b"\x1f\x8b"

Ask = Callable[[], "tuple[int, str | bytes]"]
A = TypeVar("A", bound=BaseModel)
R = TypeVar("R")


class PayChannel(Protocol):
    """Where a guest's money comes from and goes back to.

    All calls raise PaymentUnanswered, PaymentBusy (nothing was done), PaymentRefused (final) or PaymentUnavailable.
    """

    def prepare(
        self, *, out_trade_no: str, amount_fen: int, openid: str, description: str, expires_at: datetime
    ) -> Prepared:
        """Have a payment wait for the guest. Raises TradePaid, TradeClosed; NumberUsed for other content before."""

    def query(self, out_trade_no: str) -> Payment:
        """How a payment stands. Raises TradeUnknown."""

    def close(self, out_trade_no: str) -> None:
        """From now on it cannot be paid; again does nothing. Raises TradePaid, TradeUnknown."""

    def refund(self, *, out_trade_no: str, out_refund_no: str, refund_fen: int, total_fen: int, reason: str) -> Refund:
        """Ask for a refund; again gives the same one. Raises BalanceShort, TradeUnknown."""

    def query_refund(self, out_refund_no: str) -> Refund:
        """How a refund stands. Raises TradeUnknown."""

    def bill(self, bill_date: str) -> Bill:
        """Everything paid and refunded on a day (`YYYY-MM-DD`, China). Raises BillNotReady, BillBroken."""

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """What WeChat Pay says in a callback, the raw body as it came. Raises NoticeInvalid."""


class WechatPay:
    """One merchant's channel. The amount of a payment or notice is for the caller to compare with what it asked."""

    def __init__(self, merchant: Merchant, *, clock: Clock = utc_now) -> None:
        self._merchant = merchant
        self._clock = clock

    def prepare(
        self, *, out_trade_no: str, amount_fen: int, openid: str, description: str, expires_at: datetime
    ) -> Prepared:
        """Prepare by JSAPI and sign what the mini-program needs, for the mini-program's two hours at most."""
        _require(_OUT_TRADE_NO, out_trade_no)
        answer = self._asked(
            PrepayAnswer,
            lambda: self._client.pay(
                description=_one_line(description)[:DESCRIPTION_LIMIT],
                out_trade_no=out_trade_no,
                amount={"total": amount_fen, "currency": "CNY"},
                payer={"openid": openid},
                time_expire=expires_at.astimezone(CHINA).isoformat(timespec="seconds"),
            ),
        )
        return self._prepared(answer.prepay_id)

    def query(self, out_trade_no: str) -> Payment:
        """By our number, which works whether it is paid or not."""
        _require(_OUT_TRADE_NO, out_trade_no)
        trade = self._asked(TradeAnswer, lambda: self._client.query(out_trade_no=out_trade_no))
        if (trade.mchid, trade.appid, trade.out_trade_no) != (self._merchant.mchid, self._merchant.appid, out_trade_no):
            raise PaymentUnanswered
        return _understood(trade.payment)

    def close(self, out_trade_no: str) -> None:
        """Close it; one that was closed before stays so."""
        _require(_OUT_TRADE_NO, out_trade_no)
        try:
            self._answer(lambda: self._client.close(out_trade_no=out_trade_no))
        except TradeClosed:
            return

    def refund(self, *, out_trade_no: str, out_refund_no: str, refund_fen: int, total_fen: int, reason: str) -> Refund:
        """Refund by our numbers, the reason shown to the guest."""
        _require(_OUT_TRADE_NO, out_trade_no)
        _require(_OUT_REFUND_NO, out_refund_no)
        answer = self._asked(
            RefundAnswer,
            lambda: self._client.refund(
                out_refund_no=out_refund_no,
                out_trade_no=out_trade_no,
                amount={"refund": refund_fen, "total": total_fen, "currency": "CNY"},
                reason=reason[:REASON_LIMIT],
            ),
        )
        found = _understood(answer.refund)
        asked = (out_refund_no, out_trade_no, refund_fen, total_fen)
        if (found.out_refund_no, found.out_trade_no, found.refund_fen, found.total_fen) != asked:
            raise PaymentUnanswered
        return found

    def query_refund(self, out_refund_no: str) -> Refund:
        """By our number."""
        _require(_OUT_REFUND_NO, out_refund_no)
        answer = self._asked(RefundAnswer, lambda: self._client.query_refund(out_refund_no=out_refund_no))
        if answer.out_refund_no != out_refund_no:
            raise PaymentUnanswered
        return _understood(answer.refund)

    def bill(self, bill_date: str) -> Bill:
        """The day's trade bill, whole: its digest and its sums are checked. A day without trades has an empty one."""
        _require(_BILL_DATE, bill_date)
        try:
            place = self._asked(BillAnswer, lambda: self._client.trade_bill(bill_date=bill_date))
        except NoBill:
            return EMPTY
        # Only path and token: the library adds its own address, whatever address the answer names.
        url = urlsplit(place.download_url.strip())
        unpacked = _unpacked(self._answer(lambda: self._client.download_bill(f"{url.path}?{url.query}")))
        # The download itself carries no signature; the digest came in a signed answer.
        if hashlib.sha1(unpacked, usedforsecurity=False).hexdigest() != place.hash_value.lower():
            raise PaymentUnanswered
        return read_bill(unpacked.decode())

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """What the notice says, once it is proved."""
        return read_notice(headers, body, merchant=self._merchant, now=self._clock(), opened=self._client.callback)

    def _prepared(self, prepay_id: str) -> Prepared:
        stamp, nonce, package = str(int(self._clock().timestamp())), new_id(), f"prepay_id={prepay_id}"
        sign = str(self._client.sign([self._merchant.appid, stamp, nonce, package]))
        return Prepared(prepay_id, self._merchant.appid, stamp, nonce, package, "RSA", sign)

    def _asked(self, kind: type[A], ask: Ask) -> A:
        return _understood(lambda: kind.model_validate_json(self._answer(ask)))

    def _answer(self, ask: Ask) -> str | bytes:
        """The body of a success; for successes in JSON the library has checked WeChat's signature."""
        try:
            status, body = ask()
        except Exception as error:  # time-outs and dead lines, and bare exceptions for what is not signed by WeChat
            raise PaymentUnanswered from error
        if status not in {200, 204}:
            raise refusal(status, body)
        return body

    @cached_property
    def _client(self) -> WeChatPay:
        from wechatpayv3 import WeChatPay, WeChatPayType

        known = self._merchant
        client = WeChatPay(
            wechatpay_type=WeChatPayType.MINIPROG,
            mchid=known.mchid,
            appid=known.appid,
            cert_serial_no=known.serial_no,
            private_key=known.private_key.get_secret_value(),
            apiv3_key=known.apiv3_key.get_secret_value(),
            public_key=known.public_key,
            public_key_id=known.public_key_id,
            notify_url=f"{known.notify_url}/{known.mchid}",
            timeout=(known.connect_limit_s, known.answer_limit_s),
        )
        # The library has no argument for its address.
        client._core._gate_way = known.gateway
        return client


@lru_cache(maxsize=64)
def pay_channel(mchid: str = "") -> PayChannel:
    """The channel of a merchant number, the brand's own without one. Raises PaymentUnavailable."""
    return WechatPay(merchant(mchid))


def channel_at(path: str) -> PayChannel:
    """The channel a callback came for, by its path's last part: it picks the keys and proves nothing."""
    return pay_channel(path.rstrip("/").rpartition("/")[2])


def _require(pattern: re.Pattern[str], text: str) -> None:
    """Our own numbers go into paths that are signed: they hold nothing that would be escaped."""
    if not pattern.fullmatch(text):
        raise ValueError(f"{text!r} is not of the form {pattern.pattern}")


def _one_line(text: str) -> str:
    """Without what separates the fields and rows of WeChat's bill, where it comes back."""
    return " ".join(text.replace("`", "'").split())


def _unpacked(content: str | bytes) -> bytes:
    raw = content.encode() if isinstance(content, str) else content
    try:
        return gzip.decompress(raw) if raw.startswith(_GZIP) else raw
    except (OSError, EOFError, zlib.error) as error:
        raise PaymentUnanswered from error


def _understood(read: Callable[[], R]) -> R:
    try:
        return read()
    except ValueError as error:
        raise PaymentUnanswered from error
