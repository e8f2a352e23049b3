"""Make the golden ticket images anew, after a change that is meant to change them: `python -m tests.rendering.golden`.

Look at every image before committing it: it is what a cook will read.
"""

from __future__ import annotations

from pathlib import Path

from tests.rendering.tickets import GOLDEN, drawn

FOLDER = Path(__file__).parents[1] / "golden" / "tickets"
WIDTHS = (384, 576)


def golden_path(name: str, width_dots: int) -> Path:
    """Where the image of that name and width is kept."""
    return FOLDER / f"{name}-{width_dots}.png"


def main() -> None:
    """Write every image."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, (ticket, copy) in GOLDEN.items():
        for width in WIDTHS:
            drawn(ticket, width_dots=width, copy=copy).save(golden_path(name, width), optimize=True)


if __name__ == "__main__":
    main()
