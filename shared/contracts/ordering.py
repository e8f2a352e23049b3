"""What guests say to order: `openTable`, `submitOrder`, `listOrders`."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from shared.contracts.wire import Id, Moment, RequestId, Wire

Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=50)]
TableCode = Annotated[str, StringConstraints(min_length=8, max_length=32)]
Picks = Annotated[dict[Id, Annotated[int, Field(ge=1, le=9)]], Field(max_length=20)]
Choices = Annotated[dict[Id, Id], Field(max_length=20)]


class OpenTable(Wire):
    """Join the open sitting of the table whose code was scanned, or open one."""

    request_id: RequestId
    table_code: TableCode
    guests: Annotated[int, Field(ge=1, le=99)] | None = None


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


class OrderLine(Wire):
    """One line (rule 11). `specs`: option by group; `modifiers`: count by option; `combo`: dish by slot."""

    line_id: Id
    dish_id: Id
    quantity: Annotated[int, Field(ge=1, le=99)]
    specs: Choices = Field(default_factory=dict)
    modifiers: Picks = Field(default_factory=dict)
    combo: Choices = Field(default_factory=dict)
    note: Note = ""


class SubmitOrder(Wire):
    """Order the lines: at a table (`table_code` and its `sitting_id`), or for pick-up (`shop_id`).

    `quote_hash` is the quote the guest was shown, if any (rule 3). Prices are never sent.
    """

    request_id: RequestId
    table_code: TableCode | None = None
    sitting_id: Id | None = None
    shop_id: Id | None = None
    lines: Annotated[tuple[OrderLine, ...], Field(min_length=1, max_length=60)]
    note: Note = ""
    quote_hash: Annotated[str, StringConstraints(max_length=64)] | None = None

    @field_validator("lines")
    @classmethod
    def _line_ids_unique(cls, lines: tuple[OrderLine, ...]) -> tuple[OrderLine, ...]:
        if len({line.line_id for line in lines}) != len(lines):
            raise ValueError("lineId 不能重复")
        return lines

    @model_validator(mode="after")
    def _one_place(self) -> SubmitOrder:
        at_table = self.table_code is not None and self.sitting_id is not None
        if at_table == (self.shop_id is not None) or (self.table_code is None) != (self.sitting_id is None):
            raise ValueError("堂食请提供 tableCode 和 sittingId，自取请提供 shopId")
        return self


class LineView(Wire):
    """A line of a stored order."""

    line_id: str
    dish_id: str
    name: str
    quantity: int
    unit_fen: int
    amount_fen: int
    specs: tuple[str, ...]
    modifiers: tuple[str, ...]
    note: str


class TicketView(Wire):
    """A kitchen ticket of an order and how far it is."""

    ticket_id: str
    station: str
    kind: str
    state: Literal["waiting", "started", "ready"]
    is_pass: bool
    printed_at: Moment | None = None


class OrderView(Wire):
    """An order as guests and staff see it."""

    order_id: str
    order_no: str
    state: str
    channel: Literal["table", "pickup"]
    round: int
    sitting_id: str | None = None
    table_name: str | None = None
    pickup_no: str | None = None
    lines: tuple[LineView, ...]
    tickets: tuple[TicketView, ...]
    gross_fen: int
    due_fen: int
    note: str
    calls: int
    placed_at: Moment
    biz_date: str


class OrderReply(Wire):
    """The order after the command."""

    order: OrderView


class ListOrders(Wire):
    """Orders, newest first. Guests see their own sitting's and their own; staff see the shop's.

    `before` is the `order_id` that ended the page before.
    """

    table_code: TableCode | None = None
    shop_id: Id | None = None
    sitting_id: Id | None = None
    states: Annotated[
        tuple[Literal["pending", "confirmed", "cooking", "ready", "completed", "cancelled"], ...], Field(max_length=6)
    ] = ()
    station: Id | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20
    before: Id | None = None


class OrdersReply(Wire):
    """A page of orders; `more` tells that older ones follow."""

    orders: tuple[OrderView, ...]
    more: bool
