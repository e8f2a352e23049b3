"""The ledger on record: a set of entries per cause, written with the balance that it moves, in one transaction.

    ledger      {cause, kind, account, entries: [{unit, account, amount}], lots: [{expires_at, points, against}],
                 undoes, order_id, shop_id, biz_date, at}
    point_lots  {account, expires_at, left}

Nothing here is ever changed or removed but what is left of a lot. A posting changes the member's document first, and so
two postings for one member never overlap: the lots that the second reads are those that the first left.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo import ReturnDocument, UpdateOne
from pymongo.errors import DuplicateKeyError
from typing_extensions import assert_never

from shared.domain.ledger import Counter, Kind, Move, Posting, Unit
from shared.domain.loyalty import Book, Lot, Stored
from shared.errors import PointsShort, StateConflict, StoredValueShort, TopUpLimit, ZaotaiError
from shared.runtime.ids import new_id
from shared.store import members
from shared.store.client import Document
from shared.store.members import Member, member_from
from shared.store.scope import Chain, Shop

COLLECTION = "ledger"
LOTS = "point_lots"
BALANCES: Mapping[Unit, str] = {
    "points": "points",
    "principal": "principal_fen",
    "bonus": "bonus_fen",
    "growth": "growth",
}
"""Where a member's document has each balance."""


class PostedBefore(StateConflict):
    """The cause has its set already: what it moved is moved, and nothing is to be done."""


@dataclass(frozen=True)
class Statement:
    """One set as a member sees it: what it changed of each balance."""

    entry_id: str
    kind: Kind
    at: datetime
    biz_date: str
    shop_id: str
    order_id: str | None
    gains: Mapping[Unit, int]


@dataclass(frozen=True)
class Booked:
    """What one cause changed of an account's balances."""

    account: str
    gains: Mapping[Unit, int]


@dataclass(frozen=True)
class _LotMove:
    """What a move took from a lot, or put into it."""

    lot: Lot
    against: Counter


def post(shop: Shop, openid: str, posting: Posting, *, now: datetime) -> Member:
    """Write a set of entries and move the member's balances, in the caller's transaction; the member afterwards.

    Three commands, or four where lots are read. Raises PostedBefore when the cause has its set, PointsShort,
    StoredValueShort, TopUpLimit, NotFound: the transaction is then to be given up. Raises ValueError outside of one.
    """
    if shop.session is None:
        raise ValueError("a set and its balances are written in one transaction")
    member = _move_balances(shop, openid, posting, now=now)
    moved = _move_lots(shop, member, posting, now=now)
    told = {"order_id": posting.order_id, "undoes": list(posting.undoes), "lots": [_lot_document(m) for m in moved]}
    document: Document = {
        "_id": new_id(),
        "cause": posting.cause,
        "kind": posting.kind,
        "account": member.account,
        "biz_date": posting.biz_date,
        "at": now,
        "entries": [vars(entry) for entry in posting.entries],
        **{name: value for name, value in told.items() if value},
        "shop_id": shop.shop_id,
    }
    try:
        shop.db[COLLECTION].insert_one(document, session=shop.session)
    except DuplicateKeyError as error:
        raise PostedBefore from error
    return member


def statement(shop: Shop, account: str, *, before: str | None, limit: int) -> list[Statement]:
    """Up to `limit` sets of an account, newest first, from behind one of them."""
    where: Document = {"account": account} | ({"_id": {"$lt": before}} if before else {})
    return [_statement(one) for one in shop.db[COLLECTION].find(where, sort=[("_id", -1)], limit=limit)]


def paid_in_after(shop: Shop, account: str, cause: str) -> Stored:
    """What an account's top-ups after this one came to, less what of those was paid back."""
    where = {"account": account, "kind": {"$in": ["topUp", "topUpRefund"]}}
    found = list(shop.db[COLLECTION].find(where, sort=[("_id", 1)], session=shop.session))
    first = next((one["_id"] for one in found if one["cause"] == cause), "")
    causes = {one["cause"] for one in found if one["kind"] == "topUp" and one["_id"] > first}
    later = [one for one in found if one["cause"] in causes or causes.intersection(one.get("undoes", ()))]
    gains = [_statement(one).gains for one in later]
    return Stored(sum(one.get("principal", 0) for one in gains), sum(one.get("bonus", 0) for one in gains))


