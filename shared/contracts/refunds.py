"""What is said about giving money back: `refundOrder`."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, field_validator

from shared.contracts.ordering import OrderView
from shared.contracts.wire import Id, Moment, RequestId, Wire
from shared.domain.payments import Leg
from shared.domain.refunds import LegState, RefundState

Because = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=50)]


class UnitsOfLine(Wire):
    """So many units of a line, with as much of its packing."""

    line_id: Id
    quantity: Annotated[int, Field(ge=1, le=99)]


class UnitsBack(Wire):
    """Units of some lines. What the kitchen has not handed over is void with it."""

    by: Literal["units"]
    lines: Annotated[tuple[UnitsOfLine, ...], Field(min_length=1, max_length=60)]
    reason: Because

    @field_validator("lines")
    @classmethod
    def _once_each(cls, lines: tuple[UnitsOfLine, ...]) -> tuple[UnitsOfLine, ...]:
        if len({line.line_id for line in lines}) != len(lines):
            raise ValueError("同一行只需提供一次")
        return lines


class AmountBack(Wire):
    """An amount, from all lines by what is left of them; nothing is void. For managers."""

    by: Literal["amount"]
    fen: Annotated[int, Field(ge=1, le=100_000_000)]
    reason: Because


class AllBack(Wire):
    """All that is left. An order that is not handed over is cancelled with it."""

    by: Literal["all"]
    reason: Because


class RefundOrder(Wire):
    """Give back what was paid for an order, wholly or in part; every leg goes the way it came. For staff."""

    request_id: RequestId
    order_id: Id
    refund: Annotated[UnitsBack | AmountBack | AllBack, Field(discriminator="by")]
    shop_id: Id | None = None


class LegBackView(Wire):
    """What goes back by one leg, and in words what the guest gets where.

    `due` is on its way; `failed` must be handed over by people; `lapsed` went with an account that was closed.
    """

    leg: Leg
    fen: int
    state: LegState
    told: str
    points: int | None = None


class RefundView(Wire):
    """What goes back of one payment. `ask_at` is there when WeChat Pay takes it only from then on."""

    refund_no: str
    payment_id: str
    fen: int
    state: RefundState
    legs: tuple[LegBackView, ...]
    ask_at: Moment | None = None


class RefundReply(Wire):
    """The order after it, and what goes back: `fen` in all, of which `cash_fen` is handed over at the till."""

    order: OrderView
    fen: int
    cash_fen: int = 0
    refunds: tuple[RefundView, ...]
