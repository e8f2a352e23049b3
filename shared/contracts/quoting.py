"""`quoteOrder`: what lines would cost now, which coupons could be used, and why the others could not (rule 6)."""

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from shared.contracts.ordering import FlashClaims, Layer, LineKind, OfferView, OrderLine, TableCode
from shared.contracts.wire import Id, Moment, Wire

UnusableReason = Literal[
    "unknown", "otherShop", "notYet", "expired", "wrongTime", "notStackable", "noDish", "lineTaken", "threshold",
    "nothingLeft",
]  # fmt: skip


class QuoteOrder(Wire):
    """The lines and the place, as `submitOrder` takes them, with the coupons to use, in this order, and points or not.

    A coupon that cannot be used changes nothing and is told as unusable. Nothing is written, no coupon is locked.
    """

    table_code: TableCode | None = None
    sitting_id: Id | None = None
    shop_id: Id | None = None
    lines: Annotated[tuple[OrderLine, ...], Field(min_length=1, max_length=60)]
    takeaway: bool = False
    coupon_ids: Annotated[tuple[Id, ...], Field(max_length=10)] = ()
    use_points: bool = False
    flash_claims: FlashClaims

    @property
    def acts_as_guest(self) -> bool:
        """At a table by its code, or for pick-up; only a waiter asks for a sitting without its code."""
        return self.table_code is not None or self.sitting_id is None

    @field_validator("lines")
    @classmethod
    def _line_ids_unique(cls, lines: tuple[OrderLine, ...]) -> tuple[OrderLine, ...]:
        if len({line.line_id for line in lines}) != len(lines):
            raise ValueError("lineId 不能重复")
        return lines

    @model_validator(mode="after")
    def _one_place(self) -> "QuoteOrder":
        if (self.table_code is None) == (self.shop_id is None) or (self.table_code and self.sitting_id is None):
            raise ValueError("堂食请提供 tableCode 和 sittingId，自取请提供 shopId")
        return self


class CutView(Wire):
    """What one offer takes off one line."""

    layer: Layer
    offer_id: str
    fen: int


class QuoteLine(Wire):
    """A line with its price, or a fee. `cut_fen` is the sum of `cuts`; due is `amount_fen` − `cut_fen`.

    `was_fen` is what a unit costs without the hour's or the member's price. A packing fee `belongs_to` a line.
    """

    line_id: str
    kind: LineKind
    dish_id: str
    name: str
    quantity: int
    unit_fen: int
    was_fen: int | None = None
    amount_fen: int
    cut_fen: int = 0
    cuts: tuple[CutView, ...] | None = None
    belongs_to: str | None = None


class UsableCoupon(Wire):
    """A coupon that is used (`chosen`), or could be beside those: what it cuts, and what the order then comes to."""

    coupon_id: str
    name: str
    layer: Layer
    cut_fen: int
    due_fen: int
    chosen: bool
    valid_until: Moment | None = None


class UnusableCoupon(Wire):
    """A coupon that cannot be used: the reason as a code and in words; `missing_fen` is what the lines are short of."""

    coupon_id: str
    name: str
    reason: UnusableReason
    message: str
    missing_fen: int | None = None


class PointsView(Wire):
    """A member's points: `points` of the balance pay `fen`, or could beside the chosen coupons (`used` false)."""

    balance: int
    points: int
    fen: int
    used: bool


class BestChoice(Wire):
    """The cheapest of at most one item coupon and at most one order coupon, and what the order then comes to."""

    coupon_ids: tuple[str, ...]
    due_fen: int


class QuoteReply(Wire):
    """The price: Σ `amount_fen` = `gross_fen`, Σ `offers` = Σ `cut_fen` = `gross_fen` − `due_fen`.

    Without points, `hash` is what `submitOrder` takes as `quoteHash` with the coupons that are used.
    """

    hash: str
    gross_fen: int
    due_fen: int
    lines: tuple[QuoteLine, ...]
    offers: tuple[OfferView, ...]
    usable: tuple[UsableCoupon, ...]
    unusable: tuple[UnusableCoupon, ...]
    best: BestChoice
    points: PointsView | None = None
    level: str | None = None
