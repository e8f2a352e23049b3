"""What is asked for at the counter, and what a shop's papers look like: `printReceipt`, `setPapers`.

What a paper is, whose it is, quantities, amounts and marks always stand on it; only what is named here can be left out.
"""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from shared.contracts.slips import PaperText, SlipField, TicketLook
from shared.contracts.wire import Id, RequestId, Wire


class ReceiptPaper(Wire):
    """The receipt of a payment."""

    kind: Literal["receipt"]
    payment_id: Id


class BillPaper(Wire):
    """The bill of a sitting, or of one order, that is not paid yet."""

    kind: Literal["bill"]
    sitting_id: Id | None = None
    order_id: Id | None = None

    @property
    def table_code(self) -> None:
        """Staff name the bill; they scan no code."""
        return None

    @model_validator(mode="after")
    def _one_bill(self) -> "BillPaper":
        if (self.order_id is None) == (self.sitting_id is None):
            raise ValueError("请提供 orderId 或 sittingId 其中一个")
        return self


class DrawerPaper(Wire):
    """No paper: the drawer is opened without a sale. For owner, manager and cashier."""

    kind: Literal["drawer"]
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=50)]


class PrintReceipt(Wire):
    """Have something done at the counter: a payment's receipt or an unpaid bill printed, or the drawer opened."""

    request_id: RequestId
    shop_id: Id | None = None
    paper: Annotated[ReceiptPaper | BillPaper | DrawerPaper, Field(discriminator="kind")]


class PrintReply(Wire):
    """What was sent to the counter. `copy_no`: the how-manieth of this payment or bill; of drawers, of the day."""

    job_id: str
    kind: Literal["receipt", "bill", "drawer"]
    copy_no: int


class SlipLook(Wire):
    """A receipt's or a bill's look. `title` is the shop's name unless given, `lines` stand under it."""

    title: PaperText | None = None
    lines: Annotated[tuple[PaperText, ...], Field(max_length=4)] = ()
    footer: Annotated[tuple[PaperText, ...], Field(max_length=6)] = ("谢谢惠顾，欢迎再来",)
    dish_size: Literal["normal", "large"] = "normal"
    hide: Annotated[tuple[SlipField, ...], Field(max_length=5)] = ()


class SetPapers(Wire):
    """Change what the shop's papers look like, each part as a whole, and which station is its counter.

    With `trial` nothing is changed, and a sample of each part that is given comes out at the counter. What is not given
    stays; without any part the reply tells how they look.
    """

    request_id: RequestId
    shop_id: Id | None = None
    slip: SlipLook | None = None
    ticket: TicketLook | None = None
    counter_station: Id | None = None
    trial: bool = False


class PapersReply(Wire):
    """How the papers look now; of a trial, how the samples do."""

    slip: SlipLook
    ticket: TicketLook
    counter_station: str
