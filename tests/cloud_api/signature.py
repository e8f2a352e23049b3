"""TC3-HMAC-SHA256, checked as the platform does: who signed, with which key, over exactly this request, and when."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import datetime, timezone

from tests.cloud_api.account import Refused

VALID_S = 300
_AUTHORIZATION = re.compile(
    r"TC3-HMAC-SHA256 Credential=(?P<id>[^/]+)/(?P<date>[0-9-]{10})/(?P<service>[a-z]+)/tc3_request, "
    r"SignedHeaders=(?P<signed>[a-z;-]+), Signature=(?P<signature>[0-9a-f]{64})"
)


def require_signed(headers: Mapping[str, str], body: bytes, *, keys: Mapping[str, str], now_s: float) -> str:
    """The service that the request is signed for. Raises Refused. Header names are in lower case."""
    found = _AUTHORIZATION.fullmatch(headers.get("authorization", ""))
    if found is None:
        raise Refused("AuthFailure.InvalidAuthorization", "not a TC3 authorization")
    timestamp = int(headers.get("x-tc-timestamp", "0"))
    if abs(now_s - timestamp) > VALID_S:
        raise Refused("AuthFailure.SignatureExpire", "the signature is not of now")
    day = datetime.fromtimestamp(timestamp, timezone.utc).strftime("%Y-%m-%d")
    secret = keys.get(found["id"])
    if secret is None:
        raise Refused("AuthFailure.SecretIdNotFound", "no such key id")
    if found["date"] != day or not {"content-type", "host"} <= set(found["signed"].split(";")):
        raise Refused("AuthFailure.SignatureFailure", "wrong day, or headers not signed")
    signed = found["signed"].split(";")
    canonical = "\n".join(
        (
            "POST",
            "/",
            "",
            "".join(f"{name}:{headers.get(name, '').strip()}\n" for name in signed),
            found["signed"],
            hashlib.sha256(body).hexdigest(),
        )
    )
    scope = f"{day}/{found['service']}/tc3_request"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    key = f"TC3{secret}".encode()
    for part in (day, found["service"], "tc3_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    text = f"TC3-HMAC-SHA256\n{timestamp}\n{scope}\n{digest}"
    if not hmac.compare_digest(hmac.new(key, text.encode(), hashlib.sha256).hexdigest(), found["signature"]):
        raise Refused("AuthFailure.SignatureFailure", "the signature does not fit")
    return found["service"]
