"""The start page's event stream: the journal's entries so far, then each new one, with the figures of the moment."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from statistics import median

from scripts.local.demo.journal import Entry, Journal
from scripts.local.demo.terminal import SPAN_NAMES
from scripts.local.demo.verdict import judge

_HEARTBEAT_S = 10.0


class Feed:
    """Every open page's stream. Belongs to one event loop; close it there."""

    def __init__(self, journal: Journal, shop_names: Mapping[str, str]) -> None:
        self._journal, self._names = journal, shop_names
        self._run = secrets.token_hex(4)
        self._open: set[asyncio.Event] = set()
        self._closing = False

    def close(self) -> None:
        """End every stream."""
        self._closing = True
        for wake in self._open:
            wake.set()

    async def follow(self, last_id: str) -> AsyncIterator[str]:
        """Server-sent events after the one with this id; everything, if it is of an earlier start of the demo."""
        run, _, number = last_id.partition(":")
        sent = int(number) if run == self._run and number.isdecimal() else 0
        wake, loop = asyncio.Event(), asyncio.get_running_loop()

        def rouse() -> None:
            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(wake.set)

        forget = self._journal.listen(rouse)
        self._open.add(wake)
        try:
            if sent == 0:
                yield self._event("begin", 0, {})
            while not self._closing:
                wake.clear()
                for entry in self._journal.entries(sent):
                    sent += 1
                    yield self._event("entry", sent, self._entry(entry))
                yield self._event("figures", sent, figures(self._journal))
                with suppress(asyncio.TimeoutError):
                    await asyncio.wait_for(wake.wait(), _HEARTBEAT_S)
        finally:
            self._open.discard(wake)
            forget()

    def _entry(self, entry: Entry) -> dict[str, object]:
        return {
            "at": entry.at.isoformat(),
            "kind": entry.kind,
            "shopId": entry.shop_id,
            "shop": self._names[entry.shop_id],
            "text": entry.text,
            "tookMs": entry.took_ms,
            "jobId": entry.job_id,
            "printer": entry.printer,
            "picture": entry.picture,
        }

    def _event(self, name: str, number: int, data: Mapping[str, object]) -> str:
        return f"event: {name}\nid: {self._run}:{number}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


def figures(journal: Journal) -> dict[str, object]:
    """The figures at the top of the page."""
    verdict = judge(journal.facts())
    spans = journal.spans()
    return {
        "orders": verdict.orders,
        "tickets": verdict.tickets,
        "printed": verdict.printed,
        "duplicated": len(verdict.duplicated),
        "calls": verdict.calls,
        "shown": verdict.calls_shown,
        "spans": [
            {"name": name, "count": len(spans[span]), "p50": round(median(spans[span])), "max": max(spans[span])}
            for span, name in SPAN_NAMES.items()
            if spans.get(span)
        ],
    }
