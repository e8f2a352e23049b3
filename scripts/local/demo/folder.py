"""The demo's folder: kept from start to start, used by one demo at a time."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.local.process import StartFailedError


@contextmanager
def own_folder(folder: Path, *, is_fresh: bool) -> Iterator[Path]:
    """The folder, emptied if `is_fresh`, for this demo alone. Raises `StartFailedError` while another demo has it."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with folder.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            message = f"another demo is running with the data in {folder}; end it with Ctrl-C first"
            raise StartFailedError(message) from error
        if is_fresh:
            shutil.rmtree(folder, ignore_errors=True)
        yield folder
