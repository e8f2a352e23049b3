"""Flash sales: each piece is a document, so that buyers of different pieces do not wait for each other (rule 21).

    campaigns     {_id, kind: "flash", name, active, shops, dish_id, price_fen, pieces, per_member, hold_min,
                   valid_from, valid_until}
    flash_pieces  {_id, sale_id, n, state: "free" | "held" | "sold" | "off", releases, records,
                   claim_id, openid, device_id, nth, shop_id, dish_id, price_fen, claimed_at, hold_until, order_id}

A piece that is not free has a claim; both are the brand's, and what a member does carries its shop. A claim is one
update of one piece, with the record of its command: there is nothing between its parts at which a process could die.
A member's claims of a sale are numbered from 1, and unique indexes let a number stand once for the member and once for
their device: so limits hold without a document that everybody writes. `openid` and `device_id` are hashes: a piece
knows its member again, also one who left the brand and joined again, and tells nobody who that is. A piece is freed by
one update that names its claim, and so once; the records of its commands stay, so that a repeated command never claims
again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from shared.domain.flash import FlashClaim, FlashSale, PieceState, lowest_free
from shared.errors import FlashClaimInvalid, FlashPiecesTaken, FlashSoldOut, NotFound
from shared.runtime.settings import settings
from shared.store.client import Document
from shared.store.commands import ONE_COMMAND, PIECES
from shared.store.coupons import name_after
from shared.store.kept import Kept
from shared.store.scope import Chain, Shop

COLLECTION = PIECES
_SHOWN = 20
NO_SALE = "没有找到这个秒杀活动"
_CLAIM = ("claim_id", "openid", "device_id", "nth", "shop_id", "dish_id", "price_fen", "claimed_at")
_FREE: Mapping[str, Any] = {
    "$set": {"state": "free"},
    "$unset": dict.fromkeys((*_CLAIM, "hold_until", "order_id"), ""),
    "$inc": {"releases": 1},
}
_BY_STATE: Mapping[str, Any] = {"$group": {"_id": "$state", "count": {"$sum": 1}}}


@dataclass(frozen=True)
class Claimant:
    """Who wants a piece, on which device."""

    openid: str
    device_id: str


def sale(db: Database[Document], sale_id: str, now: datetime) -> FlashSale:
    """A flash sale, as old as a shop's settings may be. Raises NotFound."""
    return _kept.get(db.name, sale_id, now=now, read=lambda: _read(db, sale_id))


def _read(db: Database[Document], sale_id: str) -> FlashSale:
    found = db["campaigns"].find_one({"_id": sale_id, "kind": "flash"})
    if found is None:
        raise NotFound(NO_SALE)
    return sale_from(found)


_kept = Kept[FlashSale]()


def sale_from(found: Mapping[str, Any]) -> FlashSale:
    """A flash sale from its campaign's document."""
    return FlashSale(
        sale_id=found["_id"],
        name=found["name"],
        dish_id=found["dish_id"],
        price_fen=found["price_fen"],
        pieces=found["pieces"],
        per_member=found["per_member"],
        starts_at=found["valid_from"],
        ends_at=found["valid_until"],
        hold=timedelta(minutes=found["hold_min"]),
        shops=frozenset(found["shops"]),
        is_active=found["active"],
    )


def to_come(shop: Shop, *, now: datetime) -> list[FlashSale]:
    """The sales in this shop that are not over at a moment, the first to begin first."""
    where = {"kind": "flash", "active": True, "shops": {"$in": [shop.shop_id, []]}, "valid_until": {"$gt": now}}
    return [sale_from(one) for one in shop.db["campaigns"].find(where, sort=[("valid_from", 1)], limit=_SHOWN)]


