"""A sheet of ticket paper that grows as it is written on: black, white and nothing between."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from edge_bridge.rendering.typeface import face, text_width

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

BLACK, WHITE = 0, 255
_THRESHOLD = 140


class Sheet:
    """Marks are recorded with their place and drawn when the height is known. `y` is where the next line goes."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.y = 0
        self._marks: list[Callable[[ImageDraw], None]] = []
        self._pastes: list[tuple[Image, tuple[int, int]]] = []

    def text(self, text: str, *, x: int, y: int, size: int, white: bool = False) -> None:
        """One line of text; `y` is the top of its Chinese characters' em box."""
        fill = WHITE if white else BLACK
        # "ls" anchors at the baseline; the em box of Noto's Hanzi reaches 0.88 above it.
        at = (x, y + round(size * 0.88))
        self._marks.append(lambda draw: draw.text(at, text, fill=fill, font=face(size), anchor="ls"))

    def text_right(self, text: str, *, right: int, y: int, size: int, white: bool = False) -> None:
        """One line of text that ends at `right`."""
        self.text(text, x=right - text_width(text, size=size), y=y, size=size, white=white)

    def box(self, left: int, top: int, right: int, bottom: int) -> None:
        """A black rectangle, both corners in it."""
        self._marks.append(lambda draw: draw.rectangle((left, top, right, bottom), fill=BLACK))

    def dashes(self, *, y: int, thickness: int = 2, dash: int = 8) -> None:
        """A dashed rule across the paper."""
        for left in range(0, self.width, dash * 2):
            self.box(left, y, min(left + dash, self.width) - 1, y + thickness - 1)

    def rule(self, *, y: int, thickness: int = 4) -> None:
        """A solid rule across the paper."""
        self.box(0, y, self.width - 1, y + thickness - 1)

    def picture(self, image: Image, *, x: int, y: int) -> None:
        """A picture, dot for dot."""
        self._pastes.append((image, (x, y)))

    def image(self) -> Image:
        """The paper down to `y`, mode "1"."""
        from PIL import Image, ImageDraw

        paper = Image.new("L", (self.width, max(self.y, 1)), WHITE)
        draw = ImageDraw.Draw(paper)
        for mark in self._marks:
            mark(draw)
        for picture, at in self._pastes:
            paper.paste(picture, at)
        return paper.point(lambda value: WHITE if value > _THRESHOLD else BLACK, mode="1")
