"""The keys of both sides, made at each start, and what is done with them."""

from __future__ import annotations

import base64
import secrets
import time
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

SIGNATURE_TYPE = "WECHATPAY2-SHA256-RSA2048"
WINDOW_S = 300


def new_key() -> RSAPrivateKey:
    """A fresh key pair, as long as the real ones."""
    return generate_private_key(public_exponent=65537, key_size=2048)


def private_text(key: RSAPrivateKey) -> str:
    """The private half as one line without PEM's frame, as it is put into an environment variable."""
    return _bare(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def public_text(key: RSAPrivateKey) -> str:
    """The public half as one line without PEM's frame."""
    return _bare(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


def signature(key: RSAPrivateKey, *lines: str) -> str:
    """RSA with SHA-256 over the lines, each ended by a line break."""
    message = "".join(f"{line}\n" for line in lines).encode()
    return base64.b64encode(key.sign(message, PKCS1v15(), SHA256())).decode()


def is_signed(key: RSAPrivateKey, signed: str, *lines: str) -> bool:
    """Whether that pair made this signature over the lines."""
    message = "".join(f"{line}\n" for line in lines).encode()
    try:
        key.public_key().verify(base64.b64decode(signed, validate=True), message, PKCS1v15(), SHA256())
    except (InvalidSignature, ValueError):
        return False
    return True


def sealed(apiv3_key: str, plain: str, *, nonce: str, label: str) -> str:
    """AES-256-GCM, as resources of notices are."""
    return base64.b64encode(AESGCM(apiv3_key.encode()).encrypt(nonce.encode(), plain.encode(), label.encode())).decode()


@dataclass(frozen=True)
class Account:
    """One merchant, with both its own key and the one WeChat Pay uses towards it."""

    mchid: str
    appid: str
    serial_no: str
    key: RSAPrivateKey
    apiv3_key: str
    public_key_id: str
    platform_key: RSAPrivateKey

    @classmethod
    def new(cls, mchid: str, *, appid: str, platform_key: RSAPrivateKey) -> Account:
        """With fresh keys."""
        return cls(
            mchid=mchid,
            appid=appid,
            serial_no=secrets.token_hex(20).upper(),
            key=new_key(),
            apiv3_key=secrets.token_hex(16),
            public_key_id=f"PUB_KEY_ID_{secrets.token_hex(16).upper()}",
            platform_key=platform_key,
        )

    def signed_headers(
        self, body: str, *, key: RSAPrivateKey | None = None, stamp: int | None = None
    ) -> dict[str, str]:
        """WeChat Pay's headers that prove a body: an answer's or a notice's. Another key or time is for bad ones."""
        at, nonce = str(int(time.time()) if stamp is None else stamp), secrets.token_hex(16)
        return {
            "Wechatpay-Timestamp": at,
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Signature": signature(key or self.platform_key, at, nonce, body),
            "Wechatpay-Signature-Type": SIGNATURE_TYPE,
            "Wechatpay-Serial": self.public_key_id,
        }

    def settings(self, *, notify_url: str, gateway: str) -> dict[str, str]:
        """What the functions' `WECHAT_PAY_FILE` holds of it."""
        return {
            "mchid": self.mchid,
            "appid": self.appid,
            "serial_no": self.serial_no,
            "private_key": private_text(self.key),
            "apiv3_key": self.apiv3_key,
            "public_key": public_text(self.platform_key),
            "public_key_id": self.public_key_id,
            "notify_url": notify_url,
            "gateway": gateway,
        }


def _bare(pem: bytes) -> str:
    return "".join(pem.decode().splitlines()[1:-1])
