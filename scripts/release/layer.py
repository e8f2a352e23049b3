"""The dependency layer: the locked packages that functions import, as they lie under `/opt`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from scripts.release.archive import Files
from scripts.release.compiled import compiled
from scripts.release.imports import imported, needed
from scripts.release.wheels import Wheel, download

LOCK = Path("requirements", "layer.txt")
WHEELS = Path(".cache", "wheels")


def layer_wheels(root: Path, sources: Files) -> tuple[list[Wheel], list[Wheel]]:
    """The locked wheels that these sources need, and those that they do not. Raises ReleaseError."""
    wheels = download(root / LOCK, cache=root / WHEELS)
    wanted = needed(imported(sources), wheels)
    return wanted, [wheel for wheel in wheels if wheel not in wanted]


def layer_files(wheels: Sequence[Wheel]) -> dict[str, bytes]:
    """The layer's content, compiled ahead where a Python 3.10 is here. Nobody edits it: sources are not compared."""
    files = {name: content for wheel in wheels for name, content in wheel.files.items()}
    return files | compiled(files, prefix="/opt", kind="unchecked")
