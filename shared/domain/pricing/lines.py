"""The lines of an order: as wanted, and as priced with every cut that a layer made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

LineKind = Literal["dish", "packing", "seat"]
PriceRule = Literal["dish", "timed", "member", "flash", "group"]
"""Which price a unit goes by: the dish's own, the hour's, the member's level's, a flash sale's, a group buy's."""
FINAL_RULES: frozenset[PriceRule] = frozenset({"flash", "group"})
"""A unit at such a price is cut by nothing: no coupon, no reduction, no points."""
Layer = Literal["item", "reduction", "order", "points"]
"""The layers that cut, in the order in which they do (rule 4)."""


@dataclass(frozen=True)
class WantedLine:
    """One line as ordered: option ids by spec group, modifier option ids with counts, and dish ids by combo slot."""

    line_id: str
    dish_id: str
    quantity: int
    specs: Mapping[str, str]
    modifiers: Mapping[str, int]
    combo: Mapping[str, str]
    note: str = ""
    course: int = 0
    guest_id: str = ""
    guest_name: str = ""


@dataclass(frozen=True)
class ChosenDish:
    """What fills one slot of a combo."""

    slot_id: str
    dish_id: str
    name: str
    station: str


class Cut(NamedTuple):
    """What one offer took off one line."""

    layer: Layer
    offer_id: str
    fen: int


@dataclass(frozen=True)
class PricedLine:
    """One line that fits the menu, or a fee. `amount_fen` = `unit_fen` × `quantity`; `cuts` are what came off it.

    `price_rule` says which price a unit goes by, `was_fen` what it would cost by the dish's own if that is more.
    `course` 0 is cooked at once, any other when it is fired; `guest_*` tell who at the table chose it; `limited` names
    the dishes whose daily stock one unit takes (the choices of a combo included). A fee has no station and no dish of
    its own to cook; a packing fee goes with the line it `belongs_to`.
    """

    line_id: str
    dish_id: str
    name: str
    station: str
    quantity: int
    unit_fen: int
    amount_fen: int
    specs: tuple[str, ...]
    modifiers: tuple[str, ...]
    combo: tuple[ChosenDish, ...]
    note: str
    cuts: tuple[Cut, ...] = ()
    kind: LineKind = "dish"
    price_rule: PriceRule = "dish"
    was_fen: int | None = None
    belongs_to: str = ""
    course: int = 0
    guest_id: str = ""
    guest_name: str = ""
    limited: tuple[str, ...] = ()

    @property
    def cut_fen(self) -> int:
        """What every layer together took off."""
        return sum([cut.fen for cut in self.cuts])

    @property
    def due_fen(self) -> int:
        """What is left to pay for the line."""
        return self.amount_fen - self.cut_fen
