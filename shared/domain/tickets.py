"""Kitchen tickets as the difference between what the kitchen knew and what it should cook (rule 27).

Compared by line id, so that the second line of one dish, a changed note and a void each reach the right station.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from shared.domain.pricing import PricedLine

Kind = Literal["new", "add", "change", "void", "rush", "move"]
PASS_STATION = "pass"
LINES_PER_TICKET = 30


@dataclass(frozen=True)
class KitchenItem:
    """One thing one station cooks: an ordered dish, or one choice of a combo (`item_id` = line id, or line id:slot)."""

    item_id: str
    station: str
    name: str
    quantity: int
    specs: tuple[str, ...] = ()
    modifiers: tuple[str, ...] = ()
    note: str = ""

    def in_words(self) -> str:
        """The item in one line, as a change ticket tells what it was."""
        extras = "、".join((*self.specs, *self.modifiers, *((self.note,) if self.note else ())))
        return f"{self.name} ×{self.quantity}" + (f"（{extras}）" if extras else "")


@dataclass(frozen=True)
class TicketItem:
    """An item on a ticket; `was` tells in words what a change replaces."""

    item: KitchenItem
    was: str | None = None


@dataclass(frozen=True)
class TicketDraft:
    """One ticket to print at one station; its key within the order is (station, kind, revision, part)."""

    station: str
    kind: Kind
    revision: int
    items: tuple[TicketItem, ...]
    is_pass: bool = False
    part: int = 1
    """More than LINES_PER_TICKET items are told in parts, so that every message stays under its limit."""


def kitchen_items(lines: Iterable[PricedLine]) -> tuple[KitchenItem, ...]:
    """What the stations cook for the lines: a combo falls apart into its choices, named with their combo."""
    items: list[KitchenItem] = []
    for line in lines:
        if not line.combo and line.kind == "dish":
            items.append(
                KitchenItem(line.line_id, line.station, line.name, line.quantity, line.specs, line.modifiers, line.note)
            )
        items += (
            KitchenItem(
                f"{line.line_id}:{chosen.slot_id}",
                chosen.station,
                chosen.name,
                line.quantity,
                (f"套餐·{line.name}",),
                line.modifiers,
                line.note,
            )
            for chosen in line.combo
        )
    return tuple(items)


def differences(
    before: Sequence[KitchenItem],
    after: Sequence[KitchenItem],
    *,
    fresh: Literal["new", "add"],
    revision: int,
    per_dish: Container[str] = (),
) -> tuple[TicketDraft, ...]:
    """The tickets that bring the kitchen from `before` to `after`: one per station and kind, and one for the pass.

    Stations named in `per_dish` get one for each item. A new item goes out as `fresh`; an item moved to another station
    is void at the old one and `fresh` at the new. Equal sides give no tickets.
    Raises ValueError if an item id stands twice on one side.
    """
    old, new = _by_id(before), _by_id(after)
    if not old:
        return tuple(_by_station(fresh, [TicketItem(item) for item in after], revision=revision, per_dish=per_dish))
    moved = {i for i in old.keys() & new.keys() if old[i].station != new[i].station}
    changes: dict[Kind, list[TicketItem]] = {
        "void": [TicketItem(item) for i, item in old.items() if i not in new or i in moved],
        "change": [
            TicketItem(item, was=old[i].in_words())
            for i, item in new.items()
            if i in old and i not in moved and item != old[i]
        ],
        fresh: [TicketItem(item) for i, item in new.items() if i not in old or i in moved],
    }
    return tuple(
        draft
        for kind, items in changes.items()
        for draft in _by_station(kind, items, revision=revision, per_dish=per_dish)
    )


def rushes(items: Iterable[KitchenItem], *, revision: int) -> tuple[TicketDraft, ...]:
    """The tickets that hurry the items: one per station, and one for the pass."""
    return tuple(_by_station("rush", [TicketItem(item) for item in items], revision=revision))


def relocations(
    cooking: Iterable[KitchenItem], unserved: Iterable[KitchenItem], *, revision: int
) -> tuple[TicketDraft, ...]:
    """The tickets that tell where items now go: a station those it still cooks, and the pass all that are unserved."""
    stations = [
        draft
        for draft in _by_station("move", [TicketItem(item) for item in cooking], revision=revision)
        if not draft.is_pass
    ]
    carried = _parts(PASS_STATION, "move", [TicketItem(item) for item in unserved], revision=revision)
    return (*stations, *(replace(draft, is_pass=True) for draft in carried))


def ticket_id(order_id: str, draft: TicketDraft) -> str:
    """The ticket's id, print job's id and event's id in one: unique by order, station, kind, revision (rule 27)."""
    part = f".{draft.part}" if draft.part > 1 else ""
    return f"{order_id}.{draft.station}.{draft.kind}.{draft.revision}{part}"


def _by_id(items: Sequence[KitchenItem]) -> dict[str, KitchenItem]:
    by_id = {item.item_id: item for item in items}
    if len(by_id) != len(items):
        raise ValueError("an item id stands twice")
    return by_id


def _by_station(
    kind: Kind, items: Sequence[TicketItem], *, revision: int, per_dish: Container[str] = ()
) -> list[TicketDraft]:
    stations: dict[str, list[TicketItem]] = {}
    for ticket_item in items:
        stations.setdefault(ticket_item.item.station, []).append(ticket_item)
    drafts = [
        draft
        for station, found in stations.items()
        for draft in _parts(
            station, kind, found, revision=revision, size=1 if station in per_dish else LINES_PER_TICKET
        )
    ]
    return drafts + _parts(PASS_STATION, kind, items, revision=revision, is_pass=True)


def _parts(
    station: str,
    kind: Kind,
    items: Sequence[TicketItem],
    *,
    revision: int,
    is_pass: bool = False,
    size: int = LINES_PER_TICKET,
) -> list[TicketDraft]:
    return [
        TicketDraft(station, kind, revision, tuple(items[start : start + size]), is_pass, number)
        for number, start in enumerate(range(0, len(items), size), start=1)
    ]
