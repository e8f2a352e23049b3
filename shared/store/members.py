"""A brand's members: one per openid, with their balances, their level, and a phone that no other member has (rule 17).

    members         {_id: openid, account, shop_id, joined_at, points, principal_fen, bonus_fen, growth, version,
                     level, keep_until, review_at, phone, birthday, greet_at, congratulated}
    brand_settings  {_id: "loyalty", points_months, growth_bp, spend, …_limit_fen, levels, window_days, kept_days, zone}

A member is the brand's; `shop_id` is where they joined. The ledger knows a member by `account` only, so that it can be
kept when they leave. Only `ledger.post` changes a balance; `version` grows with every change of one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from shared.domain.ledger import Move, earning
from shared.domain.levels import LevelPolicy, Standing
from shared.domain.loyalty import LoyaltyPolicy, Stored, earned
from shared.errors import NotFound, PhoneTaken, StateConflict
from shared.runtime.ids import new_id
from shared.store.client import Document
from shared.store.kept import Kept
from shared.store.scope import Chain, Shop

COLLECTION = "members"
NO_MEMBER = "您还不是会员"


@dataclass(frozen=True)
class Member:
    """A member and their balances; `growth` is all they ever earned."""

    openid: str = field(repr=False)
    account: str
    shop_id: str
    joined_at: datetime
    points: int
    stored: Stored
    growth: int
    standing: Standing
    version: int
    phone: str | None = field(default=None, repr=False)
    review_at: datetime | None = None
    birthday: str | None = field(default=None, repr=False)

    @property
    def is_named(self) -> bool:
        """Whether the brand knows by a phone number whose card it is."""
        return self.phone is not None


@dataclass(frozen=True)
class Loyalty:
    """How the brand's points, stored value and levels work."""

    policy: LoyaltyPolicy = field(default_factory=LoyaltyPolicy)
    levels: LevelPolicy = field(default_factory=LevelPolicy)

    def earnings(self, member: Member, paid_fen: int) -> tuple[Move, ...]:
        """What a member earns by an amount paid in money or principal, at their level's rate (rules 18, 19)."""
        rate = self.levels.of_member(member.standing.level_id).earn_bp
        return earning(points=earned(paid_fen, rate), growth=self.policy.growth_for(paid_fen))


def loyalty(db: Database[Document], now: datetime) -> Loyalty:
    """The brand's settings, as old as a shop's may be."""
    return _kept.get(db.name, now=now, read=lambda: _read_loyalty(db))


def _read_loyalty(db: Database[Document]) -> Loyalty:
    found = db["brand_settings"].find_one({"_id": "loyalty"}) or {}
    return Loyalty(LoyaltyPolicy.of(found), LevelPolicy.of(found))


_kept = Kept[Loyalty]()


def join(shop: Shop, openid: str, *, now: datetime) -> Member:
    """The member with this openid, who becomes one here and now if they were none."""
    member = find(shop, openid)
    if member is not None:
        return member
    fresh = {
        "_id": openid,
        "account": new_id(),
        "shop_id": shop.shop_id,
        "joined_at": now,
        "seen_at": now,
        "been": [shop.shop_id],
        "points": 0,
        "principal_fen": 0,
        "bonus_fen": 0,
        "growth": 0,
        "version": 0,
        "greet_at": now,
    }
    try:
        shop.db[COLLECTION].insert_one(fresh, session=shop.session)
    except DuplicateKeyError:
        return get(shop, openid)
    return member_from(fresh)


def find(shop: Shop, openid: str) -> Member | None:
    """The member with this openid, or None."""
    found = shop.db[COLLECTION].find_one({"_id": openid}, session=shop.session)
    return member_from(found) if found else None


def get(shop: Shop, openid: str) -> Member:
    """The member with this openid. Raises NotFound."""
    member = find(shop, openid)
    if member is None:
        raise NotFound(NO_MEMBER)
    return member


def by_accounts(chain: Chain, accounts: list[str]) -> dict[str, Member]:
    """Members by their accounts; one who has left is absent."""
    found = chain.db[COLLECTION].find({"account": {"$in": accounts}})
    return {one["account"]: member_from(one) for one in found}


def of_account(shop: Shop, account: str) -> Member | None:
    """The member with this account, or None once they have left."""
    found = shop.db[COLLECTION].find_one({"account": account}, session=shop.session)
    return member_from(found) if found else None


def by_phone(shop: Shop, phone: str) -> Member:
    """The member who has this phone number. Raises NotFound."""
    found = shop.db[COLLECTION].find_one({"phone": phone}, session=shop.session)
    if found is None:
        raise NotFound("没有绑定这个手机号的会员，请客人先在小程序里绑定手机号")
    return member_from(found)


