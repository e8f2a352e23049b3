"""Fetching at a time: which pick-up slots are free, and an order's place in one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from shared.domain.booking import nearest
from shared.domain.pickup import PickupHours
from shared.errors import SlotFull
from shared.store import orders, pickup_slots
from shared.store.pickup_slots import SlotHold
from shared.store.shops import ShopSettings
from shared.store.work import Work


def free_slots(config: ShopSettings, work: Work) -> tuple[datetime, ...]:
    """Today's slots that are still to come and take one more order; none while the shop takes no orders."""
    if not config.is_open(work.now):
        return ()
    slots = _hours(config).slots(work.now)
    taken = pickup_slots.counts(work.shop, config.calendar.biz_date(work.now)) if slots else {}
    return tuple(slot for slot in slots if taken.get(slot, 0) < config.pickup.capacity)


def require_slot(at: datetime | None, config: ShopSettings, work: Work) -> None:
    """Raises SlotInvalid unless the order wants no slot or one that is still to come today."""
    if at is not None:
        _hours(config).require_slot(at, now=work.now)


@contextmanager
def in_slot(at: datetime | None, *, command_id: str, order_id: str, config: ShopSettings, work: Work) -> Iterator[None]:
    """A place in the slot, given back if the order is refused. Raises SlotFull, naming the nearest free ones."""
    if at is None:
        yield
        return
    hold = SlotHold(at, config.calendar.biz_date(at), command_id, order_id)
    try:
        capacity = config.pickup.capacity
        with pickup_slots.held(work.shop, hold, capacity=capacity, now=work.now, order_stands=orders.stands):
            yield
    except SlotFull as full:
        raise _full(at, config, work) from full


def _full(at: datetime, config: ShopSettings, work: Work) -> SlotFull:
    free = nearest(free_slots(config, work), at)
    names = "、".join(f"{slot.astimezone(config.calendar.zone):%H:%M}" for slot in free)
    clock = f"{at.astimezone(config.calendar.zone):%H:%M}"
    told = f"{clock} 取餐已约满，" + (f"可选 {names}" if free else "今天没有其他可选的时间")
    return SlotFull(told, {"free": [slot.isoformat().replace("+00:00", "Z") for slot in free]})


def _hours(config: ShopSettings) -> PickupHours:
    return PickupHours(config.calendar, config.hours, config.pickup)
