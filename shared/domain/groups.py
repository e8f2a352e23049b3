"""Group buys 拼团: a leader opens a group, members pay for seats, and the kitchen cooks when it is full (rule 22).

    open → full
      └──→ expired

A seat is taken by an order that is to be paid like any other; it is free again when that order ends unpaid. When the
last seat is paid, every order of the group is confirmed at once. When the time is over first, every order is cancelled
and what was paid goes back.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from shared.errors import GroupClosed, GroupNotOn

GroupState = Literal["open", "full", "expired"]
SIZES = range(2, 11)
"""All orders of a group are confirmed in one transaction, so a group is small."""


@dataclass(frozen=True)
class GroupOffer:
    """A campaign: so many guests who order the dish together have each unit at this price."""

    offer_id: str
    name: str
    dish_id: str
    price_fen: int
    size: int
    lasts: timedelta
    starts_at: datetime
    ends_at: datetime
    shops: frozenset[str] = frozenset()
    is_active: bool = True

    def require_on(self, now: datetime, *, shop_id: str) -> None:
        """Raises GroupNotOn unless groups may be opened here and now; the server's clock decides."""
        is_here = not self.shops or shop_id in self.shops
        if not self.is_active or not is_here or not self.starts_at <= now < self.ends_at:
            raise GroupNotOn


@dataclass(frozen=True)
class GroupSeat:
    """One guest's seat, which their order has; on one phone there is one."""

    order_id: str
    openid: str = field(repr=False)
    device_id: str = field(repr=False)
    is_paid: bool = False

    def is_the_same_persons(self, other: GroupSeat) -> bool:
        """Whether both are of one guest, or on one phone."""
        return self.openid == other.openid or self.device_id == other.device_id


@dataclass(frozen=True)
class Group:
    """A group as it is: `taken` seats are those of `seats`, never more than `size`."""

    group_id: str
    offer_id: str
    dish_id: str
    price_fen: int
    size: int
    state: GroupState
    expires_at: datetime
    seats: tuple[GroupSeat, ...] = ()

    @property
    def paid(self) -> int:
        """How many seats are paid."""
        return sum(seat.is_paid for seat in self.seats)

    @property
    def missing(self) -> int:
        """How many seats are not paid yet."""
        return self.size - self.paid

    def admits(self, now: datetime) -> bool:
        """Whether a seat may still be taken or paid."""
        return self.state == "open" and now < self.expires_at

    def require_open(self, now: datetime) -> None:
        """Raises GroupClosed once it is full or over."""
        if not self.admits(now):
            raise GroupClosed("这个团已经满员" if self.state == "full" else "这个团已经结束，请开新团或参加别的团")
