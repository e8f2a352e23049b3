"""The platform's cron lines: second, minute, hour, day, month, weekday, year, in China's time."""

from __future__ import annotations

import re

_FIELDS = (
    ("second", 0, 59),
    ("minute", 0, 59),
    ("hour", 0, 23),
    ("day", 1, 31),
    ("month", 1, 12),
    ("weekday", 0, 6),
    ("year", 1970, 2099),
)
_PART = re.compile(r"(?:\*|(?P<low>\d{1,4})(?:-(?P<high>\d{1,4}))?)(?:/(?P<step>\d{1,4}))?")


def cron_fault(line: str) -> str | None:
    """What is wrong with a cron line, or None. Of names (`MON`) and of `L`, `W` and `#` nothing is known to be safe."""
    fields = line.split()
    if len(fields) != len(_FIELDS):
        return f"has {len(fields)} fields, the platform wants {len(_FIELDS)}"
    for text, (name, lowest, highest) in zip(fields, _FIELDS, strict=True):
        for part in text.split(","):
            if fault := _part_fault(part, lowest, highest):
                return f"{name} {text!r}: {fault}"
    return None


def _part_fault(part: str, lowest: int, highest: int) -> str | None:
    found = _PART.fullmatch(part)
    if found is None:
        return "is no number, range or step"
    if found["low"] is not None:
        low = int(found["low"])
        high = int(found["high"] or low)
        if not lowest <= low <= high <= highest:
            return f"must rise within {lowest} to {highest}"
    if found["step"] is not None and not 1 <= int(found["step"]) <= highest:
        return f"a step must be 1 to {highest}"
    return None
