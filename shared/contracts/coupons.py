"""What is said about coupons: `claimCoupon`, `listOffers`, `redeemCoupon`."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from shared.contracts.flash import FlashClaimView, FlashSaleView
from shared.contracts.groups import GroupOfferView
from shared.contracts.ordering import OrderView, TableCode
from shared.contracts.quoting import UnusableReason
from shared.contracts.wire import Id, Moment, RequestId, Wire


class ClaimCoupon(Wire):
    """Claim one coupon of a template, at a shop (`shop_id`) or at a table (`table_code`); who does so is a member.

    `device_id` names the phone as the mini-program knows it: a phone has no more coupons than a member.
    """

    request_id: RequestId
    template_id: Id
    device_id: Id
    shop_id: Id | None = None
    table_code: TableCode | None = None

    @model_validator(mode="after")
    def _one_place(self) -> "ClaimCoupon":
        if (self.table_code is None) == (self.shop_id is None):
            raise ValueError("请提供 tableCode 或 shopId 其中一个")
        return self


class CouponWorth(Wire):
    """What a coupon takes off: `fen`; or `off_bp`, at most `cap_fen`; or, by exchange, one unit of one of `dishes`.

    On eligible dishes (none named: all) of `threshold_fen` together, in `shops` (none named: all).
    """

    type: Literal["fixed", "percent", "exchange"]
    layer: Literal["item", "order"]
    fen: int | None = None
    off_bp: int | None = None
    cap_fen: int | None = None
    threshold_fen: int = 0
    stacking: Literal["any", "noCoupon", "alone"] = "any"
    dishes: tuple[str, ...] = ()
    shops: tuple[str, ...] = ()


class CouponView(Wire):
    """A member's coupon. `locked`: it is in an order that is not paid yet.

    `reason` and `message` tell why it cannot be used here and now, whatever is ordered.
    """

    coupon_id: str
    template_id: str
    name: str
    state: Literal["free", "locked"]
    worth: CouponWorth
    valid_from: Moment | None = None
    valid_until: Moment
    reason: UnusableReason | None = None
    message: str | None = None


class ClaimableView(Wire):
    """A kind of coupon that the member can claim here and now: `left` of it at most, `more` by this member.

    Its coupons hold until `valid_until`, or for `days` from the claim on.
    """

    template_id: str
    name: str
    worth: CouponWorth
    more: int
    left: int | None = None
    closes_at: Moment | None = None
    valid_from: Moment | None = None
    valid_until: Moment | None = None
    days: int | None = None


class CouponReply(Wire):
    """The coupon that was claimed."""

    coupon: CouponView


class ListOffers(Wire):
    """What the caller can claim, use and join, at a shop or a table; a page of their coupons, the first to end first.

    `after` is the `coupon_id` that ended the page before.
    """

    shop_id: Id | None = None
    table_code: TableCode | None = None
    after: Id | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20

    @model_validator(mode="after")
    def _one_place(self) -> "ListOffers":
        if (self.table_code is None) == (self.shop_id is None):
            raise ValueError("请提供 tableCode 或 shopId 其中一个")
        return self


class OffersReply(Wire):
    """The offers by the server's clock `now`; `more` tells that further coupons follow.

    `flash_claims` are pieces of flash sales that the caller has and did not order yet.
    """

    now: Moment
    claimable: tuple[ClaimableView, ...]
    coupons: tuple[CouponView, ...]
    more: bool
    flash_sales: tuple[FlashSaleView, ...] = ()
    flash_claims: tuple[FlashClaimView, ...] = ()
    group_buys: tuple[GroupOfferView, ...] = ()


class ShowCode(Wire):
    """Show the one-time code of an own coupon, for a cashier to scan within a minute. For guests."""

    op: Literal["show"]
    coupon_id: Id


class RedeemCode(Wire):
    """Take the coupon whose code was scanned: off an order that nobody has begun to pay; an exchange also without one.

    For staff.
    """

    op: Literal["redeem"]
    code: Annotated[str, StringConstraints(min_length=8, max_length=128)]
    order_id: Id | None = None


class RedeemCoupon(Wire):
    """Show a coupon's code or take it, by `redeem.op`. A guest says where: `shop_id`, or `table_code` at a table."""

    request_id: RequestId
    shop_id: Id | None = None
    table_code: TableCode | None = None
    redeem: Annotated[ShowCode | RedeemCode, Field(discriminator="op")]

    @model_validator(mode="after")
    def _one_place(self) -> "RedeemCoupon":
        if self.table_code is not None and self.shop_id is not None:
            raise ValueError("tableCode 和 shopId 只需提供一个")
        return self

    @property
    def acts_as_guest(self) -> bool:
        """Showing is the guest's own."""
        return self.redeem.op == "show"


class RedeemReply(Wire):
    """The code to show until `expires_at`; or the coupon's name, what it gave, and the order with it."""

    code: str | None = None
    expires_at: Moment | None = None
    name: str
    worth: CouponWorth
    cut_fen: int | None = None
    order: OrderView | None = None
