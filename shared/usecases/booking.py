"""Bookings: reserve a table, give it up, look at reservations and free times (rule 24)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import NoReturn
from zoneinfo import ZoneInfo

from shared.contracts.booking import (
    BookingReply,
    BookingsReply,
    BookingView,
    BookTable,
    CancelBooking,
    GetBookings,
    PreorderedDish,
    SlotView,
)
from shared.domain.booking import Diary, Reservation, TableSize, free_tables, guest_keys, masked, nearest, table_keys
from shared.domain.menu import Dish
from shared.domain.pricing import require_orderable
from shared.errors import AlreadyBooked, NotFound, PermissionDenied, SlotFull, StateConflict
from shared.runtime import ids
from shared.store import reservations, shops
from shared.store.scope import Shop
from shared.store.shops import ShopSettings
from shared.store.work import Outcome, Work
from shared.usecases.notices import Notices
from shared.usecases.quoting import wanted

_STATES: Mapping[str, str] = {"seated": "已入座", "cancelled": "已取消", "noShow": "已过保留时间"}


def book_table(command: BookTable, work: Work) -> BookingReply:
    """Reserve the best fitting table that is free for the party's turn; that one stays free is a unique index.

    Raises PartyTooLarge, SlotInvalid, DishUnavailable, ChoiceInvalid, AlreadyBooked; SlotFull, naming times near it.
    """
    _require_staff(command.as_staff, work)
    config = shops.shop_settings(work.shop, work.now)
    diary = diary_of(work.shop, config)
    fitting = diary.fitting(command.guests)
    diary.require_slot(command.at, guests=command.guests, now=work.now)
    dishes = _dishes(work.shop, config)
    draft = _draft(command, diary, work)
    require_orderable(draft.lines, dishes, now=command.at, calendar=config.calendar)
    notices = Notices.of(work)

    def body(shop: Shop) -> Outcome[BookingReply]:
        table = _free_table(shop, draft, fitting)
        reservation = replace(draft, table_id=table.table_id, table_name=table.name)
        reservations.add(shop, reservation)
        notices.booked(shop, reservation)
        return Outcome(BookingReply(booking=booking_view(reservation, dishes)))

    try:
        return work.transact(body)
    except SlotFull as full:
        raise _full(command.at, command.guests, diary, work) from full


def cancel_booking(command: CancelBooking, work: Work) -> BookingReply:
    """Give a reservation up; its table is free at once. Raises NotFound, StateConflict."""
    _require_staff(command.as_staff, work)
    guest_id = None if command.as_staff else work.caller.id
    dishes = _dishes(work.shop, shops.shop_settings(work.shop, work.now))
    cancellation = reservations.Cancellation(work.caller.id, command.reason or "", guest_id)

    def body(shop: Shop) -> Outcome[BookingReply]:
        cancelled = reservations.cancel(shop, command.booking_id, cancellation, now=work.now)
        if cancelled is None:
            _refuse_to_cancel(reservations.get(shop, command.booking_id), guest_id)
        return Outcome(BookingReply(booking=booking_view(cancelled, dishes)))

    return work.transact(body)


def get_bookings(command: GetBookings, work: Work) -> BookingsReply:
    """A guest's own reservations, or for staff a page of the shop's day; and the times for a party.

    Raises NotFound, PartyTooLarge.
    """
    _require_staff(command.as_staff, work)
    config = shops.shop_settings(work.shop, work.now)
    dishes = _dishes(work.shop, config)
    found = _page(command, work)
    is_kitchen = work.caller.role == "kitchen"
    return BookingsReply(
        bookings=tuple(booking_view(one, dishes, is_masked=is_kitchen) for one in found[: command.limit]),
        more=len(found) > command.limit,
        slots=_slots(command.date.isoformat(), command.guests, diary_of(work.shop, config), work)
        if command.date and command.guests
        else None,
    )


def diary_of(shop: Shop, config: ShopSettings) -> Diary:
    """When and where the shop takes bookings."""
    tables = tuple(TableSize(table.table_id, table.name, table.seats) for table in shops.tables(shop))
    return Diary(config.calendar, config.hours, config.booking, tables)


def booking_view(reservation: Reservation, dishes: Mapping[str, Dish], *, is_masked: bool = False) -> BookingView:
    """The reservation for its guest and for staff; `is_masked` hides the middle of the phone number."""
    return BookingView(
        booking_id=reservation.booking_id,
        booking_no=reservation.booking_no,
        state=reservation.state,
        at=reservation.at,
        ends_at=reservation.ends_at,
        held_until=reservation.held_until,
        biz_date=reservation.biz_date,
        guests=reservation.guests,
        table_id=reservation.table_id,
        table_name=reservation.table_name,
        name=reservation.name,
        phone=masked(reservation.phone) if is_masked else reservation.phone,
        note=reservation.note,
        lines=tuple(
            PreorderedDish(
                line_id=line.line_id,
                dish_id=line.dish_id,
                name=dish_name(line.dish_id, dishes),
                quantity=line.quantity,
                note=line.note,
            )
            for line in reservation.lines
        ),
        sitting_id=reservation.sitting_id,
        reason=reservation.reason,
    )


def dish_name(dish_id: str, dishes: Mapping[str, Dish]) -> str:
    """A dish's name, or the id of one that is no longer on the menu."""
    return dishes[dish_id].name if dish_id in dishes else dish_id


