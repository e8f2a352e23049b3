"""Head office makes campaigns and changes them (rules 4, 20, 29)."""

from __future__ import annotations

from collections.abc import Collection

from shared.contracts.campaigns import AnyCampaign, FlashCampaign, GroupCampaign, SaveCampaign, SavedCampaign
from shared.errors import InvalidArgument, PermissionDenied, StateConflict
from shared.runtime import ids
from shared.store import campaigns, dishes, flash
from shared.store.client import Document
from shared.store.scope import Shop
from shared.store.work import Outcome, Work

_IN_CATALOGUE = frozenset({"fullReduction", "points"})
"""Kinds that a shop's catalogue is kept with."""
_PROMISED = (
    "layer",
    "type",
    "fen",
    "off_bp",
    "cap_fen",
    "threshold_fen",
    "stacking",
    "dishes",
    "windows",
    "shops",
    "give",
)
"""What of a coupon holds for those who have it already."""


def save_campaign(command: SaveCampaign, work: Work) -> SavedCampaign:
    """Make a campaign or change one, as long as it stands as it was seen; who did so stays with it.

    Raises PermissionDenied for a campaign of shops that are not the caller's, InvalidArgument, NotFound, Stale,
    StateConflict, FlashPiecesTaken.
    """
    wanted = command.campaign
    _require_reach(wanted.shops, work)
    if isinstance(wanted, FlashCampaign | GroupCampaign):
        _require_dish(work.shop, wanted)
    campaign_id = command.campaign_id or (work.key.number if work.key else ids.new_id())

    def body(shop: Shop) -> Outcome[SavedCampaign]:
        if command.version is None:
            version = _made(shop, campaign_id, wanted, work)
        else:
            version = _changed(shop, campaign_id, wanted, work, seen=command.version)
        return Outcome(SavedCampaign(campaign_id=campaign_id, version=version))

    return work.transact(body)


def _made(shop: Shop, campaign_id: str, wanted: AnyCampaign, work: Work) -> int:
    home, fields = campaigns.home_of(wanted), campaigns.document_of(wanted)
    version = campaigns.add(shop, home, campaign_id, fields, by=work.caller.id, now=work.now)
    if wanted.kind in _IN_CATALOGUE:
        campaigns.let_reread(shop, wanted.shops)
    if isinstance(wanted, FlashCampaign):
        _publish(shop, campaign_id, wanted)
    return version


def _changed(shop: Shop, campaign_id: str, wanted: AnyCampaign, work: Work, *, seen: int) -> int:
    home, fields = campaigns.home_of(wanted), campaigns.document_of(wanted)
    before = campaigns.find(shop, home, campaign_id)
    _require_reach(before["shops"], work)
    if before.get("kind") != fields.get("kind"):
        raise StateConflict("活动的类型不能改，请另建一个")
    if home == campaigns.TEMPLATES:
        _require_kept(before, fields)
    version = campaigns.change(shop, home, campaign_id, fields, seen=seen, by=work.caller.id, now=work.now)
    if wanted.kind in _IN_CATALOGUE:
        campaigns.let_reread(shop, before["shops"], wanted.shops)
    if isinstance(wanted, FlashCampaign):
        _publish(shop, campaign_id, wanted, was_per_member=before["per_member"])
    return version


def _require_dish(shop: Shop, wanted: FlashCampaign | GroupCampaign) -> None:
    """Raises InvalidArgument unless every shop of it has its dish; where it is for all shops, the one acted in."""
    there = set(wanted.shops) or {shop.shop_id}
    if dishes.shops_with(shop.db, wanted.dish_id, there) < len(there):
        told = "所选门店没有这道菜"
        raise InvalidArgument(told, {"fields": [{"field": "campaign.dishId", "message": told}]})


def _publish(shop: Shop, sale_id: str, wanted: FlashCampaign, *, was_per_member: int = 0) -> None:
    """Lay out the pieces of a sale that is saved, in its transaction. Raises StateConflict, FlashPiecesTaken."""
    if wanted.per_member < was_per_member:
        raise StateConflict("每人限抢份数只能提高，不能降低")
    flash.lay_out(shop, sale_id, wanted.pieces)


def _require_reach(shops: Collection[str], work: Work) -> None:
    """Raises PermissionDenied unless all these shops are the caller's; where none is named, all of the brand."""
    mine = work.caller.shops
    if not (mine.issuperset(shops) if shops else campaigns.is_whole_brand(work.shop, mine)):
        raise PermissionDenied("活动只能用于您管理的门店，请选择门店")


def _require_kept(before: Document, fields: Document) -> None:
    """Raises StateConflict when coupons are out and would no longer be what was promised, or more than may be."""
    issued = before["issued"]
    if not issued:
        return
    if any(before.get(name) != fields.get(name) for name in _PROMISED):
        raise StateConflict("这种券已经发出，优惠内容不能改，请停用后另建一个")
    if fields["total"] is not None and fields["total"] < issued:
        raise StateConflict(f"已经发出 {issued} 张，总数不能更少", {"issued": issued})
    if fields["per_member"] < before["per_member"]:
        raise StateConflict("这种券已经发出，每人限领张数不能减少")
