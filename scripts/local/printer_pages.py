"""The pages that came out of a virtual printer: pictures in a folder, with the codes that can be read off them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from threading import Condition
from typing import TYPE_CHECKING

from scripts.local.paper import Paper

if TYPE_CHECKING:
    from PIL.Image import Image


@dataclass(frozen=True)
class Page:
    """One piece of paper. `codes`: the QR texts on it from top to bottom; `text`: what came as characters."""

    number: int
    path: Path
    codes: tuple[str, ...]
    text: str
    at: datetime


class PageTray:
    """Keeps each page as `NNNN.png` and a line in `pages.jsonl`; numbers go on where an earlier life stopped."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._index = folder / "pages.jsonl"
        self._pages: list[Page] = []
        self._more = Condition()

    def open(self) -> None:
        """Make the folder and find the last number in it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._last = len(self._index.read_text("utf-8").splitlines()) if self._index.exists() else 0

    @property
    def pages(self) -> list[Page]:
        """What came out in this life."""
        with self._more:
            return list(self._pages)

    def put(self, paper: Paper) -> Page:
        """Keep the paper as a page; the picture is whole as soon as it can be seen."""
        image = paper.image()
        number = self._last + 1
        path = self.folder / f"{number:04d}.png"
        draft = path.with_suffix(".draft")
        image.convert("1").save(draft, format="PNG")
        draft.replace(path)
        page = Page(number, path, read_codes(image), paper.text, datetime.now(timezone.utc))
        with self._index.open("a", encoding="utf-8") as index:
            index.write(json.dumps(page_record(page), ensure_ascii=False) + "\n")
        with self._more:
            self._last = number
            self._pages.append(page)
            self._more.notify_all()
        return page

    def wait(self, count: int, timeout_s: float) -> list[Page]:
        """The pages, once there are at least `count`; TimeoutError says how many there were."""
        with self._more:
            if not self._more.wait_for(lambda: len(self._pages) >= count, timeout_s):
                raise TimeoutError(f"{len(self._pages)} of {count} pages came out in {timeout_s} s")
            return list(self._pages)


def page_record(page: Page) -> dict[str, object]:
    """A page as JSON values: its line in `pages.jsonl`."""
    return {
        "number": page.number,
        "file": page.path.name,
        "codes": list(page.codes),
        "text": page.text,
        "at": page.at.isoformat(),
    }


def read_codes(image: Image) -> tuple[str, ...]:
    """The QR texts that a scanner reads off the picture, from top to bottom."""
    import zxingcpp

    found = zxingcpp.read_barcodes(image.convert("L"), formats=zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode]))
    return tuple(code.text for code in sorted(found, key=lambda code: code.position.top_left.y))
