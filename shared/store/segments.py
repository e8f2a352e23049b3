"""Segments as questions to the database: one collection answers them, whatever they ask (rule 23).

It is read whole, in one pass: what head office asks for is seldom rare, and no index would answer all of it.
"""

from __future__ import annotations

from calendar import isleap
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from shared.contracts.pushing import Segment
from shared.domain.levels import LevelPolicy
from shared.store.scope import Chain

_MEMBERS = "members"


def filter_of(segment: Segment, *, now: datetime, zone: ZoneInfo, levels: LevelPolicy) -> dict[str, Any]:
    """The filter on members; `now` and `zone` say what day it is."""
    every: list[dict[str, Any]] = []
    if segment.levels:
        # A member without a level has the first.
        named: list[str | None] = [*segment.levels]
        every.append({"level": {"$in": [*named, None] if levels.levels[0].level_id in segment.levels else named}})
    if segment.dormant_days is not None:
        since = now - timedelta(days=segment.dormant_days)
        every.append({"seen_at": {"$lte": since}})
    if segment.visited_days is not None:
        # Who joined lately and never came was seen, too.
        every.append({"seen_at": {"$gt": now - timedelta(days=segment.visited_days)}, "visits": {"$gte": 1}})
    every += _range("visits", segment.visits_at_least, segment.visits_at_most)
    every += _range("spend_fen", segment.spend_at_least_fen, segment.spend_at_most_fen)
    if segment.favourite is not None:
        every.append({f"dishes.{segment.favourite.dish_id}": {"$gte": segment.favourite.count}})
    if segment.birthday_days is not None:
        today = now.astimezone(zone).date()
        days = [today + timedelta(days=n) for n in range(segment.birthday_days + 1)]
        names = [f"{day:%m-%d}" for day in days]
        # Who was born on a leap day has their birthday on the day before in other years.
        leap = ["02-29"] if "02-28" in names and not any(isleap(day.year) for day in days) else []
        every.append({"birthday": {"$in": names + leap}})
    if segment.shops:
        every.append({"been": {"$in": list(segment.shops)}})
    return {"$and": every} if every else {}


def count(chain: Chain, where: dict[str, Any]) -> tuple[int, int]:
    """How many members a filter finds, and how many of them consent to a message about a coupon."""
    by_hearing = {"$group": {"_id": "$hears", "members": {"$sum": 1}}}
    found = {one["_id"]: one["members"] for one in chain.db[_MEMBERS].aggregate([{"$match": where}, by_hearing])}
    return sum(found.values()), found.get(True, 0)


def page(chain: Chain, where: dict[str, Any], *, after: str, limit: int) -> list[str]:
    """The next openids behind one of them, in the order of openids."""
    found = chain.db[_MEMBERS].find({"_id": {"$gt": after}, **where}, {"_id": 1}).sort("_id", 1).limit(limit)
    return [one["_id"] for one in found]


def _range(name: str, least: int | None, most: int | None) -> list[dict[str, Any]]:
    """None visited is 0 visits, though nothing is kept."""
    if least is None and most is None:
        return []
    if not least:
        return [{name: {"$not": {"$gt": most}}}] if most is not None else []
    return [{name: {"$gte": least, **({"$lte": most} if most is not None else {})}}]
