"""Ids and chance: the only place that draws them."""

from __future__ import annotations

import random
import secrets
import time

_READABLE = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_rng = random.SystemRandom()


def new_id() -> str:
    """A fresh id: 24 hex characters that sort by time of making (to the millisecond), 52 bits of chance behind."""
    return f"{time.time_ns() // 1_000_000:011x}{secrets.randbits(52):013x}"


def new_secret() -> str:
    """A fresh secret for a credential, 43 URL-safe characters."""
    return secrets.token_urlsafe(32)


def order_no(biz_date: str) -> str:
    """A readable order number that does not reveal the day's volume: `261124-7K3QXM2P` (rule 12)."""
    drawn, letters = secrets.randbelow(len(_READABLE) ** 8), ""
    for _ in range(8):
        drawn, digit = divmod(drawn, len(_READABLE))
        letters += _READABLE[digit]
    return f"{biz_date[2:4]}{biz_date[5:7]}{biz_date[8:10]}-{letters}"


def draw(below: int) -> int:
    """A number from 0 on, below this one."""
    return secrets.randbelow(below)


def jitter(ceiling_s: float) -> float:
    """A wait between 0 and the ceiling: full jitter."""
    return _rng.uniform(0, ceiling_s)
