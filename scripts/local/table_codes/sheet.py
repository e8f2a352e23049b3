"""Table codes as A4 pages, six cards each, to be cut out: shop, table, QR, and the code for people to compare.

Pages are black and white at a laser printer's resolution, so that every edge of a QR is sharp.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from edge_bridge.rendering.qr import qr_image
from edge_bridge.rendering.typeface import face, fitting_size, printable

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw

DPI = 600
_COLUMNS, _ROWS = 2, 3
_QUIET = 4
"""White modules around a QR, as its standard wants."""
_HINT = "微信扫一扫，点餐"


def _mm(length: float) -> int:
    return round(length / 25.4 * DPI)


_PAGE = _mm(210), _mm(297)
_CARD = _mm(90), _mm(90)
_GAP = _mm(4)
_QR = _mm(56)


@dataclass(frozen=True)
class Card:
    """What stands on one table. `content` is what a phone reads, `code` what people can compare."""

    shop_name: str
    table_name: str
    code: str
    content: str


def write_sheet(cards: Sequence[Card], path: Path) -> int:
    """Write the cards as a PDF; how many pages. Raises OSError."""
    size = _COLUMNS * _ROWS
    pages = [_page(cards[first : first + size]) for first in range(0, len(cards), size)]
    pages[0].save(path, format="PDF", save_all=True, append_images=pages[1:], resolution=DPI, title="桌码")
    return len(pages)


def _page(cards: Sequence[Card]) -> Image:
    from PIL import Image

    page = Image.new("1", _PAGE, 1)
    width, height = (_CARD[0] + _GAP) * _COLUMNS - _GAP, (_CARD[1] + _GAP) * _ROWS - _GAP
    left, top = (_PAGE[0] - width) // 2, (_PAGE[1] - height) // 2
    for number, card in enumerate(cards):
        row, column = divmod(number, _COLUMNS)
        page.paste(_card(card), (left + column * (_CARD[0] + _GAP), top + row * (_CARD[1] + _GAP)))
    return page


def _card(card: Card) -> Image:
    from PIL import Image, ImageDraw

    picture = Image.new("1", _CARD, 1)
    draw = ImageDraw.Draw(picture)
    draw.rounded_rectangle((0, 0, _CARD[0] - 1, _CARD[1] - 1), radius=_mm(4), outline=0, width=_mm(0.3))
    modules = qr_image(card.content, dot=1, quiet=_QUIET)
    qr = qr_image(card.content, dot=_QR // modules.width, quiet=_QUIET)
    picture.paste(qr, ((_CARD[0] - qr.width) // 2, _mm(22)))
    _line(draw, card.shop_name, middle_mm=7, size_mm=4.5)
    _line(draw, card.table_name, middle_mm=17, size_mm=11)
    _line(draw, _HINT, middle_mm=80, size_mm=4)
    _line(draw, card.code, middle_mm=85.5, size_mm=2.6)
    return picture


def _line(draw: ImageDraw, text: str, *, middle_mm: float, size_mm: float) -> None:
    """A line of text in the card's middle, smaller if it must."""
    shown = printable(text)
    sizes = tuple(_mm(size_mm * part / 10) for part in range(10, 2, -1))
    size = fitting_size(shown, width=_CARD[0] - 2 * _mm(4), sizes=sizes)
    draw.text((_CARD[0] // 2, _mm(middle_mm)), shown, fill=0, font=face(size), anchor="mm")
