"""What the simulated WeChat knows: its one mini-program, templates, tokens, consents, and the messages it took."""

from __future__ import annotations

import re
import secrets
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

CHINA = timezone(timedelta(hours=8))
TOKEN_LIFE = timedelta(hours=2)
TOKEN_OVERLAP = timedelta(minutes=5)
FORCED_PER_DAY = 20

_KEY = re.compile(r"([a-z_]+?)\d+")
_CHINESE = r"[\u4e00-\u9fff]"
_TAKES: Mapping[str, re.Pattern[str]] = {
    "thing": re.compile(r"(?s).{1,20}"),
    "number": re.compile(r"\d[\d.]{0,31}"),
    "letter": re.compile(r"[A-Za-z]{1,32}"),
    "symbol": re.compile(r"[!-/:-@\[-`{-~]{1,5}"),
    "character_string": re.compile(r"[!-~ ]{1,32}"),
    "time": re.compile(r"(\d{4}年\d{1,2}月\d{1,2}日 ?)?\d{1,2}:\d{2}(:\d{2})?"),
    "date": re.compile(r"\d{4}年\d{1,2}月\d{1,2}日( \d{1,2}:\d{2})?"),
    "amount": re.compile(r"[¥$]?\d{1,10}(\.\d{1,2})?元?"),
    "phone_number": re.compile(r"[\d+*-]{1,17}"),
    "name": re.compile(rf"{_CHINESE}{{1,10}}|[A-Za-z]{{1,20}}"),
    "phrase": re.compile(rf"{_CHINESE}{{1,5}}"),
}
_PAGE = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_/-]*(\?[^\s]*)?")


class RefusedError(Exception):
    """WeChat says no, with its own code."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass
class _Token:
    text: str
    ends_at: datetime


@dataclass
class Book:
    """One mini-program's. `taken` is every message that was sent, as the guest sees it."""

    appid: str
    secret: str
    templates: dict[str, tuple[str, ...]] = field(default_factory=dict)
    consents: Counter[tuple[str, str]] = field(default_factory=Counter)
    known: set[str] = field(default_factory=set)
    taken: list[dict[str, object]] = field(default_factory=list)
    phone_codes: dict[str, str] = field(default_factory=dict)
    """The number that a guest agreed to tell, by a code that is good once."""
    asked: Counter[str] = field(default_factory=Counter)
    quota: int | None = None
    """So many messages are taken until 45009."""
    _tokens: list[_Token] = field(default_factory=list)
    _dead: str = ""
    _forced: int = 0
    _ahead: timedelta = timedelta(0)

    def now(self) -> datetime:
        """What its clock shows."""
        return datetime.now(timezone.utc) + self._ahead

    def advance(self, by: timedelta) -> None:
        """Set its clock forward."""
        self._ahead += by

    def phone_of(self, code: str) -> str:
        """The number behind a code, once."""
        try:
            return self.phone_codes.pop(code)
        except KeyError:
            raise RefusedError(40029, "invalid code") from None

    def token(self, appid: str, secret: str, *, force: bool) -> tuple[str, int]:
        """The token for all who ask, and its seconds; another one only by force or near its end."""
        if appid != self.appid:
            raise RefusedError(40013, "invalid appid")
        if not secrets.compare_digest(secret, self.secret):
            raise RefusedError(40125, "invalid appsecret")
        if force:
            self._forced += 1
            if self._forced > FORCED_PER_DAY:
                raise RefusedError(45009, "reach max api daily quota limit")
            self._tokens.clear()
        now = self.now()
        self._tokens = [one for one in self._tokens if one.ends_at > now]
        if not self._tokens or self._tokens[-1].ends_at - now <= TOKEN_OVERLAP:
            self._tokens.append(_Token(secrets.token_urlsafe(90), now + TOKEN_LIFE))
        newest = self._tokens[-1]
        return newest.text, int((newest.ends_at - now).total_seconds())

    def void_tokens(self, *, newest_too: bool) -> None:
        """As when somebody else makes WeChat give a new one; with `newest_too` what it gives is not taken either."""
        if self._tokens and not newest_too:
            self._tokens = [_Token(secrets.token_urlsafe(90), self.now() + TOKEN_LIFE)]
        elif self._tokens:
            self._dead = self._tokens[-1].text

    def require_token(self, text: str) -> None:
        """Raises RefusedError 41001, 40001 or 42001."""
        if not text:
            raise RefusedError(41001, "access_token missing")
        found = next((one for one in self._tokens if one.text == text), None)
        if found is None or text == self._dead:
            raise RefusedError(40001, "invalid credential, access_token is invalid or not latest")
        if found.ends_at <= self.now():
            raise RefusedError(42001, "access_token expired")

    def consent(self, openid: str, template_id: str, times: int) -> None:
        """A guest accepts the template so many times; from now on WeChat knows the guest."""
        self.known.add(openid)
        self.consents[openid, template_id] += times

    def send(self, *, openid: str, template_id: str, page: str, data: Mapping[str, str]) -> None:
        """Take one message. Raises RefusedError."""
        if openid not in self.known:
            raise RefusedError(40003, "invalid openid")
        keys = self.templates.get(template_id)
        if keys is None:
            raise RefusedError(40037, "invalid template_id")
        if page and not _PAGE.fullmatch(page):
            raise RefusedError(41030, "invalid page")
        if self.consents[openid, template_id] < 1:
            raise RefusedError(43101, "user refuse to accept the msg")
        _require_data(keys, data)
        if self.quota is not None:
            if self.quota < 1:
                raise RefusedError(45009, "reach max api daily quota limit")
            self.quota -= 1
        self.consents[openid, template_id] -= 1
        self.taken.append({"openid": openid, "templateId": template_id, "page": page, "data": dict(data)})


def _require_data(keys: tuple[str, ...], data: Mapping[str, str]) -> None:
    for key in keys:
        value = data.get(key, "")
        if not value:
            raise RefusedError(47003, f"argument invalid! data.{key}.value is empty")
        match = _KEY.fullmatch(key)
        takes = _TAKES.get(match[1]) if match else None
        if takes is not None and not takes.fullmatch(value):
            raise RefusedError(47003, f"argument invalid! data.{key}.value invalid")
