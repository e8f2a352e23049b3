"""Where a line of Chinese may break, whatever its characters are measured in."""

from __future__ import annotations

import re
from collections.abc import Callable

_WORD = re.compile(r"[A-Za-z0-9.,%#/×+\-]+|\s+|.")
_NOT_AT_LINE_START = frozenset("，。、；：！？）》】”’…,.;:!?)%")
_NOT_AT_LINE_END = frozenset("（《“‘(")


def broken(text: str, *, width: int, measure: Callable[[str], int]) -> list[str]:
    """The text in lines that measure at most `width`: words stay whole where they can, and no line starts with
    a comma or ends with an opening bracket."""
    lines = [""]
    for word in _words(text, width=width, measure=measure):
        if measure(lines[-1] + word) <= width or not lines[-1]:
            lines[-1] += word
        elif word.isspace():
            continue
        elif len(lines[-1]) > 1 and (word in _NOT_AT_LINE_START or lines[-1][-1] in _NOT_AT_LINE_END):
            lines[-1], carried = lines[-1][:-1], lines[-1][-1]
            lines.append(carried + word)
        else:
            lines.append(word)
    return [line.strip() for line in lines if line.strip()]


def side_by_side(items: tuple[str, ...], *, width: int, measure: Callable[[str], int]) -> list[str]:
    """The items in lines, never broken inside one that fits on a line."""
    rows: list[str] = []
    for item in items:
        joined = f"{rows[-1]}　{item}" if rows else item
        if rows and measure(joined) <= width:
            rows[-1] = joined
        else:
            rows.extend(broken(item, width=width, measure=measure))
    return rows


def _words(text: str, *, width: int, measure: Callable[[str], int]) -> list[str]:
    """Pieces that are not broken: Latin words and numbers, single characters otherwise; too long a word is cut up."""
    words: list[str] = []
    for word in _WORD.findall(text):
        words.extend([word] if measure(word) <= width else word)
    return words
