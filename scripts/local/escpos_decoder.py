"""ESC/POS as a stream: bytes in any pieces become whole commands and text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

ESC, FS, GS, DLE = b"\x1b", b"\x1c", b"\x1d", b"\x10"

TEXT = b""
"""The name of a piece of text; its bytes are the arguments."""

_FIXED: dict[bytes, int] = {
    **{b"\x1b" + bytes((code,)): 0 for code in b"@2imSL<\x0c"},
    **{b"\x1b" + bytes((code,)): 1 for code in b'tdJa!E-GMVT{3 RrUe="%?K'},
    **{b"\x1b" + bytes((code,)): 2 for code in b"cB$\\"},
    b"\x1bp": 3,
    b"\x1bW": 8,
    **{b"\x1c" + bytes((code,)): 0 for code in b"&."},
    **{b"\x1c" + bytes((code,)): 1 for code in b"!-WC"},
    **{b"\x1c" + bytes((code,)): 2 for code in b"Sp"},
    **{b"\x1d" + bytes((code,)): 1 for code in b"!Barhw/HfbIET"},
    **{b"\x1d" + bytes((code,)): 2 for code in b"LWP$\\"},
    b"\x1d^": 3,
    b"\x10\x05": 1,
    b"\x10\x14": 3,
}
"""How many bytes follow each command of fixed length."""

_CUT_WITH_FEED = frozenset(b"ABabgh")
_CONTROLS = frozenset(b"\n\r\t\x0c\x18")


@dataclass(frozen=True)
class Command:
    """One command: its first bytes, and what follows them. A single control such as LF has no arguments."""

    name: bytes
    args: bytes = b""


class EscPosDecoder:
    """Feed it what arrives. `unknown` counts the commands it did not know and skipped."""

    def __init__(self) -> None:
        self.unknown = 0
        self._rest = bytearray()

    def feed(self, data: bytes) -> Iterator[Command]:
        """Every command that is complete by now, in order. What is incomplete waits for the next piece."""
        self._rest += data
        while self._rest:
            length = self._length()
            if length is None or length > len(self._rest):
                return
            taken = bytes(self._rest[:length])
            del self._rest[:length]
            command = self._command(taken)
            if command is not None:
                yield command

    def _command(self, taken: bytes) -> Command | None:
        first = taken[0]
        if first in b"\x1b\x1c\x1d\x10":
            if len(taken) == 2 and taken not in _FIXED:
                self.unknown += 1
                return None
            prefix = 3 if taken[:2] in (b"\x1d(", b"\x1d8", b"\x1dv") else 2
            return Command(taken[:prefix], taken[prefix:])
        if first >= 0x20:
            return Command(TEXT, taken)
        return Command(taken) if first in _CONTROLS else None

    def _length(self) -> int | None:
        """How many bytes the first command takes; None while that cannot be told."""
        rest = self._rest
        if rest[0] not in b"\x1b\x1c\x1d\x10":
            return _text_run(rest)
        if len(rest) < 2:
            return None
        name = bytes(rest[:2])
        fixed = _FIXED.get(name)
        return 2 + fixed if fixed is not None else _variable_length(name, rest)


def _text_run(rest: bytearray) -> int:
    if rest[0] < 0x20:
        return 1
    return next((at for at, byte in enumerate(rest) if byte < 0x20), len(rest))


def _variable_length(name: bytes, rest: bytearray) -> int | None:
    """The length of a command that says its own length; 2 if nobody knows it, so that just its name is skipped."""
    rule = {
        b"\x10\x04": _status_request,
        b"\x1b*": _bit_image,
        b"\x1bD": _until_nul,
        b"\x1d(": _counted_16,
        b"\x1d8": _counted_32,
        b"\x1dV": _cut,
        b"\x1dk": _barcode,
        b"\x1dv": _raster,
    }.get(name)
    return rule(rest) if rule else 2


def _status_request(rest: bytearray) -> int | None:
    if len(rest) < 3:
        return None
    return 4 if rest[2] in (7, 8, 18) else 3


def _bit_image(rest: bytearray) -> int | None:
    if len(rest) < 5:
        return None
    return 5 + int.from_bytes(rest[3:5], "little") * (3 if rest[2] in (32, 33) else 1)


def _until_nul(rest: bytearray) -> int | None:
    end = rest.find(0, 2)
    return None if end < 0 else end + 1


def _counted_16(rest: bytearray) -> int | None:
    return None if len(rest) < 5 else 5 + int.from_bytes(rest[3:5], "little")


def _counted_32(rest: bytearray) -> int | None:
    return None if len(rest) < 7 else 7 + int.from_bytes(rest[3:7], "little")


def _cut(rest: bytearray) -> int | None:
    if len(rest) < 3:
        return None
    return 4 if rest[2] in _CUT_WITH_FEED else 3


def _barcode(rest: bytearray) -> int | None:
    if len(rest) < 4:
        return None
    return _until_nul(rest) if rest[2] <= 6 else 4 + rest[3]


def _raster(rest: bytearray) -> int | None:
    if len(rest) < 8:
        return None
    return 8 + int.from_bytes(rest[4:6], "little") * int.from_bytes(rest[6:8], "little")
