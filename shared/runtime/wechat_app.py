"""The mini-program at WeChat: the credentials with which it sends messages to its guests."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated, Literal

from pydantic import Field, SecretStr, StringConstraints

from shared.errors import MessagesUnavailable
from shared.runtime.environment import FromEnvironment

ADDRESS = "https://api.weixin.qq.com"


class WechatApp(FromEnvironment):
    """`WECHAT_APP_ID`, `WECHAT_APP_SECRET` and so on; the secret never leaves for anything but WeChat's address."""

    PREFIX = "WECHAT_APP_"

    id: Annotated[str, StringConstraints(pattern=r"^[0-9A-Za-z_-]{0,64}$")] = ""
    secret: SecretStr = SecretStr("")
    address: Annotated[str, StringConstraints(pattern=r"^(https://[^?#\s/]+|http://127\.0\.0\.1:[0-9]{1,5})$")] = (
        ADDRESS
    )
    """WeChat's; a simulator has its own on this machine."""
    page_state: Literal["formal", "trial", "developer"] = "formal"
    """Which edition of the mini-program a tap on a message opens."""
    limit_s: Annotated[float, Field(gt=0, le=10)] = 3.0
    """How long to wait for each step of a call."""


@lru_cache(maxsize=1)
def wechat_app() -> WechatApp:
    """The process's mini-program. Raises MessagesUnavailable when it is not set."""
    found = WechatApp()
    if not found.id or not found.secret.get_secret_value():
        raise MessagesUnavailable
    return found
