"""Make the golden papers anew, after a change that is meant to change them: `python -m tests.rendering.golden`.

Look at every one before committing it: it is what a cook, or a guest, will read.
"""

from __future__ import annotations

from pathlib import Path

from PIL.Image import Image

from edge_bridge.rendering.layout import Layout
from edge_bridge.rendering.paint import painted
from edge_bridge.rendering.ticket import ticket_layout
from edge_bridge.rendering.typist import typed
from tests.rendering.slips import GOLDEN_SLIPS, laid_out
from tests.rendering.tickets import GOLDEN, JIYUAN, PRINTED_AT, drawn

FOLDER = Path(__file__).parents[1] / "golden"
WIDTHS = (384, 576)
COLUMNS = (32, 48)


def golden_path(name: str, width_dots: int) -> Path:
    """Where the image of the ticket of that name and width is kept."""
    return FOLDER / "tickets" / f"{name}-{width_dots}.png"


def golden_slip_path(name: str, width_dots: int) -> Path:
    """Where the image of the slip of that name and width is kept."""
    return FOLDER / "slips" / f"{name}-{width_dots}.png"


def golden_text_path(name: str, columns: int) -> Path:
    """Where the bytes of the paper of that name in text mode are kept."""
    return FOLDER / "text" / f"{name}-{columns}.escpos"


def layouts() -> dict[str, Layout]:
    """Every golden paper by name; a slip's name and a ticket's are never the same."""
    tickets = {
        name: ticket_layout(ticket, seq=37, copy=copy, now=PRINTED_AT, zone=JIYUAN)
        for name, (ticket, copy) in GOLDEN.items()
    }
    return tickets | {name: laid_out(slip, copy=copy) for name, (slip, copy) in GOLDEN_SLIPS.items()}


def main() -> None:
    """Write every image, and the bytes of every paper in text mode."""
    for folder in ("tickets", "slips", "text"):
        (FOLDER / folder).mkdir(parents=True, exist_ok=True)
    for width in WIDTHS:
        for name, (ticket, copy) in GOLDEN.items():
            _save(drawn(ticket, width_dots=width, copy=copy), golden_path(name, width))
        for name, (slip, copy) in GOLDEN_SLIPS.items():
            _save(painted(laid_out(slip, copy=copy), width_dots=width), golden_slip_path(name, width))
    for columns in COLUMNS:
        for name, layout in layouts().items():
            golden_text_path(name, columns).write_bytes(typed(layout, width=columns))


def _save(image: Image, path: Path) -> None:
    image.save(path, optimize=True)


if __name__ == "__main__":
    main()
