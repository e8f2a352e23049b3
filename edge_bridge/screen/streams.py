"""The screens' event streams: each screen is told the whole board when it connects, then every new call.

A stream starts with the board, and a screen knows calls by id, so a reconnect misses nothing and repeats nothing, also
after the bridge itself was restarted.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

from edge_bridge.screen.board import CallBoard, Snapshot
from edge_bridge.screen.speech import CHIME, TIMES_SPOKEN, clips_for
from edge_bridge.screen.sse import HEARTBEAT_S, OpenStreams, sse_event
from shared.contracts.events import Call

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
    """Every connected screen's stream. Belongs to one event loop; close it there."""

    def __init__(self, board: CallBoard, shop: Shop, *, heartbeat_s: float = HEARTBEAT_S) -> None:
        self._board, self._shop = board, shop
        self._streams = OpenStreams(board.listen, heartbeat_s=heartbeat_s)

    def close(self) -> None:
        """End every stream, now."""
        self._streams.close()

    def follow(self) -> AsyncIterator[str]:
        """Server-sent events for one screen, until it leaves or the streams are closed."""
        return self._streams.follow(_ScreenNews(self._board, self._shop))


class _ScreenNews:
    """What one screen is told: the board, then every call since."""

    def __init__(self, board: CallBoard, shop: Shop) -> None:
        self._board, self._shop = board, shop
        self._sent: int | None = None

    def __call__(self, woken: bool) -> Iterator[str]:
        if self._sent is None:
            snapshot = self._board.snapshot()
            self._sent = snapshot.revision
            yield f"retry: {RETRY_MS}\n"
            yield sse_event("board", str(self._sent), board_json(snapshot, self._shop))
        if not woken:
            # A named event rather than a comment: the page must see it, to notice a line that died silently.
            yield sse_event("beat", str(self._sent), {})
        for shown in self._board.after(self._sent):
            self._sent = shown.revision
            now = self._board.snapshot().now.isoformat()
            yield sse_event("call", str(self._sent), {"now": now, "call": call_json(shown.call)})
