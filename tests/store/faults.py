"""Faults on purpose: the server's own fail points, a proxy that loses replies, and a transcript of what was sent."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

from pymongo import MongoClient
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from shared.store.client import Document

TRANSIENT = {"errorCode": 112, "errorLabels": ["TransientTransactionError"]}
"""A write conflict, as the server reports it inside a transaction."""
UNHEARD = {"closeConnection": True}
"""The command never arrives: the connection breaks."""
UNSURE = {"writeConcernError": {"code": 64, "errmsg": "waiting for replication timed out"}}
"""The command is done, and its answer says that nobody knows whether it will last."""


@contextlib.contextmanager
def failing(client: MongoClient[Document], command: str, how: dict[str, Any], *, times: int | None) -> Iterator[None]:
    """The next `times` commands of this name fail, or all of them; afterwards they no longer do."""
    mode: object = "alwaysOn" if times is None else {"times": times}
    client.admin.command(
        {"configureFailPoint": "failCommand", "mode": mode, "data": {"failCommands": [command], **how}}
    )
    try:
        yield
    finally:
        client.admin.command({"configureFailPoint": "failCommand", "mode": "off"})


class Transcript(CommandListener):
    """Every command of a client that belongs to a transaction, in order."""

    def __init__(self) -> None:
        self._sent: list[tuple[str, tuple[bytes, int], bool]] = []
        self._lock = threading.Lock()

    @property
    def names(self) -> list[str]:
        """The commands' names."""
        return [name for name, _, _ in self._sent]

    @property
    def left_open(self) -> set[tuple[bytes, int]]:
        """The transactions that began and were neither committed nor aborted."""
        begun = {which for _, which, begins in self._sent if begins}
        return begun - {which for name, which, _ in self._sent if name in {"commitTransaction", "abortTransaction"}}

    @property
    def begun(self) -> int:
        """How many transactions began."""
        return sum(begins for _, _, begins in self._sent)

    def started(self, event: CommandStartedEvent) -> None:
        """Write one command down."""
        command = event.command
        if command.get("autocommit") is False:
            which = (bytes(command["lsid"]["id"]), int(command["txnNumber"]))
            with self._lock:
                self._sent.append((event.command_name, which, bool(command.get("startTransaction"))))

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """Not of interest."""

    def failed(self, event: CommandFailedEvent) -> None:
        """Not of interest."""


class JustBefore(CommandListener):
    """Lets a rival act just before the first command of this name leaves: a race that is forced, not hoped for."""

    def __init__(self, command: str, rival: Callable[[], object]) -> None:
        self._command = command
        self._rivals = [rival]

    def started(self, event: CommandStartedEvent) -> None:
        """The named point."""
        if event.command_name == self._command and self._rivals:
            self._rivals.pop()()

    def succeeded(self, event: CommandSucceededEvent) -> None:
        """Not of interest."""

    def failed(self, event: CommandFailedEvent) -> None:
        """Not of interest."""


class LossyProxy:
    """A TCP proxy in front of the server that passes a commit on and then loses the reply, a number of times."""

    def __init__(self, port: int, *, losses: int) -> None:
        self._port = port
        self.losses = losses
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._lock = threading.Lock()
        self._open: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    @property
    def uri(self) -> str:
        """Where clients connect."""
        return f"mongodb://127.0.0.1:{self._listener.getsockname()[1]}/?directConnection=true"

    def close(self) -> None:
        """End every connection and thread."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            for one in self._open:
                with contextlib.suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()
        for one in self._open:
            one.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self._port))
            lose = threading.Event()
            with self._lock:
                self._open += [client, server]
                for source, target, watches in ((client, server, True), (server, client, False)):
                    thread = threading.Thread(target=self._pass_on, args=(source, target, lose, watches))
                    self._threads.append(thread)
                    thread.start()

    def _pass_on(self, source: socket.socket, target: socket.socket, lose: threading.Event, watches: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if watches and b"commitTransaction" in data and self.losses > 0:
                    self.losses -= 1
                    lose.set()
                elif not watches and lose.is_set():
                    break  # the server has answered, so the commit is done: its reply goes no further
                target.sendall(data)
        for one in (source, target):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
