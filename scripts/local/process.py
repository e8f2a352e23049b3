"""Starting and ending the programs of the local cloud: each by its own id, none left behind."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

HOST = "127.0.0.1"
_SUPERVISE = Path(__file__).with_name("supervise.py")


class StartFailedError(RuntimeError):
    """A program of the local cloud did not come up; the message says why and what to do."""


def free_port() -> int:
    """A port on 127.0.0.1 that nothing listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def port_taken(port: int) -> bool:
    """Whether something listens on this port of 127.0.0.1."""
    with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=1):
        return True
    return False


def wait_until(condition: Callable[[], bool], *, limit_s: float, every_s: float = 0.02) -> bool:
    """Whether the condition became true within the limit."""
    pause, end = threading.Event(), time.monotonic() + limit_s
    while not condition():
        if time.monotonic() >= end:
            return False
        pause.wait(every_s)
    return True


class Child:
    """One running program under its supervisor: it ends with `stop`, and also when this process ends in any way."""

    def __init__(
        self,
        program: Sequence[str | Path],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        remove: Path | None = None,
    ) -> None:
        self._log = log
        options = [] if remove is None else ["--remove", str(remove)]
        with log.open("ab") as out:
            self._supervisor = subprocess.Popen(
                [sys.executable, "-I", "-S", str(_SUPERVISE), *options, "--", *map(str, program)],
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=out,
                env=None if env is None else dict(env),
                cwd=cwd,
                start_new_session=True,
            )

    @property
    def alive(self) -> bool:
        """Whether the program runs."""
        return self._supervisor.poll() is None

    @property
    def pid(self) -> int:
        """The program's own process id, while it runs."""
        children = Path(f"/proc/{self._supervisor.pid}/task/{self._supervisor.pid}/children")
        return int(children.read_text().split()[0])

    def log_end(self, lines: int = 12) -> str:
        """The last lines of what the program said."""
        if not self._log.exists():
            return ""
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-lines:])

    def stop(self) -> None:
        """Ask the program to end and wait until it has."""
        self._finish()

    def kill(self) -> None:
        """End the program at once, as `kill -9` or a power cut would."""
        with contextlib.suppress(OSError, IndexError):
            os.kill(self.pid, 9)
        self._finish()

    def _finish(self) -> None:
        assert self._supervisor.stdin is not None
        self._supervisor.stdin.close()
        self._supervisor.wait()
