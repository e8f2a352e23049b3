"""What is said about a table's sitting: `openTable`, `editCart`, `getSitting`, `arrangeTables`."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from shared.contracts.ordering import Choices, Note, OrderLine, OrderView, Picks, TableCode
from shared.contracts.wire import Id, Moment, RequestId, Wire

GuestName = Annotated[str, StringConstraints(strip_whitespace=True, max_length=20)]
Guests = Annotated[int, Field(ge=1, le=99)]


class OpenTable(Wire):
    """Join the table's open sitting, or open one: a guest by the scanned code, a waiter by `shop_id` and `table_id`."""

    request_id: RequestId
    table_code: TableCode | None = None
    shop_id: Id | None = None
    table_id: Id | None = None
    guests: Guests | None = None
    name: GuestName = ""

    @property
    def acts_as_guest(self) -> bool:
        """Who scanned a code sits there, staff too."""
        return self.table_code is not None

    @model_validator(mode="after")
    def _one_place(self) -> "OpenTable":
        if (self.table_code is None) == (self.table_id is None) or (self.table_code and self.shop_id):
            raise ValueError("请扫描桌码；服务员开台请提供 shopId 和 tableId")
        return self


class SittingReply(Wire):
    """The sitting; `joined` tells that it was open already."""

    sitting_id: str
    shop_id: str
    shop_name: str
    table_id: str
    table_name: str
    guests: int | None = None
    joined: bool
    opened_at: Moment


class AtSitting(Wire):
    """Of which sitting: a guest sends `table_code` and `sitting_id`, a waiter `shop_id` and `sitting_id`."""

    table_code: TableCode | None = None
    shop_id: Id | None = None
    sitting_id: Id

    @property
    def acts_as_guest(self) -> bool:
        """Who shows a table's code sits there."""
        return self.table_code is not None

    @model_validator(mode="after")
    def _one_place(self) -> "AtSitting":
        if self.table_code is not None and self.shop_id is not None:
            raise ValueError("tableCode 和 shopId 只需提供一个")
        return self


class AddLine(Wire):
    """Put a line into the cart, under an id the client makes."""

    op: Literal["add"]
    line: OrderLine


class ChangeQuantity(Wire):
    """So many more, or fewer, of a line: from 1 to 99 remain."""

    op: Literal["change"]
    line_id: Id
    by: Annotated[int, Field(ge=-98, le=98)]


class RemoveLine(Wire):
    """Take a line out of the cart."""

    op: Literal["remove"]
    line_id: Id


class NoteLine(Wire):
    """Write a line's note anew."""

    op: Literal["note"]
    line_id: Id
    note: Note


class ChooseLine(Wire):
    """Choose specs, modifiers and combo of a line anew; its dish stays."""

    op: Literal["choices"]
    line_id: Id
    dish_id: Id
    specs: Choices = Field(default_factory=dict)
    modifiers: Picks = Field(default_factory=dict)
    combo: Choices = Field(default_factory=dict)


CartOperation = Annotated[AddLine | ChangeQuantity | RemoveLine | NoteLine | ChooseLine, Field(discriminator="op")]


class EditCart(AtSitting):
    """One edit of one line of the shared cart (rule 10). `guest_name` stands on a line that is added."""

    request_id: RequestId
    edit: CartOperation
    guest_name: GuestName = ""


class CartLineView(Wire):
    """A line of the cart with its price now, or `unavailable`: why it cannot be ordered now.

    `guest_id` tells the guests of a sitting apart, and nothing else; `rev` grows with every edit of the line.
    """

    line_id: str
    dish_id: str
    name: str
    quantity: int
    specs: dict[str, str]
    modifiers: dict[str, int]
    combo: dict[str, str]
    note: str
    course: int
    guest_id: str
    guest_name: str
    is_mine: bool
    rev: int
    unit_fen: int | None = None
    amount_fen: int | None = None
    unavailable: str | None = None


class FeeView(Wire):
    """A fee that ordering the cart now would bring along."""

    kind: str
    name: str
    amount_fen: int


class CartView(Wire):
    """The cart and what ordering it now would cost; `quote_hash` names this price if every line can be ordered."""

    lines: tuple[CartLineView, ...]
    fees: tuple[FeeView, ...]
    gross_fen: int
    due_fen: int
    quote_hash: str | None = None


class CartReply(Wire):
    """The cart after the edit."""

    sitting_id: str
    cart: CartView


class GetSitting(AtSitting):
    """The sitting now. `since` is the `version` the client has: if nothing changed, only that is answered."""

    since: Annotated[str, StringConstraints(max_length=64)] | None = None


class MemberView(Wire):
    """A guest who joined."""

    guest_id: str
    name: str
    is_me: bool


class SittingView(Wire):
    """What is at the table: guests, cart, and the rounds ordered so far with their sum."""

    sitting_id: str
    table_id: str
    table_name: str
    state: Literal["open", "closed", "settled"]
    guests: int | None = None
    opened_at: Moment
    members: tuple[MemberView, ...]
    cart: CartView
    rounds: tuple[OrderView, ...]
    ordered_fen: int


class SittingState(Wire):
    """The sitting's `version`, with the `sitting` unless it is `unchanged`."""

    version: str
    unchanged: bool
    sitting: SittingView | None = None


class MoveTable(Wire):
    """Seat the party at another table, which must be free (转台)."""

    op: Literal["move"]
    sitting_id: Id
    to_table_id: Id


class MergeTables(Wire):
    """Let the party join another one: members, cart and orders go with it (并台)."""

    op: Literal["merge"]
    sitting_id: Id
    into_sitting_id: Id


class TransferLine(Wire):
    """So many of an ordered line."""

    line_id: Id
    quantity: Annotated[int, Field(ge=1, le=99)]


class TransferLines(Wire):
    """Put ordered dishes on another party's bill, at the price they were ordered for (转菜)."""

    op: Literal["transfer"]
    order_id: Id
    lines: Annotated[tuple[TransferLine, ...], Field(min_length=1, max_length=60)]
    to_sitting_id: Id

    @field_validator("lines")
    @classmethod
    def _line_ids_unique(cls, lines: tuple[TransferLine, ...]) -> tuple[TransferLine, ...]:
        if len({line.line_id for line in lines}) != len(lines):
            raise ValueError("lineId 不能重复")
        return lines


class CountGuests(Wire):
    """How many sit there."""

    op: Literal["guests"]
    sitting_id: Id
    guests: Guests


class CloseSitting(Wire):
    """The party has left. `anyway` closes it with dishes in the cart or not yet served."""

    op: Literal["close"]
    sitting_id: Id
    anyway: bool = False


Arrangement = Annotated[MoveTable | MergeTables | TransferLines | CountGuests | CloseSitting, Field(discriminator="op")]


class ArrangeTables(Wire):
    """One change of who sits where and pays for what, by staff."""

    request_id: RequestId
    shop_id: Id | None = None
    arrangement: Arrangement


class ArrangeReply(Wire):
    """The sitting after the change: the one moved, merged into, transferred to, counted or closed.

    `order` is the round that a transfer made.
    """

    sitting_id: str
    table_id: str
    table_name: str
    state: Literal["open", "closed"]
    guests: int | None = None
    order: OrderView | None = None
