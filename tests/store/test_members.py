"""One member per openid and per phone, whoever comes at once; what a review comes to is not written over a posting."""

from __future__ import annotations

import secrets
from concurrent.futures import ThreadPoolExecutor

import pytest
from pymongo.database import Database

from shared.domain.ledger import earning
from shared.domain.levels import Level, LevelPolicy, Standing
from shared.domain.loyalty import Stored
from shared.errors import NotFound, PhoneTaken
from shared.store import members
from shared.store.client import Document
from shared.store.members import Loyalty
from shared.store.scope import Chain
from tests.support.banking import JAN, NOON, Bank, later


@pytest.fixture
def bank(own_db: Database[Document]) -> Bank:
    """A member with nothing."""
    return Bank.opened(own_db)


def a_phone() -> str:
    return f"139{secrets.randbelow(10**8):08d}"


def test_whoever_joins_ten_times_at_once_is_one_member(own_db: Database[Document]) -> None:
    bank = Bank(own_db)
    with ThreadPoolExecutor(10) as pool:
        joined = list(pool.map(lambda _: members.join(bank.shop, bank.openid, now=NOON), range(10)))
    assert len({member.account for member in joined}) == 1
    assert own_db["members"].count_documents({"_id": bank.openid}) == 1
    assert (joined[0].points, joined[0].stored, joined[0].standing) == (0, Stored(), Standing())


def test_a_phone_is_one_members(bank: Bank) -> None:
    other, phone = Bank.opened(bank.db), a_phone()
    members.bind_phone(bank.shop, bank.openid, phone, now=NOON)
    members.bind_phone(bank.shop, bank.openid, phone, now=NOON)
    with pytest.raises(PhoneTaken):
        members.bind_phone(other.shop, other.openid, phone, now=NOON)
    assert (bank.member.phone, bank.member.is_named) == (phone, True)
    assert (other.member.phone, other.member.is_named) == (None, False)


def test_one_of_ten_who_bind_a_phone_at_once_has_it(own_db: Database[Document]) -> None:
    banks, phone = [Bank.opened(own_db) for _ in range(10)], a_phone()

    def bind(bank: Bank) -> bool:
        try:
            members.bind_phone(bank.shop, bank.openid, phone, now=NOON)
        except PhoneTaken:
            return False
        return True

    with ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(bind, banks)) == 1
    assert own_db["members"].count_documents({"phone": phone}) == 1


def test_nobody_binds_a_phone_to_somebody_who_is_no_member(own_db: Database[Document]) -> None:
    bank, phone = Bank(own_db), a_phone()
    with pytest.raises(NotFound):
        members.bind_phone(bank.shop, bank.openid, phone, now=NOON)
    assert own_db["members"].find_one({"phone": phone}) is None


def test_a_standing_is_written_unless_a_balance_moved_since(bank: Bank) -> None:
    seen = bank.member
    bank.post("order:o1:earn", "earn", earning(points=1, growth=1), at=JAN)
    assert not members.set_standing(bank.shop, seen, Standing("gold", later(365)))
    assert bank.member.standing == Standing()
    assert members.set_standing(bank.shop, bank.member, Standing("gold", later(365)))
    assert (bank.member.standing, bank.member.review_at) == (Standing("gold", later(365)), later(365))
    assert members.set_standing(bank.shop, bank.member, Standing("member"))
    assert (bank.member.standing, bank.member.review_at) == (Standing("member"), None)


def test_a_member_earns_at_the_rate_of_their_level(bank: Bank) -> None:
    known = Loyalty(levels=LevelPolicy((Level("member", "会员"), Level("gold", "金卡", 5_000, earn_bp=15_000))))
    assert known.earnings(bank.member, 12_890) == earning(points=128, growth=128)
    members.set_standing(bank.shop, bank.member, Standing("gold", later(365)))
    assert known.earnings(bank.member, 12_890) == earning(points=193, growth=128)
    assert known.earnings(bank.member, 99) == earning(points=1, growth=0)
    assert known.earnings(bank.member, 60) == ()


def test_the_brands_settings_are_read_and_without_any_all_is_as_usual(
    db: Database[Document], own_db: Database[Document]
) -> None:
    assert members.loyalty(own_db, NOON) == Loyalty()
    told = {"levels": [{"level_id": "vip", "name": "贵宾", "growth": 0}], "points_months": 6, "kept_days": 30}
    own_db["brand_settings"].insert_one({"_id": "loyalty", **told})
    found = members.loyalty(own_db, NOON)
    assert (found.policy.points_months, found.levels) == (6, LevelPolicy((Level("vip", "贵宾"),), kept_days=30))


def test_who_is_to_be_looked_at_is_told_the_longest_due_first(bank: Bank) -> None:
    other = Bank.opened(bank.db)
    other.post("order:o1:earn", "earn", earning(points=0, growth=1), now=NOON)
    bank.post("order:o1:earn", "earn", earning(points=0, growth=1), now=later(1))
    mine = {bank.openid, other.openid}

    def due(days: int) -> list[str]:
        found = members.to_review(Chain(bank.db), now=later(days), limit=1000)
        return [openid for _, openid in found if openid in mine]

    assert (due(-1), due(0), due(1)) == ([], [other.openid], [other.openid, bank.openid])


def test_who_is_removed_is_forgotten_and_their_ledger_kept_without_a_name(bank: Bank) -> None:
    bank.post("order:o1:earn", "earn", earning(points=5, growth=5), at=JAN)
    account = bank.member.account
    members.remove(bank.shop, bank.member)
    assert members.find(bank.shop, bank.openid) is None
    assert bank.db["point_lots"].count_documents({"account": account}) == 0
    assert bank.db["ledger"].count_documents({"account": account}) == 1
    assert members.join(bank.shop, bank.openid, now=NOON).account != account
