"""What the chosen lines cost, by one shop's menu and offers at one moment."""

from __future__ import annotations

from shared.contracts.ordering import OrderLine
from shared.domain.pricing import Quote, WantedLine, quote
from shared.errors import PriceChanged
from shared.store.shops import Catalogue, ShopSettings
from shared.store.work import Work


def priced(lines: tuple[WantedLine, ...], known: Catalogue, config: ShopSettings, work: Work) -> Quote:
    """The quote of these lines now. Raises DishUnavailable, ChoiceInvalid."""
    return quote(lines, known.menu, now=work.now, calendar=config.calendar)


def require_shown(quote_hash: str | None, found: Quote) -> None:
    """Raises PriceChanged, with the new quote, when the guest was shown another one (rule 3)."""
    if quote_hash is not None and quote_hash != found.hash:
        raise PriceChanged(
            details={"quote": {"grossFen": found.gross_fen, "dueFen": found.due_fen, "hash": found.hash}}
        )


def wanted(line: OrderLine) -> WantedLine:
    """A line as the client sent it, for the domain."""
    return WantedLine(line.line_id, line.dish_id, line.quantity, line.specs, line.modifiers, line.combo, line.note)
