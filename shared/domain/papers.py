"""What a shop wants its papers to look like."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

COUNTER = "pass"
"""Where a shop that names no counter has its guests' papers printed: every shop has a pass, and people stand there."""
FOOTER = ("谢谢惠顾，欢迎再来",)


@dataclass(frozen=True)
class SlipStyle:
    """Of receipts and bills. Without a title of its own it is the shop's name."""

    title: str = ""
    lines: tuple[str, ...] = ()
    footer: tuple[str, ...] = FOOTER
    dish_size: Literal["normal", "large"] = "normal"
    hide: tuple[str, ...] = ()


@dataclass(frozen=True)
class TicketStyle:
    """Of kitchen tickets."""

    footer: tuple[str, ...] = ()
    dish_size: Literal["normal", "large", "huge"] = "large"
    hide: tuple[str, ...] = ()


@dataclass(frozen=True)
class Papers:
    """Of both, with the address that stands on what guests get; `ticket` is None where the kitchen's are as usual."""

    slip: SlipStyle = field(default_factory=SlipStyle)
    ticket: TicketStyle | None = None
    address: str = ""
    phone: str = ""
    counter_station: str = COUNTER

    @classmethod
    def of(cls, shop: Mapping[str, Any]) -> Papers:
        """As the shop's document has them."""
        looks = shop.get("papers", {})
        return cls(
            slip=SlipStyle(**_tuples(looks.get("slip", {}))),
            ticket=TicketStyle(**_tuples(looks["ticket"])) if "ticket" in looks else None,
            address=shop.get("address", ""),
            phone=shop.get("phone", ""),
            counter_station=shop.get("counter_station", COUNTER),
        )


def _tuples(look: Mapping[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in look.items()}
