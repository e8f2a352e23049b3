"""The mini-program's access token, which all instances share and one of them renews at a time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from shared.errors import MessagesBusy, MessageUnanswered
from shared.gateways.wechat_messages import MessageChannel, TokenRefused
from shared.runtime.clock import utc_now
from shared.runtime.wechat_app import wechat_app
from shared.store import tokens
from shared.store.scope import Chain
from shared.store.tokens import KeptToken

R = TypeVar("R")
_MARGIN = timedelta(minutes=3)
"""So long before its end a token is renewed; WeChat gives a new one five minutes before."""


def with_token(chain: Chain, channel: MessageChannel, call: Callable[[str], R]) -> R:
    """Call WeChat under the kept token, and once more under a renewed one if WeChat does not take that.

    Raises what the call raises, and MessagesBusy while another instance renews the token, MessagesUnavailable.
    """
    token = _token(chain, channel)
    try:
        return call(token)
    except TokenRefused:
        return call(_token(chain, channel, refused=token))


def _token(chain: Chain, channel: MessageChannel, *, refused: str = "") -> str:
    """The shared token, renewed when it ends or WeChat has `refused` it."""
    name, now = f"wechat:{wechat_app().id}", utc_now()
    kept = tokens.find(chain, name)
    if kept is not None and kept.text != refused and kept.expires_at > now + _MARGIN:
        return kept.text
    if not tokens.lease(chain, name, seen=kept, now=now):
        if kept is not None and kept.text != refused and kept.expires_at > now:
            return kept.text
        raise MessagesBusy(details={"reason": "token"})
    try:
        fresh = channel.token()
        if fresh.text == refused:
            # WeChat gives out what it does not take: make it give another.
            fresh = channel.token(force=True)
    except MessageUnanswered as error:
        raise MessagesBusy(details={"reason": "token"}) from error
    tokens.keep(chain, name, KeptToken(fresh.text, now + timedelta(seconds=fresh.lives_s)))
    return fresh.text
