"""The start page's event stream: the journal's entries so far, then each new one, with the figures of the moment."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Iterator, Mapping
from statistics import median

from edge_bridge.screen.sse import OpenStreams, sse_event
from scripts.local.demo.journal import Entry, Journal
from scripts.local.demo.terminal import SPAN_NAMES
from scripts.local.demo.verdict import judge


class Feed:
    """Every open page's stream. Belongs to one event loop; close it there."""

    def __init__(self, journal: Journal, shop_names: Mapping[str, str]) -> None:
        self._journal, self._names = journal, shop_names
        self._run = secrets.token_hex(4)
        self._streams = OpenStreams(journal.listen)

    def close(self) -> None:
        """End every stream."""
        self._streams.close()

    def follow(self, last_id: str) -> AsyncIterator[str]:
        """Server-sent events after the one with this id; everything, if it is of an earlier start of the demo."""
        run, _, number = last_id.partition(":")
        sent = int(number) if run == self._run and number.isdecimal() else 0
        return self._streams.follow(_PageNews(self._journal, self._names, run=self._run, sent=sent))


class _PageNews:
    """What one page is told: the entries it has not had, and the figures of the moment."""

    def __init__(self, journal: Journal, names: Mapping[str, str], *, run: str, sent: int) -> None:
        self._journal, self._names, self._run, self._sent = journal, names, run, sent
        self._begins = sent == 0

    def __call__(self, _woken: bool) -> Iterator[str]:
        if self._begins:
            self._begins = False
            yield self._event("begin", {})
        for entry in self._journal.entries(self._sent):
            self._sent += 1
            yield self._event("entry", self._entry(entry))
        yield self._event("figures", figures(self._journal))

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
            "meal": entry.meal,
        }

    def _event(self, name: str, data: Mapping[str, object]) -> str:
        return sse_event(name, f"{self._run}:{self._sent}", data)


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
