"""A sitting and what belongs to it, as they are stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from shared.domain.cart import CartLine
from shared.store.client import Document

SittingState = Literal["open", "merged", "closed", "settled"]


@dataclass(frozen=True)
class Seat:
    """Whence a command comes: a guest from their table's code and membership, staff from anywhere in their shop."""

    sitting_id: str
    table_id: str | None = None
    openid: str | None = None

    @property
    def here(self) -> dict[str, Any]:
        """The condition that the caller belongs to this sitting; the code of a table it has left still tells so."""
        if self.openid is None:
            return {"_id": self.sitting_id}
        at_table = [{"table_id": self.table_id}, {"earlier_tables": self.table_id}]
        return {"_id": self.sitting_id, "members": self.openid, "$or": at_table}

    @property
    def open(self) -> dict[str, Any]:
        """The condition that it is also still open."""
        return {**self.here, "state": "open"}


@dataclass(frozen=True)
class Taken:
    """Cart lines on their way into an order: gone from the cart, and back in it unless the order stands."""

    command_id: str
    order_id: str
    at: datetime
    lines: tuple[CartLine, ...]


@dataclass(frozen=True)
class SeatFee:
    """So many guests paid for their seats with the round of that command."""

    command_id: str
    guests: int


@dataclass(frozen=True)
class NewSeats:
    """Guests who pay for their seats with a round; `seen` is what was paid when the round was priced."""

    guests: int
    seen: tuple[SeatFee, ...]

    def noting(self, command_id: str) -> tuple[dict[str, Any], dict[str, Any]]:
        """The condition that nobody else noted any since, and the change that notes these; of a repeat, none."""
        fee = {"command_id": command_id, "guests": self.guests}
        if any(one.command_id == command_id for one in self.seen):
            return {"seat_fees": {"$elemMatch": fee}}, {}
        unpaid = {f"seat_fees.{len(self.seen)}": {"$exists": False}, "seat_fees.command_id": {"$ne": command_id}}
        return unpaid, {"seat_fees": fee}


@dataclass(frozen=True)
class Sitting:
    """A party at a table. `rounds` names the commands that ordered, in turn; `members` are the openids that joined.

    `merged` are the sittings that came to this one, whose orders belong to it; `names` are what members call
    themselves, by pseudonym.
    """

    sitting_id: str
    table_id: str
    table_name: str
    state: SittingState
    guests: int | None
    rounds: tuple[str, ...]
    opened_at: datetime
    members: tuple[str, ...]
    version: int = 0
    names: Mapping[str, str] = field(default_factory=dict)
    merged: tuple[str, ...] = ()
    merged_into: str | None = None
    earlier_tables: tuple[str, ...] = ()
    cart: tuple[CartLine, ...] = ()
    taken: tuple[Taken, ...] = ()
    seat_fees: tuple[SeatFee, ...] = ()
    drawn_at: datetime | None = None
    """When its last round was drawn, by the database's clock."""

    def unpaid_seats(self, command_id: str = "") -> int:
        """How many guests have yet to pay for their seats; of a command that noted some before, as many again."""
        for fee in self.seat_fees:
            if fee.command_id == command_id:
                return fee.guests
        return max((self.guests or 0) - sum(fee.guests for fee in self.seat_fees), 0)

    @property
    def all_ids(self) -> tuple[str, ...]:
        """The sittings whose orders are this one's bill."""
        return (self.sitting_id, *self.merged)


def sitting_from(found: Document) -> Sitting:
    """A sitting from its document, or from the light part of it."""
    return Sitting(
        sitting_id=found["_id"],
        table_id=found["table_id"],
        table_name=found["table_name"],
        state=found["state"],
        guests=found["guests"],
        rounds=tuple(found["rounds"]),
        opened_at=found["opened_at"],
        members=tuple(found["members"]),
        version=found.get("version", 0),
        names=found.get("names", {}),
        merged=tuple(found.get("merged", ())),
        merged_into=found.get("merged_into"),
        earlier_tables=tuple(found.get("earlier_tables", ())),
        cart=tuple(CartLine(**line) for line in found.get("cart", ())),
        taken=tuple(taken_from(entry) for entry in found.get("taken", ())),
        seat_fees=tuple(SeatFee(**fee) for fee in found.get("seat_fees", ())),
        drawn_at=found.get("drawn_at"),
    )


def taken_from(entry: Document) -> Taken:
    """Cart lines on their way, from their entry."""
    lines = tuple(CartLine(**line) for line in entry["lines"])
    return Taken(entry["command_id"], entry["order_id"], entry["at"], lines)


def line_document(line: CartLine) -> Document:
    """A line as it is stored."""
    kept = {key: value for key, value in vars(line).items() if value not in ("", {}) and (key, value) != ("course", 0)}
    return {key: dict(value) if isinstance(value, Mapping) else value for key, value in kept.items()}
