"""One worker process of a function, seen from the gateway: start it, call it, end it."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from scripts.local.instance import FAILED, READY, TO_GATEWAY, TO_INSTANCE
from scripts.local.manifest import FunctionSpec

_PROGRAM = Path(__file__).with_name("instance.py")
_INIT_LIMIT_S = 30.0


class PlatformError(Exception):
    """The platform's own failure, as its client libraries report it: a name, a number, and a sentence."""

    def __init__(self, code: str, number: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.number = number
        self.message = message


def execute_failed(message: str) -> PlatformError:
    """The function raised, died, could not be loaded or returned what JSON cannot carry."""
    return PlatformError("FUNCTIONS_EXECUTE_FAIL", -504002, message)


def time_limit_exceeded(limit_s: float) -> PlatformError:
    """The function ran past its limit and its instance was ended."""
    return PlatformError("FUNCTIONS_TIME_LIMIT_EXCEEDED", -504003, f"Invoking task timed out after {limit_s:g} seconds")


@dataclass(frozen=True)
class Launch:
    """What an instance is started with: the staged code, the layer, its environment, and where its output goes."""

    code: Path
    layer: Path
    env: Mapping[str, str]
    log: Path


class Instance(asyncio.Protocol):
    """One worker process and the socket to it."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._answer: asyncio.Future[bytes] | None = None
        self.alive = True

    @classmethod
    async def start(cls, function: FunctionSpec, launch: Launch, number: int) -> Instance:
        """A new instance that has loaded its function. Raises `PlatformError` when it cannot."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        descriptor = str(theirs.fileno())
        program = [sys.executable, "-I", "-S", "-X", "utf8", str(_PROGRAM), descriptor, function.name, str(number)]
        with theirs, launch.log.open("ab") as out:
            process = subprocess.Popen(
                [*program, str(launch.code), str(launch.layer)],
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                env=dict(launch.env),
                cwd=launch.code,
                pass_fds=[theirs.fileno()],
            )
        instance = cls(process)
        loop = asyncio.get_running_loop()
        instance._answer = loaded = loop.create_future()
        await loop.create_connection(lambda: instance, sock=ours)
        try:
            await asyncio.wait_for(loaded, _INIT_LIMIT_S)
        except asyncio.TimeoutError:
            raise execute_failed(f"the function did not load within {_INIT_LIMIT_S:g} seconds") from None
        finally:
            if not loaded.done() or loaded.cancelled() or loaded.exception():
                instance.kill()
        return instance

    @property
    def busy(self) -> bool:
        """Whether an event is being worked on."""
        return self._answer is not None and not self._answer.done()

    async def call(self, event: object, context: Mapping[str, object], *, limit_s: float) -> bytes:
        """The reply's JSON. Raises `PlatformError`; past the time limit the process is killed."""
        assert self._transport is not None
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[bytes] = loop.create_future()
        self._answer = answer
        body = json.dumps({"event": event, "context": context}, ensure_ascii=False).encode("utf-8", "surrogatepass")
        self._transport.write(TO_INSTANCE.pack(len(body)) + body)
        limit = loop.call_later(limit_s, self._time_out, limit_s)
        try:
            return await answer
        finally:
            limit.cancel()

    def kill(self) -> None:
        """End the process, by its own id, and wait for it."""
        self.alive = False
        if self._transport is not None:
            self._transport.abort()
        self._process.kill()
        self._process.wait()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is ready."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """A part of a frame, or a whole one, came in."""
        self._buffer += data
        if len(self._buffer) < TO_GATEWAY.size:
            return
        kind, length = TO_GATEWAY.unpack_from(self._buffer)
        if len(self._buffer) < TO_GATEWAY.size + length:
            return
        body = bytes(self._buffer[TO_GATEWAY.size :])
        self._buffer.clear()
        if self._answer is None or self._answer.done():
            return
        if kind == FAILED:
            self._answer.set_exception(execute_failed(body.decode("utf-8", "replace")))
        else:
            self._answer.set_result(b"" if kind == READY else body)

    def connection_lost(self, _error: Exception | None) -> None:
        """The process ended by itself, or was ended."""
        self.kill()
        self._fail(execute_failed("the function's process exited"))

    def _time_out(self, limit_s: float) -> None:
        self._fail(time_limit_exceeded(limit_s))
        self.kill()

    def _fail(self, error: PlatformError) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(error)


def instance_env(env: Mapping[str, str]) -> dict[str, str]:
    """A function's whole environment: nothing of ours but a path, UTC as on the platform, and what was given."""
    return {"PATH": os.defpath, "LANG": "C.UTF-8", "TZ": "UTC", **env}
