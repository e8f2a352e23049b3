"""A cloud of real processes for the end-to-end tests, and shops in it whose calls go over HTTP like any client's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from pymongo.database import Database

from scripts.local.cloud import LocalCloud
from scripts.local.process import wait_until
from shared.store.client import Document
from tests.support.shops import Reply, TestShop, open_shop, request_id

ENV = "test"
LIMIT_S = 60.0


@dataclass(frozen=True)
class Town:
    """The running cloud, its database seen from outside, and a client of its gateway."""

    cloud: LocalCloud
    folder: Path
    db: Database[Document]
    http: httpx.Client

    def open_shop(self) -> LiveShop:
        """A fresh shop without a store PC."""
        shop = open_shop(self.db)
        return LiveShop(shop.db, shop.shop_id, shop.device_key, http=self.http)

    def post(self, action: str, data: object, openid: str | None) -> httpx.Response:
        """A mini-program's call as it goes over the wire; without an openid, a visitor's."""
        headers = {"X-WX-OPENID": openid, "X-WX-APPID": "wx"} if openid else {}
        return self.http.post(f"/v1/functions/{action}", json=data, headers=headers)

    def fire(self, function: str) -> Reply:
        """Fire the function's timer; its reply."""
        reply: Reply = self.http.post(f"/local/timers/{function}").json()
        return reply

    @contextmanager
    def without_broker(self) -> Iterator[None]:
        """The broker is down in the block, and back on its port after it."""
        assert self.cloud.broker is not None
        self.cloud.broker.stop()
        try:
            yield
        finally:
            self.cloud.broker.start()


@dataclass(kw_only=True)
class LiveShop(TestShop):
    """A shop whose guests and staff call through the gateway."""

    __test__ = False
    http: httpx.Client

    def call(self, action: str, openid: str, **data: Any) -> Reply:
        """The function as the mini-program calls it, over HTTP."""
        headers = {"X-WX-OPENID": openid, "X-WX-APPID": "wx"}
        reply: Reply = self.http.post(f"/v1/functions/{action}", json=data, headers=headers).json()
        return reply

    def order(self, lines: list[Reply], **more: Any) -> Reply:
        """Submit an order that is taken; the order."""
        reply = self.submit(lines, **more)
        assert reply.get("success"), reply
        order: Reply = reply["data"]["order"]
        return order

    def by_staff(self, role: str, action: str, **data: Any) -> Reply:
        """A command of a cook or waiter that is taken; its data."""
        reply = self.call(action, self.guest(role), requestId=request_id(), **data)
        assert reply.get("success"), reply
        found: Reply = reply["data"]
        return found

    def orders(self) -> list[Reply]:
        """All orders as the waiter sees them, newest first."""
        reply = self.call("listOrders", self.guest("waiter"), limit=100)
        assert reply.get("success"), reply
        found: list[Reply] = reply["data"]["orders"]
        return found

    def unheard(self) -> int:
        """How many records still wait for the shop's acknowledgement."""
        where = {"shop_id": self.shop_id, "due": {"$exists": True}}
        return sum(self.db[home].count_documents(where) for home in ("orders", "commands"))

    def wait_receipts(self) -> None:
        """Until the store PC has acknowledged every event and reported every ticket of every order."""
        told = wait_until(lambda: self.unheard() == 0 and not self.unreported(), limit_s=LIMIT_S, every_s=0.2)
        assert told, (self.unheard(), self.unreported())

    def unreported(self) -> set[str]:
        """The tickets that no receipt has come for."""
        return {t["ticketId"] for order in self.orders() for t in order["tickets"] if "printedAt" not in t}

    def leave(self) -> None:
        """Nobody waits for this shop any more: what it was never told is not published further."""
        for home in ("orders", "commands"):
            self.db[home].update_many({"shop_id": self.shop_id}, {"$unset": {"due": ""}})


def ticket_ids(*orders: Reply, stations: tuple[str, ...] = ()) -> list[str]:
    """The ids of the orders' tickets, sorted; with stations given, theirs only."""
    tickets = [ticket for order in orders for ticket in order["tickets"]]
    return sorted(t["ticketId"] for t in tickets if not stations or t["station"] in stations)
