"""One-time codes of coupons: what a guest's phone shows for a minute, and a cashier's scanner reads.

`{coupon id}.{number of the showing}.{end, seconds since 1970}.{signature}`; that a code is used once, and only the one
shown last, is decided where coupons are kept.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime

from shared.errors import CouponCodeInvalid

_SIGNATURE_CHARS = 16
_PURPOSE = b"coupon|"
"""The key also signs table codes: neither can pass for the other."""


@dataclass(frozen=True)
class CouponRef:
    """The coupon a code speaks of, and which showing of it."""

    coupon_id: str
    number: int


def make_coupon_code(ref: CouponRef, *, expires_at: datetime, key: str) -> str:
    """The code for one showing of a coupon."""
    body = f"{ref.coupon_id}.{ref.number}.{int(expires_at.timestamp())}"
    return f"{body}.{_signature(body, key)}"


def read_coupon_code(code: str, *, now: datetime, key: str) -> CouponRef:
    """The coupon of a code that we signed and that is not over. Raises CouponCodeInvalid for anything else."""
    body, _, signature = code.rpartition(".")
    parts = body.split(".")
    if len(parts) != 3 or not (parts[1].isdecimal() and parts[2].isdecimal()):
        raise CouponCodeInvalid
    if not hmac.compare_digest(_signature(body, key).encode(), signature.encode()):
        raise CouponCodeInvalid
    if int(parts[2]) <= now.timestamp():
        raise CouponCodeInvalid("券码已过期，请客人重新打开券码")
    return CouponRef(parts[0], int(parts[1]))


def _signature(body: str, key: str) -> str:
    digest = hmac.new(key.encode(), _PURPOSE + body.encode(), hashlib.sha256).digest()
    return base64.b32encode(digest).decode()[:_SIGNATURE_CHARS].lower()
