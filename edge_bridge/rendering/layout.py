"""The one layout language of every paper: what stands on it, from top to bottom.

`paint` draws it as a picture, `typing` writes it in the printer's own characters; neither knows what a ticket is. Text
may be anything a guest wrote: whoever puts it on paper sees to it that it is only ever text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Size = Literal["small", "normal", "large", "huge"]


@dataclass(frozen=True)
class Banner:
    """White on black across the paper."""

    text: str


@dataclass(frozen=True)
class Heading:
    """What kind of paper it is; `is_marked` has it white on black."""

    left: str
    right: str
    is_marked: bool = False


@dataclass(frozen=True)
class Whom:
    """Whose it is, as large as it fits, with two small facts at its right."""

    name: str
    clock: str
    aside: str = ""


@dataclass(frozen=True)
class Tag:
    """A label, white on black, and what goes with it; without a label only that."""

    label: str
    text: str


@dataclass(frozen=True)
class Facts:
    """Small facts side by side."""

    facts: tuple[str, ...]


@dataclass(frozen=True)
class Note:
    """A label, white on black, and a text of any length beside it."""

    label: str
    text: str


@dataclass(frozen=True)
class Dish:
    """A dish for the cook: name and quantity large, and under it what it was, how it is made, what the guest says."""

    name: str
    quantity: int
    was: str | None = None
    details: tuple[str, ...] = ()
    note: str = ""
    is_void: bool = False
    size: Size = "large"


@dataclass(frozen=True)
class Foot:
    """A number, small facts under it, and a code to scan beside them."""

    lead: str
    facts: tuple[str, ...]
    code: str


@dataclass(frozen=True)
class Centred:
    """A line in the middle."""

    text: str
    size: Size = "normal"


@dataclass(frozen=True)
class Pair:
    """A line with something at each edge."""

    left: str
    right: str
    size: Size = "normal"


@dataclass(frozen=True)
class Charge:
    """What was bought: name, quantity and amount in columns, and details under the name."""

    name: str
    quantity: str
    amount: str
    details: tuple[str, ...] = ()
    size: Size = "normal"
    is_head: bool = False
    """The columns' titles."""


@dataclass(frozen=True)
class Line:
    """A rule across the paper, solid or dashed."""

    is_solid: bool = False


@dataclass(frozen=True)
class Code:
    """A code to scan, in the middle."""

    text: str


Block = Banner | Heading | Whom | Tag | Facts | Note | Dish | Foot | Centred | Pair | Charge | Line | Code
Layout = tuple[Block, ...]
