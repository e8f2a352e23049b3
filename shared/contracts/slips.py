"""What travels to the counter: a receipt or a bill for paper, and the wish to open the cash drawer.

A slip is addressed to a station, as a kitchen ticket is: to the one that the shop calls its counter.
"""

import unicodedata
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from shared.contracts.wire import Id, Moment, Wire

COUNTER_MARK = ".counter."
"""In every id of what is done at the counter, and in no ticket's."""
DRAWER_TTL_S = 120
"""A drawer that could not be opened by then stays shut: nobody may stand before it any more."""

SlipKind = Literal["receipt", "bill"]
SlipTenderKind = Literal["points", "stored", "wechat", "cash", "card"]


def _on_paper(text: str) -> str:
    if any(unicodedata.category(char).startswith(("C", "Z")) and char != " " for char in text):
        raise ValueError("不能有换行或控制字符")
    try:
        text.encode("gbk")
    except UnicodeEncodeError as error:
        raise ValueError(f"打印机打不出“{text[error.start : error.end]}”") from error
    return text


PaperText = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=30), AfterValidator(_on_paper)
]
SlipField = Literal["guests", "orderNos", "details", "address", "phone"]
TicketField = Literal["guests", "placedAt", "round", "shopName"]


class TicketLook(Wire):
    """A kitchen ticket's look. The `footer` stands above its foot."""

    footer: Annotated[tuple[PaperText, ...], Field(max_length=2)] = ()
    dish_size: Literal["normal", "large", "huge"] = "large"
    hide: Annotated[tuple[TicketField, ...], Field(max_length=4)] = ()


class SlipHead(Wire):
    """Whose paper it is, what stands under it, and how the shop wants it to look."""

    title: str
    lines: tuple[str, ...] = ()
    address: str = ""
    phone: str = ""
    footer: tuple[str, ...] = ()
    dish_size: Literal["normal", "large"] = "normal"
    hide: tuple[SlipField, ...] = ()


class SlipLine(Wire):
    """One line with its price before cuts. Without a quantity it stands for the lines that found no room."""

    name: str
    quantity: int | None = None
    fen: int
    details: tuple[str, ...] = ()


class SlipCut(Wire):
    """What an offer took off these lines."""

    name: str
    fen: int


class SlipTender(Wire):
    """What one tender paid: of stored value principal and bonus, of cash what was handed over, and how many points."""

    kind: SlipTenderKind
    fen: int
    principal_fen: int = 0
    bonus_fen: int = 0
    handed_fen: int = 0
    change_fen: int = 0
    points: int = 0


class Slip(Wire):
    """A guest's paper: the receipt of one payment, or a bill that is not paid yet (预结单).

    The lines sum to `gross_fen`, less the cuts to `due_fen`. Of a receipt `paid_fen` is what this payment paid of that,
    the sum of its tenders; of a bill, what is paid already. `copy_no` counts how often it was asked for: from 2 on it
    is marked (rule 28).
    """

    job_id: Id
    kind: SlipKind
    station: Id
    head: SlipHead
    table_name: str | None = None
    pickup_no: str | None = None
    guests: int | None = None
    order_nos: tuple[str, ...]
    lines: tuple[SlipLine, ...]
    cuts: tuple[SlipCut, ...] = ()
    gross_fen: int
    due_fen: int
    paid_fen: int
    refunded_fen: int = 0
    tenders: tuple[SlipTender, ...] = ()
    payment_no: str | None = None
    at: Moment
    """When it was paid; of a bill, when it was asked for."""
    copy_no: int = 1
    is_sample: bool = False
    """A trial of how the shop's papers look: nothing was bought."""


class Drawer(Wire):
    """Open the cash drawer at the station's printer, once, and not after `expires_at`."""

    job_id: Id
    station: Id
    expires_at: Moment
