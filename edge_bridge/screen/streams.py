"""The open event streams: each screen is told the whole board when it connects, then every new call.

A stream starts with the board, and a screen knows calls by id, so a reconnect misses nothing and repeats nothing, also
after the bridge itself was restarted.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from edge_bridge.screen.board import CallBoard, Snapshot
from edge_bridge.screen.speech import CHIME, TIMES_SPOKEN, clips_for
from shared.contracts.events import Call

HEARTBEAT_S = 10.0
RETRY_MS = 1000


@dataclass(frozen=True)
class Shop:
    """Whose screen it is: its name, and the IANA zone of its clock."""

    name: str = ""
    zone: str = "Asia/Shanghai"


def call_json(call: Call) -> dict[str, object]:
    """A call as the page takes it: its wire form and how it is spoken."""
    return {**call.wire(), "clips": list(clips_for(call)), "chime": CHIME, "times": TIMES_SPOKEN}


def board_json(snapshot: Snapshot, shop: Shop) -> dict[str, object]:
    """The board as the page takes it; calls from old to new."""
    return {
        "shopName": shop.name,
        "zone": shop.zone,
        "now": snapshot.now.isoformat(),
        "revision": snapshot.revision,
        "current": None if snapshot.current is None else call_json(snapshot.current),
        "recent": [call_json(call) for call in snapshot.recent],
    }


class EventStreams:
    """Every connected screen's stream. Belongs to one event loop."""

    def __init__(self, board: CallBoard, shop: Shop, *, heartbeat_s: float = HEARTBEAT_S) -> None:
        self._board = board
        self._shop = shop
        self._heartbeat_s = heartbeat_s
        self._open: set[asyncio.Event] = set()
        self._closing = False

    def close(self) -> None:
        """End every stream, now; call it on the event loop."""
        self._closing = True
        for wake in self._open:
            wake.set()

    async def follow(self) -> AsyncIterator[str]:
        """Server-sent events for one screen, until it leaves (which cancels this) or the streams are closed."""
        wake = asyncio.Event()
        loop = asyncio.get_running_loop()

        def rouse() -> None:
            with suppress(RuntimeError):  # the loop ended between the board's reading of its list and this call
                loop.call_soon_threadsafe(wake.set)

        forget = self._board.listen(rouse)
        self._open.add(wake)
        try:
            async for event in self._events(wake):
                yield event
        finally:
            self._open.discard(wake)
            forget()

    async def _events(self, wake: asyncio.Event) -> AsyncIterator[str]:
        snapshot = self._board.snapshot()
        sent = snapshot.revision
        yield f"retry: {RETRY_MS}\n"
        yield _event("board", sent, board_json(snapshot, self._shop))
        while True:
            woken = await _wait(wake, self._heartbeat_s)
            if self._closing:
                return
            if not woken:
                # A named event rather than a comment: the page must see it, to notice a line that died silently.
                yield _event("beat", sent, {})
            wake.clear()
            for shown in self._board.after(sent):
                sent = shown.revision
                now = self._board.snapshot().now.isoformat()
                yield _event("call", sent, {"now": now, "call": call_json(shown.call)})


async def _wait(wake: asyncio.Event, limit_s: float) -> bool:
    try:
        await asyncio.wait_for(wake.wait(), limit_s)
    except asyncio.TimeoutError:
        return False
    return True


def _event(name: str, revision: int, data: Mapping[str, object]) -> str:
    return f"event: {name}\nid: {revision}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