def lay_out(shop: Shop, sale_id: str, pieces: int) -> None:
    """Make the sale have exactly so many pieces, in a transaction; those beyond are `off`, for their records stay.

    Raises FlashPiecesTaken when more than that are held or sold.
    """
    there, now = shop.db[COLLECTION], Counter[str]()
    for one in there.aggregate([{"$match": {"sale_id": sale_id}}, _BY_STATE], session=shop.session):
        now[one["_id"]] = one["count"]
    taken = now["held"] + now["sold"]
    if taken > pieces:
        raise FlashPiecesTaken(f"已抢走 {taken} 份，份数不能少于这个数", {"taken": taken})
    more = pieces - taken - now["free"]
    back = min(max(more, 0), now["off"])
    _switch(shop, sale_id, max(-more, 0), before="free", after="off")
    _switch(shop, sale_id, back, before="off", after="free")
    if more > back:
        first = now.total()
        empty = {"sale_id": sale_id, "state": "free", "releases": 0, "records": []}
        fresh = [{"_id": f"{sale_id}|{n}", "n": n, **empty} for n in range(first, first + more - back)]
        there.insert_many(fresh, session=shop.session)


def _switch(shop: Shop, sale_id: str, count: int, *, before: PieceState, after: PieceState) -> None:
    """Let so many pieces be in another state, in a transaction."""
    if not count:
        return
    where = {"sale_id": sale_id, "state": before}
    found = shop.db[COLLECTION].find(where, {"_id": 1}, session=shop.session).sort("n", -1).limit(count)
    some = {"_id": {"$in": [one["_id"] for one in found]}}
    shop.db[COLLECTION].update_many({**some, **where}, {"$set": {"state": after}}, session=shop.session)


def any_free(db: Database[Document], sale_id: str) -> bool:
    """Whether a piece is free at this moment."""
    return db[COLLECTION].find_one({"sale_id": sale_id, "state": "free"}, {"_id": 1}) is not None


def was_gone(db: Database[Document], sale_id: str, now: datetime) -> bool:
    """Whether this process saw, as shortly ago as it trusts a shop's settings, that no piece was free.

    A quick no for those who come late, who may come again; it never says yes.
    """
    seen = _gone.get((db.name, sale_id))
    return seen is not None and 0 <= (now - seen).total_seconds() < settings().shop_settings_live_s


_gone: dict[tuple[str, str], datetime] = {}


def claim(
    shop: Shop, wanted: FlashClaim, who: Claimant, record: Document, *, limit: int, start: int, now: datetime
) -> None:
    """Let the claim have the first free piece from `start` on, or else the first, with the record of its command.

    Raises FlashSoldOut, FlashLimit, and the driver's DuplicateKeyError if the command was done before.
    """
    told = {**vars(wanted), **_known_as(who), "state": "held", "shop_id": shop.shop_id, "claimed_at": now}
    taken: set[int] = set()
    while True:
        try:
            if not _take(shop, {**told, "nth": lowest_free(taken, limit=limit)}, record, start=start):
                _gone[shop.db.name, wanted.sale_id] = now
                raise FlashSoldOut
            return
        except DuplicateKeyError as error:
            if ONE_COMMAND in str(error):
                raise
        # Most claims are a member's first, which the unique index confirms: only after a clash is asked which number.
        taken = _numbers(shop, wanted.sale_id, who)


def _take(shop: Shop, told: Document, record: Document, *, start: int) -> bool:
    change = {"$set": told, "$push": {"records": record}}
    free: Document = {"sale_id": told["sale_id"], "state": "free"}
    if "command_key" in record:
        # A piece that the command had once would let it have it again: an index keeps documents apart, not entries.
        free["records.command_key"] = {"$ne": record["command_key"]}
    for part in ({"$gte": start}, {"$lt": start}):
        if shop.db[COLLECTION].find_one_and_update({**free, "n": part}, change, {"_id": 1}, sort=[("n", 1)]):
            return True
    return False


def _numbers(shop: Shop, sale_id: str, who: Claimant) -> set[int]:
    """The numbers of the claims that the member, or their device, has of a sale."""
    where = {"$or": [{"sale_id": sale_id, name: value} for name, value in _known_as(who).items()]}
    return {one["nth"] for one in shop.db[COLLECTION].find(where, {"nth": 1})}


