"""What head office says of campaigns: `saveCampaign`, one message for every kind."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from shared.contracts.wire import Id, Moment, RequestId, Wire

Fen = Annotated[int, Field(ge=1, le=10_000_000)]
BasisPoints = Annotated[int, Field(ge=1, le=10_000)]
CampaignName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20)]
Clock = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Ids = Annotated[tuple[Id, ...], Field(max_length=500)]
Days = Annotated[int, Field(ge=1, le=366)]


class Hours(Wire):
    """From one time of day to before another; an end at or before the start is on the next day."""

    start: Clock
    end: Clock


class Campaign(Wire):
    """What every campaign tells: in which `shops` it holds (none named: all of the brand), and whether it is on.

    `valid_from` is its first moment, `valid_until` the first moment after it; without them, always.
    """

    name: CampaignName
    active: bool = True
    shops: Ids = ()
    valid_from: Moment | None = None
    valid_until: Moment | None = None

    @model_validator(mode="after")
    def _in_order(self) -> "Campaign":
        if self.valid_from and self.valid_until and self.valid_until <= self.valid_from:
            raise ValueError("validUntil 应晚于 validFrom")
        return self


class ReductionStep(Wire):
    """From `threshold_fen` on, `cut_fen` off."""

    threshold_fen: Fen
    cut_fen: Fen

    @model_validator(mode="after")
    def _no_more_than_it_takes(self) -> "ReductionStep":
        if self.cut_fen > self.threshold_fen:
            raise ValueError("cutFen 不能大于 thresholdFen")
        return self


class FullReductionCampaign(Campaign):
    """满减: the highest step that is reached; if it `repeats`, as often as reached, at most `cap_fen`."""

    kind: Literal["fullReduction"]
    steps: Annotated[tuple[ReductionStep, ...], Field(min_length=1, max_length=10)]
    repeats: bool = False
    cap_fen: Fen | None = None
    dishes: Ids = ()
    windows: Annotated[tuple[Hours, ...], Field(max_length=5)] = ()


class PointsCampaign(Campaign):
    """What points pay: `unit_points` are worth `unit_fen`, for at most `max_share_bp` of what is left to pay."""

    kind: Literal["points"]
    unit_points: Annotated[int, Field(ge=1, le=1_000_000)]
    unit_fen: Fen
    max_share_bp: BasisPoints = 10_000


class FixedValue(Wire):
    """So much off."""

    type: Literal["fixed"]
    fen: Fen


class PercentValue(Wire):
    """A share off: 8 折 is `off_bp` 2000; at most `cap_fen`."""

    type: Literal["percent"]
    off_bp: BasisPoints
    cap_fen: Fen | None = None


class ExchangeValue(Wire):
    """One unit of the dearest eligible dish for nothing; the dishes must be named."""

    type: Literal["exchange"]


class UntilDate(Wire):
    """A coupon holds from `since`, else from when it is given, to before `until`."""

    by: Literal["date"]
    since: Moment | None = None
    until: Moment


class ForDays(Wire):
    """A coupon holds for so many days from when it is given."""

    by: Literal["days"]
    days: Days


class FlashCampaign(Campaign):
    """A flash sale 秒杀 (rule 21): so many `pieces` of a dish at a price, from `valid_from` to before `valid_until`.

    A member gets `per_member` at most, and has `hold_min` minutes to order what they got.
    """

    kind: Literal["flash"]
    dish_id: Id
    price_fen: Annotated[int, Field(ge=0, le=10_000_000)]
    pieces: Annotated[int, Field(ge=1, le=5_000)]
    per_member: Annotated[int, Field(ge=1, le=9)] = 1
    hold_min: Annotated[int, Field(ge=1, le=60)] = 5

    @model_validator(mode="after")
    def _has_its_time(self) -> "FlashCampaign":
        if self.valid_from is None or self.valid_until is None:
            raise ValueError("秒杀请提供 validFrom 和 validUntil")
        return self


class GroupCampaign(Campaign):
    """A group buy 拼团 (rule 22): `size` guests who order the dish together have each unit at a price.

    Groups are opened from `valid_from` to before `valid_until`; each has `lasts_min` minutes to become full.
    """

    kind: Literal["group"]
    dish_id: Id
    price_fen: Annotated[int, Field(ge=1, le=10_000_000)]
    size: Annotated[int, Field(ge=2, le=10)]
    lasts_min: Annotated[int, Field(ge=5, le=1_440)]

    @model_validator(mode="after")
    def _has_its_time(self) -> "GroupCampaign":
        if self.valid_from is None or self.valid_until is None:
            raise ValueError("拼团请提供 validFrom 和 validUntil")
        return self


Give = Literal["claim", "birthday", "newMember", "push"]


class CouponCampaign(Campaign):
    """A coupon template (rule 20), given from `valid_from` to before `valid_until`, at most `total` in all.

    `give` tells how: claimed by members, `per_member` at most each; once a year at their birthday; once when they have
    become members; or only by a push. `layer` and `stacking` are those of the price's layers; no dishes named: all.
    """

    kind: Literal["coupon"]
    layer: Literal["item", "order"]
    value: Annotated[FixedValue | PercentValue | ExchangeValue, Field(discriminator="type")]
    threshold_fen: Annotated[int, Field(ge=0, le=10_000_000)] = 0
    stacking: Literal["any", "noCoupon", "alone"] = "any"
    dishes: Ids = ()
    windows: Annotated[tuple[Hours, ...], Field(max_length=5)] = ()
    validity: Annotated[UntilDate | ForDays, Field(discriminator="by")]
    give: Give
    total: Annotated[int, Field(ge=1, le=10_000_000)] | None = None
    per_member: Annotated[int, Field(ge=1, le=99)] = 1

    @model_validator(mode="after")
    def _sound(self) -> "CouponCampaign":
        if self.value.type == "exchange" and (not self.dishes or self.layer != "item"):
            raise ValueError("兑换券请选择 dishes，layer 为 item")
        if self.validity.by == "date" and self.validity.since and self.validity.until <= self.validity.since:
            raise ValueError("validity.until 应晚于 validity.since")
        return self


AnyCampaign = Annotated[
    FullReductionCampaign | PointsCampaign | FlashCampaign | GroupCampaign | CouponCampaign,
    Field(discriminator="kind"),
]


class SaveCampaign(Wire):
    """Make a campaign, or change the one with `campaign_id` as it stood at `version`, whole. For head office.

    Who does so acts in `shop_id`, one of their shops; a campaign of shops that are not all theirs is refused.
    """

    request_id: RequestId
    shop_id: Id | None = None
    campaign_id: Id | None = None
    version: Annotated[int, Field(ge=1)] | None = None
    campaign: AnyCampaign

    @model_validator(mode="after")
    def _both_or_none(self) -> "SaveCampaign":
        if (self.campaign_id is None) != (self.version is None):
            raise ValueError("修改活动请同时提供 campaignId 和 version")
        return self


class SavedCampaign(Wire):
    """The campaign's id, and its version for the next change."""

    campaign_id: str
    version: int
