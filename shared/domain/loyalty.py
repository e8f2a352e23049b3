"""Points in lots that expire, and stored value of principal and bonus (rule 18)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import Any, Literal
from zoneinfo import ZoneInfo

from shared.domain.money import split
from shared.errors import StateConflict, StoredValueShort

SpendOrder = Literal["ratio", "principalFirst"]
_ZONE = ZoneInfo("Asia/Shanghai")
RETURNED_LIVE = timedelta(hours=24)
"""Points that come back keep their expiry, and can be used for so long at least."""


@dataclass(frozen=True)
class Lot:
    """So many points that end at one moment; a member has one lot for each such moment."""

    expires_at: datetime
    points: int


@dataclass(frozen=True)
class Book:
    """A member's points: the balance, and the lots it lies in. Σ lots = the balance, or 0 while it is a debt."""

    balance: int
    lots: tuple[Lot, ...] = ()

    def earn(self, points: int, expires_at: datetime) -> Book:
        """With more points, which pay a debt first."""
        return _with(self, points, (Lot(expires_at, points),))

    def burn(self, points: int) -> tuple[Book, tuple[Lot, ...]]:
        """Without so many, the oldest expiry first, and where they came from. Raises ValueError beyond the balance."""
        if points > self.balance:
            raise ValueError("more points than there are")
        return self._taking(points, self.lots)

    def claw_back(self, points: int, earned_into: Iterable[datetime]) -> tuple[Book, tuple[Lot, ...]]:
        """Without so many that were earned: from their own lots first, then the oldest, and the rest as a debt."""
        own = set(earned_into)
        return self._taking(points, sorted(self.lots, key=lambda lot: lot.expires_at not in own))

    def give_back(
        self, points: int, burnt: Sequence[Lot], before: Sequence[Lot], *, now: datetime
    ) -> tuple[Book, tuple[Lot, ...]]:
        """With points that were burnt, in the lots they came from, the last burnt first; and which lots those are.

        `before` are those given back already. A lot that has ended, or will within a day, ends a day from now instead;
        a debt is paid first. Raises StateConflict for more than was burnt.
        """
        rest = {lot.expires_at: lot.points for lot in burnt}
        for lot in before:
            rest[lot.expires_at] -= lot.points
        back = _taken(points, [Lot(at, left) for at, left in sorted(rest.items(), reverse=True)])
        if sum(lot.points for lot in back) < points:
            raise StateConflict("积分已经全部退回")
        lots = [Lot(max(lot.expires_at, now + RETURNED_LIVE), lot.points) for lot in back]
        return _with(self, points, lots), back

    def void(self, points: int) -> tuple[Book, tuple[Lot, ...]]:
        """Without so many that are taken for good; a negative number lets go of a debt."""
        return self._taking(points, self.lots) if points > 0 else (Book(self.balance - points, self.lots), ())

    def expire(self, expires_at: datetime) -> tuple[Book, tuple[Lot, ...]]:
        """Without the lot that ends then."""
        ended = tuple(lot for lot in self.lots if lot.expires_at == expires_at and lot.points)
        return self._taking(sum(lot.points for lot in ended), ended)

    def _taking(self, points: int, lots: Sequence[Lot]) -> tuple[Book, tuple[Lot, ...]]:
        taken = _taken(points, lots)
        gone = {lot.expires_at: lot.points for lot in taken}
        left = tuple(Lot(lot.expires_at, lot.points - gone.get(lot.expires_at, 0)) for lot in self.lots)
        return Book(self.balance - points, left), taken


@dataclass(frozen=True)
class Stored:
    """Stored value: what a member paid in, and what came on top."""

    principal_fen: int = 0
    bonus_fen: int = 0

    @property
    def total_fen(self) -> int:
        """What can be paid with it."""
        return self.principal_fen + self.bonus_fen

    def plus(self, more: Stored) -> Stored:
        """Both together."""
        return Stored(self.principal_fen + more.principal_fen, self.bonus_fen + more.bonus_fen)

    def less(self, gone: Stored) -> Stored:
        """What is left without that much of each."""
        return Stored(self.principal_fen - gone.principal_fen, self.bonus_fen - gone.bonus_fen)


