"""The channel to WeChat's messages and phone numbers, over the standard library: its calls are small JSON."""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import quote, urlsplit

from pydantic import BaseModel, ConfigDict, Field, StrictInt, ValidationError

from shared.errors import MessagesBusy, MessageUnanswered
from shared.gateways.wechat_messages.refusals import refusal
from shared.runtime.wechat_app import WechatApp, wechat_app

_ANSWER_LIMIT = 64 * 1024


@dataclass(frozen=True)
class AccessToken:
    """A credential of the mini-program, and for how long WeChat takes it."""

    text: str = field(repr=False)
    lives_s: int


@dataclass(frozen=True)
class Sending:
    """One message as WeChat sends it."""

    openid: str = field(repr=False)
    template_id: str
    page: str
    data: Mapping[str, str] = field(repr=False)


class MessageChannel(Protocol):
    """How guests are told something.

    All calls raise MessagesBusy (nothing was done), MessageUnanswered or MessagesUnavailable.
    """

    def token(self, *, force: bool = False) -> AccessToken:
        """The mini-program's token, the same for all who ask; with `force` a new one, and the old one ends."""

    def send(self, token: str, sending: Sending) -> None:
        """Send one message. Raises TokenRefused, NoConsent, MessageRefused (final)."""

    def phone_number(self, token: str, code: str) -> str:
        """The number that a guest let the mini-program know of by `code`. Raises TokenRefused, CodeRefused (final)."""

    def close(self) -> None:
        """Let the connection go until the next call."""


class WechatMessages:
    """WeChat's own channel; it keeps one connection from call to call until it is closed, so close it before a rest."""

    def __init__(self, app: WechatApp) -> None:
        self._app = app
        self._connection: http.client.HTTPConnection | None = None

    def token(self, *, force: bool = False) -> AccessToken:
        """By `stable_token`, which gives everybody the same one until five minutes before its end."""
        told = {
            "grant_type": "client_credential",
            "appid": self._app.id,
            "secret": self._app.secret.get_secret_value(),
            "force_refresh": force,
        }
        raw = self._posted("/cgi-bin/stable_token", told)
        try:
            answer = _TokenAnswer.model_validate(raw)
        except ValidationError as error:
            raise MessageUnanswered from error
        return AccessToken(answer.access_token, answer.expires_in)

    def send(self, token: str, sending: Sending) -> None:
        """By `message/subscribe/send`."""
        told = {
            "touser": sending.openid,
            "template_id": sending.template_id,
            "miniprogram_state": self._app.page_state,
            "lang": "zh_CN",
            "data": {key: {"value": value} for key, value in sending.data.items()},
            **({"page": sending.page} if sending.page else {}),
        }
        self._posted(f"/cgi-bin/message/subscribe/send?access_token={quote(token, safe='')}", told)

    def phone_number(self, token: str, code: str) -> str:
        """By `getuserphonenumber`; a code is good for five minutes, once."""
        raw = self._posted(f"/wxa/business/getuserphonenumber?access_token={quote(token, safe='')}", {"code": code})
        try:
            answer = _PhoneAnswer.model_validate(raw)
        except ValidationError as error:
            raise MessageUnanswered from error
        if answer.phone_info.watermark.appid != self._app.id:
            raise MessageUnanswered
        return answer.phone_info.pure_number

    def close(self) -> None:
        """Let the connection go."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _posted(self, target: str, told: Mapping[str, object]) -> dict[str, object]:
        """The answer's JSON when its code is 0. Without a connection nothing was sent; after that nobody knows."""
        connection = self._connected()
        try:
            connection.request(
                "POST", target, json.dumps(told, ensure_ascii=False).encode(), {"Content-Type": "application/json"}
            )
            response = connection.getresponse()
            raw = response.read(_ANSWER_LIMIT)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            # Without the cause: its text may name the target, which holds the token.
            raise MessageUnanswered(details={"reason": type(error).__name__}) from None
        return _understood(response.status, raw)

    def _connected(self) -> http.client.HTTPConnection:
        if self._connection is None:
            place = urlsplit(self._app.address)
            kind = http.client.HTTPSConnection if place.scheme == "https" else http.client.HTTPConnection
            connection = kind(place.hostname or "", place.port, timeout=self._app.limit_s)
            try:
                connection.connect()
            except OSError as error:
                raise MessagesBusy(details={"reason": type(error).__name__}) from error
            self._connection = connection
        return self._connection


class _TokenAnswer(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    access_token: str = Field(min_length=1, max_length=2048)
    expires_in: StrictInt = Field(gt=0)


class _Watermark(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    appid: str


class _PhoneInfo(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    pure_number: str = Field(alias="purePhoneNumber", pattern=r"^[0-9]{5,20}$")
    watermark: _Watermark


class _PhoneAnswer(BaseModel):
    model_config = ConfigDict(extra="ignore", hide_input_in_errors=True)

    phone_info: _PhoneInfo


def _understood(status: int, raw: bytes) -> dict[str, object]:
    try:
        answer = json.loads(raw)
    except ValueError:
        answer = None
    if status != 200 or not isinstance(answer, dict):
        raise MessageUnanswered(details={"reason": f"HTTP {status}"})
    code = answer.get("errcode", 0)
    if not isinstance(code, int):
        raise MessageUnanswered
    if code:
        raise refusal(code)
    return answer


def message_channel() -> MessageChannel:
    """A channel of the mini-program's, for one run. Raises MessagesUnavailable when it is not set up."""
    return WechatMessages(wechat_app())
