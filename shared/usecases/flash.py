"""Flash sales: members see what is on, and grab a piece (rule 21)."""

from __future__ import annotations

from shared.contracts import flash as wire
from shared.domain.flash import FlashClaim
from shared.errors import FlashSoldOut
from shared.runtime import ids
from shared.store import flash
from shared.store.client import Document
from shared.store.flash import Claimant
from shared.store.scope import Shop
from shared.store.work import Outcome, Work


def grab_flash_sale(command: wire.GrabFlashSale, work: Work) -> wire.FlashClaimReply:
    """Claim one free piece for the member, or none (rule 21).

    Raises FlashNotOn, FlashSoldOut, FlashLimit, NotFound, Busy, Unknown.
    """
    sale = flash.sale(work.shop.db, command.sale_id, work.now)
    sale.require_on(work.now, shop_id=work.shop.shop_id)
    if flash.was_gone(work.shop.db, sale.sale_id, work.now):
        raise FlashSoldOut
    who = Claimant(work.caller.id, command.device_id)
    claim = FlashClaim(ids.new_id(), sale.sale_id, sale.dish_id, sale.price_fen, hold_until=work.now + sale.hold)

    def add(shop: Shop, record: Document) -> None:
        flash.claim(shop, claim, who, record, limit=sale.per_member, start=ids.draw(sale.pieces), now=work.now)

    return work.insert(add, Outcome(wire.FlashClaimReply(claim=_view(claim, sale.name))))


def offered(work: Work) -> tuple[wire.FlashSaleView, ...]:
    """The sales that are on in the shop or to come, the first to begin first."""
    found = flash.to_come(work.shop, now=work.now)
    return tuple(
        wire.FlashSaleView(
            sale_id=sale.sale_id,
            name=sale.name,
            dish_id=sale.dish_id,
            price_fen=sale.price_fen,
            per_member=sale.per_member,
            starts_at=sale.starts_at,
            ends_at=sale.ends_at,
            sold_out=not flash.any_free(work.shop.db, sale.sale_id),
        )
        for sale in found
    )


def claims_of_caller(work: Work) -> tuple[wire.FlashClaimView, ...]:
    """What the caller has claimed in the shop and not ordered yet."""
    return tuple(_view(claim, name) for claim, name in flash.held_of(work.shop, work.caller.id, now=work.now))


def _view(claim: FlashClaim, name: str) -> wire.FlashClaimView:
    assert claim.hold_until is not None
    return wire.FlashClaimView(
        claim_id=claim.claim_id,
        sale_id=claim.sale_id,
        name=name,
        dish_id=claim.dish_id,
        price_fen=claim.price_fen,
        hold_until=claim.hold_until,
    )
