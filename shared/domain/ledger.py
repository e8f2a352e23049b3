"""The ledger: whatever a member's balance gains, a counter account gives, so that every set sums to nothing (rule 18).

    unit        what it counts                    member's balance   counter accounts
    points      points, kept in lots              may be a debt      issued, spent, expired, void
    principal   fen that a member paid in         never below 0      paidIn, spent, void
    bonus       fen that came on top              never below 0      issued, spent, void
    growth      what a level is reached by        —                  issued, void

One cause makes one set, once. Counter accounts have no document of their own: their sums are those of the entries.
"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shared.domain.loyalty import Stored

Unit = Literal["points", "principal", "bonus", "growth"]
UNITS: tuple[Unit, ...] = ("points", "principal", "bonus", "growth")
Counter = Literal["issued", "spent", "expired", "paidIn", "void"]
"""What is on the other side of a member's gain or loss."""
Kind = Literal["pay", "earn", "refund", "topUp", "topUpRefund", "expire", "close", "adjust"]
"""What a set is told as on a member's statement."""
STORED: frozenset[Unit] = frozenset({"principal", "bonus"})
NOTHING = Stored()


@dataclass(frozen=True)
class Move:
    """A member's balance gains `amount`, or loses it if it is negative; the counter account the other way round."""

    unit: Unit
    amount: int
    against: Counter


@dataclass(frozen=True)
class Entry:
    """One line of a set: the member's side, or a counter account's."""

    unit: Unit
    account: Literal["member"] | Counter
    amount: int


@dataclass(frozen=True)
class Posting:
    """All that one cause moves for one member; `biz_date` is the business day of the shop where it happens.

    Points that are earned go into the lot that `expires_at`. Points that come back go to the lots from which the set
    with the cause `undoes` took them; points that are clawed back come first from the lot into which it put them.
    A top-up may not lift the principal above `ceiling_fen`.
    """

    cause: str
    kind: Kind
    biz_date: str
    moves: tuple[Move, ...]
    order_id: str | None = None
    expires_at: datetime | None = None
    undoes: tuple[str, ...] = ()
    ceiling_fen: int | None = None

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Both sides of every move; each unit sums to nothing."""
        sides = ((Entry(m.unit, "member", m.amount), Entry(m.unit, m.against, -m.amount)) for m in self.moves)
        return tuple(entry for pair in sides for entry in pair)

    @property
    def gains(self) -> Mapping[Unit, int]:
        """What each of the member's balances gains or loses in all."""
        gains: Tally[Unit] = Tally()
        for move in self.moves:
            gains[move.unit] += move.amount
        return gains

    @property
    def needs(self) -> Mapping[Unit, int]:
        """What must be there before it: money always, points if they are spent; a claw-back may make a debt."""
        needs: Tally[Unit] = Tally()
        for move in self.moves:
            if move.amount < 0 and (move.unit in STORED or move.against == "spent"):
                needs[move.unit] -= move.amount
        return needs


def moves(*wanted: tuple[Unit, int, Counter]) -> tuple[Move, ...]:
    """The moves that move something."""
    return tuple(Move(unit, amount, against) for unit, amount, against in wanted if amount)


def spending(*, points: int = 0, stored: Stored = NOTHING) -> tuple[Move, ...]:
    """A member pays with points and stored value."""
    return moves(
        ("points", -points, "spent"),
        ("principal", -stored.principal_fen, "spent"),
        ("bonus", -stored.bonus_fen, "spent"),
    )


def earning(*, points: int, growth: int) -> tuple[Move, ...]:
    """A member earns by an order."""
    return moves(("points", points, "issued"), ("growth", growth, "issued"))


def refunding(
    *, points: int = 0, stored: Stored = NOTHING, earned_points: int = 0, earned_growth: int = 0
) -> tuple[Move, ...]:
    """What was spent comes back, and what was earned by it is clawed back (rule 16)."""
    return moves(
        ("points", points, "spent"),
        ("principal", stored.principal_fen, "spent"),
        ("bonus", stored.bonus_fen, "spent"),
        ("points", -earned_points, "issued"),
        ("growth", -earned_growth, "issued"),
    )


def topping_up(stored: Stored) -> tuple[Move, ...]:
    """A member pays in, and gets a bonus on top."""
    return moves(("principal", stored.principal_fen, "paidIn"), ("bonus", stored.bonus_fen, "issued"))


def returning_top_up(unspent: Stored) -> tuple[Move, ...]:
    """The unspent principal is paid out; the bonus that came with it is void (rule 18)."""
    return moves(("principal", -unspent.principal_fen, "paidIn"), ("bonus", -unspent.bonus_fen, "void"))
