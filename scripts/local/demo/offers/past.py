"""What only time could do, done by hand: a group's time is over, members have not come for long."""

from __future__ import annotations

from datetime import timedelta

from pymongo import MongoClient

from scripts.local.demo.journal import now
from shared.store.client import Document


class Past:
    """Moves what is in the database into the past."""

    def __init__(self, uri: str, database: str) -> None:
        self._uri, self._database = uri, database

    def over(self, group_id: str) -> None:
        """A group's time is over."""
        with MongoClient[Document](self._uri, tz_aware=True) as client:
            past = {"$set": {"expires_at": now() - timedelta(seconds=1)}}
            client[self._database]["groups"].update_one({"_id": group_id}, past)

    def asleep(self, openids: list[str], *, days: int) -> None:
        """These members joined so many days ago and never came again."""
        with MongoClient[Document](self._uri, tz_aware=True) as client:
            then = now() - timedelta(days=days)
            past = {"$set": {"joined_at": then, "seen_at": then}}
            client[self._database]["members"].update_many({"_id": {"$in": openids}}, past)
