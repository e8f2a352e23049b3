"""WeChat's subscribe messages: an access token, and one message to one guest who consented."""

from __future__ import annotations

from shared.gateways.wechat_messages.channel import (
    AccessToken,
    MessageChannel,
    Sending,
    WechatMessages,
    message_channel,
)
from shared.gateways.wechat_messages.refusals import CodeRefused, NoConsent, TokenRefused

__all__ = [
    "AccessToken",
    "CodeRefused",
    "MessageChannel",
    "NoConsent",
    "Sending",
    "TokenRefused",
    "WechatMessages",
    "message_channel",
]
