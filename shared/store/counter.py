"""What was done at the counter by command, for people who count: papers asked for, and drawers opened without a sale.

    counter_log  {_id: event id, kind, ref, copy_no, by, reason, biz_date, at, outcome, done_at}

The n-th of a kind for one `ref` (a payment, a sitting, an order; a day for drawers) is a unique key, so none is counted
twice and none is missed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from shared.contracts.bridge import Receipt
from shared.contracts.slips import COUNTER_MARK
from shared.store.client import Document
from shared.store.scope import Shop

COLLECTION = "counter_log"
CounterKind = Literal["receipt", "bill", "drawer"]


@dataclass(frozen=True)
class Done:
    """One thing asked for at the counter."""

    event_id: str
    kind: CounterKind
    ref: str
    copy_no: int
    by: str
    biz_date: str
    at: datetime
    reason: str = ""


def next_copy(shop: Shop, kind: CounterKind, ref: str) -> int:
    """The number of the next of this kind. A rival that takes it first makes the transaction begin again."""
    where = {"kind": kind, "ref": ref}
    found = shop.collection(COLLECTION).find(where, limit=1, sort=[("copy_no", -1)], fields={"copy_no": 1})
    return int(found[0]["copy_no"]) + 1 if found else 1


def add(shop: Shop, done: Done) -> None:
    """Note it. Raises the driver's DuplicateKeyError when a rival has taken its number."""
    told: Document = {name: value for name, value in vars(done).items() if name != "event_id"}
    shop.collection(COLLECTION).insert_one({"_id": done.event_id, **told})


def note_done(shop: Shop, receipts: Sequence[Receipt]) -> None:
    """Keep what became of it; a receipt repeated changes nothing."""
    shop.collection(COLLECTION).update_each(
        (
            {"_id": receipt.job_id},
            {
                "$set": {"outcome": receipt.outcome},
                "$max": {"attempts": receipt.attempts},
                "$min": {"done_at": receipt.at},
            },
        )
        for receipt in receipts
        if COUNTER_MARK in receipt.job_id
    )
