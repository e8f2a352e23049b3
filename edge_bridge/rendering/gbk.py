"""Text mode: lines in the printer's own Chinese font, for slow serial lines."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from edge_bridge.rendering.commands import CUT, FEED_TO_CUTTER, RESET
from edge_bridge.rendering.typeface import MISSING, invisible

CODE_PAGE_437 = b"\x1bt\x00"
CHINESE_ON, CHINESE_OFF = b"\x1c&", b"\x1c."


def text_bytes(lines: Iterable[str]) -> bytes:
    """One complete job: each line in GBK under the printer's Chinese mode, feed, cut."""
    body = b"".join(gbk_bytes(line) + b"\n" for line in lines)
    return RESET + CODE_PAGE_437 + CHINESE_ON + body + CHINESE_OFF + FEED_TO_CUTTER + CUT


def gbk_bytes(text: str) -> bytes:
    """The text in GBK without a single control byte: `¥` is `￥`, what GBK lacks is `〓`."""
    return b"".join(map(_char_bytes, unicodedata.normalize("NFC", text).replace("¥", "￥")))


def columns(text: str) -> int:
    """How many columns the text takes on paper: one per GBK byte (32 fit on 58 mm, 48 on 80 mm)."""
    return len(gbk_bytes(text))


def _char_bytes(char: str) -> bytes:
    if char.isspace():
        return b" "
    if invisible(char):
        return b""
    shown = char.encode("gbk", "ignore") if char.isprintable() else b""
    return shown or MISSING.encode("gbk")
