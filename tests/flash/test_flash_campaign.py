"""Head office makes a flash sale and changes it: its pieces are there with it, and never fewer than were claimed."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from pymongo.database import Database

from shared.runtime.clock import utc_now
from shared.store.client import Document
from tests.support.audit import assert_clean
from tests.support.desk import sweep
from tests.support.flash import claimed, grab, hold_over, pieces, states
from tests.support.shops import Reply, TestShop, line, open_shop, request_id


def sale(shop: TestShop, **more: object) -> Reply:
    """A sale of ten ducks, on for an hour, as head office sends it."""
    now = utc_now()
    return {
        "kind": "flash",
        "name": "烧鸡秒杀",
        "shops": [shop.shop_id],
        "validFrom": (now - timedelta(minutes=1)).isoformat(),
        "validUntil": (now + timedelta(hours=1)).isoformat(),
        "dishId": "duck",
        "priceFen": 1990,
        "pieces": 10,
        **more,
    }


def save(shop: TestShop, campaign: Reply, *, person: str = "owner", key: str | None = None, **more: object) -> Reply:
    """The envelope of `saveCampaign`."""
    return shop.call("saveCampaign", shop.guest(person), requestId=key or request_id(), campaign=campaign, **more)


def saved(shop: TestShop, **more: object) -> tuple[str, int]:
    """The sale's id and version."""
    reply = save(shop, sale(shop, **more))
    assert reply["success"], reply
    return reply["data"]["campaignId"], reply["data"]["version"]


def test_a_saved_sale_has_its_pieces_and_can_be_grabbed(db: Database[Document], shop: TestShop) -> None:
    sale_id, version = saved(shop)
    assert (version, states(shop, sale_id)) == (1, {"free": 10})
    claim = grab(shop, sale_id, "ann")["data"]["claim"]
    assert (claim["priceFen"], claim["dishId"], claim["name"]) == (1990, "duck", "烧鸡秒杀")
    assert_clean(db, shop.shop_id)


def test_a_sale_that_is_sent_twice_is_one_with_its_pieces_once(shop: TestShop) -> None:
    key, campaign = request_id(), sale(shop)
    with ThreadPoolExecutor(4) as pool:
        replies = list(pool.map(lambda _: save(shop, campaign, key=key), range(4)))
    assert len({str(one["data"]) for one in replies}) == 1
    assert states(shop, replies[0]["data"]["campaignId"]) == {"free": 10}
    assert shop.db["campaigns"].count_documents({"shops": shop.shop_id}) == 1


def test_pieces_are_added_and_taken_away_but_never_those_that_were_claimed(
    db: Database[Document], shop: TestShop
) -> None:
    sale_id, version = saved(shop)
    claims = [claimed(shop, sale_id, guest) for guest in ("ann", "bob", "eve")]
    shop.submit([line("duck")], guest="ann", flashClaims={"l-duck": [claims[0]]})
    for number, left in ((12, 9), (3, 0), (3, 0), (7, 4), (14, 11)):
        reply = save(shop, sale(shop, pieces=number), campaignId=sale_id, version=version)
        assert reply["success"], reply
        version = reply["data"]["version"]
        found = states(shop, sale_id)
        assert (found["held"], found["sold"], found.get("free", 0)) == (2, 1, left)
        assert_clean(db, shop.shop_id)
    before = pieces(shop, sale_id)
    refused = save(shop, sale(shop, pieces=2), campaignId=sale_id, version=version)
    assert (refused["code"], refused["details"]) == ("FLASH_PIECES_TAKEN", {"taken": 3})
    assert pieces(shop, sale_id) == before
    campaign = shop.db["campaigns"].find_one({"_id": sale_id})
    assert campaign is not None
    assert (campaign["pieces"], campaign["version"]) == (14, version)


def test_a_piece_that_was_taken_away_still_knows_whom_it_answered(shop: TestShop) -> None:
    sale_id, version = saved(shop, pieces=1)
    key = request_id()
    first = grab(shop, sale_id, "ann", key=key)
    hold_over(shop, sale_id)
    sweep()
    claimed(shop, sale_id, "bob")
    assert save(shop, sale(shop, pieces=5), campaignId=sale_id, version=version)["success"]
    assert grab(shop, sale_id, "ann", key=key)["data"] == first["data"]
    assert states(shop, sale_id) == {"free": 4, "held": 1}