@dataclass(frozen=True)
class LoyaltyPolicy:
    """How a brand's points and stored value work; `points_months` are counted from the month in which they are earned.

    A member with a phone bound has a named card.
    """

    zone: ZoneInfo = _ZONE
    points_months: int = 12
    growth_bp: int = 10_000
    spend: SpendOrder = "ratio"
    named_limit_fen: int = 500_000
    unnamed_limit_fen: int = 100_000

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> LoyaltyPolicy:
        """The policy as it is stored; what is left out is as usual."""
        numbers = ("points_months", "growth_bp", "spend", "named_limit_fen", "unnamed_limit_fen")
        told = {name: found[name] for name in numbers if name in found}
        return cls(zone=ZoneInfo(found["zone"]), **told) if "zone" in found else cls(**told)

    def ceiling_fen(self, *, named: bool) -> int:
        """The most principal that a member may have."""
        return self.named_limit_fen if named else self.unnamed_limit_fen

    def today(self, now: datetime) -> date:
        """The day in the brand's zone."""
        return now.astimezone(self.zone).date()

    def expiry(self, biz_date: str) -> datetime:
        """When points earned on a business day end: with the month that comes `points_months` after that day's."""
        day = date.fromisoformat(biz_date)
        months = day.year * 12 + day.month - 1 + self.points_months + 1
        return datetime(months // 12, months % 12 + 1, 1, tzinfo=self.zone).astimezone(timezone.utc)

    def growth_for(self, paid_fen: int) -> int:
        """The growth that an amount paid earns."""
        return earned(paid_fen, self.growth_bp)


def earned(paid_fen: int, rate_bp: int) -> int:
    """What an amount paid earns: at 10,000 basis points one for every full yuan."""
    return paid_fen * rate_bp // 1_000_000


def spend_stored(amount_fen: int, balance: Stored, order: SpendOrder) -> Stored:
    """Of what an amount is paid: in the stored ratio, to the fen, or of principal first. Raises StoredValueShort."""
    if amount_fen > balance.total_fen:
        raise StoredValueShort(details={"balanceFen": balance.total_fen, "wantedFen": amount_fen})
    if order == "principalFirst" or not balance.total_fen:
        principal = min(amount_fen, balance.principal_fen)
        return Stored(principal, amount_fen - principal)
    return Stored(*split(amount_fen, (balance.principal_fen, balance.bonus_fen)))


def unspent(top_up: Stored, *, balance: Stored, later: Stored) -> Stored:
    """What is left of a top-up when those after it count as spent last: of the principal, and of its bonus."""
    return Stored(
        min(top_up.principal_fen, max(balance.principal_fen - later.principal_fen, 0)),
        min(top_up.bonus_fen, max(balance.bonus_fen - later.bonus_fen, 0)),
    )


def _with(book: Book, points: int, lots: Iterable[Lot]) -> Book:
    """The book with these lots, less the debt that they pay first."""
    debt = min(points, max(-book.balance, 0))
    left = {lot.expires_at: lot.points for lot in book.lots}
    for lot in sorted(lots, key=lambda one: one.expires_at):
        paid = min(debt, lot.points)
        debt -= paid
        left[lot.expires_at] = left.get(lot.expires_at, 0) + lot.points - paid
    return Book(book.balance + points, tuple(Lot(at, left[at]) for at in sorted(left)))


def _taken(points: int, lots: Iterable[Lot]) -> tuple[Lot, ...]:
    """Up to so many points of the lots, in their order."""
    taken: list[Lot] = []
    for lot in lots:
        count = min(points, lot.points)
        points -= count
        if count:
            taken.append(Lot(lot.expires_at, count))
    return tuple(taken)
