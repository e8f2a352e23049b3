"""What a printer answers about itself, by its condition (ESC/POS status bytes)."""

from __future__ import annotations

from typing import Literal, get_args

from scripts.local.escpos_decoder import Command

Condition = Literal["ready", "paperOut", "paperLow", "coverOpen", "offline", "silent", "mute fence"]
CONDITIONS: tuple[Condition, ...] = get_args(Condition)

_ALWAYS = 0x12
_OFFLINE, _COVER, _PAPER_STOP = 0x08, 0x04, 0x20
_NEAR_END, _END = 0x0C, 0x60


def prints(condition: Condition) -> bool:
    """Whether paper comes out now. Otherwise what was received waits in the buffer."""
    return condition not in ("paperOut", "coverOpen", "offline")


def realtime_status(question: int, condition: Condition) -> bytes:
    """The answer to `DLE EOT` 1 to 4 (printer, cause of offline, error, paper); nothing for other questions."""
    if condition == "silent":
        return b""
    stopped = not prints(condition)
    paper = _END | _NEAR_END if condition == "paperOut" else _NEAR_END if condition == "paperLow" else 0
    cause = {"paperOut": _PAPER_STOP, "coverOpen": _COVER}.get(condition, 0)
    answer = {1: _OFFLINE if stopped else 0, 2: cause, 3: 0, 4: paper}.get(question)
    return b"" if answer is None else bytes((_ALWAYS | answer,))


def queued_answer(command: Command, condition: Condition) -> bytes:
    """The answer to a question that is reached when all before it is printed: `GS r 1` and the print fence."""
    if condition == "silent":
        return b""
    if command.name == b"\x1dr" and command.args in (b"\x01", b"1"):
        return b"\x03" if condition == "paperLow" else b"\x00"
    if command.name == b"\x1d(H" and command.args[:4] == b"\x06\x0000" and condition != "mute fence":
        return b"\x37\x22" + command.args[4:8] + b"\x00"
    return b""