def test_while_everybody_grabs_the_number_changes_and_holds(db: Database[Document], shop: TestShop) -> None:
    sale_id, version = saved(shop, pieces=40)
    with ThreadPoolExecutor(12) as pool:
        grabs = [pool.submit(grab, shop, sale_id, f"buyer-{n}") for n in range(60)]
        reply = save(shop, sale(shop, pieces=30), campaignId=sale_id, version=version)
        said = [one.result()["success"] for one in grabs]
    number = 30 if reply["success"] else 40
    assert sum(said) == number
    assert sum(count for state, count in states(shop, sale_id).items() if state != "off") == number
    assert_clean(db, shop.shop_id)


def test_a_price_that_changes_is_that_of_later_claims(shop: TestShop) -> None:
    sale_id, version = saved(shop, perMember=2)
    early = claimed(shop, sale_id)
    assert save(shop, sale(shop, perMember=2, priceFen=2990), campaignId=sale_id, version=version)["success"]
    late = claimed(shop, sale_id)
    for claim_id, price in ((early, 1990), (late, 2990)):
        reply = shop.submit([line("duck")], flashClaims={"l-duck": [claim_id]})
        assert reply["data"]["order"]["dueFen"] == price


def test_a_sale_that_is_switched_off_gives_nothing_more_and_keeps_its_word(shop: TestShop) -> None:
    sale_id, version = saved(shop)
    claim_id = claimed(shop, sale_id)
    assert save(shop, sale(shop, active=False), campaignId=sale_id, version=version)["success"]
    assert grab(shop, sale_id, "bob")["code"] == "FLASH_NOT_ON"
    assert shop.submit([line("duck")], flashClaims={"l-duck": [claim_id]})["data"]["order"]["dueFen"] == 1990


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"pieces": 0}, "INVALID_ARGUMENT"),
        ({"pieces": 5001}, "INVALID_ARGUMENT"),
        ({"priceFen": -1}, "INVALID_ARGUMENT"),
        ({"priceFen": 19.9}, "INVALID_ARGUMENT"),
        ({"perMember": 0}, "INVALID_ARGUMENT"),
        ({"holdMin": 61}, "INVALID_ARGUMENT"),
        ({"validFrom": None}, "INVALID_ARGUMENT"),
        ({"validUntil": "2026-01-01T00:00:00+08:00"}, "INVALID_ARGUMENT"),
        ({"dishId": "unknown"}, "INVALID_ARGUMENT"),
        ({"shops": ["another"]}, "PERMISSION_DENIED"),
    ],
)
def test_a_sale_that_cannot_be_is_refused_and_nothing_is_written(shop: TestShop, wrong: Reply, code: str) -> None:
    before = (shop.counts(), shop.db["flash_pieces"].estimated_document_count())
    assert save(shop, sale(shop, **wrong))["code"] == code
    assert (shop.counts(), shop.db["flash_pieces"].estimated_document_count()) == before


def test_the_limit_of_a_member_may_rise_and_not_fall(shop: TestShop) -> None:
    sale_id, version = saved(shop, perMember=2)
    refused = save(shop, sale(shop, perMember=1), campaignId=sale_id, version=version)
    assert refused["code"] == "STATE_CONFLICT"
    assert save(shop, sale(shop, perMember=3), campaignId=sale_id, version=version)["success"]
    assert [grab(shop, sale_id, "ann")["success"] for _ in range(4)] == [True, True, True, False]


def test_guests_see_the_sales_here_and_what_they_hold(db: Database[Document], shop: TestShop) -> None:
    other = open_shop(db)
    later = (utc_now() + timedelta(minutes=10)).isoformat()
    now_on, version = saved(shop, pieces=1)
    to_come, _ = saved(shop, validFrom=later)
    saved(shop, active=False)
    saved(other)
    claim_id = claimed(shop, now_on)
    told = shop.call("listOffers", shop.guest(), shopId=shop.shop_id)["data"]
    assert [(one["saleId"], one["soldOut"]) for one in told["flashSales"]] == [(now_on, True), (to_come, False)]
    assert [one["claimId"] for one in told["flashClaims"]] == [claim_id]
    assert shop.call("listOffers", shop.guest("bob"), shopId=shop.shop_id)["data"]["flashClaims"] == []
    assert save(shop, sale(shop, pieces=1, active=False), campaignId=now_on, version=version)["success"]
    told = shop.call("listOffers", shop.guest(), shopId=shop.shop_id)["data"]
    assert ([one["saleId"] for one in told["flashSales"]], len(told["flashClaims"])) == ([to_come], 1)


@pytest.mark.parametrize("person", ["guest", "manager", "cashier", "waiter", "kitchen"])
def test_only_head_office_makes_sales(shop: TestShop, person: str) -> None:
    assert save(shop, sale(shop), person=person)["code"] == "PERMISSION_DENIED"
    assert shop.db["campaigns"].count_documents({"shops": shop.shop_id}) == 0
