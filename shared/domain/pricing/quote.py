"""A quote: the lines priced, the fees, and every cut, under a hash that names exactly this price (rules 3–6)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from shared.domain.bizday import BusinessCalendar
from shared.domain.menu import Menu
from shared.domain.pricing.advice import Advice, advice
from shared.domain.pricing.choices import require_orderable
from shared.domain.pricing.fees import fees
from shared.domain.pricing.lines import PricedLine, WantedLine
from shared.domain.pricing.offers import Applied
from shared.domain.pricing.refusals import Refusal
from shared.domain.pricing.settling import Settled, closed, settle
from shared.domain.pricing.stock import limited_dishes
from shared.domain.pricing.terms import OnOffer, Terms, on_offer
from shared.domain.pricing.till import Basket
from shared.domain.pricing.unit import Priced, price_line


@dataclass(frozen=True)
class Quote:
    """The price of an order, frozen with it: Σ lines = `gross_fen`, Σ offers = Σ cuts = `gross_fen` − `due_fen`.

    `points` are what the order spends; `refused` are chosen coupons, which changed nothing; `hash` names this price.
    """

    lines: tuple[PricedLine, ...]
    gross_fen: int
    due_fen: int
    hash: str
    offers: tuple[Applied, ...] = ()
    points: int = 0
    refused: Mapping[str, Refusal] = field(default_factory=dict)


def quote(
    wanted: Sequence[WantedLine], menu: Menu, *, now: datetime, calendar: BusinessCalendar, terms: Terms | None = None
) -> Quote:
    """Price the wanted lines by the menu at a moment.

    Raises DishUnavailable (each dish with its reason: unknown, sold out, not at this time) and ChoiceInvalid (each
    line with what is wrong), every fault at once.
    """
    return _reckon(wanted, menu, now=now, calendar=calendar, terms=terms or Terms()).quote()


def advise(
    wanted: Sequence[WantedLine], menu: Menu, *, now: datetime, calendar: BusinessCalendar, terms: Terms
) -> tuple[Quote, Advice]:
    """The quote, and what else the member could choose. Raises DishUnavailable, ChoiceInvalid."""
    reckoned = _reckon(wanted, menu, now=now, calendar=calendar, terms=terms)
    told = advice(reckoned.settled, reckoned.offer)
    return reckoned.quote(), told


def _reckon(
    wanted: Sequence[WantedLine], menu: Menu, *, now: datetime, calendar: BusinessCalendar, terms: Terms
) -> _Reckoned:
    dishes, day = menu.by_id, calendar.biz_date(now)
    picks = require_orderable(wanted, dishes, now=now, calendar=calendar)
    priced = [
        price_line(
            line,
            dishes[line.dish_id],
            picked,
            now=now,
            calendar=calendar,
            level=terms.level,
            special=terms.specials.get(line.line_id),
        )
        for line, picked in zip(wanted, picks, strict=True)
    ]
    extra = fees(priced, is_takeaway=terms.is_takeaway, guests=terms.guests, seat_fee_fen=terms.seat_fee_fen)
    basket = Basket.of(priced, fees_fen=sum([fee.amount_fen for fee in extra]))
    offer = on_offer(terms, now=now, calendar=calendar)
    limited = [limited_dishes(one, dishes, biz_date=day) for one in priced]
    return _Reckoned(priced, limited, extra, offer, settle(basket, offer))


class _Reckoned(NamedTuple):
    """The lines priced, with the dishes of each that the day's stock bounds; the fees; what comes off."""

    priced: Sequence[Priced]
    limited: Sequence[tuple[str, ...]]
    fees: tuple[PricedLine, ...]
    offer: OnOffer
    settled: Settled

    def quote(self) -> Quote:
        """The quote; with it the till is closed."""
        till = closed(self.settled, self.offer)
        cuts = till.cuts()
        lines = [
            one.line(tuple(cuts.get(at, ())), limited)
            for at, (one, limited) in enumerate(zip(self.priced, self.limited, strict=True))
        ]
        told = [f"{one.key};{line.cut_fen}" for one, line in zip(self.priced, lines, strict=True)]
        told += [f"{fee.kind};{fee.dish_id};{fee.unit_fen};{fee.quantity}" for fee in self.fees]
        return Quote(
            lines=(*lines, *self.fees),
            gross_fen=sum([line.amount_fen for line in (*lines, *self.fees)]),
            due_fen=till.due_fen,
            hash=_hash(told, till.applied, till.due_fen),
            offers=tuple(till.applied),
            points=self.settled.points.points,
            refused=self.settled.refused,
        )


def _hash(lines: list[str], offers: Iterable[Applied], due_fen: int) -> str:
    """Independent of line ids and notes and of the order of lines: it names prices, not the cart."""
    told = [*sorted(lines), *[f"{one.layer};{one.offer_id};{one.fen}" for one in offers], str(due_fen)]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:16]
