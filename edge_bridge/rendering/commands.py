"""The few ESC/POS commands that every print job shares."""

from __future__ import annotations

RESET = b"\x1b@"
FEED_TO_CUTTER = b"\x1bd\x04"
"""The cutter sits about 15 mm above the head; `GS V 1` cuts where the paper is, on cheap printers as on good ones."""
CUT = b"\x1dV\x01"
