"""One bridge per store PC: two with one client id would throw each other off the broker, and print side by side."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO


class AlreadyRunning(Exception):
    """Another process holds the lock. The message is Chinese."""


@contextmanager
def only_one(data_dir: Path) -> Iterator[None]:
    """Hold the lock of this folder; the system frees it however the process ends. Raises `AlreadyRunning`, OSError."""
    data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = data_dir / "bridge.lock"
    with path.open("a+") as file:
        try:
            _take(file)
        except OSError as error:
            raise AlreadyRunning(f"程序已经在运行（{path}）。同一台电脑只能运行一个，请先停止原来的程序。") from error
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


if sys.platform == "win32":

    def _take(file: IO[str]) -> None:
        import msvcrt

        file.seek(0)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)

else:

    def _take(file: IO[str]) -> None:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
