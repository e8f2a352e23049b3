"""Notices to the merchant: genuine ones, and every bad kind that must not be believed."""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from scripts.local.wechat_pay.book import CHINA, Refund, Trade
from scripts.local.wechat_pay.facts import refund_word, trade_facts
from scripts.local.wechat_pay.keys import Account, new_key, sealed

Kind = Literal[
    "genuine",
    "forged",
    "tampered",
    "signtest",
    "unsigned",
    "unknown_serial",
    "from_2001",
    "wrong_amount",
    "wrong_currency",
    "wrong_mchid",
    "wrong_appid",
    "wrong_key",
    "not_success",
]
KINDS: tuple[Kind, ...] = get_args(Kind)

_BEFORE_THE_FLOOD = 1_000_000_000
"""September 2001, as validly signed as any."""


@dataclass(frozen=True)
class Notice:
    """One notice, ready to be sent as often as wanted."""

    url: str
    headers: dict[str, str]
    body: str


def payment_notice(account: Account, trade: Trade, *, now: datetime, kind: Kind = "genuine", skew_s: int = 0) -> Notice:
    """About a payment. `skew_s` shifts the time it is signed at."""
    facts = trade_facts(trade, now) | {"trade_state": "SUCCESS"}
    return _notice(
        account,
        _falsified(facts, kind),
        url=trade.order.notify_url,
        notice_id=trade.notice_id,
        event="TRANSACTION.SUCCESS",
        kind=kind,
        skew_s=skew_s,
    )


def refund_notice(account: Account, trade: Trade, refund: Refund, *, kind: Kind = "genuine", skew_s: int = 0) -> Notice:
    """About a refund that has come to an end, or cannot without people."""
    return _notice(
        account,
        _falsified(refund_word(trade, refund), kind),
        url=refund.order.notify_url,
        notice_id=refund.notice_id,
        event=f"REFUND.{refund.state}",
        kind=kind,
        skew_s=skew_s,
    )


def _falsified(facts: dict[str, object], kind: Kind) -> dict[str, object]:
    amount = facts["amount"]
    assert isinstance(amount, dict)
    if kind == "wrong_amount":
        return facts | {"amount": amount | {"total": amount["total"] + 1}}
    if kind == "wrong_currency":
        return facts | {"amount": amount | {"currency": "USD"}}
    if kind == "wrong_mchid":
        return facts | {"mchid": "1900000999"}
    if kind == "wrong_appid":
        return facts | {"appid": "wx0000000000000000"}
    if kind == "not_success":
        return facts | {"trade_state": "PAYERROR", "refund_status": "PROCESSING"}
    return facts


def _notice(
    account: Account, facts: dict[str, object], *, url: str, notice_id: str, event: str, kind: Kind, skew_s: int
) -> Notice:
    body = _body(account, facts, notice_id=notice_id, event=event, kind=kind)
    stamp = _BEFORE_THE_FLOOD if kind == "from_2001" else int(time.time()) + skew_s
    headers = account.signed_headers(body, key=new_key() if kind == "forged" else None, stamp=stamp)
    if kind == "signtest":
        headers["Wechatpay-Signature"] = f"WECHATPAY/SIGNTEST/{headers['Wechatpay-Signature']}"
    if kind == "unsigned":
        del headers["Wechatpay-Signature"]
    if kind == "unknown_serial":
        headers["Wechatpay-Serial"] = f"PUB_KEY_ID_{secrets.token_hex(16).upper()}"
    if kind == "tampered":
        body = body.replace("成功", "完成", 1)
    return Notice(url, {**headers, "Content-Type": "application/json", "User-Agent": "Mozilla/4.0"}, body)


def _body(account: Account, facts: dict[str, object], *, notice_id: str, event: str, kind: Kind) -> str:
    original = "transaction" if event.startswith("TRANSACTION") else "refund"
    nonce = secrets.token_hex(6)
    key = secrets.token_hex(16) if kind == "wrong_key" else account.apiv3_key
    message = {
        "id": notice_id,
        "create_time": datetime.now(CHINA).isoformat(timespec="seconds"),
        "resource_type": "encrypt-resource",
        "event_type": event,
        "summary": "支付成功" if original == "transaction" else "退款成功或关闭",
        "resource": {
            "original_type": original,
            "algorithm": "AEAD_AES_256_GCM",
            "ciphertext": sealed(key, json.dumps(facts, ensure_ascii=False), nonce=nonce, label=original),
            "associated_data": original,
            "nonce": nonce,
        },
    }
    return json.dumps(message, ensure_ascii=False, separators=(",", ":"))
