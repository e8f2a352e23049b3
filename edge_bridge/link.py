"""A TCP line to a printer, sending and listening at once: a printer out of paper takes no bytes but still speaks."""

from __future__ import annotations

import contextlib
import select
import socket
from time import monotonic

from edge_bridge.replies import Reply, ReplyParser


class Link:
    """Raises OSError when the line is lost."""

    def __init__(self, host: str, port: int, *, connect_s: float) -> None:
        self._socket = socket.create_connection((host, port), timeout=connect_s)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self._parser = ReplyParser()
        self._unsent = b""

    @property
    def unsent(self) -> int:
        """Bytes that the other side has not taken yet."""
        return len(self._unsent)

    def send(self, data: bytes) -> None:
        """Start sending; `exchange` goes on with it."""
        self._unsent += data

    def exchange(self, *, limit_s: float) -> list[Reply]:
        """Send what can be sent and return what was said, waiting at most so long for either."""
        writing = [self._socket] if self._unsent else []
        readable, writable, _ = select.select([self._socket], writing, [], limit_s)
        if writable:
            self._unsent = self._unsent[self._socket.send(self._unsent[:65536]) :]
        if not readable:
            return []
        data = self._socket.recv(4096)
        if not data:
            raise ConnectionResetError("the printer hung up")
        return self._parser.feed(data)

    def collect(self, count: int, *, kind: type[Reply], limit_s: float) -> list[Reply]:
        """The next `count` replies of this kind; fewer if they do not come in time. Others are dropped."""
        found: list[Reply] = []
        end = monotonic() + limit_s
        while len(found) < count and (left := end - monotonic()) > 0:
            found += [reply for reply in self.exchange(limit_s=left) if isinstance(reply, kind)]
        return found[:count]

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
