"""How often something may be done in a minute, by all instances together.

rates   {_id: "name|2026-11-24T10:05", count, expires_at}
"""

from __future__ import annotations

from datetime import datetime, timedelta

from pymongo.errors import DuplicateKeyError

from shared.store.client import lightly_written
from shared.store.scope import Chain

COLLECTION = "rates"
_MINUTE = timedelta(minutes=1)


def take(chain: Chain, name: str, *, limit: int, now: datetime, count: int = 1) -> bool:
    """Whether it may be done so many times more in this minute; if so, it counts."""
    if count > limit:  # nothing to compare with would be a new minute
        return False
    where = {"_id": f"{name}|{now:%Y-%m-%dT%H:%M}", "count": {"$lte": limit - count}}
    change = {"$inc": {"count": count}, "$setOnInsert": {"expires_at": now + 10 * _MINUTE}}
    rates = lightly_written(chain.db)[COLLECTION]
    for _ in range(2):
        try:
            rates.update_one(where, change, upsert=True)
        except DuplicateKeyError:
            # The minute is there: full, or a rival made it in between; the second try tells.
            continue
        return True
    return False
