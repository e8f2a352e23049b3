"""How coupons come to members: claimed one by one under everybody's eyes, or granted by the brand (rule 20).

A template's `issued` never exceeds its `total`, and is what its coupons are. A claim counts before it gives, in one
conditional update that leaves the coupon's name in `holds`, so that nobody waits in a transaction for the one document
that all want:

    left ──hold──→ held ──the coupon stands──→ given
      ↑              │
      └──let go──────┘  the member has enough, or the process died

A process may die between any two steps. `settle_holds` then decides by the coupon's id: it stands, or a void coupon
takes its id first, so that a late insertion fails. How many a member has, and their device, is the unique index on the
number (`grant`) of each. The brand's own grants meet no crowd: each is one transaction, and has a name that a member
gets once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo.database import Database
from pymongo.errors import OperationFailure, PyMongoError, WriteConcernError
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from shared.domain.coupons import REMINDED, Give, HeldCoupon, Template
from shared.errors import CouponGone, CouponNotOffered, NotFound, Unknown, ZaotaiError
from shared.runtime.ids import new_id
from shared.store.campaigns import TEMPLATES
from shared.store.client import Document
from shared.store.coupons import COLLECTION, held_from, name_after
from shared.store.offers import conditions_of, value_of
from shared.store.scope import Chain, Shop
from shared.store.stock import HOLD_LIVES, JOINED_AFTER
from shared.store.work import DoneBefore

_CLAIM = "claim-"
_SHOWN = 200
_LEAN = {"holds": 0, "history": 0}


@dataclass(frozen=True)
class Claimant:
    """Who claims, on which device, and the id of the coupon they get."""

    openid: str
    device_id: str
    coupon_id: str


def template(shop: Shop, template_id: str) -> Template:
    """A template. Raises NotFound."""
    found = shop.db[TEMPLATES].find_one({"_id": template_id}, _LEAN, session=shop.session)
    if found is None:
        raise NotFound("没有找到这种券")
    return template_from(found)


def templates(db: Database[Document], ids: Sequence[str]) -> dict[str, Template]:
    """Templates by their ids."""
    found = db[TEMPLATES].find({"_id": {"$in": list(ids)}}, _LEAN)
    return {one["_id"]: template_from(one) for one in found}


def given_by(db: Database[Document], give: Give, now: datetime) -> list[Template]:
    """The templates whose coupons are given in one way at a moment."""
    found = db[TEMPLATES].find({"give": give, "active": True}, _LEAN, sort=[("_id", -1)], limit=_SHOWN)
    return [kind for kind in map(template_from, found) if kind.is_given(now)]


def numbers_taken(shop: Shop, template_id: str, who: Claimant) -> set[int]:
    """The numbers of the coupons that the member, or their device, has claimed of a template.

    Raises DoneBefore when the coupon itself is among them.
    """
    theirs = [{"openid": {"$in": [who.openid, name_after(who.openid)]}}, {"device_id": who.device_id}]
    where = {"template_id": template_id, "$or": theirs}
    found = list(shop.db[COLLECTION].find(where, {"grant": 1}, session=shop.session))
    if any(one["_id"] == who.coupon_id for one in found):
        raise DoneBefore
    return {int(one["grant"].removeprefix(_CLAIM)) for one in found if one["grant"].startswith(_CLAIM)}


def claimed(db: Database[Document], openid: str, ids: Sequence[str]) -> Mapping[str, int]:
    """How many coupons of each of these templates a member has claimed."""
    count = {"$group": {"_id": "$template_id", "count": {"$sum": 1}}}
    names = {"$in": [openid, name_after(openid)]}
    mine = {"template_id": {"$in": list(ids)}, "openid": names, "grant": {"$regex": f"^{_CLAIM}"}}
    return {one["_id"]: one["count"] for one in db[COLLECTION].aggregate([{"$match": mine}, count])}


@contextmanager
def held(shop: Shop, template_id: str, coupon_id: str, *, now: datetime) -> Iterator[None]:
    """One coupon of the template is counted for this claim; let go if the claim is refused.

    Raises CouponGone when none is left; DoneBefore while the command's first try may be at it; Unknown.
    """
    try:
        is_joined = _hold(shop, template_id, coupon_id, now=now)
    except WriteConcernError as error:
        raise Unknown from error
    try:
        yield
    except Unknown:
        raise
    except (ZaotaiError, DoneBefore) as refusal:
        # A hold that was there before, of a coupon that stands, is that coupon's.
        is_given = is_joined and isinstance(refusal, DoneBefore)
        with suppress(PyMongoError):
            _end(shop, template_id, coupon_id, is_given=is_given)
        raise
    with suppress(PyMongoError):  # what stays is ended by `settle_holds`
        _end(shop.lightly(), template_id, coupon_id, is_given=True)


def add_claimed(shop: Shop, kind: Template, who: Claimant, *, number: int, now: datetime) -> HeldCoupon:
    """Write the coupon that a claim was counted for. Raises the driver's DuplicateKeyError for a taken number."""
    fresh = _fresh(kind, who.openid, f"{_CLAIM}{number}", coupon_id=who.coupon_id, shop=shop, now=now)
    fresh["device_id"] = who.device_id
    shop.db[COLLECTION].insert_one(fresh, session=shop.session)
    return held_from(fresh)


