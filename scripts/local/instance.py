"""One warm instance of one function, as the platform runs it: one event at a time, until the gateway hangs up.

`python -I -S -X utf8 instance.py SOCKET FUNCTION NUMBER CODE LAYER`: the socket's file descriptor, what to call this
instance in the log, the folder that stands for `/var/user`, the one that stands for `/opt`. Both go in front of the
standard library and nothing else is importable. Frames to here are a length and `{"event", "context"}`; frames from
here are a kind, a length and the reply's JSON (or the failure's text). What the function prints is logged by lines.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import os
import signal
import socket
import struct
import sys
import traceback
from collections.abc import Callable

TO_INSTANCE = struct.Struct(">I")
TO_GATEWAY = struct.Struct(">cI")
READY, REPLY, FAILED = b"+", b"=", b"!"
REPLY_LIMIT_BYTES = 6 * 1024 * 1024
_PR_SET_PDEATHSIG = 1

Handler = Callable[[object, dict[str, object]], object]


class LineLog(io.TextIOBase):
    """A text stream that writes whole lines, each under the instance's name, so that instances may share a file."""

    def __init__(self, descriptor: int, name: str) -> None:
        self._descriptor = descriptor
        self._prefix = f"{name} | "
        self._rest = ""

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, text: str) -> int:
        """Keep text until its line is whole."""
        *lines, self._rest = (self._rest + text).split("\n")
        if lines:
            out = "".join(f"{self._prefix}{line}\n" for line in lines)
            os.write(self._descriptor, out.encode("utf-8", "backslashreplace"))
        return len(text)


def main(arguments: list[str]) -> None:
    """Load the function, say so, and serve."""
    descriptor, function, number, code, layer = arguments
    gateway = socket.socket(fileno=int(descriptor))
    _die_with_gateway()
    sys.stdout = LineLog(1, f"{function}#{number}")
    sys.stderr = LineLog(2, f"{function}#{number}")
    sys.path[:0] = [code, layer]
    try:
        handler: Handler = importlib.import_module("index").main
    except Exception as error:
        sys.stderr.write(traceback.format_exc())
        _send(gateway, FAILED, f"{type(error).__name__}: {error}")
        return
    _send(gateway, READY, "")
    while (call := _receive(gateway)) is not None:
        _send(gateway, *_answer(handler, call))


def _answer(handler: Handler, call: dict[str, object]) -> tuple[bytes, str]:
    event, context = call["event"], call["context"]
    assert isinstance(context, dict)
    # As the platform's bootstrap: added and overwritten, never removed, so the last caller's values may still be there.
    for pair in str(context["environ"]).split(";"):
        name, sign, value = pair.partition("=")
        if sign:
            os.environ[name] = value
    try:
        reply = json.dumps(handler(event, context), ensure_ascii=False)
    except Exception as error:
        sys.stderr.write(traceback.format_exc())
        return FAILED, f"{type(error).__name__}: {error}"
    if len(reply) * 3 > REPLY_LIMIT_BYTES and len(reply.encode()) > REPLY_LIMIT_BYTES:
        return FAILED, "the reply is over 6 MB"
    return REPLY, reply


def _receive(gateway: socket.socket) -> dict[str, object] | None:
    head = gateway.recv(TO_INSTANCE.size, socket.MSG_WAITALL)
    if len(head) < TO_INSTANCE.size:
        return None
    (length,) = TO_INSTANCE.unpack(head)
    body = gateway.recv(length, socket.MSG_WAITALL)
    if len(body) < length:
        return None
    call: dict[str, object] = json.loads(body)
    return call


def _send(gateway: socket.socket, kind: bytes, text: str) -> None:
    body = text.encode("utf-8", "backslashreplace")
    gateway.sendall(TO_GATEWAY.pack(kind, len(body)) + body)


def _die_with_gateway() -> None:
    """A gateway that is killed while a function runs must leave nothing behind. Ctrl-C is the gateway's business."""
    import ctypes

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


if __name__ == "__main__":
    main(sys.argv[1:])
