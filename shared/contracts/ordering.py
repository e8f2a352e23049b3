"""What guests and waiters say to order: `submitOrder`, `listOrders`."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from shared.contracts.wire import Id, LineId, Moment, RequestId, Wire

Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=50)]
TableCode = Annotated[str, StringConstraints(min_length=8, max_length=32)]
Picks = Annotated[dict[Id, Annotated[int, Field(ge=1, le=9)]], Field(max_length=20)]
Choices = Annotated[dict[Id, Id], Field(max_length=20)]


FlashClaims = Annotated[
    dict[Id, Annotated[tuple[Id, ...], Field(min_length=1, max_length=9)]], Field(default_factory=dict, max_length=9)
]
"""Claims of flash sales by line: as many as the line has units, which then cost the flash price if it is the lowest."""


class OrderLine(Wire):
    """One line (rule 11). `specs`: option by group; `modifiers`: count by option; `combo`: dish by slot.

    `course` 0 is cooked at once; any other is held until it is fired.
    """

    line_id: LineId
    dish_id: Id
    quantity: Annotated[int, Field(ge=1, le=99)]
    specs: Choices = Field(default_factory=dict)
    modifiers: Picks = Field(default_factory=dict)
    combo: Choices = Field(default_factory=dict)
    note: Note = ""
    course: Annotated[int, Field(ge=0, le=9)] = 0


class CartPick(Wire):
    """A line of the shared cart, exactly as it was shown."""

    line_id: Id
    rev: Annotated[int, Field(ge=1)]


_Lines = tuple[OrderLine, ...] | tuple[CartPick, ...] | None


class SubmitOrder(Wire):
    """Order `lines`, or exactly the shown lines of the shared cart (`cart`).

    A guest at a table sends `table_code` and `sitting_id`, a waiter `shop_id` and `sitting_id`; for pick-up `shop_id`
    alone, with `pickup_at` for a time slot. `takeaway` has it packed. `flash_claims` are the guest's claims of flash
    sales by line, `coupon_ids` the coupons to use, in this order: all of them, or the order is refused. `quote_hash` is
    the quote the guest was shown, if any (rule 3). Prices are never sent.
    """

    request_id: RequestId
    table_code: TableCode | None = None
    sitting_id: Id | None = None
    shop_id: Id | None = None
    lines: Annotated[tuple[OrderLine, ...], Field(min_length=1, max_length=60)] | None = None
    cart: Annotated[tuple[CartPick, ...], Field(min_length=1, max_length=60)] | None = None
    note: Note = ""
    takeaway: bool = False
    pickup_at: Moment | None = None
    quote_hash: Annotated[str, StringConstraints(max_length=64)] | None = None
    flash_claims: FlashClaims
    coupon_ids: Annotated[tuple[Id, ...], Field(max_length=5)] = ()

    @property
    def acts_as_guest(self) -> bool:
        """At a table by its code, or for pick-up; only a waiter orders for a sitting without its code."""
        return self.table_code is not None or self.sitting_id is None

    @field_validator("lines", "cart")
    @classmethod
    def _line_ids_unique(cls, lines: _Lines) -> _Lines:
        if lines is not None and len({line.line_id for line in lines}) != len(lines):
            raise ValueError("lineId 不能重复")
        return lines

    @field_validator("coupon_ids")
    @classmethod
    def _coupons_once(cls, coupon_ids: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(coupon_ids)) != len(coupon_ids):
            raise ValueError("couponIds 不能重复")
        return coupon_ids

    @model_validator(mode="after")
    def _one_place(self) -> "SubmitOrder":
        if (self.table_code is None) == (self.shop_id is None) or (self.table_code and self.sitting_id is None):
            raise ValueError("堂食请提供 tableCode 和 sittingId，自取请提供 shopId")
        if (self.lines is None) == (self.cart is None) or (self.cart and self.sitting_id is None):
            raise ValueError("请提供 lines；堂食也可以改为提供 cart")
        if self.pickup_at is not None and self.sitting_id is not None:
            raise ValueError("堂食不需要 pickupAt")
        return self


LineKind = Literal["dish", "packing", "seat"]
Layer = Literal["item", "reduction", "order", "points"]


class LineView(Wire):
    """A line of a stored order. `voided` of its `quantity` were taken back, `moved` went to another table's bill.

    `was_fen` is what a unit costs without the hour's or the member's price; `cut_fen` is the line's share of `offers`.

    `held` waits for its course to be fired. A fee has no `station`: nobody cooks it. `guest_*` tell who chose it in the
    shared cart. Of what the line costs `claimed_fen` is paid or being paid, and `paid_fen` is paid; of that
    `refunded_fen` went back, for `refunded` units and as amounts.
    """

    line_id: str
    dish_id: str
    name: str
    quantity: int
    unit_fen: int
    amount_fen: int
    cut_fen: int = 0
    kind: LineKind = "dish"
    was_fen: int | None = None
    specs: tuple[str, ...]
    modifiers: tuple[str, ...]
    note: str
    station: str | None = None
    voided: int = 0
    course: int = 0
    held: bool = False
    served: bool = False
    rushed_at: Moment | None = None
    moved: int = 0
    guest_id: str | None = None
    guest_name: str | None = None
    claimed_fen: int | None = None
    paid_fen: int | None = None
    refunded: int | None = None
    refunded_fen: int | None = None


class TicketView(Wire):
    """A kitchen ticket of an order and how far it is. An item's id is its line's, for a combo with `:` and the slot."""

    ticket_id: str
    station: str
    kind: str
    state: Literal["waiting", "started", "ready"]
    is_pass: bool
    item_ids: tuple[str, ...] = ()
    printed_at: Moment | None = None


class OfferView(Wire):
    """An offer at work, and what it took off in all."""

    offer_id: str
    name: str
    layer: Layer
    fen: int


class OrderView(Wire):
    """An order as guests and staff see it. The sums are those of what is still wanted; `offers` are as ordered.

    `pay_by` is when an order that is `pending` is cancelled.
    """

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
    offers: tuple[OfferView, ...] | None = None
    note: str
    calls: int
    placed_at: Moment
    biz_date: str
    payment: Literal["postpay", "prepay"] = "postpay"
    pay_by: Moment | None = None
    cancel_reason: str | None = None
    takeaway: bool = False
    pickup_at: Moment | None = None


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