def grant(shop: Shop, template_id: str, openids: Sequence[str], *, grant: str, now: datetime) -> tuple[str, ...]:
    """Give one coupon of the template to each of these members who has none under this name, in a transaction.

    As far as the template's total goes; who now got one. Raises NotFound, CouponNotOffered when none are given now.
    """
    kind = template(shop, template_id)
    if not kind.is_given(now):
        raise CouponNotOffered
    names = [*openids, *map(name_after, openids)]
    had = {"template_id": template_id, "openid": {"$in": names}, "grant": grant}
    given = {one["openid"] for one in shop.db[COLLECTION].find(had, {"openid": 1}, session=shop.session)}
    fresh = [one for one in dict.fromkeys(openids) if given.isdisjoint((one, name_after(one)))][: kind.left]
    if not fresh:
        return ()
    counted = {"$inc": {"issued": len(fresh)}}
    where = {"_id": template_id, "issued": kind.issued}
    if not shop.db[TEMPLATES].update_one(where, counted, session=shop.session).matched_count:
        raise CouponGone
    coupons = [_fresh(kind, openid, grant, coupon_id=new_id(), shop=shop, now=now) for openid in fresh]
    shop.db[COLLECTION].insert_many(coupons, session=shop.session)
    return tuple(fresh)


def settle_holds(chain: Chain, *, now: datetime) -> int:
    """End the holds whose process is gone: the coupon stands, or what was counted is let go; how many."""
    late = {"holds.at": {"$lte": now - HOLD_LIVES}}
    settled = 0
    for found in list(chain.db[TEMPLATES].find(late, {"holds": 1})):
        for hold in found["holds"]:
            if hold["at"] <= now - HOLD_LIVES:
                is_given = _stands(chain, found["_id"], hold, now=now)
                _end(Shop(chain.db, hold["shop_id"]), found["_id"], hold["coupon_id"], is_given=is_given)
                settled += 1
        _recount(chain, found["_id"])
    return settled


def template_from(found: Document) -> Template:
    """A template from its document."""
    return Template(
        template_id=found["_id"],
        name=found["name"],
        layer=found["layer"],
        value=value_of(found),
        threshold_fen=found.get("threshold_fen", 0),
        stacking=found.get("stacking", "any"),
        conditions=conditions_of(found, since=found.get("since"), until=found.get("until")),
        is_active=found.get("active", True),
        give=found.get("give", "push"),
        total=found.get("total"),
        per_member=found.get("per_member", 1),
        issued=found.get("issued", 0),
        opens_at=found.get("valid_from"),
        closes_at=found.get("valid_until"),
        since=found.get("since"),
        until=found.get("until"),
        days=found.get("days") or 0,
    )


def _hold(shop: Shop, template_id: str, coupon_id: str, *, now: datetime) -> bool:
    """Count one and leave its name; whether the name was left by the command's first try, which died."""
    there = shop.db[TEMPLATES]
    room = {"$or": [{"total": None}, {"$expr": {"$lt": ["$issued", "$total"]}}]}
    entry = {"coupon_id": coupon_id, "shop_id": shop.shop_id, "at": now}
    change = {"$inc": {"issued": 1}, "$push": {"holds": entry}}
    where = {"_id": template_id, "active": True, "holds.coupon_id": {"$ne": coupon_id}, **room}
    if there.update_one(where, change).matched_count:
        return False
    mine = {"holds": {"$elemMatch": {"coupon_id": coupon_id}}}
    found = there.find_one({"_id": template_id, **mine}, mine)
    if found is None:
        raise CouponGone
    first = found["holds"][0]
    seen = {"holds": {"$elemMatch": {"coupon_id": coupon_id, "at": first["at"]}}}
    if now - first["at"] < JOINED_AFTER:
        raise DoneBefore
    if not there.update_one({"_id": template_id, **seen}, {"$set": {"holds.$.at": now}}).matched_count:
        raise DoneBefore
    return True


def _end(shop: Shop, template_id: str, coupon_id: str, *, is_given: bool) -> None:
    """The hold is over, once: given, or let go."""
    change: dict[str, Any] = {"$pull": {"holds": {"coupon_id": coupon_id}}}
    if not is_given:
        change["$inc"] = {"issued": -1}
    shop.db[TEMPLATES].update_one({"_id": template_id, "holds.coupon_id": coupon_id}, change)


def _stands(chain: Chain, template_id: str, hold: Document, *, now: datetime) -> bool:
    """Whether the coupon is there. If not, a void one takes its id, so that an insertion still under way fails."""
    coupons, coupon_id = chain.db[COLLECTION], hold["coupon_id"]
    void = {"openid": "", "template_id": template_id, "grant": f"void-{coupon_id}", "state": "void"}
    fresh = {**void, "shop_id": hold["shop_id"], "valid_until": now}
    coupons.update_one({"_id": coupon_id}, {"$setOnInsert": fresh}, upsert=True)
    found = coupons.find_one({"_id": coupon_id}, {"state": 1})
    return found is not None and found["state"] != "void"


def _recount(chain: Chain, template_id: str) -> None:
    """Let `issued` be what is there if nobody claims meanwhile: a repeated command may have died with a second hold.

    In a transaction, which ends at a claim or another recount: both may have left the number as it was.
    """
    begun = (ReadConcern("snapshot"), WriteConcern("majority"))
    given, quiet = {"template_id": template_id, "state": {"$ne": "void"}}, {"_id": template_id, "holds": []}
    with suppress(OperationFailure), chain.db.client.start_session() as session, session.start_transaction(*begun):
        there = chain.db[COLLECTION].count_documents(given, session=session)
        chain.db[TEMPLATES].update_one(quiet, {"$set": {"issued": there}}, session=session)


def _fresh(kind: Template, openid: str, grant: str, *, coupon_id: str, shop: Shop, now: datetime) -> Document:
    since, until = kind.period(now)
    remind_at = until - REMINDED
    return {
        "_id": coupon_id,
        "template_id": kind.template_id,
        "openid": openid,
        "grant": grant,
        "shop_id": shop.shop_id,
        "state": "free",
        "given_at": now,
        "valid_from": since,
        "valid_until": until,
        **({"remind_at": remind_at} if remind_at > now else {}),
    }
