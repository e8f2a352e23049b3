"""What is said about paying in: `topUp`."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from shared.contracts.booking import Phone, Reason
from shared.contracts.ordering import TableCode
from shared.contracts.payments import PaymentView, WechatParameters
from shared.contracts.wire import Id, RequestId, Wire


class ListPackages(Wire):
    """What can be bought now. For guests and staff."""

    op: Literal["list"]


class BuyPackage(Wire):
    """Buy a package with one's own phone. `shown_fen` is the price that was shown. For guests, who become members."""

    op: Literal["buy"]
    package_id: Id
    shown_fen: Annotated[int, Field(ge=1, le=100_000_000)]


class SellPackage(Wire):
    """Sell a package at the till to the member with this phone number, for cash or by card. For staff."""

    op: Literal["sell"]
    package_id: Id
    shown_fen: Annotated[int, Field(ge=1, le=100_000_000)]
    phone: Phone
    kind: Literal["cash", "card"]
    handed_fen: Annotated[int, Field(ge=1, le=100_000_000)] | None = None


class GiveBackTopUp(Wire):
    """Pay back what is unspent of a top-up's principal, the way it came; its bonus is void. For managers, finance."""

    op: Literal["giveBack"]
    payment_id: Id
    reason: Reason


TopUpOp = Annotated[ListPackages | BuyPackage | SellPackage | GiveBackTopUp, Field(discriminator="op")]


class TopUp(Wire):
    """Pay in stored value, or pay it back. Guests say where they are: `table_code` at a table, else `shop_id`.

    Sent again with the same `request_id`, it is the same payment.
    """

    request_id: RequestId
    table_code: TableCode | None = None
    shop_id: Id | None = None
    top_up: TopUpOp

    @model_validator(mode="after")
    def _one_place(self) -> "TopUp":
        if self.table_code is not None and self.shop_id is not None:
            raise ValueError("tableCode 和 shopId 只需提供一个")
        return self

    @property
    def acts_as_guest(self) -> bool:
        """Buying is the guest's own."""
        return self.top_up.op == "buy"


class PackageView(Wire):
    """A package: what it costs, which is the principal, and what comes on top."""

    package_id: str
    name: str
    pay_fen: int
    bonus_fen: int


class GivenBack(Wire):
    """What was paid back of a top-up, and by which way; `bonus_fen` of its bonus are void."""

    fen: int
    bonus_fen: int
    kind: Literal["wechat", "cash", "card"]
    state: Literal["due", "done"]


class TopUpReply(Wire):
    """The packages there are, the payment, or what was given back; `wechat` is there while it waits for the phone."""

    packages: tuple[PackageView, ...] = ()
    payment: PaymentView | None = None
    wechat: WechatParameters | None = None
    given_back: GivenBack | None = None
