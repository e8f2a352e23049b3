"""A call in a process of its own that kills itself, with SIGKILL, before or after any step that it takes outside.

Or meets another mishap there, which it is to outlive. A step is a command to the database or a call to WeChat Pay:
whatever else a process does dies with it. Before a step, nothing of it was sent; after it, it is done and the process
never learns that. The processes are forked from one that has everything imported and nothing open, so that a death
costs no more than a call.
"""

from __future__ import annotations

import http.client
import itertools
import json
import multiprocessing
import os
import signal
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, HTTPServer
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pymongo import monitoring
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from tests.support.shops import Reply

When = Literal["before", "after"]
Act = Callable[[], Reply]
"""What the process does; it is pickled on its way there: a `partial` of a function of a module."""

Mishap = Callable[[str], None]
"""What happens at a moment in the process, told the step's name."""

LIFE_LIMIT_S = 60.0
PRELOAD = [
    *(f"functions.{name}.index" for name in ("payOrder", "payNotify", "sweep", "refundOrder", "topUp")),
    "wechatpayv3",
    "tests.support.dying",
    "tests.support.desk",
]


@dataclass(frozen=True)
class Moment:
    """Before or after a process's n-th step, counted from 1."""

    step: int
    when: When


@dataclass(frozen=True)
class Life:
    """What the process did, as it was written down step by step; without a death, what it answered."""

    steps: tuple[str, ...]
    reply: Reply | None

    @property
    def was_killed(self) -> bool:
        """Whether it came to no end of its own."""
        return self.reply is None


def kill(_step: str) -> None:
    """This process is gone."""
    os.kill(os.getpid(), signal.SIGKILL)
    signal.pause()


def live(act: Act, moment: Moment | None = None, mishap: Mishap = kill) -> Life:
    """Act in a fresh process, and meet with the mishap at the moment. Ended in any other way, the test fails."""
    with tempfile.TemporaryDirectory(prefix="zaotai-dying-") as folder:
        process = _nursery().Process(target=_life, args=(act, moment, mishap, Path(folder), dict(os.environ)))
        process.start()
        process.join(LIFE_LIMIT_S)
        if process.exitcode is None:
            process.kill()
            process.join()
        steps = tuple(_written(Path(folder) / "steps").splitlines())
        reply = _written(Path(folder) / "reply")
        assert process.exitcode == (0 if reply else -signal.SIGKILL), (process.exitcode, steps)
        assert reply or (moment is not None and len(steps) == moment.step), (moment, steps)
    return Life(steps, json.loads(reply) if reply else None)


def moments() -> Iterator[Moment]:
    """Before and after the first step, the second, and so on."""
    for step in itertools.count(1):
        yield Moment(step, "before")
        yield Moment(step, "after")


@lru_cache(maxsize=1)
def _nursery() -> ForkServerContext:
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOAD)
    return context


def _written(place: Path) -> str:
    return place.read_text() if place.exists() else ""


def _life(act: Act, moment: Moment | None, mishap: Mishap, folder: Path, environment: dict[str, str]) -> None:
    """The process: every step passes by, and is written down before it is taken."""
    os.environ.update(environment)
    sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115  # as long as the process
    steps = _Steps(folder / "steps", moment, mishap)
    monitoring.register(_Commands(steps))
    with_door = os.environ.get("WECHAT_PAY_FILE")
    if with_door:
        os.environ["WECHAT_PAY_FILE"] = str(_with_a_door(Path(with_door), steps, folder))
    answered = json.dumps(act())
    (folder / "reply").write_text(answered)
    os._exit(0)


class _Steps:
    """Counts, writes down, and lets the mishap happen, whose own steps do not count."""

    def __init__(self, note: Path, moment: Moment | None, mishap: Mishap) -> None:
        self._out = os.open(note, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._moment = moment
        self._mishap = mishap
        self._count = 0
        self._name = ""
        self._is_happening = False

    def begin(self, name: str) -> None:
        """A step is about to be taken."""
        if self._is_happening:
            return
        self._count, self._name = self._count + 1, name
        os.write(self._out, f"{name}\n".encode())
        self._now("before")

    def end(self) -> None:
        """It is done, and nobody but the other side knows."""
        self._now("after")

    def _now(self, when: When) -> None:
        if self._moment == Moment(self._count, when) and not self._is_happening:
            self._is_happening, self._moment = True, None
            self._mishap(self._name)
            self._is_happening = False


class _Commands(CommandListener):
    """The steps to the database."""

    def __init__(self, steps: _Steps) -> None:
        self._steps = steps

    def started(self, event: CommandStartedEvent) -> None:
        """Before it is sent."""
        target = event.command.get(event.command_name)
        self._steps.begin(f"{event.command_name} {target}" if isinstance(target, str) else event.command_name)

    def succeeded(self, _event: CommandSucceededEvent) -> None:
        """After it is done."""
        self._steps.end()

    def failed(self, _event: CommandFailedEvent) -> None:
        """After it was refused."""
        self._steps.end()


def _with_a_door(merchants: Path, steps: _Steps, folder: Path) -> Path:
    """The same merchants, whose calls to WeChat Pay go through a door where they are counted."""
    known = json.loads(merchants.read_text())
    beyond = urlsplit(known[0]["gateway"])

    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            steps.begin(f"{self.command} {'/'.join(self.path.partition('?')[0].split('/')[:5])}")
            line = http.client.HTTPConnection(str(beyond.hostname), beyond.port or 80)
            line.request(self.command, self.path, body, dict(self.headers.items()))
            answer = line.getresponse()
            told = answer.read()
            line.close()
            steps.end()
            self.send_response_only(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)

        do_GET = pass_on  # noqa: N815
        do_POST = pass_on  # noqa: N815

        def log_message(self, format: str, *args: object) -> None:
            """Nothing."""

    door = HTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=door.serve_forever, daemon=True).start()
    place = folder / "merchants.json"
    place.write_text(json.dumps([one | {"gateway": f"http://127.0.0.1:{door.server_port}"} for one in known]))
    return place
