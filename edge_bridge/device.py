"""Printers: a network ESC/POS printer that is asked before and after a page, and a file that takes the same bytes.

Sent is not printed: a page is over only when the fence behind it is answered. The fence is `GS ( H` (process id, Epson)
or `GS r` (paper sensor, queued behind the page); a printer that knows neither needs `fence = "none"` in the settings,
and then a page counts as printed once it was sent.
"""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from edge_bridge.link import Link
from edge_bridge.patience import Interrupted, PageWatch, Waits, status_bytes
from edge_bridge.replies import Condition, Fence, Paper, Reply, Status, condition_of
from edge_bridge.settings import FenceSetting

ASK_STATUS = b"\x10\x04\x01\x10\x04\x02\x10\x04\x03\x10\x04\x04"
_TOKENS = 94**4


class Device(Protocol):
    """One printer. Used by one thread."""

    def check(self) -> Condition:
        """Its condition now."""

    def print(self, page: bytes, *, notice: Callable[[Condition], None]) -> None:
        """Return once the page is on paper; `notice` hears of conditions on the way. Raises `Interrupted`."""

    def close(self) -> None:
        """Let others use the printer; the next call opens it again."""


class NetworkPrinter:
    """An ESC/POS printer at a TCP port, connected only while there is something to say."""

    def __init__(
        self, host: str, port: int, *, fence: FenceSetting, stop: threading.Event, waits: Waits | None = None
    ) -> None:
        self._host, self._port, self._stop = host, port, stop
        self._waits = waits or Waits()
        self._fence: FenceSetting = fence
        self._link: Link | None = None
        # Not from the start each time: some print servers hand a late answer to whoever is connected now.
        self._pages = secrets.randbelow(_TOKENS)

    def check(self) -> Condition:
        """Asks; a connection that died meanwhile is made anew. Finds out which fence the printer knows, once."""
        for fresh in (False, True):
            try:
                return self._ask(fresh=fresh)
            except OSError:
                self.close()
        return Condition("offline", f"连不上打印机 {self._host}:{self._port}：请检查电源、网线和 IP 地址")

    def print(self, page: bytes, *, notice: Callable[[Condition], None]) -> None:
        """One write, then the fence. Out of paper on the way: stays connected and waits, and sends nothing again."""
        try:
            link = self._opened(fresh=False)
            token = self._next_token()
            link.send(page + _fence_bytes(self._fence, token))
            self._await_paper(link, token, notice)
        except OSError as error:
            self.close()
            raise Interrupted("打印中途与打印机断开") from error
        except Interrupted:
            self.close()
            raise

    def close(self) -> None:
        """Hang up."""
        if self._link is not None:
            self._link.close()
            self._link = None

    def _opened(self, *, fresh: bool) -> Link:
        if fresh:
            self.close()
        if self._link is None:
            self._link = Link(self._host, self._port, connect_s=self._waits.connect_s)
        return self._link

    def _ask(self, *, fresh: bool) -> Condition:
        link = self._opened(fresh=fresh)
        link.send(ASK_STATUS)
        answers = link.collect(4, kind=Status, limit_s=self._waits.answer_s)
        if len(answers) < 4:
            # Late answers would be taken for those to the next question: start afresh then.
            self.close()
            if self._fence == "none":
                return Condition("ready", "打印机不回答状态，只能按就绪处理")
            return Condition("offline", "打印机连得上，但不回答状态：请重新开机；若一直如此，请把它的 fence 设为 none")
        condition = condition_of(status_bytes(answers))
        if condition.prints and self._fence == "auto":
            return self._probe(condition)
        return condition

    def _probe(self, condition: Condition) -> Condition:
        """Settle on the fence that this printer answers. Only an idle, ready printer can be asked."""
        for fence, kind in _PROBES:
            link = self._opened(fresh=False)
            link.send(_fence_bytes(fence, self._next_token()))
            if link.collect(1, kind=kind, limit_s=self._waits.answer_s):
                self._fence = fence
                return condition
            self.close()
        return Condition(
            "error", "打印机不能确认小票是否打出：请换用支持 GS ( H 或 GS r 的打印机，或把它的 fence 设为 none"
        )

    def _await_paper(self, link: Link, token: bytes, notice: Callable[[Condition], None]) -> None:
        watch = PageWatch(self._waits, self._stop)
        while True:
            replies = link.exchange(limit_s=min(0.2, self._waits.poll_s))
            if any(_confirms(self._fence, reply, token) for reply in replies):
                return
            stuffed = link.unsent > 0
            if not stuffed:
                heard = watch.hear(replies)
                if heard is not None:
                    notice(heard)
                if self._fence == "none" and (watch.ready or watch.silent_for(self._waits.answer_s)):
                    return
                if watch.poll_due():
                    link.send(ASK_STATUS)
            watch.give_up_if_hopeless(stuffed=stuffed)

    def _next_token(self) -> bytes:
        """Four printable bytes, not the same twice in a row, so that a late answer is not taken for this one."""
        self._pages = (self._pages + 1) % _TOKENS
        return bytes(0x21 + self._pages // 94**place % 94 for place in (3, 2, 1, 0))


class FilePrinter:
    """A file (or a device file) that is appended to. Always ready; printed is what was written."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def check(self) -> Condition:
        """Ready if the folder is there."""
        if self._path.parent.is_dir():
            return Condition("ready")
        return Condition("offline", f"文件夹不存在：{self._path.parent}")

    def print(self, page: bytes, *, notice: Callable[[Condition], None]) -> None:  # noqa: ARG002
        """Append the page."""
        try:
            with self._path.open("ab") as file:
                file.write(page)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise Interrupted(f"写不进文件 {self._path}") from error

    def close(self) -> None:
        """Nothing is kept open."""


_PROBES: tuple[tuple[FenceSetting, type[Reply]], ...] = (("GS ( H", Fence), ("GS r", Paper))


def _fence_bytes(fence: FenceSetting, token: bytes) -> bytes:
    if fence == "GS ( H":
        return b"\x1d(H\x06\x00\x30\x30" + token
    return b"\x1dr\x01" if fence == "GS r" else b""


def _confirms(fence: FenceSetting, reply: Reply, token: bytes) -> bool:
    if fence == "GS ( H":
        return reply == Fence(token)
    return fence == "GS r" and isinstance(reply, Paper)
