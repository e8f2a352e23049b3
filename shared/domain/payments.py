"""A payment: one attempt to pay a part of a bill, by one tender or several (rules 5, 15).

    pending → paid
       └────→ closed

No state is ever left again. Money that comes for a payment that is closed, or whose order is cancelled, is late: the
payment stays closed, and the money goes back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, get_args

from shared.domain.bills import Share
from shared.domain.loyalty import Stored
from shared.domain.money import in_yuan, split
from shared.errors import InvalidArgument

PaymentState = Literal["pending", "paid", "closed"]
TenderKind = Literal["points", "stored", "wechat", "cash", "card"]
"""In the order in which they pay (rule 4)."""
GUESTS: frozenset[TenderKind] = frozenset({"points", "stored", "wechat"})
"""What a guest pays with on their own phone; the others, staff take."""


_TURN: Mapping[TenderKind, int] = {kind: turn for turn, kind in enumerate(get_args(TenderKind))}


@dataclass(frozen=True)
class WantedTender:
    """A tender as it is offered: for `fen`, or for all that the others leave. `handed_fen` is the cash in hand.

    Points come with what they are worth.
    """

    kind: TenderKind
    fen: int | None = None
    handed_fen: int | None = None
    points: int = 0


@dataclass(frozen=True)
class Tender:
    """What one tender pays. Stored value tells its principal and bonus, cash what was handed over; and the points."""

    kind: TenderKind
    fen: int
    principal_fen: int = 0
    bonus_fen: int = 0
    handed_fen: int = 0
    points: int = 0

    @property
    def change_fen(self) -> int:
        """What goes back over the counter."""
        return max(self.handed_fen - self.fen, 0)

    @property
    def earning_fen(self) -> int:
        """What of it earns points and growth: money and principal, never bonus or points (rule 18)."""
        if self.kind == "points":
            return 0
        return self.principal_fen if self.kind == "stored" else self.fen

    @property
    def stored(self) -> Stored:
        """What of it is stored value."""
        return Stored(self.principal_fen, self.bonus_fen)


Leg = Literal["points", "principal", "bonus", "wechat", "cash", "card"]


@dataclass(frozen=True)
class LineLegs:
    """What a payment pays of one line, and by which legs (rule 5): they sum to `fen`. Of each, `refunded` went back."""

    order_id: str
    line_id: str
    fen: int
    legs: Mapping[Leg, int]
    refunded: Mapping[Leg, int] = field(default_factory=dict)

    @property
    def share(self) -> Share:
        """The line's share, whatever it is paid by."""
        return Share(self.order_id, self.line_id, self.fen)


@dataclass(frozen=True)
class Late:
    """Money that came when nothing was to be paid any more."""

    fen: int
    transaction_id: str
    paid_at: datetime
    channel_date: str


@dataclass(frozen=True)
class Payment:
    """One attempt. Its id is WeChat Pay's `out_trade_no`, made before the call and the same in every retry.

    `sitting_id` is set when it pays a sitting's bill. `payer` is the guest's openid, `taken_by` the staff member.
    `share_key` names the even share of the bill that it takes. `request_hash` tells the command's body. A `top_up` pays
    no bill: it is what `payer` gets into their account, and `given_back` what of it was paid back.
    """

    payment_id: str
    biz_date: str
    state: PaymentState
    order_ids: tuple[str, ...]
    sitting_id: str | None
    amount_fen: int
    tenders: tuple[Tender, ...]
    split: tuple[LineLegs, ...]
    request_hash: str
    created_at: datetime
    expires_at: datetime
    description: str = ""
    payer: str = field(default="", repr=False)
    taken_by: str = ""
    mchid: str = ""
    share_key: str | None = None
    paid_at: datetime | None = None
    channel_date: str | None = None
    transaction_id: str | None = None
    payer_fen: int | None = None
    closed_at: datetime | None = None
    late: Late | None = None
    version: int = 0
    """Grows with every refund."""
    top_up: Stored | None = None
    given_back: Stored | None = None

    @property
    def shares(self) -> tuple[Share, ...]:
        """What it takes of which lines."""
        return tuple(line.share for line in self.split)

    @property
    def wechat_fen(self) -> int:
        """What WeChat Pay is asked for."""
        return sum(tender.fen for tender in self.tenders if tender.kind == "wechat")

    @property
    def stored(self) -> Stored:
        """What stored value pays."""
        return next((tender.stored for tender in self.tenders if tender.kind == "stored"), Stored())

    @property
    def points(self) -> int:
        """How many points pay."""
        return sum(tender.points for tender in self.tenders)

    @property
    def is_members(self) -> bool:
        """Whether a member's balance pays some of it."""
        return bool(self.points or self.stored.total_fen)

    @property
    def change_fen(self) -> int:
        """What goes back over the counter."""
        return sum(tender.change_fen for tender in self.tenders)

    @property
    def earning_fen(self) -> int:
        """What of it earns points and growth."""
        return sum(tender.earning_fen for tender in self.tenders)


def tenders_for(amount_fen: int, wanted: Sequence[WantedTender]) -> tuple[Tender, ...]:
    """What each tender pays, so that together they pay the amount exactly; those that pay nothing are left out.

    Raises InvalidArgument when they come to less or more, or the cash in hand does not cover its part.
    """
    fixed = sum(one.fen for one in wanted if one.fen is not None)
    rest = amount_fen - fixed
    takes_rest = any(one.fen is None for one in wanted)
    if amount_fen and (rest < 0 or (rest > 0 and not takes_rest)):
        raise _fault(f"各种支付方式合计应为 {in_yuan(amount_fen)}")
    found = []
    for one in sorted(wanted, key=lambda one: _TURN[one.kind]) if amount_fen else ():
        fen = rest if one.fen is None else one.fen
        if one.handed_fen is not None and one.handed_fen < fen:
            raise _fault(f"收到的现金不足 {in_yuan(fen)}")
        found.append(Tender(one.kind, fen, handed_fen=one.handed_fen or 0, points=one.points))
    return tuple(tender for tender in found if tender.fen)


def legs_of(shares: Sequence[Share], tenders: Sequence[Tender]) -> tuple[LineLegs, ...]:
    """Every leg shared over the lines by rule 2, so that lines sum to their shares and legs to their tenders."""
    rests = [share.fen for share in shares]
    legs: list[dict[Leg, int]] = [{} for _ in shares]
    for leg, fen in _legs(tenders):
        parts = split(fen, rests) if fen else (0,) * len(rests)
        rests = [rest - part for rest, part in zip(rests, parts, strict=True)]
        for line, part in zip(legs, parts, strict=True):
            if part:
                line[leg] = part
    return tuple(
        LineLegs(share.order_id, share.line_id, share.fen, line) for share, line in zip(shares, legs, strict=True)
    )


def _legs(tenders: Sequence[Tender]) -> list[tuple[Leg, int]]:
    found: list[tuple[Leg, int]] = []
    for tender in tenders:
        if tender.kind == "stored":
            found += [("principal", tender.principal_fen), ("bonus", tender.bonus_fen)]
        else:
            found.append((tender.kind, tender.fen))
    return found


def _fault(message: str) -> InvalidArgument:
    return InvalidArgument(message, {"fields": [{"field": "tenders", "message": message}]})
