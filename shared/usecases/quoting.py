"""What the chosen lines cost, by one shop's menu and offers at one moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from shared.contracts import quoting as wire
from shared.contracts.ordering import OfferView, OrderLine
from shared.domain.pricing import (
    Advice,
    Applied,
    Coupon,
    Points,
    PricedLine,
    Quote,
    Special,
    Terms,
    WantedLine,
    advise,
    quote,
)
from shared.errors import PriceChanged
from shared.store import offers, shops, sittings
from shared.store.offers import Member
from shared.store.shops import Catalogue, ShopSettings
from shared.store.work import Work
from shared.usecases.flash_use import used
from shared.usecases.seating import seat_of


def quote_order(command: wire.QuoteOrder, work: Work) -> wire.QuoteReply:
    """What the lines cost now with the chosen offers, and what else could be chosen (rules 4–6). Writes nothing.

    Raises DishUnavailable, ChoiceInvalid, FlashClaimInvalid, SittingClosed, TableCodeInvalid, PermissionDenied.
    """
    config = shops.shop_settings(work.shop, work.now)
    known = shops.catalogue(work.shop, config.menu_version)
    seat = seat_of(command, work)
    guests = sittings.of_open(work.shop, seat).unpaid_seats() if seat and config.seat_fee_fen else 0
    openid = None if work.caller.is_staff else work.caller.id
    member = offers.member(work.shop.db, openid) if openid else None
    rule = known.campaigns.points
    lines = tuple(wanted(line) for line in command.lines)
    terms = Terms(
        shop_id=config.shop_id,
        level=member.level if member else None,
        is_takeaway=command.takeaway or seat is None,
        guests=guests,
        seat_fee_fen=config.seat_fee_fen,
        specials=used(command.flash_claims, lines, work).specials,
        reductions=known.campaigns.reductions,
        coupons=offers.coupons(work.shop.db, openid, now=work.now) if openid else (),
        chosen=command.coupon_ids,
        points=Points(rule, member.points) if rule and member else None,
        uses_points=command.use_points,
    )
    found, advice = advise(lines, known.menu, now=work.now, calendar=config.calendar, terms=terms)
    return _reply(found, advice, member, terms)


def priced(
    lines: Sequence[WantedLine],
    known: Catalogue,
    config: ShopSettings,
    work: Work,
    *,
    guests: int = 0,
    is_takeaway: bool = False,
    buyer: str | None = None,
    specials: Mapping[str, Special] | None = None,
    coupons: Sequence[Coupon] = (),
    chosen: tuple[str, ...] = (),
) -> Quote:
    """The quote of these lines now, with what holds without being chosen: time and member prices, reductions, fees.

    `guests` are those who pay for their seats with it; the member whose level counts is `buyer`, else the guest who
    calls; `specials` are flash prices by line; of the `coupons` those `chosen` are used. Raises DishUnavailable,
    ChoiceInvalid.
    """
    terms = Terms(
        shop_id=config.shop_id,
        level=_level(lines, known, work, buyer=buyer),
        is_takeaway=is_takeaway,
        guests=guests,
        seat_fee_fen=config.seat_fee_fen,
        specials=specials or {},
        reductions=known.campaigns.reductions,
        coupons=tuple(coupons),
        chosen=chosen,
    )
    return quote(lines, known.menu, now=work.now, calendar=config.calendar, terms=terms)


def require_shown(quote_hash: str | None, found: Quote) -> None:
    """Raises PriceChanged, with the new quote, when the guest was shown another one (rule 3)."""
    if quote_hash is not None and quote_hash != found.hash:
        raise PriceChanged(
            details={"quote": {"grossFen": found.gross_fen, "dueFen": found.due_fen, "hash": found.hash}}
        )


def wanted(line: OrderLine) -> WantedLine:
    """A line as the client sent it, for the domain."""
    return WantedLine(
        line.line_id,
        line.dish_id,
        line.quantity,
        line.specs,
        line.modifiers,
        line.combo,
        note=line.note,
        course=line.course,
    )


def _level(lines: Sequence[WantedLine], known: Catalogue, work: Work, *, buyer: str | None) -> str | None:
    """The buyer's level, asked for only if one of the dishes has a price for some level."""
    openid = buyer or (None if work.caller.is_staff else work.caller.id)
    dishes = known.menu.by_id
    if openid is None or not any(line.dish_id in dishes and dishes[line.dish_id].member_prices for line in lines):
        return None
    member = offers.member(work.shop.db, openid)
    return member.level if member else None


def _reply(found: Quote, advice: Advice, member: Member | None, terms: Terms) -> wire.QuoteReply:
    return wire.QuoteReply(
        hash=found.hash,
        gross_fen=found.gross_fen,
        due_fen=found.due_fen,
        lines=tuple(_line(line) for line in found.lines),
        offers=tuple(_offer(offer) for offer in found.offers),
        usable=tuple(
            wire.UsableCoupon(
                coupon_id=one.coupon.id,
                name=one.coupon.name,
                layer=one.coupon.layer,
                cut_fen=one.cut_fen,
                due_fen=one.due_fen,
                chosen=one.is_chosen,
                valid_until=one.coupon.conditions.until,
            )
            for one in advice.usable
        ),
        unusable=tuple(
            wire.UnusableCoupon(
                coupon_id=one.coupon_id,
                name=one.name,
                reason=one.refusal.reason,
                message=one.refusal.message,
                missing_fen=one.refusal.missing_fen,
            )
            for one in advice.unusable
        ),
        best=wire.BestChoice(coupon_ids=advice.best.coupon_ids, due_fen=advice.best.due_fen),
        points=_points(advice, terms),
        level=member.level if member else None,
    )


def _line(line: PricedLine) -> wire.QuoteLine:
    return wire.QuoteLine(
        line_id=line.line_id,
        kind=line.kind,
        dish_id=line.dish_id,
        name=line.name,
        quantity=line.quantity,
        unit_fen=line.unit_fen,
        was_fen=line.was_fen,
        amount_fen=line.amount_fen,
        cut_fen=line.cut_fen,
        cuts=tuple(wire.CutView(layer=cut.layer, offer_id=cut.offer_id, fen=cut.fen) for cut in line.cuts) or None,
        belongs_to=line.belongs_to or None,
    )


def _offer(offer: Applied) -> OfferView:
    return OfferView(offer_id=offer.offer_id, name=offer.name, layer=offer.layer, fen=offer.fen)


def _points(advice: Advice, terms: Terms) -> wire.PointsView | None:
    if terms.points is None:
        return None
    use = advice.points
    return wire.PointsView(balance=terms.points.balance, points=use.points, fen=use.fen, used=terms.uses_points)
