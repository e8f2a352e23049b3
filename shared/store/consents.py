"""How many messages of each kind a guest has consented to: WeChat takes one message for one consent (rule 23).

    message_consents    {_id: openid, kinds: {ready: 2, …}, at}
    members             {_id: openid, hears}: whether a member has any left for coupons, for a push's preview

WeChat counts too, and its count decides: what it refuses sets ours to 0.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from pymongo import ReturnDocument

from shared.domain.messages import MessageKind
from shared.store.scope import Chain, Shop

COLLECTION = "message_consents"
_PUSHED: MessageKind = "coupon"
AT_MOST = 99
"""So many of one kind are remembered: a client that claims more gains nothing."""


def give(shop: Shop, openid: str, kinds: Collection[MessageKind], *, now: datetime) -> None:
    """One more of each kind, once for a kind that is named twice."""
    more = {f"kinds.{kind}": {"$min": [AT_MOST, {"$add": [{"$ifNull": [f"$kinds.{kind}", 0]}, 1]}]} for kind in kinds}
    change = [{"$set": {**more, "at": now}}]
    shop.db[COLLECTION].update_one({"_id": openid}, change, upsert=True, session=shop.session)
    if _PUSHED in kinds:
        shop.db["members"].update_one({"_id": openid}, {"$set": {"hears": True}}, session=shop.session)


def left(shop: Shop, openid: str) -> dict[str, int]:
    """How many of each kind are left; a kind without any may be absent."""
    found = shop.db[COLLECTION].find_one({"_id": openid}, session=shop.session)
    return dict(found.get("kinds", {})) if found else {}


def spend(chain: Chain, openid: str, kind: MessageKind) -> bool:
    """Use one up; whether there was one."""
    where, change = {"_id": openid, f"kinds.{kind}": {"$gte": 1}}, {"$inc": {f"kinds.{kind}": -1}}
    found = chain.db[COLLECTION].find_one_and_update(where, change, return_document=ReturnDocument.AFTER)
    if found is not None and kind == _PUSHED and found["kinds"][kind] < 1:
        _note_hearing(chain, openid, hears=False)
    return found is not None


def give_back(chain: Chain, openid: str, kind: MessageKind) -> None:
    """What was spent for a message that was not sent."""
    chain.db[COLLECTION].update_one({"_id": openid}, {"$inc": {f"kinds.{kind}": 1}})
    if kind == _PUSHED:
        _note_hearing(chain, openid, hears=True)


def forget(chain: Chain, openid: str, kind: MessageKind) -> None:
    """WeChat says there is none."""
    chain.db[COLLECTION].update_one({"_id": openid}, {"$set": {f"kinds.{kind}": 0}})
    if kind == _PUSHED:
        _note_hearing(chain, openid, hears=False)


def _note_hearing(chain: Chain, openid: str, *, hears: bool) -> None:
    chain.db["members"].update_one({"_id": openid}, {"$set": {"hears": hears}})
