"""A merchant's requests: whether they are signed, and whether they say what they must."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import Annotated, Literal, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StrictInt, StringConstraints, ValidationError

from scripts.local.wechat_pay.keys import WINDOW_S, Account, is_signed
from scripts.local.wechat_pay.refused import RefusedError

_SCHEME = "WECHATPAY2-SHA256-RSA2048 "
_PART = re.compile(r'(\w+)="([^"]*)"')

B = TypeVar("B", bound=BaseModel)
NotifyUrl = Annotated[str, StringConstraints(pattern=r"^https://[^?#\s]{1,240}$")]
OutTradeNo = Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_\-|*]{6,32}$")]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Payer(_Body):
    """Who is to pay."""

    openid: Annotated[str, StringConstraints(min_length=1, max_length=128)]


class PayAmount(_Body):
    """How much."""

    total: StrictInt = Field(gt=0)
    currency: Literal["CNY"] = "CNY"


class PrepareBody(_Body):
    """`POST /v3/pay/transactions/jsapi`."""

    appid: str
    mchid: str
    description: Annotated[str, StringConstraints(min_length=1, max_length=127)]
    out_trade_no: OutTradeNo
    time_expire: AwareDatetime
    notify_url: NotifyUrl
    amount: PayAmount
    payer: Payer


class CloseBody(_Body):
    """`POST …/close`."""

    mchid: str


class RefundAmount(_Body):
    """How much of how much."""

    refund: StrictInt = Field(gt=0)
    total: StrictInt = Field(gt=0)
    currency: Literal["CNY"]


class RefundBody(_Body):
    """`POST /v3/refund/domestic/refunds`."""

    out_trade_no: OutTradeNo
    out_refund_no: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_\-|*@]{1,64}$")]
    reason: Annotated[str, StringConstraints(max_length=80)] = ""
    notify_url: NotifyUrl
    amount: RefundAmount


def parsed(kind: type[B], body: bytes) -> B:
    """The body. Raises RefusedError naming what is wrong."""
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        first = error.errors()[0]
        place = "/".join(map(str, first["loc"]))
        raise RefusedError("PARAM_ERROR", f"参数错误：/{place} {first['msg']}") from error


def signer(accounts: Mapping[str, Account], authorization: str, *, method: str, target: str, body: bytes) -> Account:
    """Who signed this request, just now. Raises RefusedError."""
    parts = dict(_PART.findall(authorization.removeprefix(_SCHEME)))
    account = accounts.get(parts.get("mchid", ""))
    stamp = parts.get("timestamp", "")
    if not authorization.startswith(_SCHEME) or account is None or parts.get("serial_no") != account.serial_no:
        raise RefusedError("SIGN_ERROR", "商户证书序列号有误")
    if not stamp.isdigit() or abs(time.time() - int(stamp)) > WINDOW_S:
        raise RefusedError("SIGN_ERROR", "Authorization 的时间戳与服务器相差超过 5 分钟")
    lines = (method, target, stamp, parts.get("nonce_str", ""), body.decode("utf-8", "replace"))
    if not is_signed(account.key, parts.get("signature", ""), *lines):
        raise RefusedError("SIGN_ERROR", "签名错误，请检查后再试")
    return account
