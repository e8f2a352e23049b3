"""Targeted push: who gets a coupon and a word about it (`pushCoupons`), told as data (rule 23)."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from shared.contracts.wire import Id, Moment, RequestId, Wire

Days = Annotated[int, Field(ge=1, le=1000)]
Count = Annotated[int, Field(ge=0, le=1_000_000)]
Fen = Annotated[int, Field(ge=0, le=1_000_000_000)]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20)]
PushState = Literal["running", "stopped", "done"]
DishId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,40}$")]
ShopId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


class Favourite(Wire):
    """Who had a dish at least so often."""

    dish_id: DishId
    count: Annotated[int, Field(ge=1, le=1000)] = 2


class Segment(Wire):
    """Members for whom all of this is true; what is left out does not matter.

    `levels`: one of these. `dormant_days`: no visit for so many days (who never came: a member for so long).
    `visited_days`: a visit within so many days. Visits and spending are all since they joined. `birthday_days`:
    a birthday today or within so many days. `shops`: a visit to one of these, or joined there.
    """

    levels: Annotated[tuple[Id, ...], Field(max_length=20)] = ()
    dormant_days: Days | None = None
    visited_days: Days | None = None
    visits_at_least: Count | None = None
    visits_at_most: Count | None = None
    spend_at_least_fen: Fen | None = None
    spend_at_most_fen: Fen | None = None
    favourite: Favourite | None = None
    birthday_days: Annotated[int, Field(ge=0, le=60)] | None = None
    shops: Annotated[tuple[ShopId, ...], Field(max_length=200)] = ()

    @model_validator(mode="after")
    def _possible(self) -> "Segment":
        if self.dormant_days and self.visited_days and self.visited_days <= self.dormant_days:
            raise ValueError("visitedDays 应大于 dormantDays")
        if _crossed(self.visits_at_least, self.visits_at_most):
            raise ValueError("visitsAtMost 不能小于 visitsAtLeast")
        if _crossed(self.spend_at_least_fen, self.spend_at_most_fen):
            raise ValueError("spendAtMostFen 不能小于 spendAtLeastFen")
        return self


class PreviewPush(Wire):
    """How many it would reach, and what it may cost."""

    op: Literal["preview"]
    segment: Segment
    template_id: Id


class StartPush(Wire):
    """Give each member of the segment one coupon of the template; who consented to messages about coupons is told."""

    op: Literal["start"]
    title: Title
    segment: Segment
    template_id: Id


class StopPush(Wire):
    """No more coupons and no more messages of it for now."""

    op: Literal["stop"]
    push_id: Id


class ResumePush(Wire):
    """Go on where it stopped."""

    op: Literal["resume"]
    push_id: Id


class PushResult(Wire):
    """What has become of it."""

    op: Literal["result"]
    push_id: Id


class PushCoupons(Wire):
    """One act by `push.op`; all but `preview` and `result` need a `request_id`. For the owner and marketing.

    Who manages some of the brand's shops names them in the segment.
    """

    request_id: RequestId | None = None
    shop_id: Id | None = None
    push: Annotated[PreviewPush | StartPush | StopPush | ResumePush | PushResult, Field(discriminator="op")]

    @model_validator(mode="after")
    def _named(self) -> "PushCoupons":
        if self.request_id is None and self.push.op not in ("preview", "result"):
            raise ValueError("请提供 requestId")
        return self


class PushPreview(Wire):
    """`cost_fen` is what the coupons take off if everybody uses theirs: a percentage counts as its cap, and is not
    known (None) without one, as is a dish. `left` is how many the template still has, None without a limit."""

    members: int
    consenting: int
    cost_fen: int | None = None
    left: int | None = None


class PushView(Wire):
    """A push: whom it has reached, and with what success.

    `granted`: coupons given; `skipped`: members who were not told because they heard enough that day. Messages are
    `told` (on their way or sent), of these `delivered`, `refused` (no consent), `failed`. `redeemed` coupons were used
    for orders of `turnover_fen` in all; `cut_fen` is what the coupons took off.
    """

    push_id: str
    title: str
    state: PushState
    started_at: Moment
    reached: int
    granted: int
    skipped: int
    told: int
    delivered: int
    refused: int
    failed: int
    redeemed: int
    turnover_fen: int
    cut_fen: int


class PushReply(Wire):
    """The preview, or the push after the act."""

    preview: PushPreview | None = None
    push: PushView | None = None


def _crossed(least: int | None, most: int | None) -> bool:
    return least is not None and most is not None and most < least
