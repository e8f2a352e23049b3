"""Who is on record: staff by openid, store PCs by device id; and the nonces that store PCs have used."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from shared.access.caller import Caller
from shared.contracts.signing import CLOCK_SKEW_S
from shared.errors import Unauthenticated
from shared.store.client import Document, lightly_written


@dataclass(frozen=True)
class Device:
    """A store PC and the key it signs with."""

    device_id: str
    shop_id: str
    key: str = field(repr=False)


def staff_by_openid(db: Database[Document], openid: str) -> Caller | None:
    """The active member of staff bound to an openid."""
    found = db["staff"].find_one({"openid": openid, "active": True})
    return Caller(id=found["_id"], role=found["role"], shops=frozenset(found["shops"])) if found else None


def device(db: Database[Document], device_id: str) -> Device:
    """The store PC of that id. Raises Unauthenticated: a caller learns nothing about which devices there are."""
    found = db["devices"].find_one({"_id": device_id})
    if found is None:
        raise Unauthenticated("设备签名不正确")
    return Device(device_id, found["shop_id"], found["key"])


def use_nonce(db: Database[Document], known: Device, nonce: str, *, now: datetime) -> None:
    """A nonce is used once. Raises Unauthenticated when it comes again while its time would still be accepted."""
    record = {
        "_id": f"nonce|{known.device_id}|{nonce}",
        "shop_id": known.shop_id,
        "at": now,
        "expires_at": now + timedelta(seconds=2 * CLOCK_SKEW_S),
    }
    try:
        lightly_written(db)["commands"].insert_one(record)
    except DuplicateKeyError as error:
        raise Unauthenticated("设备请求重复") from error
