"""Orders with claims of flash sales: what they cost, and that they become the order's or refuse it (rule 21)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from shared.domain.flash import require_fitting, specials
from shared.domain.orders import OrderLine
from shared.domain.pricing import Special, WantedLine
from shared.store import flash, orders
from shared.store.scope import Shop
from shared.store.work import Work


@dataclass(frozen=True)
class FlashUse:
    """The claims that an order uses: `claims` by line, and their prices as `specials`. Most orders use none."""

    claims: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    specials: Mapping[str, Special] = field(default_factory=dict)
    group_id: str | None = None

    @property
    def claim_ids(self) -> list[str]:
        """All of them."""
        return [claim_id for of_line in self.claims.values() for claim_id in of_line]

    def selling(self, order_id: str, work: Work) -> tuple[Callable[[Shop], None], ...]:
        """What is to happen beside the order: its claims become its own, or it is refused (FlashClaimInvalid)."""
        if not self.claims:
            return ()
        return (lambda shop: flash.sell(shop, work.caller.id, self.claim_ids, order_id=order_id, now=work.now),)

    def withdraw(self, shop: Shop, order_id: str) -> bool:
        """Make an order void that was just written, and free what it claimed; whether it is void."""
        is_void = orders.withdraw(shop, order_id)
        if is_void:
            flash.release(shop, self.claim_ids)
        return is_void


_NONE = FlashUse()


def used(claims: Mapping[str, tuple[str, ...]], lines: Sequence[WantedLine], work: Work) -> FlashUse:
    """What an order of these lines uses of the caller's claims, by line; most orders bring none.

    Raises FlashClaimInvalid unless the caller holds them all here, each once, for its line's dish, and as many as the
    line has units.
    """
    if not claims:
        return _NONE
    use = FlashUse(claims)
    known = flash.held_by(work.shop, work.caller.id, use.claim_ids, now=work.now)
    require_fitting(lines, claims, known)
    return replace(use, specials=specials(claims, known))


def special_of(line: OrderLine, work: Work) -> dict[str, Special]:
    """The flash price at which a line was ordered, if it was."""
    if not line.flash_claims:
        return {}
    return specials({line.line_id: line.flash_claims}, flash.of_order(work.shop, line.flash_claims))
