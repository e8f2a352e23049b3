"""The seat fee (茶位费) is paid once by every guest of a sitting, with whichever round comes first (rule 4)."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from pymongo import MongoClient

from functions.submitOrder.index import main as submit_order
from shared.store.client import Document
from tests.functions.test_cart import add, cart_of, stored
from tests.store.faults import UNHEARD, failing
from tests.support.shops import Reply, TestShop, context, line, request_id


@pytest.fixture
def sitting_id(shop: TestShop) -> str:
    """Three guests at a table of a shop that takes two yuan of each."""
    shop.change(seat_fee_fen=200)
    reply = shop.call("openTable", shop.guest(), requestId=request_id(), tableCode=shop.code(), guests=3)
    found: str = reply["data"]["sittingId"]
    return found


def count(shop: TestShop, sitting_id: str, guests: int) -> None:
    """Staff count the guests anew."""
    change = {"op": "guests", "sittingId": sitting_id, "guests": guests}
    shop.call("arrangeTables", shop.guest("waiter"), requestId=request_id(), arrangement=change)


def fees(order: Reply) -> list[int]:
    """How many seats each fee of the order is for."""
    return [one["quantity"] for one in order["lines"] if one["name"] == "茶位费"]


def test_the_first_round_pays_for_the_seats_and_later_ones_for_who_came_later(shop: TestShop, sitting_id: str) -> None:
    first = shop.submit([line("tea")], sittingId=sitting_id)["data"]["order"]
    second = shop.submit([line("tea")], sittingId=sitting_id)["data"]["order"]
    count(shop, sitting_id, 5)
    third = shop.submit([line("tea")], sittingId=sitting_id)["data"]["order"]
    assert [fees(one) for one in (first, second, third)] == [[3], [], [2]]
    assert [one["dueFen"] for one in (first, second, third)] == [900, 300, 700]


def test_the_cart_shows_the_fee_and_its_quote_is_what_is_ordered(shop: TestShop, sitting_id: str) -> None:
    add(shop, sitting_id, line("tea"))
    cart = cart_of(shop, sitting_id)
    assert (cart["fees"], cart["dueFen"]) == ([{"kind": "seat", "name": "茶位费", "amountFen": 600}], 900)
    picks = [{"lineId": "l-tea", "rev": 1}]
    event = {"requestId": request_id(), "tableCode": shop.code(), "sittingId": sitting_id, "cart": picks}
    placed = shop.call("submitOrder", shop.guest(), **event, quoteHash=cart["quoteHash"])
    assert placed["data"]["order"]["dueFen"] == 900
    add(shop, sitting_id, line("tea"))
    assert cart_of(shop, sitting_id)["fees"] == []


def test_eight_first_rounds_at_once_pay_once(shop: TestShop, sitting_id: str) -> None:
    with ThreadPoolExecutor(8) as phones:
        replies = list(phones.map(lambda _: shop.submit([line("tea")], sittingId=sitting_id), range(8)))
    placed = [reply["data"]["order"] for reply in replies if reply["success"]]
    assert {reply.get("code") for reply in replies} <= {None, "BUSY"}
    assert sum(sum(fees(one)) for one in placed) == 3
    assert stored(shop, sitting_id)["seat_fees"][0]["guests"] == 3


def test_the_same_first_round_at_once_pays_once(shop: TestShop, sitting_id: str) -> None:
    key = request_id()
    with ThreadPoolExecutor(8) as phones:
        replies = list(phones.map(lambda _: shop.submit([line("tea")], key=key, sittingId=sitting_id), range(8)))
    assert len({reply["data"]["order"]["orderId"] for reply in replies}) == 1
    assert fees(replies[0]["data"]["order"]) == [3]
    assert len(stored(shop, sitting_id)["seat_fees"]) == 1


@pytest.fixture(scope="module")
def plain(mongodb_uri: str) -> Iterator[MongoClient[Document]]:
    """A client of the tests' own, to put faults in and take them out."""
    with MongoClient[Document](mongodb_uri) as client:
        yield client


def test_a_first_round_that_was_not_heard_pays_once_when_it_is_sent_again(
    shop: TestShop, sitting_id: str, plain: MongoClient[Document]
) -> None:
    event: Reply = {"requestId": request_id(), "tableCode": shop.code(), "sittingId": sitting_id}
    event["lines"] = [line("tea")]
    with failing(plain, "insert", UNHEARD, times=None):
        assert submit_order(event, {**context(shop.guest()), "time_limit_in_ms": 2_000})["code"] == "UNKNOWN"
    assert fees(submit_order(event, context(shop.guest()))["data"]["order"]) == [3]
    assert fees(shop.submit([line("tea")], sittingId=sitting_id)["data"]["order"]) == []


def test_a_shop_without_a_fee_takes_none(shop: TestShop) -> None:
    reply = shop.call("openTable", shop.guest(), requestId=request_id(), tableCode=shop.code(), guests=3)
    placed = shop.submit([line("tea")], sittingId=reply["data"]["sittingId"])["data"]["order"]
    assert (fees(placed), placed["dueFen"]) == ([], 300)


def test_who_packs_pays_for_the_box_at_a_table_too(shop: TestShop, sitting_id: str) -> None:
    shop.change_dish("tea", packing_fen=100)
    here = shop.submit([line("tea", 2)], sittingId=sitting_id)["data"]["order"]
    packed = shop.submit([line("tea", 2)], sittingId=sitting_id, takeaway=True)["data"]["order"]
    fetched = shop.submit([line("tea", 2)])["data"]["order"]
    assert [one["dueFen"] for one in (here, packed, fetched)] == [1200, 800, 800]
