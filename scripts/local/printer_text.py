"""Characters as a virtual printer's own font shows them: Chinese in 24-dot cells, the rest in half cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

CELL, HALF = 24, 12
LINE_DOTS = 34
"""From line to line after a reset: a sixth of an inch."""


@dataclass(frozen=True)
class Cell:
    """One character, how many times wider and higher than usual it is, and whether it is white on black."""

    char: str
    wide: int = 1
    high: int = 1
    inverse: bool = False

    @property
    def width(self) -> int:
        """In dots."""
        return (HALF if ord(self.char) < 0x80 else CELL) * self.wide


def rows(cells: list[Cell], *, width: int) -> list[list[Cell]]:
    """The cells in rows that fit on the paper, broken anywhere, as printers do."""
    broken: list[list[Cell]] = [[]]
    used = 0
    for cell in cells:
        if used + cell.width > width and broken[-1]:
            broken.append([])
            used = 0
        broken[-1].append(cell)
        used += cell.width
    return broken


def drawn(row: list[Cell]) -> Image:
    """One row as a picture as wide as its text, characters of all heights on one base line."""
    from PIL import Image

    highest = max(cell.high for cell in row)
    strip = Image.new("L", (sum(cell.width for cell in row), CELL * highest + LINE_DOTS - CELL), 255)
    x = 0
    for cell in row:
        strip.paste(_glyph(cell), (x, (highest - cell.high) * CELL))
        x += cell.width
    return strip


def _glyph(cell: Cell) -> Image:
    from PIL import Image, ImageDraw

    from edge_bridge.rendering.typeface import face, printable

    width = cell.width // cell.wide
    image = Image.new("L", (width, CELL), 255)
    size = 20 if width == HALF else CELL
    ImageDraw.Draw(image).text((0, 20), printable(cell.char), fill=0, font=face(size), anchor="ls")
    paper, ink = (0, 255) if cell.inverse else (255, 0)
    return image.point(lambda value: paper if value > 140 else ink).resize((cell.width, CELL * cell.high))
