"""What the kitchen is told of an order's move: the tickets that go with it, and their events."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shared.contracts.events import WrittenEvent
from shared.domain.moves import told, with_tickets
from shared.domain.orders import Order
from shared.domain.tickets import TicketDraft, TicketItem, ticket_id
from shared.store import shops
from shared.store.shops import Catalogue, ShopSettings
from shared.store.work import Work


@dataclass(frozen=True)
class Kitchen:
    """One shop's kitchen at one moment."""

    config: ShopSettings
    known: Catalogue
    now: datetime
    trace_id: str

    @classmethod
    def of(cls, work: Work) -> Kitchen:
        """The kitchen of the shop in which the work is done. Raises NotFound."""
        config = shops.shop_settings(work.shop, work.now)
        return cls(config, shops.catalogue(work.shop, config.menu_version), work.now, work.trace_id)

    def tell(self, before: Order | None, after: Order, *, reason: str = "") -> tuple[Order, tuple[WrittenEvent, ...]]:
        """The order with the tickets of its move, and their events; a `reason` stands on what is void."""
        order, drafts = told(before, after, self.known.stations, per_dish=self.known.per_dish)
        return order, self._events(order, drafts, reason)

    def tell_more(
        self, after: Order, drafts: tuple[TicketDraft, ...], *, note: str = ""
    ) -> tuple[Order, tuple[WrittenEvent, ...]]:
        """The order with tickets that are no difference, such as a rush, and their events; a `note` says where to."""
        order, kept = with_tickets(after, drafts, self.known.stations)
        return order, self._events(order, kept, note)

    def _events(self, order: Order, drafts: tuple[TicketDraft, ...], reason: str) -> tuple[WrittenEvent, ...]:
        """The tickets on their way to the printers; a line is written once for its station and the pass."""
        notes = {"new": order.note, "add": order.note, "void": reason, "move": reason}
        lines = {id(one): _line(one) for draft in drafts for one in draft.items}
        shared = self._shared(order)
        return tuple(
            [
                self._event(draft, shared, [lines[id(one)] for one in draft.items], note=notes.get(draft.kind, ""))
                for draft in drafts
            ]
        )

    def _shared(self, order: Order) -> dict[str, object]:
        """What every ticket of the order says."""
        told = {
            "shopName": self.config.name,
            "orderId": order.order_id,
            "orderNo": order.order_no,
            "round": order.round,
            "tableName": order.table_name,
            "pickupNo": order.pickup_no,
            "guests": order.guests,
            "placedAt": order.placed_at,
            "takeaway": order.takeaway,
            "pickupAt": order.pickup_at,
        }
        look = self.config.papers.ticket
        if look is not None:
            told["look"] = {"footer": look.footer, "dishSize": look.dish_size, "hide": look.hide}
        return {name: value for name, value in told.items() if value is not None}

    def _event(
        self, draft: TicketDraft, shared: dict[str, object], lines: list[dict[str, object]], *, note: str
    ) -> WrittenEvent:
        """One ticket; the event bears its id, so it exists once."""
        job_id = ticket_id(str(shared["orderId"]), draft)
        return WrittenEvent.of(
            {
                "v": 1,
                "eventId": job_id,
                "type": "ticket.print",
                "shopId": self.config.shop_id,
                "occurredAt": self.now,
                "traceId": self.trace_id,
                "data": {
                    **shared,
                    "jobId": job_id,
                    "kind": draft.kind,
                    "station": draft.station,
                    "stationName": self.known.stations.get(draft.station, draft.station),
                    "isPass": draft.is_pass,
                    "revision": draft.revision,
                    "lines": lines,
                    "note": note,
                },
            }
        )


def _line(one: TicketItem) -> dict[str, object]:
    item = one.item
    line: dict[str, object] = {
        "lineId": item.item_id,
        "name": item.name,
        "quantity": item.quantity,
        "specs": item.specs,
        "modifiers": item.modifiers,
        "note": item.note,
    }
    return line if one.was is None else {**line, "was": one.was}