def require_standing(found: Reservation, act: str) -> None:
    """Raises StateConflict, saying what cannot be done with a reservation that does not stand any more."""
    if found.state != "booked":
        raise StateConflict(f"预订{_STATES[found.state]}，不能{act}")


def _require_staff(as_staff: bool, work: Work) -> None:
    """Raises PermissionDenied for somebody who claims to act for the shop and is not of it."""
    if as_staff and not work.caller.is_staff:
        raise PermissionDenied


def _dishes(shop: Shop, config: ShopSettings) -> Mapping[str, Dish]:
    return shops.catalogue(shop, config.menu_version).menu.by_id


def _draft(command: BookTable, diary: Diary, work: Work) -> Reservation:
    """The reservation but for its table."""
    biz_date = diary.calendar.biz_date(command.at)
    return Reservation(
        booking_id=ids.new_id(),
        booking_no=ids.order_no(biz_date),
        state="booked",
        biz_date=biz_date,
        at=command.at,
        guests=command.guests,
        table_id="",
        table_name="",
        guest_id=None if command.as_staff else work.caller.id,
        name=command.name,
        phone=command.phone,
        note=command.note,
        lines=tuple(wanted(line) for line in command.lines),
        policy=diary.policy,
        placed_by=work.caller.id,
        placed_at=work.now,
    )


def _free_table(shop: Shop, draft: Reservation, fitting: tuple[TableSize, ...]) -> TableSize:
    """The first fitting table that nobody is seen to have. Raises SlotFull; AlreadyBooked for a guest who has another.

    This only saves tries: a rival may be quicker, and then the insertion fails and this is asked again.
    """
    mine = guest_keys(draft.guest_id, draft.at, draft.turn)
    tables = [key for table in fitting for key in table_keys(table.table_id, draft.at, draft.turn)]
    holders = reservations.holders(shop, [*mine, *tables])
    own = next((holders[key] for key in mine if key in holders), None)
    if own is not None:
        raise AlreadyBooked(details={"bookingId": own})
    free = free_tables(fitting, holders, at=draft.at, turn=draft.turn)
    if not free:
        raise SlotFull
    return free[0]


def _full(at: datetime, guests: int, diary: Diary, work: Work) -> SlotFull:
    zone = diary.calendar.zone
    open_slots = [slot.at for slot in _slots(diary.calendar.biz_date(at), guests, diary, work) if slot.free]
    free = nearest(open_slots, at)
    told = f"{_clock(at, zone)} 已经约满，" + (
        f"附近可订：{'、'.join(_clock(slot, zone) for slot in free)}" if free else "当天没有其他可订的时间，请换一天"
    )
    return SlotFull(told, {"free": [slot.isoformat().replace("+00:00", "Z") for slot in free]})


def _slots(biz_date: str, guests: int, diary: Diary, work: Work) -> tuple[SlotView, ...]:
    """The day's times for a party, each with how many tables are free for the whole turn. Raises PartyTooLarge."""
    fitting = diary.fitting(guests)
    times = diary.slots(biz_date, guests=guests, now=work.now)
    if not times:
        return ()
    turn = diary.policy.turn(guests)
    taken = reservations.taken(work.shop, since=times[0], until=times[-1] + turn)
    return tuple(SlotView(at=at, free=len(free_tables(fitting, taken, at=at, turn=turn))) for at in times)


def _page(command: GetBookings, work: Work) -> list[Reservation]:
    """One more than asked for, if there is."""
    if not command.as_staff:
        return reservations.of_guest(work.shop, work.caller.id, limit=command.limit + 1)
    after = reservations.get(work.shop, command.after) if command.after else None
    day = command.date.isoformat() if command.date else ""
    return reservations.of_day(work.shop, day, after=after, limit=command.limit + 1)


def _refuse_to_cancel(found: Reservation, guest_id: str | None) -> NoReturn:
    if guest_id is not None and found.guest_id != guest_id:
        raise NotFound("没有找到这个预订")
    require_standing(found, "取消")
    raise StateConflict("已到预订时间，如需取消请联系门店")


def _clock(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%H:%M}"
