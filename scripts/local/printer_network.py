"""The network side of a virtual printer: a door that can be shut without losing its port, and the clients inside."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable, Iterator
from threading import Lock, Thread

from scripts.local.escpos_decoder import Command, EscPosDecoder
from scripts.local.paper import Paper


class Client:
    """One connection, its stream of commands, and the paper it prints on. `reader` is the thread that reads it."""

    def __init__(self, connection: socket.socket, paper: Paper) -> None:
        self.paper = paper
        self.decoder = EscPosDecoder()
        self.reader: Thread | None = None
        self._connection = connection
        self._writing = Lock()

    def commands(self) -> Iterator[Command]:
        """Every command as it arrives, until either side hangs up."""
        while True:
            try:
                data = self._connection.recv(65536)
            except OSError:
                return
            if not data:
                return
            yield from self.decoder.feed(data)

    def answer(self, data: bytes) -> None:
        """Send, unless there is nothing to say or nobody there any more."""
        if data:
            with self._writing, contextlib.suppress(OSError):
                self._connection.sendall(data)

    def hang_up(self) -> None:
        """End the connection; its reader notices."""
        with contextlib.suppress(OSError):
            self._connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Let go of the socket, when nobody reads it any more."""
        with self._writing:
            self._connection.close()


class Door:
    """A listening port. Shut, it refuses connections but stays bound, so that nobody else takes the port."""

    def __init__(self, host: str, port: int, welcome: Callable[[socket.socket], None]) -> None:
        self._welcome = welcome
        self._socket = _bound(host, port)
        self.host, self.port = self._socket.getsockname()[:2]
        self._accepting: Thread | None = None

    def open(self) -> None:
        """Accept connections; nothing changes when it does already."""
        if self._accepting is None:
            self._socket.listen()
            self._accepting = Thread(target=self._accept, name=f"door-{self.port}", daemon=True)
            self._accepting.start()

    def shut(self) -> None:
        """Refuse connections until `open`."""
        if self._accepting is not None:
            self.close()
            self._socket = _bound(self.host, self.port)

    def close(self) -> None:
        """Give the port back."""
        if self._accepting is not None:
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes accept(), which closing alone does not
            self._accepting.join()
            self._accepting = None
        self._socket.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self._welcome(connection)


def _bound(host: str, port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise
    return bound