def bind_phone(shop: Shop, openid: str, phone: str, *, now: datetime) -> None:
    """Bind a phone number that WeChat vouched for. Raises PhoneTaken when another member has it, NotFound."""
    change = {"$set": {"phone": phone, "phone_at": now}}
    try:
        done = shop.db[COLLECTION].update_one({"_id": openid}, change, session=shop.session)
    except DuplicateKeyError as error:
        raise PhoneTaken from error
    if not done.matched_count:
        raise NotFound(NO_MEMBER)


def set_birthday(shop: Shop, openid: str, birthday: str) -> Member:
    """Note the member's birthday, `MM-DD`, once; the member. Raises StateConflict if another is noted, NotFound."""
    where = {"_id": openid, "birthday": {"$in": [None, birthday]}}
    if not shop.db[COLLECTION].update_one(where, {"$set": {"birthday": birthday}}, session=shop.session).matched_count:
        get(shop, openid)
        raise StateConflict("生日只能设置一次，如需修改请联系门店")
    return get(shop, openid)


def to_congratulate(chain: Chain, birthdays: Sequence[str], *, year: int, limit: int) -> list[tuple[str, str]]:
    """Shop and openid of members with one of these birthdays who were not congratulated this year."""
    where = {"birthday": {"$in": list(birthdays)}, "congratulated": {"$not": {"$gte": year}}}
    found = chain.db[COLLECTION].find(where, {"shop_id": 1}, sort=[("birthday", 1)], limit=limit)
    return [(one["shop_id"], one["_id"]) for one in found]


def to_greet(chain: Chain, *, now: datetime, limit: int) -> list[tuple[str, str]]:
    """Shop and openid of members who joined and were not greeted yet."""
    found = chain.db[COLLECTION].find({"greet_at": {"$lte": now}}, {"shop_id": 1}, sort=[("greet_at", 1)], limit=limit)
    return [(one["shop_id"], one["_id"]) for one in found]


def mark(shop: Shop, openid: str, marks: Mapping[str, int | None]) -> bool:
    """Note what was done for a member, None for what is done with; whether that was not noted yet."""
    fresh = [{name: {"$exists": True}} if value is None else {name: {"$ne": value}} for name, value in marks.items()]
    change = {
        "$set": {name: value for name, value in marks.items() if value is not None},
        "$unset": {name: "" for name, value in marks.items() if value is None},
    }
    update = {verb: told for verb, told in change.items() if told}
    return (
        shop.db[COLLECTION].update_one({"_id": openid, "$and": fresh}, update, session=shop.session).matched_count == 1
    )


def set_standing(shop: Shop, seen: Member, standing: Standing) -> bool:
    """Write what a review came to, if no balance moved since the member was seen; whether it did not."""
    told = {"level": standing.level_id, "keep_until": standing.keep_until, "review_at": standing.keep_until}
    change = {
        "$set": {name: value for name, value in told.items() if value is not None},
        "$unset": {name: "" for name, value in told.items() if value is None},
    }
    where = {"_id": seen.openid, "account": seen.account, "version": seen.version}
    change = {verb: fields for verb, fields in change.items() if fields}
    return shop.db[COLLECTION].update_one(where, change, session=shop.session).matched_count == 1


def to_review(chain: Chain, *, now: datetime, limit: int) -> list[tuple[str, str]]:
    """Shop and openid of members whose level is to be looked at."""
    due = chain.db[COLLECTION].find({"review_at": {"$lte": now}}, {"shop_id": 1}).sort("review_at", 1).limit(limit)
    return [(one["shop_id"], one["_id"]) for one in due]


def remove(shop: Shop, member: Member) -> None:
    """Forget who a member was, in the transaction that has emptied their account."""
    shop.db["point_lots"].delete_many({"account": member.account}, session=shop.session)
    for name in ("message_consents", "push_contacts"):
        shop.db[name].delete_one({"_id": member.openid}, session=shop.session)
    shop.db[COLLECTION].delete_one({"_id": member.openid, "account": member.account}, session=shop.session)


def member_from(found: Document) -> Member:
    """A member from their document."""
    return Member(
        openid=found["_id"],
        account=found["account"],
        shop_id=found["shop_id"],
        joined_at=found["joined_at"],
        points=found["points"],
        stored=Stored(found["principal_fen"], found["bonus_fen"]),
        growth=found["growth"],
        standing=Standing(found.get("level"), found.get("keep_until")),
        version=found["version"],
        phone=found.get("phone"),
        review_at=found.get("review_at"),
        birthday=found.get("birthday"),
    )
