"""Booking a table (rule 24): which times are offered, which table fits, and what a reservation occupies.

    booked → seated
       ├───→ cancelled
       └───→ noShow

A reservation occupies its table, and the guest, for the party's turn. Occupancy is counted in quarters of an hour,
each of which has a key; a key stands in one reservation at most. How often times are offered is another matter, so
that a shop which changes its settings lets nothing overlap.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from typing import Any, Literal

from shared.domain.bizday import BusinessCalendar
from shared.domain.menu import Window
from shared.domain.pricing import WantedLine
from shared.errors import PartyTooLarge, SlotInvalid

BookingState = Literal["booked", "seated", "cancelled", "noShow"]
SlotFault = Literal["past", "tooSoon", "tooFar", "notASlot", "closed"]

QUARTER = timedelta(minutes=15)
_MOMENT = timedelta(seconds=1)
_FAULTS: Mapping[SlotFault, str] = {
    "past": "预订时间已经过去，请选择以后的时间",
    "tooSoon": "离到店时间太近了，请至少提前 {lead} 分钟预订，或直接到店取号",
    "tooFar": "只能预订 {days} 天以内的时间",
    "notASlot": "请选择列出的预订时间，每 {slice} 分钟一档",
    "closed": "这个时间用餐会超出营业时间，请选择其他时间",
}


@dataclass(frozen=True)
class BookingPolicy:
    """A shop's rules for bookings; every reservation keeps those it was made by. Turns are whole quarters.

    `longer_turns` gives larger parties more time: minutes by the number of guests from which they hold.
    """

    turn_min: int = 90
    slice_min: int = 30
    held_min: int = 15
    days_ahead: int = 14
    lead_min: int = 30
    remind_min: int = 120
    longer_turns: tuple[tuple[int, int], ...] = ()

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> BookingPolicy:
        """The policy that a shop's settings give; what they do not say is as usual."""
        longer = tuple((size, minutes) for size, minutes in found.get("longer_turns", ()))
        return cls(**{**found, "longer_turns": longer})

    def turn(self, guests: int) -> timedelta:
        """How long a party of that size has its table, in whole quarters."""
        minutes = max([self.turn_min, *(longer for size, longer in self.longer_turns if guests >= size)])
        return -(-timedelta(minutes=minutes) // QUARTER) * QUARTER


@dataclass(frozen=True)
class TableSize:
    """A table that can be booked."""

    table_id: str
    name: str
    seats: int


@dataclass(frozen=True)
class Diary:
    """When a shop takes bookings, and at which tables."""

    calendar: BusinessCalendar
    hours: tuple[Window, ...]
    policy: BookingPolicy
    tables: tuple[TableSize, ...]

    def fitting(self, guests: int) -> tuple[TableSize, ...]:
        """The tables that seat the party, best fit first. Raises PartyTooLarge when none does."""
        largest = max((table.seats for table in self.tables), default=0)
        if guests > largest:
            told = f"网上预订最多 {largest} 位，人数更多请电话联系门店" if largest else None
            raise PartyTooLarge(told, {"largest": largest})
        fitting = [table for table in self.tables if table.seats >= guests]
        return tuple(sorted(fitting, key=lambda table: (table.seats, table.table_id)))

    def require_slot(self, at: datetime, *, guests: int, now: datetime) -> None:
        """Raises SlotInvalid, with the fault, unless a party of that size may book that moment now."""
        fault = self._fault(at, guests=guests, now=now)
        if fault:
            policy = self.policy
            told = _FAULTS[fault].format(lead=policy.lead_min, days=policy.days_ahead, slice=policy.slice_min)
            raise SlotInvalid(told, {"fault": fault})

    def slots(self, biz_date: str, *, guests: int, now: datetime) -> tuple[datetime, ...]:
        """The times of a business day that a party of that size may book now, full or not."""
        if not self.calendar.biz_date(now) <= biz_date <= self.calendar.biz_date(self._ends_at(now) - _MOMENT):
            return ()
        return tuple(at for at in self.quarters_of(biz_date) if self._fault(at, guests=guests, now=now) is None)

    def quarters_of(self, biz_date: str) -> tuple[datetime, ...]:
        """Every full quarter of an hour in a business day."""
        start, end = self._start(biz_date), self._start(_days_after(biz_date, 1))
        first = start + (-start.timestamp() % QUARTER.total_seconds()) * _MOMENT
        return tuple(first + index * QUARTER for index in range(-((first - end) // QUARTER)))

    def _ends_at(self, now: datetime) -> datetime:
        """When the last day that can be booked is over."""
        return self._start(_days_after(self.calendar.biz_date(now), self.policy.days_ahead + 1))

    def _start(self, biz_date: str) -> datetime:
        return self.calendar.starts_at(biz_date).astimezone(timezone.utc)

    def _fault(self, at: datetime, *, guests: int, now: datetime) -> SlotFault | None:
        if at <= now:
            return "past"
        if at < now + timedelta(minutes=self.policy.lead_min):
            return "tooSoon"
        if at >= self._ends_at(now):
            return "tooFar"
        if not self._is_offered(at):
            return "notASlot"
        is_open = all(
            self.calendar.is_within(moment, self.hours)
            for quarter in quarters(at, self.policy.turn(guests))
            for moment in (quarter, quarter + QUARTER - _MOMENT)
        )
        return None if is_open else "closed"

    def _is_offered(self, at: datetime) -> bool:
        local = at.astimezone(self.calendar.zone)
        on_slice = (local.hour * 60 + local.minute) % self.policy.slice_min == 0
        return on_slice and at.timestamp() % QUARTER.total_seconds() == 0


@dataclass(frozen=True)
class Reservation:
    """A party's claim to a table for its turn. `guest_id` is None for one taken by phone; `policy` is a snapshot."""

    booking_id: str
    booking_no: str
    state: BookingState
    biz_date: str
    at: datetime
    guests: int
    table_id: str
    table_name: str
    guest_id: str | None
    name: str = field(repr=False)
    phone: str | None = field(repr=False)
    note: str
    lines: tuple[WantedLine, ...]
    policy: BookingPolicy
    placed_by: str
    placed_at: datetime
    sitting_id: str | None = None
    reason: str | None = None

    @property
    def turn(self) -> timedelta:
        """How long the party has its table."""
        return self.policy.turn(self.guests)

    @property
    def ends_at(self) -> datetime:
        """When its turn is over."""
        return self.at + self.turn

    @property
    def held_until(self) -> datetime:
        """Until when its table waits for a party that is late."""
        return self.at + timedelta(minutes=self.policy.held_min)

    @property
    def remind_at(self) -> datetime:
        """From when on the shop is reminded of it."""
        return self.at - timedelta(minutes=self.policy.remind_min)

    @property
    def keys(self) -> tuple[str, ...]:
        """What it occupies: its table's quarters, and those of the guest, who cannot sit at two tables at once."""
        return table_keys(self.table_id, self.at, self.turn) + guest_keys(self.guest_id, self.at, self.turn)


def quarters(at: datetime, turn: timedelta) -> Iterator[datetime]:
    """The quarters of an hour that a turn is made of."""
    return (at + index * QUARTER for index in range(turn // QUARTER))


def table_keys(table_id: str, at: datetime, turn: timedelta) -> tuple[str, ...]:
    """The keys of a table for a turn."""
    return tuple(f"table|{table_id}|{_key(quarter)}" for quarter in quarters(at, turn))


def guest_keys(guest_id: str | None, at: datetime, turn: timedelta) -> tuple[str, ...]:
    """The keys of a guest for a turn; of somebody on the phone, none."""
    return tuple(f"guest|{guest_id}|{_key(quarter)}" for quarter in quarters(at, turn)) if guest_id else ()


def free_tables(
    fitting: Sequence[TableSize], taken: Collection[str], *, at: datetime, turn: timedelta
) -> tuple[TableSize, ...]:
    """Those of the tables that nobody has in any quarter of the turn, in their order."""
    return tuple(table for table in fitting if not any(key in taken for key in table_keys(table.table_id, at, turn)))


def nearest(slots: Sequence[datetime], at: datetime, *, count: int = 3) -> tuple[datetime, ...]:
    """The slots nearest to a moment, in the order of time."""
    return tuple(sorted(sorted(slots, key=lambda slot: (abs(slot - at), slot))[:count]))


def masked(phone: str | None) -> str | None:
    """A phone number by which one who knows it can tell it: `138****8000`."""
    return f"{phone[:3]}****{phone[-4:]}" if phone else None


def _days_after(biz_date: str, days: int) -> str:
    return (date.fromisoformat(biz_date) + timedelta(days=days)).isoformat()


def _key(quarter: datetime) -> str:
    return f"{quarter.astimezone(timezone.utc):%Y-%m-%dT%H:%MZ}"
