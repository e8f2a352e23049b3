"""A basket of priced lines, and the till that takes offers off it, layer by layer (rules 4, 5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from shared.domain.money import split
from shared.domain.pricing.lines import FINAL_RULES, Cut, Layer
from shared.domain.pricing.offers import Applied
from shared.domain.pricing.unit import Priced

Places = Sequence[int]
"""Lines by their places in the basket, ascending."""


@dataclass(frozen=True)
class Basket:
    """The lines that offers may cut, in a canonical order; what all others cost is `apart_fen`.

    So nothing depends on the order in which lines were chosen. `origins` tell where each stood as given.
    """

    lines: tuple[Priced, ...]
    amounts: tuple[int, ...]
    origins: tuple[int, ...]
    everything: Places
    apart_fen: int
    _eligible: dict[frozenset[str], Places] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, priced: Sequence[Priced], *, fees_fen: int) -> Basket:
        """The lines as given, without those whose price is final; those and the fees stand apart."""
        able = [at for at, one in enumerate(priced) if one.rule not in FINAL_RULES]
        able.sort(key=[one.key for one in priced].__getitem__)
        apart = fees_fen + sum(one.amount_fen for one in priced if one.rule in FINAL_RULES)
        lines = tuple([priced[at] for at in able])
        return cls(lines, tuple([one.amount_fen for one in lines]), tuple(able), range(len(lines)), apart)

    def eligible(self, dishes: frozenset[str]) -> Places:
        """The places of the lines of these dishes; of none named, all."""
        if not dishes:
            return self.everything
        found = self._eligible.get(dishes)
        if found is None:
            found = self._eligible[dishes] = [at for at, one in enumerate(self.lines) if one.dish.id in dishes]
        return found


class Till:
    """A basket while it is cut. Of the offers of one layer, a line takes one.

    A cut is shared out over its lines only when somebody asks about some of them: most questions are about the sum.
    """

    def __init__(self, basket: Basket) -> None:
        self.basket = basket
        self.applied: list[Applied] = []
        self._places: list[Places] = []
        self._takers: dict[Layer, list[tuple[Applied, Places]]] = {}
        self._parts: list[Sequence[int]] = []
        self._rest = list(basket.amounts)
        self.left_fen = sum(basket.amounts)
        """What is left of the lines that offers may cut."""

    @property
    def due_fen(self) -> int:
        """What is left to pay, with what stands apart."""
        return self.left_fen + self.basket.apart_fen

    def takers(self, layer: Layer) -> Sequence[tuple[Applied, Places]]:
        """The layer's offers so far, with the lines each has taken."""
        return self._takers.get(layer, ())

    def free(self, layer: Layer, dishes: frozenset[str]) -> Places:
        """The eligible lines that no other offer of the layer has taken."""
        places = self.basket.eligible(dishes) if dishes else self.basket.everything
        for _, rivals in self._takers.get(layer, ()):
            taken = set(rivals)
            places = [at for at in places if at not in taken]
        return places

    def left_of(self, places: Places) -> int:
        """What is left of these lines together."""
        return self.left_fen if len(places) == len(self._rest) else sum(self.rest_of(places))

    def rest_of(self, places: Places) -> list[int]:
        """What is left of each of these lines."""
        if not all(set(places).isdisjoint(taken) for taken in self._places[len(self._parts) :]):
            self._share_out()
        return [self._rest[at] for at in places]

    def cut(self, offer: Applied, places: Places) -> None:
        """Take an offer's amount, which is no more than is left, off these lines."""
        self.applied.append(offer)
        self._places.append(places)
        self._takers.setdefault(offer.layer, []).append((offer, places))
        self.left_fen -= offer.fen

    def _share_out(self) -> None:
        """Share every cut over its lines by what was left of each before it (rule 5)."""
        for at in range(len(self._parts), len(self.applied)):
            offer, places = self.applied[at], self._places[at]
            parts = split(offer.fen, [self._rest[place] for place in places])
            for place, part in zip(places, parts, strict=True):
                self._rest[place] -= part
            self._parts.append(parts)

    def cuts(self) -> dict[int, list[Cut]]:
        """What each offer took off each line, by the line's place as it was given; lines not cut are absent."""
        self._share_out()
        found: list[list[Cut]] = [[] for _ in self._rest]
        for (layer, offer_id, _, _), places, parts in zip(self.applied, self._places, self._parts, strict=True):
            for at, part in zip(places, parts, strict=True):
                if part:
                    found[at].append(Cut(layer, offer_id, part))
        return dict(zip(self.basket.origins, found, strict=True))
