"""Open streams of server-sent events, in one place: each says what there is, then what is new when it is woken."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import suppress

HEARTBEAT_S = 10.0

News = Callable[[bool], Iterable[str]]
"""What a stream says next; the argument tells whether it was woken: at a heartbeat it was not."""


def sse_event(name: str, event_id: str, data: Mapping[str, object]) -> str:
    """One event as it goes over the line; line breaks in the data stay inside its JSON."""
    return f"event: {name}\nid: {event_id}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


class OpenStreams:
    """Every open stream of one page. Belongs to one event loop; close it there.

    `listen(wake)` has `wake` called, from any thread, when there is news, and answers with what ends that.
    """

    def __init__(
        self, listen: Callable[[Callable[[], None]], Callable[[], None]], *, heartbeat_s: float = HEARTBEAT_S
    ) -> None:
        self._listen, self._heartbeat_s = listen, heartbeat_s
        self._open: set[asyncio.Event] = set()
        self._closing = False

    def close(self) -> None:
        """End every stream, now."""
        self._closing = True
        for wake in self._open:
            wake.set()

    async def follow(self, news: News) -> AsyncIterator[str]:
        """What `news` says: at once, when woken, and at every heartbeat.

        Until the reader leaves (which cancels this) or the streams are closed.
        """
        wake, loop = asyncio.Event(), asyncio.get_running_loop()

        def rouse() -> None:
            with suppress(RuntimeError):  # the loop ended between the call and this line
                loop.call_soon_threadsafe(wake.set)

        forget = self._listen(rouse)
        self._open.add(wake)
        woken = True
        try:
            while not self._closing:
                wake.clear()
                for event in news(woken):
                    yield event
                woken = await _wait(wake, self._heartbeat_s)
        finally:
            self._open.discard(wake)
            forget()


async def _wait(wake: asyncio.Event, limit_s: float) -> bool:
    try:
        await asyncio.wait_for(wake.wait(), limit_s)
    except asyncio.TimeoutError:
        return False
    return True
