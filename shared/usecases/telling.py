"""What the kitchen is told of an order's move: the tickets that go with it, and their events."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shared.contracts.events import Ticket, TicketEvent, TicketLine
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

    def tell(self, before: Order | None, after: Order, *, reason: str = "") -> tuple[Order, tuple[TicketEvent, ...]]:
        """The order with the tickets of its move, and their events; a `reason` stands on what is void."""
        order, drafts = told(before, after, self.known.stations, per_dish=self.known.per_dish)
        return order, self._events(order, drafts, reason)

    def tell_more(
        self, after: Order, drafts: tuple[TicketDraft, ...], *, note: str = ""
    ) -> tuple[Order, tuple[TicketEvent, ...]]:
        """The order with tickets that are no difference, such as a rush, and their events; a `note` says where to."""
        order, kept = with_tickets(after, drafts, self.known.stations)
        return order, self._events(order, kept, note)

    def _events(self, order: Order, drafts: tuple[TicketDraft, ...], reason: str) -> tuple[TicketEvent, ...]:
        """The tickets on their way to the printers; a line is made once for its station and the pass."""
        notes = {"new": order.note, "add": order.note, "void": reason, "move": reason}
        lines = {id(one): _line(one) for draft in drafts for one in draft.items}
        return tuple(
            [
                self._event(
                    order,
                    draft,
                    lines=tuple([lines[id(one)] for one in draft.items]),
                    note=notes.get(draft.kind, ""),
                )
                for draft in drafts
            ]
        )

    def _event(self, order: Order, draft: TicketDraft, *, lines: tuple[TicketLine, ...], note: str) -> TicketEvent:
        """One ticket; the event bears its id, so it exists once."""
        job_id = ticket_id(order.order_id, draft)
        return TicketEvent(
            event_id=job_id,
            shop_id=self.config.shop_id,
            occurred_at=self.now,
            trace_id=self.trace_id,
            data=Ticket(
                job_id=job_id,
                kind=draft.kind,
                station=draft.station,
                station_name=self.known.stations.get(draft.station, draft.station),
                is_pass=draft.is_pass,
                shop_name=self.config.name,
                order_id=order.order_id,
                order_no=order.order_no,
                round=order.round,
                revision=draft.revision,
                table_name=order.table_name,
                pickup_no=order.pickup_no,
                guests=order.guests,
                lines=lines,
                note=note,
                placed_at=order.placed_at,
                takeaway=order.takeaway,
                pickup_at=order.pickup_at,
            ),
        )


def _line(one: TicketItem) -> TicketLine:
    item = one.item
    return TicketLine(
        line_id=item.item_id,
        name=item.name,
        quantity=item.quantity,
        specs=item.specs,
        modifiers=item.modifiers,
        note=item.note,
        was=one.was,
    )
