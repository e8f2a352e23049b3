"""What WeChat Pay's codes mean to us: final or not, done or not. Codes come in old and new spellings."""

from __future__ import annotations

import json

from shared.errors import PaymentBusy, PaymentRefused, PaymentUnanswered, PaymentUnavailable, ZaotaiError


class TradePaid(PaymentRefused):
    """It is paid already: query it."""


class TradeClosed(PaymentRefused):
    """It was closed, or its time is over: a new attempt needs a new number."""


class TradeUnknown(PaymentRefused):
    """WeChat Pay has no payment or refund of this number."""


class NumberUsed(PaymentRefused):
    """The number was used with other content."""


class BalanceShort(PaymentBusy):
    """The merchant's balance does not cover the refund: the same number goes through once it does."""


class BillNotReady(PaymentBusy):
    """The bill is being made; WeChat Pay has it after 10 o'clock of the next day."""


class NoBill(PaymentRefused):
    """There is no bill: nothing was paid or refunded that day."""


_MEANING: dict[str, type[ZaotaiError]] = {
    "ORDERPAID": TradePaid,
    "ORDERCLOSED": TradeClosed,
    "ORDERNOTEXIST": TradeUnknown,
    "RESOURCENOTEXISTS": TradeUnknown,
    "OUTTRADENOUSED": NumberUsed,
    "NOTENOUGH": BalanceShort,
    "STATEMENTCREATING": BillNotReady,
    "NOSTATEMENTEXIST": NoBill,
    "USERPAYING": PaymentBusy,
    "FREQUENCYLIMITED": PaymentBusy,
    "RATELIMITEXCEEDED": PaymentBusy,
    "RULELIMIT": PaymentBusy,
    "SYSTEMERROR": PaymentUnanswered,
    "BANKERROR": PaymentUnanswered,
    "SIGNERROR": PaymentUnavailable,
    "NOAUTH": PaymentUnavailable,
    "MCHNOTEXISTS": PaymentUnavailable,
    "APPIDMCHIDNOTMATCH": PaymentUnavailable,
    # WeChat sends this one with status 500, though it is final.
    "OPENIDMISMATCH": PaymentRefused,
}


def refusal(status: int, body: str | bytes) -> ZaotaiError:
    """The error for an answer that is not a success; what is not WeChat Pay's own refusal counts as no answer."""
    reason = _code(body)
    if not reason:
        return PaymentUnanswered(details={"reason": f"HTTP {status}"})
    unknown = PaymentUnanswered if status >= 500 else PaymentRefused
    return _MEANING.get(reason.replace("_", ""), unknown)(details={"reason": reason})


def _code(body: str | bytes) -> str:
    try:
        answer = json.loads(body)
    except ValueError:
        return ""
    code = answer.get("code") if isinstance(answer, dict) else None
    return code if isinstance(code, str) else ""
