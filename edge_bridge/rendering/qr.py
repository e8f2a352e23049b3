"""QR codes as pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image


def qr_image(text: str, *, dot: int, quiet: int) -> Image:
    """The QR of the text, `dot` dots a module, with `quiet` white modules around it (mode "L")."""
    import segno
    from PIL import Image

    matrix = segno.make(text, error="m", micro=False, boost_error=False).matrix
    side = len(matrix) + 2 * quiet
    image = Image.new("L", (side, side), 255)
    for y, row in enumerate(matrix):
        for x, module in enumerate(row):
            if module:
                image.putpixel((x + quiet, y + quiet), 0)
    return image.resize((side * dot, side * dot), Image.Resampling.NEAREST)
