"""The shop is reminded on paper of a party that comes soon, and the guest by a message (rule 24)."""

from __future__ import annotations

from collections.abc import Mapping

from shared.contracts.events import Kept, Ticket, TicketEvent, TicketLine
from shared.domain.booking import Reservation, masked
from shared.domain.menu import Dish
from shared.domain.tickets import PASS_STATION
from shared.errors import StateConflict
from shared.store import reservations, shops
from shared.store.scope import Shop
from shared.store.shops import Catalogue, ShopSettings
from shared.store.work import Outcome, Work
from shared.usecases.booking import dish_name
from shared.usecases.notices import Notices
from shared.usecases.papers import ticket_look


def remind(booking_id: str, work: Work) -> bool:
    """Print a slip for a reservation that is near, tell its guest; False when that is done, or it does not stand."""
    config = shops.shop_settings(work.shop, work.now)
    known = shops.catalogue(work.shop, config.menu_version)
    notices = Notices.of(work)
    station = PASS_STATION if PASS_STATION in known.stations else min(known.stations, default=PASS_STATION)

    def body(shop: Shop) -> Outcome[Ticket]:
        if not reservations.mark_reminded(shop, booking_id, now=work.now):
            raise StateConflict
        reservation = reservations.get(shop, booking_id)
        notices.reminded(shop, reservation)
        slip = _slip(reservation, config, known, station=station)
        event = TicketEvent(
            event_id=slip.job_id, shop_id=config.shop_id, occurred_at=work.now, trace_id=work.trace_id, data=slip
        )
        return Outcome(slip, (event,))

    try:
        work.transact(body)
    except StateConflict:
        return False
    return True


def _slip(reservation: Reservation, config: ShopSettings, known: Catalogue, *, station: str) -> Ticket:
    return Ticket(
        job_id=f"{reservation.booking_id}.{station}.booking.1",
        kind="booking",
        station=station,
        station_name=known.stations.get(station, station),
        shop_name=config.name,
        order_id=reservation.booking_id,
        order_no=reservation.booking_no,
        round=1,
        revision=1,
        table_name=reservation.table_name,
        guests=reservation.guests,
        lines=_dishes(reservation, known.menu.by_id),
        note=reservation.note,
        placed_at=reservation.placed_at,
        kept=Kept(at=reservation.at, name=reservation.name, phone=masked(reservation.phone)),
        look=ticket_look(config),
    )


def _dishes(reservation: Reservation, dishes: Mapping[str, Dish]) -> tuple[TicketLine, ...]:
    """What was ordered ahead, by name and count alone: sixty lines fit in one message."""
    return tuple(
        TicketLine(
            line_id=line.line_id,
            name=dish_name(line.dish_id, dishes),
            quantity=line.quantity,
        )
        for line in reservation.lines
    )
