"""What is said about group buys: `joinGroup`."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from shared.contracts.ordering import OrderLine, OrderView
from shared.contracts.wire import Id, Moment, RequestId, Wire

QuoteHash = Annotated[str, StringConstraints(max_length=64)]


class OpenGroup(Wire):
    """Open a group of an offer and take its first seat with this line: one of the offer's dish.

    `device_id` names the phone as the mini-program knows it: a phone has one seat, whoever holds it.
    """

    op: Literal["open"]
    offer_id: Id
    device_id: Id
    line: OrderLine
    quote_hash: QuoteHash | None = None


class TakeSeat(Wire):
    """Take a free seat of a group with this line, one of the offer's dish, on this phone."""

    op: Literal["join"]
    group_id: Id
    device_id: Id
    line: OrderLine
    quote_hash: QuoteHash | None = None


class LookAtGroup(Wire):
    """Look at a group, as one does who was sent its link."""

    op: Literal["look"]
    group_id: Id


class LookAtGroups(Wire):
    """Look at the groups of an offer that have a free seat, those that end first in front."""

    op: Literal["list"]
    offer_id: Id
    limit: Annotated[int, Field(ge=1, le=50)] = 10


GroupStep = Annotated[OpenGroup | TakeSeat | LookAtGroup | LookAtGroups, Field(discriminator="op")]


class JoinGroup(Wire):
    """Take part in a group buy of the shop. The seat is an order for pick-up, paid by `payOrder` before its `payBy`.

    When every seat is paid the kitchen begins with all of them; if the time is over first, all who paid get their
    money back. `members` with a seat are told by their number only.
    """

    request_id: RequestId
    shop_id: Id
    group: GroupStep

    @model_validator(mode="after")
    def _one_unit(self) -> "JoinGroup":
        if isinstance(self.group, OpenGroup | TakeSeat) and self.group.line.quantity != 1:
            raise ValueError("拼团每人限一份")
        return self


class GroupView(Wire):
    """A group: of `size` seats `taken` have an order and `paid` are paid. `mine` is one's own order in it."""

    group_id: str
    offer_id: str
    name: str
    dish_id: str
    price_fen: int
    size: int
    taken: int
    paid: int
    state: Literal["open", "full", "expired"]
    expires_at: Moment
    mine: str | None = None


class GroupOfferView(Wire):
    """An offer of which groups can be opened, from `starts_at` to before `ends_at`; each lasts `lasts_min` minutes."""

    offer_id: str
    name: str
    dish_id: str
    price_fen: int
    size: int
    lasts_min: int
    starts_at: Moment
    ends_at: Moment


class GroupReply(Wire):
    """The group or groups, and the order that has the seat."""

    groups: tuple[GroupView, ...]
    order: OrderView | None = None
