"""What a brand offers, as head office saved it: campaigns and coupon templates, with versions and who changed them.

    campaigns         {kind, name, active, shops, valid_from, valid_until, version, history: [{by, at, version}], …}
    coupon_templates  {the same without `kind`; layer, type, …, give, total, per_member, issued, holds}

Both belong to the brand; empty `shops` mean all of them. What is kept with a shop's catalogue is read again when the
`menu_version` of the shop moves, which a change of it therefore raises.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from pymongo.errors import DuplicateKeyError

from shared.contracts.campaigns import AnyCampaign, CouponCampaign, Hours, UntilDate
from shared.errors import NotFound, Stale
from shared.store.client import Document
from shared.store.scope import Shop
from shared.store.work import DoneBefore

CAMPAIGNS = "campaigns"
TEMPLATES = "coupon_templates"
_HISTORY = 50
_COUNTS = {"issued": 0, "holds": []}
"""What a new template has given out; only `coupons` changes these."""
_APART = {"value", "validity", "windows", "kind"}


def home_of(campaign: AnyCampaign) -> str:
    """The collection in which this kind of campaign is kept."""
    return TEMPLATES if campaign.kind == "coupon" else CAMPAIGNS


def document_of(campaign: AnyCampaign) -> Document:
    """What of a campaign's document head office decides."""
    told = campaign.model_dump(exclude=_APART)
    document = {name: list(value) if isinstance(value, tuple) else value for name, value in told.items()}
    windows: tuple[Hours, ...] | None = getattr(campaign, "windows", None)
    if windows is not None:
        document["windows"] = [[one.start, one.end] for one in windows]
    if not isinstance(campaign, CouponCampaign):
        return {**document, "kind": campaign.kind}
    by_date = campaign.validity if isinstance(campaign.validity, UntilDate) else None
    return {
        **document,
        "fen": None,
        "off_bp": None,
        "cap_fen": None,
        **campaign.value.model_dump(),
        "since": by_date.since if by_date else None,
        "until": by_date.until if by_date else None,
        "days": None if by_date else campaign.validity.model_dump()["days"],
    }


def find(shop: Shop, home: str, campaign_id: str) -> Document:
    """A campaign's document. Raises NotFound."""
    found: Document | None = shop.db[home].find_one({"_id": campaign_id}, {"history": 0}, session=shop.session)
    if found is None:
        raise NotFound("没有找到这个活动")
    return found


def add(shop: Shop, home: str, campaign_id: str, fields: Mapping[str, Any], *, by: str, now: datetime) -> int:
    """Write a new campaign; its version. Raises DoneBefore when its command did so before."""
    counts = _COUNTS if home == TEMPLATES else {}
    fresh = {"_id": campaign_id, **fields, **counts, "version": 1, "history": [_change(by, now, 1)]}
    try:
        shop.db[home].insert_one(fresh, session=shop.session)
    except DuplicateKeyError as error:
        raise DoneBefore from error
    return 1


def change(
    shop: Shop, home: str, campaign_id: str, fields: Mapping[str, Any], *, seen: int, by: str, now: datetime
) -> int:
    """Write a campaign anew as long as it stands at the version `seen`; its next one. Raises Stale."""
    version = seen + 1
    told = {"$each": [_change(by, now, version)], "$slice": -_HISTORY}
    update = {"$set": {**fields, "version": version}, "$push": {"history": told}}
    done = shop.db[home].update_one({"_id": campaign_id, "version": seen}, update, session=shop.session)
    if not done.matched_count:
        raise Stale
    return version


def is_whole_brand(shop: Shop, shops: Iterable[str]) -> bool:
    """Whether the brand has no other shop than these."""
    return shop.db["shops"].find_one({"_id": {"$nin": list(shops)}}, {"_id": 1}) is None


def let_reread(shop: Shop, *holding_in: Iterable[str]) -> None:
    """Let the shops that a campaign holds or held in, all if one of these names none, read what is on offer again."""
    named = [list(shops) for shops in holding_in]
    where = {"_id": {"$in": [one for shops in named for one in shops]}} if all(named) else {}
    shop.db["shops"].update_many(where, {"$inc": {"menu_version": 1}}, session=shop.session)


def _change(by: str, at: datetime, version: int) -> Document:
    return {"by": by, "at": at, "version": version}