def booked(shop: Shop, causes: Sequence[str]) -> Mapping[str, Booked]:
    """What these causes gave which account, as far as they did."""
    found = shop.db[COLLECTION].find({"cause": {"$in": list(causes)}}, session=shop.session)
    return {one["cause"]: Booked(one["account"], _statement(one).gains) for one in found}


def growth_since(shop: Shop, account: str, since: datetime) -> int:
    """How much an account's growth has grown since a moment."""
    pipeline: list[Document] = [
        {"$match": {"account": account, "at": {"$gt": since}, "entries.unit": "growth"}},
        {"$unwind": "$entries"},
        {"$match": {"entries.unit": "growth", "entries.account": "member"}},
        {"$group": {"_id": None, "growth": {"$sum": "$entries.amount"}}},
    ]
    return sum(one["growth"] for one in shop.db[COLLECTION].aggregate(pipeline, session=shop.session))


def lots(shop: Shop, account: str) -> tuple[Lot, ...]:
    """The lots in which an account's points lie, the first to end first."""
    where = {"account": account, "left": {"$gt": 0}}
    found = shop.db[LOTS].find(where, sort=[("expires_at", 1)], session=shop.session)
    return tuple(Lot(one["expires_at"], one["left"]) for one in found)


def ended(chain: Chain, *, now: datetime, limit: int) -> list[tuple[str, datetime]]:
    """Account and end of lots that are over and still hold points, the longest over first."""
    where = {"expires_at": {"$lte": now}, "left": {"$gt": 0}}
    found = chain.db[LOTS].find(where).sort("expires_at", 1).limit(limit)
    return [(one["account"], one["expires_at"]) for one in found]


def _move_balances(shop: Shop, openid: str, posting: Posting, *, now: datetime) -> Member:
    where: dict[str, Any] = {"_id": openid} | {BALANCES[unit]: {"$gte": n} for unit, n in posting.needs.items()}
    gains = posting.gains
    if posting.ceiling_fen is not None:
        where[BALANCES["principal"]] = {"$lte": posting.ceiling_fen - gains.get("principal", 0)}
    change: dict[str, Any] = {"$inc": {"version": 1, **{BALANCES[unit]: n for unit, n in gains.items()}}}
    if "growth" in gains:
        change["$set"] = {"review_at": now}
    found = shop.db[members.COLLECTION].find_one_and_update(
        where, change, return_document=ReturnDocument.AFTER, session=shop.session
    )
    if found is None:
        raise _refusal(shop, openid, posting)
    return member_from(found)


def _refusal(shop: Shop, openid: str, posting: Posting) -> ZaotaiError:
    """Why a member's balances could not be moved. Raises NotFound."""
    if shop.db[COLLECTION].find_one({"cause": posting.cause}, {"_id": 1}, session=shop.session):
        return PostedBefore()
    member, needs = members.get(shop, openid), posting.needs
    if member.points < needs.get("points", 0):
        return PointsShort(f"积分不足，现有 {max(member.points, 0)} 分", {"points": max(member.points, 0)})
    stored: Mapping[Unit, int] = {"principal": member.stored.principal_fen, "bonus": member.stored.bonus_fen}
    if any(have < needs.get(unit, 0) for unit, have in stored.items()):
        return StoredValueShort(details={"balanceFen": member.stored.total_fen})
    return TopUpLimit(details={"limitFen": posting.ceiling_fen})


