"""The few ESC/POS commands that every print job shares."""

from __future__ import annotations

RESET = b"\x1b@"
FEED_TO_CUTTER = b"\x1bd\x04"
"""The cutter sits about 15 mm above the head; `GS V 1` cuts where the paper is, on cheap printers as on good ones."""
CUT = b"\x1dV\x01"


def drawer_pulse(pin: int) -> bytes:
    """Opens the drawer that hangs at pin 2 or 5 of the printer's socket: 50 ms of current, which every lock takes."""
    return b"\x1bp" + (b"\x01" if pin == 5 else b"\x00") + b"\x19\xfa"
