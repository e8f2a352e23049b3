"""What WeChat's error codes mean to us: final or not, sent or not. They come with status 200."""

from __future__ import annotations

from collections.abc import Mapping

from shared.errors import MessageRefused, MessagesBusy, MessagesUnavailable, ZaotaiError


class NoConsent(MessageRefused):
    """The guest did not consent, or the consent was used by an earlier message."""


class CodeRefused(MessageRefused):
    """The code that the guest's phone number was asked with is over, was used, or never was one."""


class TokenRefused(MessagesBusy):
    """The access token is over, or was replaced: the same message goes through with another."""


_MEANING: Mapping[int, type[ZaotaiError]] = {
    -1: MessagesBusy,
    40001: TokenRefused,
    40014: TokenRefused,
    42001: TokenRefused,
    40029: CodeRefused,
    40163: CodeRefused,  # used before
    43101: NoConsent,
    40003: MessageRefused,  # not an openid of this mini-program
    40037: MessageRefused,  # no such template
    41030: MessageRefused,  # no such page
    47003: MessageRefused,  # the template's keys, or a value that does not fit its key
    43108: MessagesBusy,  # two at once to one guest
    45009: MessagesBusy,  # the day's quota
    45011: MessagesBusy,  # the minute's
    40013: MessagesUnavailable,  # appid
    40125: MessagesUnavailable,  # secret
    40164: MessagesUnavailable,  # this address is not on the mini-program's list
    40243: MessagesUnavailable,  # the secret is frozen
    43107: MessagesUnavailable,  # the right to send is withdrawn
    48001: MessagesUnavailable,  # the right to call was never given
    50002: MessagesUnavailable,
    50007: MessagesUnavailable,  # the account is frozen
}


def refusal(code: int) -> ZaotaiError:
    """The error for a code that is not 0; one we do not know is a final no to this message."""
    return _MEANING.get(code, MessageRefused)(details={"reason": str(code)})
