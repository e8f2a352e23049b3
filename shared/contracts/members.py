"""What a member is told of themselves: `getMember`."""

from datetime import date
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from shared.contracts.ordering import TableCode
from shared.contracts.wire import Id, Moment, Wire
from shared.domain.ledger import Kind


def _a_day(told: str) -> str:
    try:
        date.fromisoformat(f"2000-{told}")
    except ValueError:
        raise ValueError("没有这一天，请按 月-日 填写，如 05-20") from None
    return told


Birthday = Annotated[str, StringConstraints(pattern=r"^[0-9]{2}-[0-9]{2}$"), AfterValidator(_a_day)]
"""Month and day, `MM-DD`."""


class GetMember(Wire):
    """One's own membership, with a page of the statement: the newest sets, or those before the set `before`.

    The guest says where they are: `table_code` at a table, else `shop_id`. A member is the brand's, whichever it is.
    """

    table_code: TableCode | None = None
    shop_id: Id | None = None
    before: Id | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 20

    @model_validator(mode="after")
    def _one_place(self) -> "GetMember":
        if self.table_code is not None and self.shop_id is not None:
            raise ValueError("tableCode 和 shopId 只需提供一个")
        return self


class NextLevel(Wire):
    """The next higher level, and how much growth is missing."""

    level_id: str
    name: str
    missing_growth: int


class LevelView(Wire):
    """The member's level: `earn_bp` is how fast it earns points, 10,000 being one a yuan.

    `level_id` names the member prices that hold for it. It is kept until `keep_until`; without that, for ever.
    """

    level_id: str
    name: str
    earn_bp: int
    keep_until: Moment | None = None
    next: NextLevel | None = None


class ExpiringPoints(Wire):
    """So many points end at a moment."""

    points: int
    at: Moment


class StatementLine(Wire):
    """What one cause changed of each balance, and its name as people read it."""

    entry_id: str
    kind: Kind
    title: str
    at: Moment
    biz_date: str
    shop_id: str
    order_id: str | None = None
    points: int
    principal_fen: int
    bonus_fen: int
    growth: int


class MemberReply(Wire):
    """The membership now. Points below 0 are a debt that the next earning pays; `growth` is that of the last year.

    `expiring` are the points that end within 60 days; `phone` is masked, and absent until one is bound.
    """

    joined_at: Moment
    level: LevelView
    growth: int
    points: int
    expiring: tuple[ExpiringPoints, ...]
    principal_fen: int
    bonus_fen: int
    balance_fen: int
    phone: str | None = None
    birthday: str | None = None
    statement: tuple[StatementLine, ...]
    more: bool
