"""The way back: what goes back of a line goes over the legs that paid it, in proportion, and never above one (rule 16).

A cell is what one payment paid of one line by one leg. A refund of a line is split over what is left of its cells, so
it sums exactly; when all of the line has gone back, so has all of every cell.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import get_args

from shared.domain.loyalty import Stored
from shared.domain.money import split
from shared.domain.payments import Leg, LineLegs, Payment
from shared.domain.refunds import LineBack

_EARNING: frozenset[Leg] = frozenset({"principal", "wechat", "cash", "card"})
"""What points and growth are earned by: money and principal."""


@dataclass(frozen=True)
class Returned:
    """A payment before and after some of it goes back, and of which lines that is."""

    before: Payment
    after: Payment
    lines: tuple[LineBack, ...]

    @property
    def legs(self) -> Mapping[Leg, int]:
        """What goes back by each leg."""
        before, after = _refunded(self.before), _refunded(self.after)
        return {leg: after[leg] - before[leg] for leg in get_args(Leg) if after[leg] > before[leg]}

    @property
    def fen(self) -> int:
        """What goes back in all."""
        return sum(self.legs.values())

    @property
    def stored(self) -> Stored:
        """What goes back into stored value."""
        return Stored(self.legs.get("principal", 0), self.legs.get("bonus", 0))

    @property
    def points(self) -> int:
        """How many points go back: of all, in proportion to their leg."""
        worth = sum(tender.fen for tender in self.before.tenders if tender.kind == "points")
        return self._share(self.before.points, {"points"}, worth)

    def clawed_back(self, earned: int) -> int:
        """How much of what the payment earned is taken back: in proportion to the money that earned it."""
        return self._share(earned, _EARNING, self.before.earning_fen)

    def _share(self, whole: int, legs: Iterable[Leg], of: int) -> int:
        """By the cumulative formula: all of it once all has gone back, in whatever steps."""
        names = frozenset(legs)
        before = sum(fen for leg, fen in _refunded(self.before).items() if leg in names)
        after = sum(fen for leg, fen in _refunded(self.after).items() if leg in names)
        return whole * after // of - whole * before // of if of else 0


def returned(payments: Sequence[Payment], backs: Sequence[LineBack]) -> tuple[Returned, ...]:
    """The payments that give these lines' money back. Raises ValueError for more than they have left of a line."""
    rows = [[dict(line.refunded) for line in one.split] for one in payments]
    parts: list[Counter[str]] = [Counter() for _ in payments]
    for back in backs:
        for (at, row, leg), fen in _over_cells(payments, rows, back):
            rows[at][row][leg] = rows[at][row].get(leg, 0) + fen
            parts[at][back.line_id] += fen
    touched = [at for at, part in enumerate(parts) if part]
    return tuple(
        Returned(payments[at], _after(payments[at], rows[at]), _lines(backs, parts[at], parts[:at])) for at in touched
    )


_Cell = tuple[int, int, Leg]


def _over_cells(
    payments: Sequence[Payment], rows: Sequence[Sequence[Mapping[Leg, int]]], back: LineBack
) -> list[tuple[_Cell, int]]:
    """So much from each cell of the line, by what is left of it."""
    left: dict[_Cell, int] = {}
    for at, payment in enumerate(payments):
        for row, line in enumerate(payment.split):
            if (line.order_id, line.line_id) == (back.order_id, back.line_id):
                left |= {(at, row, leg): fen - rows[at][row].get(leg, 0) for leg, fen in line.legs.items()}
    if back.fen > sum(left.values()):
        raise ValueError("more goes back than was paid")
    parts = split(back.fen, list(left.values())) if back.fen else ()
    return [(cell, fen) for cell, fen in zip(left, parts, strict=False) if fen]


def _after(payment: Payment, rows: Sequence[Mapping[Leg, int]]) -> Payment:
    told: tuple[LineLegs, ...] = tuple(
        replace(line, refunded=row) for line, row in zip(payment.split, rows, strict=True)
    )
    return replace(payment, split=told, version=payment.version + 1)


def _lines(
    backs: Sequence[LineBack], fen: Mapping[str, int], before: Sequence[Mapping[str, int]]
) -> tuple[LineBack, ...]:
    """What of the lines this payment gives back; the first of a line's payments tells its units."""
    mine = (back for back in backs if fen[back.line_id])
    return tuple(
        replace(
            back,
            quantity=0 if any(part[back.line_id] for part in before) else back.quantity,
            fen=fen[back.line_id],
        )
        for back in mine
    )


def _refunded(payment: Payment) -> Counter[Leg]:
    found: Counter[Leg] = Counter()
    for line in payment.split:
        found.update(line.refunded)
    return found
