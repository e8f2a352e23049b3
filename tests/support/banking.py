"""A member in a shop, and postings for them as payments and refunds make them."""

from __future__ import annotations

import secrets
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from pymongo.database import Database

from shared.access.caller import Caller
from shared.domain.ledger import Kind, Move, Posting
from shared.runtime.clock import Deadline
from shared.runtime.ids import new_id
from shared.store import ledger, members
from shared.store.client import Document
from shared.store.members import Member
from shared.store.scope import Shop
from shared.store.work import Nothing, Outcome, Work
from shared.usecases.members import forget

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=timezone.utc)
BIZ_DATE = "2026-11-24"
JAN, FEB, MAR = (datetime(2027, month, 1, tzinfo=timezone.utc) for month in (1, 2, 3))


@dataclass(frozen=True)
class Bank:
    """One member's account in one shop of a database."""

    db: Database[Document]
    shop_id: str = field(default_factory=lambda: f"s{secrets.token_hex(4)}")
    openid: str = field(default_factory=lambda: f"o{secrets.token_hex(6)}")

    @classmethod
    def opened(cls, db: Database[Document]) -> Bank:
        """With a member who has nothing."""
        bank = cls(db)
        members.join(bank.shop, bank.openid, now=NOON)
        return bank

    @property
    def shop(self) -> Shop:
        return Shop(self.db, self.shop_id)

    @property
    def member(self) -> Member:
        return members.get(self.shop, self.openid)

    @property
    def lots(self) -> dict[datetime, int]:
        """What is left by the moment it ends."""
        return {lot.expires_at: lot.points for lot in ledger.lots(self.shop, self.member.account)}

    @property
    def sets(self) -> list[Document]:
        """The account's sets, in turn."""
        return list(self.db["ledger"].find({"account": self.member.account}).sort("_id", 1))

    def sums(self) -> dict[tuple[str, str], int]:
        """Every account's sum by unit."""
        sums: Counter[tuple[str, str]] = Counter()
        for one in self.sets:
            for entry in one["entries"]:
                sums[entry["unit"], entry["account"]] += entry["amount"]
        return dict(sums)

    def written(self) -> list[Document]:
        """All that is written: equal before and after a refusal."""
        mine = {"account": self.member.account}
        return [doc for name in ("members", "ledger", "point_lots") for doc in self.db[name].find(mine).sort("_id", 1)]

    def work(self, now: datetime = NOON) -> Work:
        """A machine's work in the shop."""
        return Work(self.shop, Caller("test", "system"), now, Deadline.after(5), new_id())

    def post(
        self,
        cause: str,
        kind: Kind,
        moves: tuple[Move, ...],
        *,
        at: datetime | None = None,
        undoes: tuple[str, ...] = (),
        ceiling_fen: int | None = None,
        now: datetime = NOON,
    ) -> Member:
        """Post one set in a transaction of its own."""
        member = self.member
        undone = tuple(f"{member.account}:{one}" for one in undoes)
        own = f"{member.account}:{cause}"
        posting = Posting(own, kind, BIZ_DATE, moves, expires_at=at, undoes=undone, ceiling_fen=ceiling_fen)

        def body(shop: Shop) -> Outcome[Nothing]:
            nonlocal member
            member = ledger.post(shop, self.openid, posting, now=now)
            return Outcome(Nothing())

        self.work(now).transact(body)
        return member


def later(days: int) -> datetime:
    """So many days after noon."""
    return NOON + timedelta(days=days)


def close(openid: str, work: Work) -> None:
    """The member leaves."""

    def body(shop: Shop) -> Outcome[Nothing]:
        forget(shop, openid, biz_date=BIZ_DATE, now=work.now)
        return Outcome(Nothing())

    work.transact(body)
