"""A piece of a flash sale is claimed by one member, within their limit, while the sale is on by the server's clock."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any

import pytest

from shared.access.caller import Caller
from shared.contracts.flash import GrabFlashSale
from shared.errors import FlashSoldOut
from shared.runtime.clock import Deadline, utc_now
from shared.runtime.settings import settings
from shared.store.commands import CommandKey
from shared.store.coupons import name_after
from shared.store.scope import Shop
from shared.store.work import Work
from shared.usecases.flash import grab_flash_sale
from tests.support.desk import sweep
from tests.support.flash import PRICE_FEN, grab, hold_over, open_sale, pieces, states
from tests.support.shops import Reply, TestShop, moment, request_id


def test_a_claim_is_the_members_until_its_hold_is_over(shop: TestShop) -> None:
    sale_id = open_sale(shop, 3)
    before = utc_now()
    claim = grab(shop, sale_id, "ann")["data"]["claim"]
    hold_until = moment(claim.pop("holdUntil"))
    held = next(one for one in pieces(shop, sale_id) if one["state"] == "held")
    assert claim == {
        "claimId": held["claim_id"],
        "saleId": sale_id,
        "name": "烧鸡秒杀",
        "dishId": "duck",
        "priceFen": PRICE_FEN,
    }
    assert before <= hold_until - timedelta(minutes=5) <= utc_now()
    assert (held["openid"], held["nth"], held["shop_id"]) == (name_after(shop.guest("ann")), 1, shop.shop_id)
    assert states(shop, sale_id) == {"free": 2, "held": 1}


def test_one_request_gets_one_piece_however_often_it_is_sent(shop: TestShop) -> None:
    sale_id, key = open_sale(shop, 9, per_member=5), request_id()
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda _: grab(shop, sale_id, "ann", key=key), range(16)))
    assert {one["data"]["claim"]["claimId"] for one in replies} == {replies[0]["data"]["claim"]["claimId"]}
    assert states(shop, sale_id) == {"free": 8, "held": 1}
    other = grab(shop, sale_id, "ann", key=key, deviceId="another")
    assert other["code"] == "REQUEST_ID_REUSED"
    assert states(shop, sale_id) == {"free": 8, "held": 1}


@pytest.mark.parametrize("per_member", [1, 3])
def test_a_member_who_asks_from_everywhere_at_once_gets_no_more_than_the_limit(shop: TestShop, per_member: int) -> None:
    sale_id = open_sale(shop, 20, per_member=per_member)
    with ThreadPoolExecutor(12) as pool:
        replies = list(pool.map(lambda n: grab(shop, sale_id, "ann", deviceId=f"phone-{n}"), range(24)))
    assert sum(one["success"] for one in replies) == per_member
    refused = [one for one in replies if not one["success"]]
    assert {one["code"] for one in refused} == {"FLASH_LIMIT"}
    assert refused[0]["details"] == {"limit": per_member}
    assert states(shop, sale_id) == {"free": 20 - per_member, "held": per_member}
    assert sorted(one["nth"] for one in pieces(shop, sale_id) if "nth" in one) == list(range(1, per_member + 1))


def test_a_phone_with_many_accounts_gets_no_more_than_a_member(shop: TestShop) -> None:
    sale_id = open_sale(shop, 20, per_member=2)
    with ThreadPoolExecutor(12) as pool:
        replies = list(pool.map(lambda n: grab(shop, sale_id, f"mask-{n}", deviceId="one-phone"), range(24)))
    assert sum(one["success"] for one in replies) == 2
    assert {one["code"] for one in replies if not one["success"]} == {"FLASH_LIMIT"}
    assert states(shop, sale_id) == {"free": 18, "held": 2}


@pytest.mark.parametrize(
    ("sale", "fault"),
    [
        ({"valid_from": timedelta(seconds=30)}, "notYet"),
        ({"valid_until": timedelta(seconds=-1)}, "over"),
        ({"active": False}, "notHere"),
        ({"shops": ["another"]}, "notHere"),
    ],
)
def test_a_sale_that_is_not_on_is_refused_by_the_servers_clock(
    shop: TestShop, sale: dict[str, Any], fault: str
) -> None:
    now = utc_now()
    told: Reply = {name: now + value if isinstance(value, timedelta) else value for name, value in sale.items()}
    sale_id, before = open_sale(shop, 3, **told), shop.counts()
    refused = grab(shop, sale_id, "ann")
    assert (refused["code"], refused["details"]["fault"]) == ("FLASH_NOT_ON", fault)
    assert states(shop, sale_id) == {"free": 3}
    assert shop.counts() == before


@pytest.mark.parametrize("field", ["now", "startsAt", "at", "priceFen", "guestId", "nth"])
def test_no_client_says_when_it_is_what_it_costs_or_who_asks(shop: TestShop, field: str) -> None:
    sale_id = open_sale(shop, 3, valid_from=utc_now() + timedelta(hours=1))
    refused = grab(shop, sale_id, "ann", **{field: "2026-01-01T00:00:00+08:00"})
    assert refused["code"] == "INVALID_ARGUMENT"
    assert [one["field"] for one in refused["details"]["fields"]] == [field]
    assert states(shop, sale_id) == {"free": 3}


def test_what_is_gone_is_sold_out_and_an_unknown_sale_is_not_found(shop: TestShop) -> None:
    sale_id = open_sale(shop, 1)
    assert grab(shop, sale_id, "ann")["success"]
    before = shop.counts()
    assert grab(shop, sale_id, "bob")["code"] == "FLASH_SOLD_OUT"
    assert grab(shop, "no-such-sale", "bob")["code"] == "NOT_FOUND"
    assert states(shop, sale_id) == {"held": 1}
    assert shop.counts() == before


def test_as_many_are_claimed_as_there_are_pieces_and_every_buyer_is_answered(shop: TestShop) -> None:
    sale_id = open_sale(shop, 25)
    with ThreadPoolExecutor(24) as pool:
        replies = list(pool.map(lambda n: grab(shop, sale_id, f"buyer-{n}"), range(120)))
    assert sum(one["success"] for one in replies) == 25
    assert {one["code"] for one in replies if not one["success"]} == {"FLASH_SOLD_OUT"}
    assert states(shop, sale_id) == {"held": 25}
    assert len({one["data"]["claim"]["claimId"] for one in replies if one["success"]}) == 25


def test_a_request_that_is_sent_again_after_its_hold_gets_its_old_answer_and_no_second_piece(shop: TestShop) -> None:
    sale_id, key = open_sale(shop, 3), request_id()
    first = grab(shop, sale_id, "ann", key=key)
    hold_over(shop, sale_id)
    sweep()
    again = grab(shop, sale_id, "ann", key=key)
    assert again["data"] == first["data"]
    assert states(shop, sale_id) == {"free": 3}


def test_the_last_piece_that_everybody_wants_at_once_is_one_members_and_a_look_first_would_sell_it_to_all(
    shop: TestShop,
) -> None:
    buyers = 12
    sale_id, together = open_sale(shop, 1), Barrier(buyers)

    def ours(n: int) -> bool:
        together.wait()
        return bool(grab(shop, sale_id, f"buyer-{n}")["success"])

    def looking_first(n: int) -> bool:
        """The control: who sees a piece left, takes it."""
        taken = shop.db["naive_claims"].count_documents({"sale_id": sale_id})
        together.wait()
        if taken < 1:
            shop.db["naive_claims"].insert_one({"sale_id": sale_id, "buyer": n})
        return taken < 1

    with ThreadPoolExecutor(buyers) as pool:
        assert sum(pool.map(ours, range(buyers))) == 1
        assert sum(pool.map(looking_first, range(buyers))) == buyers
    shop.db["naive_claims"].drop()


@pytest.fixture
def remembering(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Instances trust for a second what they know, as they do in the cloud."""
    monkeypatch.setenv("SHOP_SETTINGS_LIVE_S", "1")
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.mark.usefixtures("remembering")
def test_an_instance_that_saw_it_sold_out_says_so_for_a_second_and_looks_again_after(shop: TestShop) -> None:
    sale_id, now = open_sale(shop, 1), utc_now()

    def grab_at(guest: str, moment: datetime) -> str:
        told = {"requestId": request_id(), "saleId": sale_id, "shopId": shop.shop_id, "deviceId": guest}
        command, caller = GrabFlashSale.model_validate(told), Caller(shop.guest(guest), "guest")
        key = CommandKey.of(caller.id, "grabFlashSale", command)
        work = Work(Shop(shop.db, shop.shop_id), caller, moment, Deadline.after(8), "trace", key)
        try:
            return grab_flash_sale(command, work).claim.claim_id
        except FlashSoldOut:
            return "sold out"

    assert grab_at("ann", now) != "sold out"
    assert grab_at("bob", now) == "sold out"
    hold_over(shop, sale_id)
    sweep()
    assert states(shop, sale_id) == {"free": 1}
    assert grab_at("bob", now + timedelta(milliseconds=999)) == "sold out"
    assert states(shop, sale_id) == {"free": 1}
    assert grab_at("bob", now + timedelta(seconds=1)) != "sold out"
