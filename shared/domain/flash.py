"""Flash sales 秒杀: so many pieces of a dish at a price, within a time, so many for each member (rule 21).

free ──claimed──→ held ──the order stands──→ sold          pieces = free + held + sold, always
  ↑                 │                          │
  └───its hold is over                         └─ the order is cancelled, unpaid, refunded ─→ free
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from shared.domain.orders import Order, OrderLine
from shared.domain.pricing import Special, WantedLine
from shared.errors import FlashClaimInvalid, FlashLimit, FlashNotOn

_SAID = {
    "gone": "抢到的名额已失效，请重新选择",
    "otherDish": "抢到的名额不能用于这道菜",
    "count": "秒杀的菜请单独一行，份数与抢到的名额一致",
}
PieceState = Literal["free", "held", "sold", "off"]
"""`off` are pieces that the sale no longer has."""


@dataclass(frozen=True)
class FlashSale:
    """A flash sale as it is set: on from `starts_at` until `ends_at`; a claim is held for `hold`. No shops: all."""

    sale_id: str
    name: str
    dish_id: str
    price_fen: int
    pieces: int
    per_member: int
    starts_at: datetime
    ends_at: datetime
    hold: timedelta
    shops: frozenset[str] = frozenset()
    is_active: bool = True

    def require_on(self, now: datetime, *, shop_id: str) -> None:
        """Raises FlashNotOn unless the sale is on in the shop at a moment: nobody's clock but the server's counts."""
        if not self.is_active or (self.shops and shop_id not in self.shops):
            raise FlashNotOn("本店没有这个秒杀活动", {"fault": "notHere"})
        if now < self.starts_at:
            told = {"fault": "notYet", "startsAt": self.starts_at.isoformat(), "now": now.isoformat()}
            raise FlashNotOn("秒杀还没有开始，请稍后再来", told)
        if now >= self.ends_at:
            raise FlashNotOn("秒杀已经结束", {"fault": "over", "endsAt": self.ends_at.isoformat()})


@dataclass(frozen=True)
class FlashClaim:
    """A piece that a member has: until `hold_until` theirs to order, then with an order (`hold_until` is None)."""

    claim_id: str
    sale_id: str
    dish_id: str
    price_fen: int
    hold_until: datetime | None


def lowest_free(taken: Collection[int], *, limit: int) -> int:
    """The first of the numbers 1 to `limit` that is not taken. Raises FlashLimit."""
    for number in range(1, limit + 1):
        if number not in taken:
            return number
    raise FlashLimit(f"每人限抢 {limit} 份，您已经抢到了", {"limit": limit})


def require_fitting(
    lines: Iterable[WantedLine], claims: Mapping[str, Sequence[str]], known: Mapping[str, FlashClaim]
) -> None:
    """Raises FlashClaimInvalid, naming each claim at fault, unless each claim is a unit of its line.

    `claims` are by line, `known` those that their member still holds. Such a line has a claim for every unit.
    """
    dishes = {line.line_id: line for line in lines}
    used = Counter(claim_id for of_line in claims.values() for claim_id in of_line)
    faults: list[dict[str, str]] = []
    for line_id, of_line in claims.items():
        line = dishes.get(line_id)
        for claim_id in of_line:
            if claim_id not in known:
                faults.append({"claimId": claim_id, "fault": "gone"})
            elif line is None or known[claim_id].dish_id != line.dish_id:
                faults.append({"claimId": claim_id, "fault": "otherDish"})
            elif used[claim_id] > 1 or len(of_line) != line.quantity:
                faults.append({"claimId": claim_id, "fault": "count"})
    if faults:
        raise FlashClaimInvalid(_SAID[faults[0]["fault"]], {"claims": faults})


def specials(wanted: Mapping[str, Sequence[str]], known: Mapping[str, FlashClaim]) -> dict[str, Special]:
    """The flash price of each line that has claims: of several, the dearest, so that no claim makes another cheaper."""
    prices = {
        line_id: [known[claim_id].price_fen for claim_id in claim_ids if claim_id in known]
        for line_id, claim_ids in wanted.items()
    }
    return {line_id: Special("flash", max(of_line)) for line_id, of_line in prices.items() if of_line}


def in_use(line: OrderLine) -> tuple[str, ...]:
    """The claims of a line's units that were neither voided nor refunded: the first ones, as units go from the end."""
    return line.flash_claims[: line.refundable]


def claims_of(order: Order) -> tuple[str, ...]:
    """The claims that an order has in use."""
    return tuple(claim_id for line in order.lines for claim_id in in_use(line))


def freed(before: Order, after: Order) -> tuple[str, ...]:
    """The claims that a move of the order sets free."""
    if not any(line.flash_claims for line in before.lines):
        return ()
    still = claims_of(after)
    return tuple(claim_id for claim_id in claims_of(before) if claim_id not in still)