def _move_lots(shop: Shop, member: Member, posting: Posting, *, now: datetime) -> list[_LotMove]:
    """Let the lots follow what the posting does to the points; which lots that was."""
    points = [move for move in posting.moves if move.unit == "points"]
    if not points:
        return []
    is_read = any(move.amount < 0 for move in points)
    before = Book(member.points - posting.gains["points"], lots(shop, member.account) if is_read else ())
    book, moved = before, list[_LotMove]()
    undone = _undone(shop, posting) if posting.undoes else ()
    for move in points:
        book, told = _moved(book, move, posting, undone, now=now)
        moved += told
    _save(shop, member.account, before, book)
    return moved


def _moved(
    book: Book, move: Move, posting: Posting, undone: Sequence[_LotMove], *, now: datetime
) -> tuple[Book, list[_LotMove]]:
    """The points after one move, and what it did to which lots: positive for what came in."""
    count = abs(move.amount)
    against = move.against
    if against == "issued" and move.amount > 0:
        expires_at = _expiry(posting)
        return book.earn(count, expires_at), [_LotMove(Lot(expires_at, count), against)]
    if against == "spent" and move.amount > 0:
        mine = [one.lot for one in undone if one.against == "spent"]
        burnt = [Lot(lot.expires_at, -lot.points) for lot in mine if lot.points < 0]
        after, back = book.give_back(count, burnt, [lot for lot in mine if lot.points > 0], now=now)
        return after, [_LotMove(lot, against) for lot in back]
    if against == "issued":
        own = [one.lot.expires_at for one in undone if one.against == "issued" and one.lot.points > 0]
        after, taken = book.claw_back(count, own)
    elif against == "spent":
        after, taken = book.burn(count)
    elif against == "expired":
        after, taken = book.expire(_expiry(posting))
    elif against == "void":
        after, taken = book.void(-move.amount)
    elif against == "paidIn":
        raise ValueError("points are not paid in")
    else:
        assert_never(against)
    return after, [_LotMove(Lot(lot.expires_at, -lot.points), against) for lot in taken]


def _expiry(posting: Posting) -> datetime:
    if posting.expires_at is None:
        raise ValueError("points that come or go by time need a moment")
    return posting.expires_at


def _undone(shop: Shop, posting: Posting) -> list[_LotMove]:
    """What the sets that are undone did to lots, and what was undone of them before."""
    causes = list(posting.undoes)
    where = {"$or": [{"cause": {"$in": causes}}, {"undoes": {"$in": causes}}]}
    found = shop.db[COLLECTION].find(where, {"lots": 1}, session=shop.session)
    return [
        _LotMove(Lot(lot["expires_at"], lot["points"]), lot["against"]) for one in found for lot in one.get("lots", ())
    ]


def _save(shop: Shop, account: str, before: Book, after: Book) -> None:
    """Write what a posting did to the lots, in one bulk."""
    changes = list(_changes(account, before, after))
    if changes:
        shop.db[LOTS].bulk_write(changes, ordered=False, session=shop.session)


def _changes(account: str, before: Book, after: Book) -> Iterator[UpdateOne]:
    had = {lot.expires_at: lot.points for lot in before.lots}
    for lot in after.lots:
        change = lot.points - had.get(lot.expires_at, 0)
        if change:
            lot_id = f"{account}|{lot.expires_at:%Y-%m-%dT%H:%M:%S.%fZ}"
            fresh = {"account": account, "expires_at": lot.expires_at}
            yield UpdateOne({"_id": lot_id}, {"$inc": {"left": change}, "$setOnInsert": fresh}, upsert=True)


def _lot_document(moved: _LotMove) -> Document:
    return {"expires_at": moved.lot.expires_at, "points": moved.lot.points, "against": moved.against}


def _statement(found: Document) -> Statement:
    gains: dict[Unit, int] = {}
    for entry in found["entries"]:
        if entry["account"] == "member":
            gains[entry["unit"]] = gains.get(entry["unit"], 0) + entry["amount"]
    return Statement(
        entry_id=found["_id"],
        kind=found["kind"],
        at=found["at"],
        biz_date=found["biz_date"],
        shop_id=found["shop_id"],
        order_id=found.get("order_id"),
        gains=gains,
    )
