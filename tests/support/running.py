"""A running order in a test shop: what people do with it, and all that is written of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from shared.contracts.events import Ticket, TicketEvent
from shared.domain.orders import Order, misplaced
from shared.store import orders
from shared.store.scope import Shop
from tests.support.shops import Reply, TestShop, request_id


@dataclass(frozen=True)
class Running:
    """One order of a shop."""

    shop: TestShop
    order_id: str

    @property
    def now(self) -> Order:
        """The order as it is stored; every item of it must stand on exactly one cooking ticket."""
        found = orders.get(Shop(self.shop.db, self.shop.shop_id), self.order_id)
        assert misplaced(found) == {}
        assert found.due_fen == sum(line.live_due_fen for line in found.lines)
        return found

    @property
    def mine(self) -> dict[str, str]:
        """The filter of its document."""
        return {"_id": self.order_id, "shop_id": self.shop.shop_id}

    @property
    def papers(self) -> list[Ticket]:
        """Every ticket that was ever told of the order, in the order of its revisions."""
        return sorted(tickets(self.shop, self.order_id), key=lambda one: (one.revision, one.job_id))

    def ticket_id(self, station: str) -> str:
        """The newest cooking ticket of a station."""
        return [t.ticket_id for t in self.now.tickets if t.station == station and (t.is_cooking or t.is_pass)][-1]

    def step(self, step: str, station: str | None = None, *, person: str = "waiter", **more: Any) -> Reply:
        """A cook's or a waiter's step."""
        more |= {"ticketId": self.ticket_id(station)} if station else {}
        return self._call("advanceOrder", person, step=step, **more)

    def edit(self, person: str = "waiter", *, key: str | None = None, at: Reply | None = None, **edit: Any) -> Reply:
        """Change, void, rush or fire; `at` says where the caller says they are."""
        return self._call("editOrder", person, key=key, edit=edit, **self._place(person, at))

    def cancel(self, person: str = "guest", *, key: str | None = None, at: Reply | None = None, **more: Any) -> Reply:
        """Cancel it."""
        return self._call("cancelOrder", person, key=key, **self._place(person, at), **more)

    def _place(self, person: str, at: Reply | None) -> Reply:
        staff = ("owner", "manager", "cashier", "waiter", "kitchen")
        return at if at is not None else {} if person in staff else {"shopId": self.shop.shop_id}

    def _call(self, action: str, person: str, *, key: str | None = None, **data: Any) -> Reply:
        openid = self.shop.guest(person)
        return self.shop.call(action, openid, requestId=key or request_id(), orderId=self.order_id, **data)


def run(shop: TestShop, lines: list[Reply], **more: Any) -> Running:
    """An order that was just placed."""
    reply = shop.submit(lines, **more)
    assert reply["success"], reply
    return Running(shop, reply["data"]["order"]["orderId"])


def tickets(shop: TestShop, order_id: str | None = None) -> list[Ticket]:
    """Every ticket that the shop's records hold, each written exactly as the contract would."""
    found = (
        json.loads(event)
        for home in ("orders", "commands")
        for record in shop.db[home].find({"shop_id": shop.shop_id, "events": {"$exists": True}})
        for event in record["events"]
    )
    events = [(TicketEvent.model_validate(event), event) for event in found if event["type"] == "ticket.print"]
    assert [event.wire() for event, _ in events] == [written for _, written in events]
    return [event.data for event, _ in events if order_id in (None, event.data.order_id)]


def told(papers: list[Ticket], *, revision: int) -> set[tuple[str, str, tuple[str, ...]]]:
    """The tickets of one change as (station, kind, item ids)."""
    return {
        (paper.station, paper.kind, tuple(line.line_id for line in paper.lines))
        for paper in papers
        if paper.revision == revision
    }


def written(shop: TestShop) -> list[Any]:
    """All that is written of the shop's orders, stock and commands: equal before and after a refusal."""
    return [
        list(shop.db[name].find({"shop_id": shop.shop_id}).sort("_id", 1)) for name in ("orders", "stock", "commands")
    ]
