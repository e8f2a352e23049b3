"""How a store PC signs a call: HMAC-SHA256 over method, path, time, nonce and the body's hash."""

import hashlib
import hmac
from dataclasses import dataclass

DEVICE_HEADER = "x-zaotai-device"
TIME_HEADER = "x-zaotai-time"
NONCE_HEADER = "x-zaotai-nonce"
SIGNATURE_HEADER = "x-zaotai-signature"
CLOCK_SKEW_S = 300


@dataclass(frozen=True)
class SignedRequest:
    """What is signed. `time_s` is Unix time in seconds; `nonce` is fresh for every request, 16 to 64 characters."""

    method: str
    path: str
    time_s: int
    nonce: str
    body: bytes

    def signature(self, key: str) -> str:
        """The signature in lower-case hex under the device's key."""
        text = "\n".join(
            (self.method.upper(), self.path, str(self.time_s), self.nonce, hashlib.sha256(self.body).hexdigest())
        )
        return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()

    def headers(self, *, device_id: str, key: str) -> dict[str, str]:
        """The four headers that carry the proof."""
        return {
            DEVICE_HEADER: device_id,
            TIME_HEADER: str(self.time_s),
            NONCE_HEADER: self.nonce,
            SIGNATURE_HEADER: self.signature(key),
        }
