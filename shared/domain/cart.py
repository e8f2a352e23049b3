"""The shared cart of a sitting: lines that several guests edit, each on its own (rule 10)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from shared.domain.pricing import WantedLine
from shared.errors import CartChanged

CART_LINES = 60
"""As many as an order may have (rule 11)."""
LINE_QUANTITY = 99


@dataclass(frozen=True)
class CartLine:
    """One line of a cart. `rev` grows with every edit, so that (`line_id`, `rev`) names exactly what was shown."""

    line_id: str
    dish_id: str
    quantity: int
    specs: Mapping[str, str] = field(default_factory=dict)
    modifiers: Mapping[str, int] = field(default_factory=dict)
    combo: Mapping[str, str] = field(default_factory=dict)
    note: str = ""
    course: int = 0
    guest_id: str = ""
    guest_name: str = ""
    rev: int = 1

    @property
    def wanted(self) -> WantedLine:
        """The line as it is priced and ordered."""
        return WantedLine(
            line_id=self.line_id,
            dish_id=self.dish_id,
            quantity=self.quantity,
            specs=self.specs,
            modifiers=self.modifiers,
            combo=self.combo,
            note=self.note,
            course=self.course,
            guest_id=self.guest_id,
            guest_name=self.guest_name,
        )


def shown(cart: Sequence[CartLine], picks: Mapping[str, int]) -> tuple[CartLine, ...]:
    """Exactly the lines that were shown, `picks` being the rev of each by line id; in the cart's order.

    Raises CartChanged, naming every line that is gone or was changed since.
    """
    by_id = {line.line_id: line for line in cart}
    changed = [
        {"lineId": line_id, "fault": "gone" if line_id not in by_id else "changed"}
        for line_id, rev in picks.items()
        if line_id not in by_id or by_id[line_id].rev != rev
    ]
    if changed:
        raise CartChanged(details={"lines": changed})
    return tuple(line for line in cart if line.line_id in picks)


def joined(cart: Sequence[CartLine], more: Sequence[CartLine]) -> tuple[CartLine, ...]:
    """Two carts as one: every line stays, and one whose id is taken already gets another."""
    lines = list(cart)
    taken = {line.line_id for line in cart}
    for line in more:
        line_id = _free(line.line_id, taken)
        taken.add(line_id)
        lines.append(replace(line, line_id=line_id))
    return tuple(lines)


def _free(line_id: str, taken: set[str]) -> str:
    number = 1
    free = line_id
    while free in taken:
        number += 1
        ending = f".{number}"
        free = line_id[: 64 - len(ending)] + ending
    return free
