"""How a call is said: the clips to play for it, in order, once through.

The page plays a chime and then these clips twice. A clip's name is its file's name without the ending.
"""

from __future__ import annotations

import re
import unicodedata

from typing_extensions import assert_never

from shared.contracts.events import Call

CHIME = "chime"
TIMES_SPOKEN = 2

PLEASE = "qing"
NUMBER = "hao"
TO_THE_PICKUP_COUNTER = "dao-qucankou-qucan"
TO_THE_FRONT_DESK = "dao-qiantai-ruzuo"
WAITER_PLEASE_COME_TO = "fuwuyuan-qingdao"
LOOK_AT_THE_SCREEN = "qing-kan-pingmu"
ONE_SPELLED = "yao"
TEN = "10"

_WORDS = {
    "号": NUMBER,
    "桌": "zhuo",
    "台": "tai",
    "包间": "baojian",
    "雅间": "yajian",
    "卡座": "kazuo",
    "大厅": "dating",
}
_NUMERALS = {numeral: str(value) for value, numeral in enumerate("零一二三四五六七八九十")}
_SILENT = re.compile(r"[\s\-#·.]+")
_TOKEN = re.compile("|".join(("[0-9]+", "[a-z]", *_WORDS, *_NUMERALS)))


def clips_for(call: Call) -> tuple[str, ...]:
    """The clips that say this call. A label that clips cannot say whole sends the guest to the screen instead."""
    said = _spell(call.label, as_table=call.kind == "table")
    if not said:
        return (LOOK_AT_THE_SCREEN,)
    if call.kind == "table":
        return (WAITER_PLEASE_COME_TO, *said)
    number = said if said[-1] == NUMBER else (*said, NUMBER)
    if call.kind == "pickup":
        return (PLEASE, *number, TO_THE_PICKUP_COUNTER)
    if call.kind == "queue":
        return (PLEASE, *number, TO_THE_FRONT_DESK)
    assert_never(call.kind)


def every_clip() -> tuple[str, ...]:
    """The names of all clips that a call can ask for, the chime first."""
    phrases = (
        PLEASE,
        TO_THE_PICKUP_COUNTER,
        TO_THE_FRONT_DESK,
        WAITER_PLEASE_COME_TO,
        LOOK_AT_THE_SCREEN,
    )
    letters = tuple("abcdefghijklmnopqrstuvwxyz")
    return (CHIME, *_NUMERALS.values(), ONE_SPELLED, *letters, *_WORDS.values(), *phrases)


def _spell(label: str, *, as_table: bool) -> tuple[str, ...]:
    """The label's clips, or nothing if any part of it has no clip."""
    rest = _SILENT.sub("", unicodedata.normalize("NFKC", label).lower())
    said: list[str] = []
    while rest:
        token = _TOKEN.match(rest)
        if token is None:
            return ()
        said += _say(token.group(), as_table=as_table)
        rest = rest[token.end() :]
    return tuple(said)


def _say(token: str, *, as_table: bool) -> tuple[str, ...]:
    if token in _WORDS:
        return (_WORDS[token],)
    if token in _NUMERALS:
        return (_NUMERALS[token],)
    if token.isascii() and token.isdigit():
        return _count(token) if as_table else _digits(token)
    return (token,)


def _digits(number: str) -> tuple[str, ...]:
    """Digit by digit, as numbers are read out over a loudspeaker: 1 is 幺, which nobody mistakes for 7."""
    return tuple(ONE_SPELLED if digit == "1" else digit for digit in number)


def _count(number: str) -> tuple[str, ...]:
    """As waiters say a table: 十二号桌. From 100 on, and with a leading zero, digit by digit."""
    if len(number) > 2 or number.startswith("0"):
        return _digits(number)
    tens, ones = divmod(int(number), 10)
    said: list[str] = []
    if tens > 1:
        said.append(str(tens))
    if tens:
        said.append(TEN)
    if ones:
        said.append(str(ones))
    return tuple(said)
