"""What is said about paying: `payOrder`, and WeChat Pay's word in `payNotify`."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator, model_validator

from shared.contracts.ordering import TableCode
from shared.contracts.wire import Id, Moment, RequestId, Wire
from shared.domain.payments import GUESTS, TenderKind

Fen = Annotated[int, Field(ge=1, le=100_000_000)]
GuestId = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{10}$")]


class WholeBill(Wire):
    """All that nobody has paid or is paying."""

    by: Literal["whole"]


class BillLine(Wire):
    """One line of the bill."""

    order_id: Id
    line_id: Id


class LinesOfBill(Wire):
    """These lines, with their packing fees."""

    by: Literal["lines"]
    lines: Annotated[tuple[BillLine, ...], Field(min_length=1, max_length=200)]


class GuestsOfBill(Wire):
    """What one chose oneself, or what the guests with these ids (`guestId` of lines) chose, with its packing fees.

    A line that nobody chose counts as chosen by whoever sent the order. Seat fees are nobody's part.
    """

    by: Literal["guest"]
    guest_ids: Annotated[tuple[GuestId, ...], Field(max_length=20)] = ()


class ShareOfBill(Wire):
    """The `share`-th of `of` equal parts of the whole bill. Each share is paid once."""

    by: Literal["even"]
    of: Annotated[int, Field(ge=2, le=99)]
    share: Annotated[int, Field(ge=1, le=99)]

    @model_validator(mode="after")
    def _one_of_them(self) -> "ShareOfBill":
        if self.share > self.of:
            raise ValueError("share 不能大于 of")
        return self


BillPart = Annotated[WholeBill | LinesOfBill | GuestsOfBill | ShareOfBill, Field(discriminator="by")]


class WechatTender(Wire):
    """WeChat Pay, for all that the other tender leaves. For guests."""

    kind: Literal["wechat"]


class StoredTender(Wire):
    """Stored value, for `fen` or for all. For guests."""

    kind: Literal["stored"]
    fen: Fen | None = None


class PointsTender(Wire):
    """So many of a member's points, in whole units of the brand's rule; `quoteOrder` tells the most. For guests."""

    kind: Literal["points"]
    points: Annotated[int, Field(ge=1, le=100_000_000)]


class CashTender(Wire):
    """Cash in hand, for all that the other tender leaves; the reply tells the change. For staff."""

    kind: Literal["cash"]
    handed_fen: Fen


class CardTender(Wire):
    """A bank card on the shop's own terminal, for `fen` or for all. For staff."""

    kind: Literal["card"]
    fen: Fen | None = None


AnyTender = Annotated[WechatTender | StoredTender | PointsTender | CashTender | CardTender, Field(discriminator="kind")]


class PayOrder(Wire):
    """Pay an order (`order_id`), or a part of a sitting's bill (`sitting_id`), the whole of it unless `part` says else.

    Guests pay by WeChat Pay, stored value and points, and send `table_code` at a table, else `shop_id`; staff take cash
    and cards. `shown_fen` is the amount that was shown: if it is another by now, `PRICE_CHANGED` tells the right one
    (`details.dueFen`). Sent again with the same `request_id`, it is the same payment, with parameters for the same
    WeChat payment.
    """

    request_id: RequestId
    table_code: TableCode | None = None
    shop_id: Id | None = None
    order_id: Id | None = None
    sitting_id: Id | None = None
    part: BillPart = WholeBill(by="whole")
    tenders: Annotated[tuple[AnyTender, ...], Field(min_length=1, max_length=3)]
    shown_fen: Annotated[int, Field(ge=0, le=100_000_000)]

    @property
    def acts_as_guest(self) -> bool:
        """WeChat Pay, stored value and points are the payer's own."""
        return self.tenders[0].kind in GUESTS

    @field_validator("tenders")
    @classmethod
    def _fit(cls, tenders: tuple[AnyTender, ...]) -> tuple[AnyTender, ...]:
        kinds = [tender.kind for tender in tenders]
        if len(set(kinds)) != len(kinds):
            raise ValueError("同一种支付方式只需提供一次")
        if len({kind in GUESTS for kind in kinds}) > 1:
            raise ValueError("微信、储值和积分由客人自己支付，现金和刷卡由店员收款，请分两次付款")
        takes_rest = [tender for tender in tenders if tender.kind != "points" and getattr(tender, "fen", None) is None]
        if len(takes_rest) > 1:
            raise ValueError("几种支付方式中，储值或刷卡请写明 fen")
        return tenders

    @model_validator(mode="after")
    def _one_bill(self) -> "PayOrder":
        if (self.order_id is None) == (self.sitting_id is None):
            raise ValueError("请提供 orderId 或 sittingId 其中一个")
        if self.table_code is not None and self.shop_id is not None:
            raise ValueError("tableCode 和 shopId 只需提供一个")
        if self.order_id is not None and self.part.by != "whole":
            raise ValueError("单个订单只能整单支付")
        return self


class TenderView(Wire):
    """What one tender pays: of stored value principal and bonus, and how many points."""

    kind: TenderKind
    fen: int
    points: int | None = None
    principal_fen: int | None = None
    bonus_fen: int | None = None
    handed_fen: int | None = None


class PaymentView(Wire):
    """A payment. While it is `pending` nobody else can pay this part, until `expires_at`."""

    payment_id: str
    state: Literal["pending", "paid", "closed"]
    amount_fen: int
    tenders: tuple[TenderView, ...]
    change_fen: int = 0
    expires_at: Moment | None = None
    paid_at: Moment | None = None


class WechatParameters(Wire):
    """What `wx.requestPayment` takes."""

    time_stamp: str
    nonce_str: str
    package: str
    sign_type: Literal["RSA"]
    pay_sign: str


class BillView(Wire):
    """The bill: what it comes to, what is paid, what nobody pays yet. `settled` tells that the table is free.

    Of what is paid `refunded_fen` went back; what was void with it is not in `due_fen`.
    """

    due_fen: int
    paid_fen: int
    open_fen: int
    refunded_fen: int | None = None
    settled: bool = False


class PayReply(Wire):
    """The payment; `wechat` is there while it waits for the guest's phone."""

    payment: PaymentView
    bill: BillView
    wechat: WechatParameters | None = None


class PayNotify(Wire):
    """WeChat Pay's callback, as HTTP access brings it: nobody sends it as a message. Harmless when anybody calls it."""

    path: str
    headers: dict[str, str]
    body: str


class NotifyReply(Wire):
    """What became of it: `settled`, `known` for a word that changed nothing, `returned` for money that goes back."""

    outcome: Literal["settled", "known", "returned", "refund"]
