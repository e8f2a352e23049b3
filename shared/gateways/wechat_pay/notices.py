"""A notice is believed when WeChat Pay signed it, just now, for this merchant, about its kind of money (rule 15)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from shared.errors import NoticeInvalid
from shared.gateways.wechat_pay.answers import RefundWord, TradeAnswer
from shared.gateways.wechat_pay.results import Notice, PaymentNotice, RefundNotice
from shared.runtime.merchants import Merchant

WINDOW_S = 300
"""WeChat's own advice; the library checks no time at all."""

Open = Callable[[Mapping[str, str], str], Any]
"""Verify the signature over the raw text, then decrypt: the message with its resource in the clear."""

EventType = Literal["TRANSACTION.SUCCESS", "REFUND.SUCCESS", "REFUND.ABNORMAL", "REFUND.CLOSED"]


class _Message(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True, defer_build=True)

    id: str = Field(min_length=1)
    event_type: EventType
    resource: dict[str, object]


def read_notice(headers: Mapping[str, str], body: bytes, *, merchant: Merchant, now: datetime, opened: Open) -> Notice:
    """The notice in a raw HTTP body, or NoticeInvalid; nothing in it is looked at before it is proved."""
    named = {name.lower(): value for name, value in headers.items()}
    # An unknown key would make the library ask WeChat for certificates: refuse it here.
    if named.get("wechatpay-serial") != merchant.public_key_id or not _is_recent(named, now):
        raise NoticeInvalid
    try:
        message = opened(named, body.decode())
    except Exception as error:  # the library raises bare exceptions, and whatever its parts raise
        raise NoticeInvalid from error
    if not message:
        raise NoticeInvalid
    try:
        return _notice(_Message.model_validate(message), merchant)
    except ValueError as error:
        raise NoticeInvalid from error


def _is_recent(headers: Mapping[str, str], now: datetime) -> bool:
    stamp = headers.get("wechatpay-timestamp", "")
    return stamp.isascii() and stamp.isdigit() and len(stamp) <= 12 and abs(now.timestamp() - int(stamp)) <= WINDOW_S


def _notice(message: _Message, merchant: Merchant) -> Notice:
    if message.event_type == "TRANSACTION.SUCCESS":
        trade = TradeAnswer.model_validate(message.resource)
        if (trade.mchid, trade.appid, trade.trade_state) != (merchant.mchid, merchant.appid, "SUCCESS"):
            raise NoticeInvalid
        return PaymentNotice(message.id, trade.payment())
    word = RefundWord.model_validate(message.resource)
    if word.mchid != merchant.mchid or message.event_type != f"REFUND.{word.refund_status}":
        raise NoticeInvalid
    return RefundNotice(message.id, word.refund())
