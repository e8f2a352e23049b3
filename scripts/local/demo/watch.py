"""Watches what the demo is about: paper coming out of the printers, calls coming up on the screens."""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime

import httpx
from pymongo import MongoClient

from scripts.local.demo.journal import Entry, Journal, KnownOrder, milliseconds, now
from scripts.local.printer import Page, VirtualPrinter
from scripts.local.store_pc import StorePC
from shared.store.client import Document

_LOOK_S = 0.5
_RECONNECT_S = 0.2
_PAPER_NAMES = {
    "add": "加菜单",
    "change": "改单",
    "void": "退菜单",
    "rush": "催菜单",
    "move": "转台单",
    "booking": "预订提醒",
}


class OrderBook:
    """Orders as the database has them: paper may be quicker than the reply to the guest who ordered."""

    def __init__(self, uri: str, database: str) -> None:
        self._client: MongoClient[Document] = MongoClient(uri, tz_aware=True)
        self._db = self._client[database]

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def find(self, order_id: str) -> KnownOrder | None:
        """The order, if there is one."""
        found = self._db["orders"].find_one({"_id": order_id})
        if found is None:
            return None
        return KnownOrder(
            order_id=order_id,
            shop_id=found["shop_id"],
            label=found.get("pickup_no") or found["table_name"],
            placed_at=found["placed_at"],
            jobs=tuple(ticket["ticket_id"] for ticket in found["tickets"]),
        )

    def whose(self, booking_id: str) -> str | None:
        """The reservation's table and name, if there is one."""
        found = self._db["reservations"].find_one({"_id": booking_id})
        return None if found is None else f"{found['table_name']} {found['name']}"


class Watch:
    """A thread for every printer and every call screen, each writing what it sees into the journal."""

    def __init__(self, journal: Journal, book: OrderBook, pcs: Mapping[str, StorePC]) -> None:
        self._journal, self._book = journal, book
        self._ended = threading.Event()
        self._threads = [
            threading.Thread(target=self._watch_screen, args=(shop_id, pc), name=f"screen-{shop_id}", daemon=True)
            for shop_id, pc in pcs.items()
        ]
        for shop_id, pc in pcs.items():
            for data in pc.shop.printers:
                arguments = (shop_id, data.id, pc.printers[data.name])
                name = f"paper-{data.id}"
                self._threads.append(threading.Thread(target=self._watch_paper, args=arguments, name=name, daemon=True))

    def start(self) -> Watch:
        """Watch from now on."""
        for thread in self._threads:
            thread.start()
        return self

    def stop(self) -> None:
        """Look once more at the paper and end. The bridges must have ended, or their screens keep talking."""
        self._ended.set()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join()

    def _watch_paper(self, shop_id: str, printer_id: str, printer: VirtualPrinter) -> None:
        seen = 0
        is_last = False
        while not is_last:
            is_last = self._ended.is_set()
            with suppress(TimeoutError):
                printer.wait_pages(seen + 1, 0 if is_last else _LOOK_S)
            for page in printer.pages[seen:]:
                seen += 1
                self._note_page(shop_id, printer_id, printer.name, page)

    def _note_page(self, shop_id: str, printer_id: str, printer: str, page: Page) -> None:
        job_id = page.codes[0] if page.codes else ""
        of_id, kind, is_first = _parts(job_id)
        order = self._book.find(of_id)
        since = None
        if order is not None:
            self._journal.expect_order(order)
            since = order.placed_at if is_first else self._journal.changed_at(of_id)
        self._journal.note_paper(job_id)
        label = order.label if order else self._book.whose(of_id)
        name = _PAPER_NAMES.get(kind, "单") if is_first or kind not in ("new", "add") else "起菜单"
        text = f"{printer}出{name}" + (f"：{label}" if label else "")
        took_ms = None if since is None else milliseconds(since, page.at)
        picture = f"/paper/{printer_id}/{page.path.name}"
        entry = Entry(page.at, "paper", shop_id, text, took_ms, job_id=job_id, printer=printer, picture=picture)
        self._journal.add(entry, "order_to_paper" if is_first else "change_to_paper")

    def _watch_screen(self, shop_id: str, pc: StorePC) -> None:
        """As a screen does: follow the events, and connect again when the line breaks."""
        while not self._ended.is_set():
            try:
                with httpx.stream("GET", f"{pc.screen_url}events", timeout=30, trust_env=False) as reply:
                    for line in reply.iter_lines():
                        self._note_line(shop_id, line)
                        if self._ended.is_set():
                            return
            except httpx.HTTPError:
                self._ended.wait(_RECONNECT_S)

    def _note_line(self, shop_id: str, line: str) -> None:
        if not line.startswith("data: "):
            return
        data = json.loads(line.removeprefix("data: "))
        for call in [data["call"]] if "call" in data else data.get("recent", []):
            at = now()
            if self._journal.note_shown(call["callId"], at):
                took_ms = milliseconds(datetime.fromisoformat(call["calledAt"].replace("Z", "+00:00")), at)
                text = f"叫号屏显示并播报：{call['label']}，{call['text']}"
                self._journal.add(Entry(at, "shown", shop_id, text, took_ms), "call_to_screen")


def _parts(job_id: str) -> tuple[str, str, bool]:
    """Of a job id: the id of the order or reservation, the ticket's kind, and whether it is of the first revision."""
    of_id, _, kind, revision, *_ = [*job_id.partition("#")[0].split("."), "", "", "", ""]
    return of_id, kind, revision == "1"
