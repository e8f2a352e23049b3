"""Who takes the money: the WeChat Pay merchants of this deployment, one for the brand or several for its shops."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, SecretStr, StringConstraints, TypeAdapter

from shared.errors import PaymentUnavailable
from shared.runtime.environment import FromEnvironment

GATEWAY = "https://api.mch.weixin.qq.com"

Name = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_-]{1,64}$")]


class Merchant(BaseModel):
    """One merchant number and its keys, as WeChat's merchant platform shows them; keys may come without PEM's frame."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, defer_build=True)

    mchid: Annotated[str, StringConstraints(pattern=r"^[0-9]{6,32}$")]
    appid: Name
    serial_no: Name
    """Of the merchant's own certificate, whose private key signs what we send."""
    private_key: SecretStr
    apiv3_key: Annotated[SecretStr, Field(min_length=32, max_length=32)]
    public_key: str
    """WeChat's, which proves what it sends."""
    public_key_id: Name
    notify_url: Annotated[str, StringConstraints(pattern=r"^https://[^?#\s]+[^?#\s/]$")]
    """Where HTTP access leads to the payment callback; the merchant number is added as the path's last part."""
    gateway: Annotated[str, StringConstraints(pattern=r"^(https://[^?#\s/]+|http://127\.0\.0\.1:[0-9]{1,5})$")] = (
        GATEWAY
    )
    """WeChat's address; it has a second one for when the first is down, and a simulator has its own on this machine."""
    connect_limit_s: float = 2.0
    answer_limit_s: float = 4.0


class MerchantSettings(FromEnvironment):
    """`WECHAT_PAY_MCHID` and so on for the brand's one merchant, or `WECHAT_PAY_FILE`: a JSON list, the brand's first.

    The platform gives a function 4 KB of environment, which holds the keys of one merchant but not of two.
    """

    PREFIX = "WECHAT_PAY_"

    file: Path | None = None
    mchid: str = ""
    appid: str = ""
    serial_no: str = ""
    private_key: SecretStr = SecretStr("")
    apiv3_key: SecretStr = SecretStr("")
    public_key: str = ""
    public_key_id: str = ""
    notify_url: str = ""
    gateway: str = GATEWAY

    def merchants(self) -> list[Merchant]:
        """Every merchant, the brand's own first; none when nothing is set. Raises ValidationError, OSError."""
        if self.file is not None:
            return TypeAdapter(list[Merchant]).validate_json(self.file.read_bytes())
        return [Merchant.model_validate(self.model_dump(exclude={"file"}))] if self.mchid else []


@lru_cache(maxsize=1)
def merchants() -> Mapping[str, Merchant]:
    """By merchant number, the brand's own first; read once per process."""
    return {merchant.mchid: merchant for merchant in MerchantSettings().merchants()}


def merchant(mchid: str = "") -> Merchant:
    """The merchant of this number, the brand's own without one. Raises PaymentUnavailable if there is none."""
    known = merchants()
    found = known.get(mchid) if mchid else next(iter(known.values()), None)
    if found is None:
        raise PaymentUnavailable
    return found
