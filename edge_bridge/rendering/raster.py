"""A picture as one complete print job: reset, raster bands, feed, cut. Pure; it talks to nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edge_bridge.rendering.commands import CUT, FEED_TO_CUTTER, RESET

if TYPE_CHECKING:
    from PIL.Image import Image

_BAND_ROWS = 128
"""Cheap printers buffer little: a long ticket sent as one raster image stops in the middle on some of them."""


def page_bytes(image: Image) -> bytes:
    """The job that prints the picture and cuts. Any mode; grey is dithered, so pass mode "1" for exact dots."""
    return RESET + b"".join(_bands(image.convert("1"))) + FEED_TO_CUTTER + CUT


def _bands(image: Image) -> list[bytes]:
    # In mode "1" a set bit is white, rows padded to whole bytes; on the wire a set bit is a burnt dot.
    from PIL import ImageChops

    row_bytes = (image.width + 7) // 8
    padded = image.crop((0, 0, row_bytes * 8, image.height))
    if padded.width > image.width:
        padded.paste(255, (image.width, 0, padded.width, image.height))
    data = ImageChops.invert(padded).tobytes()
    return [
        _band(data[top * row_bytes : (top + _BAND_ROWS) * row_bytes], row_bytes=row_bytes)
        for top in range(0, image.height, _BAND_ROWS)
    ]


def _band(data: bytes, *, row_bytes: int) -> bytes:
    rows = len(data) // row_bytes
    return b"\x1dv0\x00" + row_bytes.to_bytes(2, "little") + rows.to_bytes(2, "little") + data
