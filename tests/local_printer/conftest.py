"""A running virtual printer, and a client's connection to one."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from scripts.local.printer import VirtualPrinter

Connect = Callable[[], socket.socket]


@pytest.fixture
def printer(tmp_path: Path) -> Iterator[VirtualPrinter]:
    """An 80 mm printer, ready, on a port of its own."""
    printer = VirtualPrinter(tmp_path / "paper", name="hot")
    printer.start()
    try:
        yield printer
    finally:
        printer.stop()


@pytest.fixture
def connect(printer: VirtualPrinter) -> Iterator[Connect]:
    """Connects to the printer; every connection is closed in the end."""
    with ExitStack() as open_connections:

        def connected() -> socket.socket:
            return open_connections.enter_context(socket.create_connection(("127.0.0.1", printer.port), timeout=10))

        yield connected


def answer(connection: socket.socket, length: int) -> bytes:
    """Exactly so many bytes of answers."""
    received = b""
    while len(received) < length:
        piece = connection.recv(length - len(received))
        if not piece:
            break
        received += piece
    return received
