"""Fees are lines of their own, which no layer cuts and which count towards no threshold (rule 4)."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from shared.domain.pricing.lines import LineKind, PricedLine, WantedLine
from shared.domain.pricing.unit import Priced


def fees(priced: Sequence[Priced], *, is_takeaway: bool, guests: int, seat_fee_fen: int) -> tuple[PricedLine, ...]:
    """What packing each line costs, unit by unit, and what sitting down costs, guest by guest.

    A combo is packed as one. A packing fee belongs to its line.
    """
    if not is_takeaway and not (guests and seat_fee_fen):
        return ()
    taken = {one.wanted.line_id for one in priced}
    found = [_packing(one, taken) for one in priced if is_takeaway and one.dish.packing_fen]
    if guests and seat_fee_fen:
        found.append(_fee("seat", _free("seat", taken), name="茶位费", quantity=guests, unit_fen=seat_fee_fen))
    return tuple(found)


def _packing(one: Priced, taken: Collection[str]) -> PricedLine:
    return _fee(
        "packing",
        _free(f"packing.{one.wanted.line_id}", taken),
        name=f"打包费·{one.dish.name}",
        quantity=one.wanted.quantity,
        unit_fen=one.dish.packing_fen,
        dish_id=one.dish.id,
        of=one.wanted,
    )


def _fee(
    kind: LineKind,
    line_id: str,
    *,
    name: str,
    quantity: int,
    unit_fen: int,
    dish_id: str = "",
    of: WantedLine | None = None,
) -> PricedLine:
    return PricedLine(
        line_id=line_id,
        dish_id=dish_id,
        name=name,
        station="",
        quantity=quantity,
        unit_fen=unit_fen,
        amount_fen=unit_fen * quantity,
        specs=(),
        modifiers=(),
        combo=(),
        note="",
        kind=kind,
        belongs_to=of.line_id if of else "",
        guest_id=of.guest_id if of else "",
        guest_name=of.guest_name if of else "",
    )


def _free(line_id: str, taken: Collection[str]) -> str:
    """The id, with dots behind it until no line that the guest named has it."""
    while line_id in taken:
        line_id += "."
    return line_id