def held_of(shop: Shop, openid: str, *, now: datetime) -> list[tuple[FlashClaim, str]]:
    """What a member holds in this shop, with the name of the sale, the first claimed first."""
    where = {"openid": name_after(openid), "shop_id": shop.shop_id, "state": "held", "hold_until": {"$gt": now}}
    found = list(shop.db[COLLECTION].find(where, sort=[("claimed_at", 1)], limit=_SHOWN))
    if not found:
        return []
    sales = shop.db["campaigns"].find({"_id": {"$in": [one["sale_id"] for one in found]}}, {"name": 1})
    names = {one["_id"]: one["name"] for one in sales}
    return [(_claim(one), names[one["sale_id"]]) for one in found]


def held_by(shop: Shop, openid: str, claim_ids: Sequence[str], *, now: datetime) -> dict[str, FlashClaim]:
    """Those of the claims that this member still holds in this shop, by id."""
    where = {**_theirs(shop, openid, claim_ids), "hold_until": {"$gt": now}}
    return {one["claim_id"]: _claim(one) for one in shop.db[COLLECTION].find(where, session=shop.session)}


def of_order(shop: Shop, claim_ids: Sequence[str]) -> dict[str, FlashClaim]:
    """The claims of a line that was ordered, by id."""
    found = shop.db[COLLECTION].find({"claim_id": {"$in": list(claim_ids)}, "state": "sold"}, session=shop.session)
    return {one["claim_id"]: _claim(one) for one in found}


def sell(shop: Shop, openid: str, claim_ids: Sequence[str], *, order_id: str, now: datetime) -> None:
    """Let an order have these claims, in its transaction. Raises FlashClaimInvalid unless the member holds them all."""
    where = {**_theirs(shop, openid, claim_ids), "hold_until": {"$gt": now}}
    change = {"$set": {"state": "sold", "order_id": order_id}, "$unset": {"hold_until": ""}}
    if shop.db[COLLECTION].update_many(where, change, session=shop.session).matched_count != len(set(claim_ids)):
        still = held_by(shop, openid, claim_ids, now=now)
        faults = [{"claimId": claim_id, "fault": "gone"} for claim_id in claim_ids if claim_id not in still]
        raise FlashClaimInvalid(details={"claims": faults})


def follow(shop: Shop, claim_ids: Sequence[str], order_id: str) -> None:
    """Let the claims belong to the order that their units moved to, in its transaction."""
    if claim_ids:
        where = {"claim_id": {"$in": list(claim_ids)}, "state": "sold", "shop_id": shop.shop_id}
        shop.db[COLLECTION].update_many(where, {"$set": {"order_id": order_id}}, session=shop.session)


def release(shop: Shop, claim_ids: Sequence[str]) -> int:
    """Free the pieces of claims that an order gives back, in its transaction; how many were not free already."""
    if not claim_ids:
        return 0
    where = {"claim_id": {"$in": list(claim_ids)}, "state": "sold", "shop_id": shop.shop_id}
    return shop.db[COLLECTION].update_many(where, _FREE, session=shop.session).matched_count


def release_overdue(chain: Chain, *, now: datetime) -> int:
    """Free every piece whose hold is over without an order; how many."""
    where = {"state": "held", "hold_until": {"$lte": now}}
    return chain.db[COLLECTION].update_many(where, _FREE).matched_count


def forget(shop: Shop, openid: str) -> None:
    """A member leaves, in a transaction: what they hold is free, and the records lose their name."""
    there, session = shop.db[COLLECTION], shop.session
    there.update_many({"openid": name_after(openid), "state": "held"}, _FREE, session=session)
    theirs = {"$gte": f"{openid}|", "$lt": f"{openid}}}"}
    there.update_many({"records.command_key": theirs}, {"$pull": {"records": {"command_key": theirs}}}, session=session)


def _theirs(shop: Shop, openid: str, claim_ids: Sequence[str]) -> Document:
    """Held by this member in this shop."""
    return {
        "claim_id": {"$in": list(claim_ids)},
        "openid": name_after(openid),
        "shop_id": shop.shop_id,
        "state": "held",
    }


def _known_as(who: Claimant) -> dict[str, str]:
    """By what a piece knows its member, and their device."""
    return {"openid": name_after(who.openid), "device_id": name_after(who.device_id)}


def _claim(found: Mapping[str, Any]) -> FlashClaim:
    return FlashClaim(
        found["claim_id"], found["sale_id"], found["dish_id"], found["price_fen"], found.get("hold_until")
    )
