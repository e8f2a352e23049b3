"""Sittings: one open at a table at most, by a unique index."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from shared.errors import SittingClosed
from shared.store.client import Document
from shared.store.scope import Shop
from shared.store.shops import Table

_COLLECTION = "table_sessions"


@dataclass(frozen=True)
class Sitting:
    """A party at a table. `rounds` names the commands that ordered, in turn; `members` are the openids that joined."""

    sitting_id: str
    table_id: str
    table_name: str
    guests: int | None
    rounds: tuple[str, ...]
    opened_at: datetime
    members: tuple[str, ...]


def join(shop: Shop, table: Table, *, openid: str, now: datetime) -> Sitting | None:
    """Join the table's open sitting, or None when there is none."""
    found = shop.collection(_COLLECTION).find_and_update(
        {"table_id": table.table_id, "state": "open"}, {"$addToSet": {"members": openid}, "$set": {"touched_at": now}}
    )
    return _sitting(found) if found else None


def open_at(
    shop: Shop, table: Table, *, sitting_id: str, openid: str, guests: int | None, now: datetime, biz_date: str
) -> Sitting:
    """Open a sitting. A rival that opens the same table first makes the transaction fail, to be tried again."""
    document: Document = {
        "_id": sitting_id,
        "table_id": table.table_id,
        "table_name": table.name,
        "state": "open",
        "guests": guests,
        "rounds": [],
        "members": [openid],
        "opened_at": now,
        "touched_at": now,
        "biz_date": biz_date,
    }
    shop.collection(_COLLECTION).insert_one(document)
    return _sitting(document)


def next_round(shop: Shop, sitting_id: str, *, table_id: str, openid: str, command_id: str) -> tuple[Sitting, int]:
    """An open sitting the guest belongs to, and the number of this command's round, the same when it is repeated.

    Raises SittingClosed. The round stands only with its order, whose majority write covers this one.
    """
    found = (
        shop.lightly()
        .collection(_COLLECTION)
        .find_and_update(
            {"_id": sitting_id, "table_id": table_id, "state": "open", "members": openid},
            {"$addToSet": {"rounds": command_id}},
        )
    )
    if found is None:
        raise SittingClosed
    sitting = _sitting(found)
    return sitting, sitting.rounds.index(command_id) + 1


def is_member(shop: Shop, sitting_id: str, *, table_id: str, openid: str) -> bool:
    """Whether the guest belongs to this sitting of this table."""
    where = {"_id": sitting_id, "table_id": table_id, "members": openid}
    return shop.collection(_COLLECTION).find_one(where, {"_id": 1}) is not None


def _sitting(found: Document) -> Sitting:
    return Sitting(
        sitting_id=found["_id"],
        table_id=found["table_id"],
        table_name=found["table_name"],
        guests=found["guests"],
        rounds=tuple(found["rounds"]),
        opened_at=found["opened_at"],
        members=tuple(found["members"]),
    )
