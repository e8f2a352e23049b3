"""What guests are told by WeChat: kinds of messages, and what a template makes of the facts.

A brand's templates come from WeChat's library, each with keys of its own such as `thing2` or `time3`; the brand says
which of our facts goes where. WeChat refuses a value that does not fit its key's type, so each is made to fit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Literal, get_args
from zoneinfo import ZoneInfo

MessageKind = Literal["accepted", "ready", "refund", "booked", "reminder", "queueNear", "queueCalled", "coupon"]
MESSAGE_KINDS: tuple[MessageKind, ...] = get_args(MessageKind)
MARKETING: frozenset[MessageKind] = frozenset({"coupon"})
"""Kinds that wait behind all others, and for quiet hours to be over."""

FACTS: Mapping[MessageKind, frozenset[str]] = {
    "accepted": frozenset({"shop", "number", "dishes", "amount", "at", "note"}),
    "ready": frozenset({"shop", "number", "dishes", "note"}),
    "refund": frozenset({"shop", "number", "amount", "at", "note"}),
    "booked": frozenset({"shop", "number", "at", "guests", "table", "name", "note"}),
    "reminder": frozenset({"shop", "number", "at", "guests", "table", "name", "note"}),
    "queueNear": frozenset({"shop", "number", "ahead", "note"}),
    "queueCalled": frozenset({"shop", "number", "note"}),
    "coupon": frozenset({"shop", "title", "until", "note"}),
}
"""What a template can say of each kind."""

THING = 20
_KEY = re.compile(r"([a-z_]+?)[0-9]+")


@dataclass(frozen=True)
class Template:
    """A brand's template of one kind: `fields` names the fact for each of its keys; `{ref}` in `page` is the thing."""

    template_id: str
    fields: Mapping[str, str]
    page: str = ""

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> Template:
        """From its settings."""
        return cls(found["template_id"], dict(found["fields"]), found.get("page", ""))

    def data(self, facts: Mapping[str, str]) -> dict[str, str]:
        """Each key's value, of its type and no longer than WeChat takes."""
        return {key: fitted(key, facts.get(fact, "")) for key, fact in self.fields.items()}

    def page_of(self, ref: str) -> str:
        """Where a tap on the message leads."""
        return self.page.replace("{ref}", ref)


@dataclass(frozen=True)
class MessagePolicy:
    """What the brand sends: a template per kind, at most so many a minute; the queue's nearness is in parties.

    A push gives at most `push_per_minute` coupons, tells a member of at most `push_per_day` pushes a day, and tells
    nobody from `quiet_from` to before `quiet_until`.
    """

    templates: Mapping[MessageKind, Template] = field(default_factory=dict)
    per_minute: int = 600
    near: int = 2
    push_per_minute: int = 20_000
    push_per_day: int = 1
    quiet_from: str = "21:00"
    quiet_until: str = "09:00"
    zone: str = "Asia/Shanghai"

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> MessagePolicy:
        """From the brand's settings; a kind that is not there is not sent."""
        told = found.get("kinds", {})
        templates = {kind: Template.of(told[kind]) for kind in MESSAGE_KINDS if kind in told}
        return cls(templates, **{name: found[name] for name in _USUAL if name in found})

    def is_quiet(self, now: datetime) -> bool:
        """Whether members are left in peace; the same time twice is never."""
        clock = f"{now.astimezone(ZoneInfo(self.zone)):%H:%M}"
        if self.quiet_from <= self.quiet_until:
            return self.quiet_from <= clock < self.quiet_until
        return clock >= self.quiet_from or clock < self.quiet_until


_USUAL = frozenset(one.name for one in fields(MessagePolicy)) - {"templates"}


@dataclass(frozen=True)
class Message:
    """What a guest is to be told once: `cause` names it, `ref` what it is about. After `ends_at` it is not sent."""

    cause: str
    kind: MessageKind
    openid: str = field(repr=False)
    facts: Mapping[str, str]
    due_at: datetime
    ends_at: datetime
    ref: str = ""
    push_id: str | None = None


def fitted(key: str, text: str) -> str:
    """The text as WeChat takes it under this key; never empty, which WeChat refuses."""
    match = _KEY.fullmatch(key)
    fit = _FITS.get(match[1]) if match else None
    one_line = " ".join(text.split())
    return fit(one_line) if fit else one_line or _NOTHING


def told_time(at: datetime, zone: ZoneInfo) -> str:
    """A moment as WeChat's `time` and `date` keys take it: `2026年11月25日 18:30`."""
    local = at.astimezone(zone)
    return f"{local.year}年{local.month}月{local.day}日 {local:%H:%M}"


def told_amount(fen: int) -> str:
    """An amount as WeChat's `amount` keys take it: `12.50元`."""
    return f"{fen // 100}.{fen % 100:02d}元"


def told_dishes(names: tuple[str, ...], count: int) -> str:
    """What an order is, in a few characters: `羊肉烩面等3份`."""
    if not names:
        return ""
    rest = f"等{count}份" if count > 1 else ""
    return _cut(names[0], THING - len(rest)) + rest


_NOTHING = "无"


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _thing(text: str) -> str:
    """Without what WeChat counts as two characters, such as emoji."""
    return _cut("".join(one for one in text if one.isprintable() and ord(one) < 0x10000).strip(), THING) or _NOTHING


def _kept(pattern: str, limit: int, nothing: str) -> Callable[[str], str]:
    """What matches, as much of it as fits."""
    part = re.compile(pattern)
    return lambda text: "".join(part.findall(text))[:limit].strip() or nothing


def _number(text: str) -> str:
    """The first number in it."""
    match = re.search(r"[0-9][0-9.]{0,31}", text)
    return match[0] if match else "0"


def _name(text: str) -> str:
    """Ten Chinese characters, or twenty letters."""
    chinese = "".join(re.findall(r"[\u4e00-\u9fff]", text))
    return chinese[:10] or "".join(re.findall(r"[A-Za-z]", text))[:20] or "顾客"


_FITS: Mapping[str, Callable[[str], str]] = {
    "thing": _thing,
    "character_string": _kept(r"[!-~ ]", 32, "-"),
    "number": _number,
    "letter": _kept(r"[A-Za-z]", 32, "A"),
    "symbol": _kept(r"[!-/:-@\[-`{-~]", 5, "-"),
    "amount": _kept(r"[0-9.¥元]", 12, "0元"),
    "phone_number": _kept(r"[0-9+*-]", 17, "0"),
    "name": _name,
    "phrase": _kept(r"[\u4e00-\u9fff]", 5, _NOTHING),
}
