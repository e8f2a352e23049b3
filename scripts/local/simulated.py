"""A service that is simulated here: its process, the commands that it takes, and how it serves.

`launch` and `wait` are the halves of `start`. The process writes its address into `url` in its folder once it listens.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import httpx
from typing_extensions import Self

from scripts.local.process import HOST, Child, StartFailedError, wait_until

if TYPE_CHECKING:  # the server is for the process, not for whoever commands it
    from starlette.applications import Starlette

ROOT = Path(__file__).resolve().parents[2]
URL_FILE = "url"
_START_LIMIT_S = 30.0
_COMMAND_LIMIT_S = 30.0


class Simulated:
    """A simulated service's process; `module` is run with a folder and a port, and what `arguments` says."""

    module = ""
    title = ""

    def __init__(self, work_dir: Path, *, port: int = 0, arguments: Sequence[str] = ()) -> None:
        self._folder, self._port, self._arguments = work_dir, port, tuple(arguments)
        self._child: Child | None = None
        self._client: httpx.Client | None = None
        self.url = ""

    def start(self) -> Self:
        """Bring it up and return once it answers. Raises `StartFailedError` with the reason."""
        self.launch()
        self.wait()
        return self

    def launch(self) -> None:
        """Start the process."""
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / URL_FILE).unlink(missing_ok=True)
        program = [sys.executable, "-m", self.module, "--work-dir", str(self._folder), *self._arguments]
        path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
        self._child = Child(
            [*program, "--port", str(self._port)],
            log=self._folder / f"{self.module.rpartition('.')[2]}.log",
            env={**os.environ, "PYTHONPATH": path},
            cwd=ROOT,
        )

    def wait(self) -> None:
        """Until it listens. Raises `StartFailedError`."""
        child, note = self._child, self._folder / URL_FILE
        assert child is not None
        wait_until(lambda: note.exists() or not child.alive, limit_s=_START_LIMIT_S)
        if not note.exists():
            words = child.log_end()
            self.stop()
            raise StartFailedError(f"{self.title} did not come up; its last words:\n{words}")
        self.url = note.read_text()
        self._client = httpx.Client(base_url=self.url, timeout=_COMMAND_LIMIT_S, trust_env=False)

    def stop(self) -> None:
        """End it; again does nothing."""
        if self._client is not None:
            self._client.close()
            self._client = None
        if self._child is not None:
            self._child.stop()
            self._child = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _command(self, method: str, command: str, body: object) -> httpx.Response:
        """What it answers to a command of tests or the demo."""
        assert self._client is not None, "the simulator is not running"
        return self._client.request(method, f"/sim/{command}", json=body)


def listening(port: int) -> socket.socket:
    """A socket that listens on the port, or on a free one for 0; ends the process when it is taken."""
    # Named as TCP, or the event loop would leave Nagle's algorithm on and every reply would wait 40 ms.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError:
        sys.exit(f"port {port} is taken; stop what listens there or choose another port")
    listener.listen(128)
    return listener


def address(listener: socket.socket) -> str:
    """Where it listens."""
    return f"http://{HOST}:{listener.getsockname()[1]}"


def serve(app: Starlette, listener: socket.socket, folder: Path, *, log_level: str) -> None:
    """Say where it is, and serve until SIGTERM."""
    import uvicorn

    note = folder / f"{URL_FILE}.new"
    note.write_text(address(listener))
    note.replace(folder / URL_FILE)
    config = uvicorn.Config(
        app,
        log_level=log_level,
        access_log=False,
        server_header=False,
        date_header=False,
        ws="none",
        loop="asyncio",
        timeout_keep_alive=75,
        timeout_graceful_shutdown=1,
    )
    uvicorn.Server(config).run(sockets=[listener])
