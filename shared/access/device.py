"""A store PC proves itself by signing method, path, body, time and nonce with its own key."""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from shared.contracts.signing import (
    CLOCK_SKEW_S,
    DEVICE_HEADER,
    NONCE_HEADER,
    SIGNATURE_HEADER,
    TIME_HEADER,
    SignedRequest,
)
from shared.errors import Unauthenticated

_TIME = re.compile(r"[0-9]{1,12}")


@dataclass(frozen=True)
class DeviceClaim:
    """A signature that has yet to be checked against the device's key."""

    device_id: str
    request: SignedRequest
    signature: str


def read_claim(*, method: str, path: str, headers: Mapping[str, str], body: bytes) -> DeviceClaim:
    """The claim in an HTTP call's headers (lower case). Raises Unauthenticated when there is none."""
    time_s, nonce = headers.get(TIME_HEADER, ""), headers.get(NONCE_HEADER, "")
    if not _TIME.fullmatch(time_s) or not 16 <= len(nonce) <= 64 or not headers.get(DEVICE_HEADER):
        raise Unauthenticated("设备签名缺失")
    request = SignedRequest(method=method, path=path, time_s=int(time_s), nonce=nonce, body=body)
    return DeviceClaim(headers[DEVICE_HEADER], request, headers.get(SIGNATURE_HEADER, ""))


def require_genuine(claim: DeviceClaim, *, key: str, now: datetime) -> None:
    """Raises Unauthenticated unless the claim was signed with the key within five minutes of now."""
    if not hmac.compare_digest(claim.request.signature(key).encode(), claim.signature.encode()):
        raise Unauthenticated("设备签名不正确")
    if abs(now.timestamp() - claim.request.time_s) > CLOCK_SKEW_S:
        raise Unauthenticated("设备时间相差超过五分钟，请校准这台电脑的时钟")
