"""Never more is sold than there is, however many want it at once (rule 13)."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from pymongo.database import Database

from shared.store.client import Document
from tests.support.shops import TestShop, line

BUYERS = 400
THREADS = 40


def test_of_a_hundred_pieces_four_hundred_buyers_at_once_get_exactly_a_hundred(shop: TestShop) -> None:
    with ThreadPoolExecutor(THREADS) as counter:
        replies = list(counter.map(lambda n: shop.submit([line("duck")], guest=f"g{n}"), range(BUYERS)))
    assert Counter(reply.get("code", "sold") for reply in replies) == {"sold": 100, "STOCK_SHORT": 300}
    assert (shop.left("duck"), shop.counts()["orders"]) == (0, 100)
    for reply in replies:
        if not reply["success"]:
            assert reply["message"] == "道口烧鸡已售完"
            assert reply["details"] == {"dishes": [{"dishId": "duck", "name": "道口烧鸡", "left": 0, "wanted": 1}]}
    sold = [reply["data"]["order"] for reply in replies if reply["success"]]
    assert len({order["pickupNo"] for order in sold}) == len({order["orderNo"] for order in sold}) == 100


def test_without_the_guard_in_the_update_the_same_race_oversells(db: Database[Document]) -> None:
    """The negative control: read, compare, take, as most tutorials do it."""
    buyers = 8
    pieces = db.client[f"{db.name}_unguarded"]["pieces"]
    pieces.insert_one({"_id": "duck", "left": 5})
    everybody_has_read = threading.Barrier(buyers)

    def buy(_number: int) -> bool:
        found = pieces.find_one({"_id": "duck"})
        assert found is not None
        everybody_has_read.wait(20)
        if found["left"] < 1:
            return False
        pieces.update_one({"_id": "duck"}, {"$inc": {"left": -1}})
        return True

    try:
        with ThreadPoolExecutor(buyers) as counter:
            sold = sum(counter.map(buy, range(buyers)))
        found = pieces.find_one({"_id": "duck"})
    finally:
        db.client.drop_database(f"{db.name}_unguarded")
    assert (sold, found) == (8, {"_id": "duck", "left": -3})


def test_orders_of_several_pieces_at_once_take_whole_orders_only(shop: TestShop) -> None:
    with ThreadPoolExecutor(16) as counter:
        replies = list(counter.map(lambda n: shop.submit([line("duck", 7), line("tea")], guest=f"g{n}"), range(32)))
    assert sum(reply["success"] for reply in replies) == 14
    assert shop.left("duck") == 2
    assert {reply["details"]["dishes"][0]["left"] for reply in replies if reply.get("code") == "STOCK_SHORT"} == {2}


def test_every_short_dish_is_named_with_what_is_left_and_nothing_is_taken(shop: TestShop) -> None:
    shop.submit([line("fish"), line("duck", 10)])
    before = shop.counts()
    reply = shop.submit([line("fish", 3), line("duck", 91), line("tea", 99)])
    assert reply["code"] == "STOCK_SHORT"
    assert reply["message"] == "红烧黄河鲤鱼只剩 2 条，道口烧鸡只剩 90 只"
    assert reply["details"]["dishes"] == [
        {"dishId": "fish", "name": "红烧黄河鲤鱼", "left": 2, "wanted": 3},
        {"dishId": "duck", "name": "道口烧鸡", "left": 90, "wanted": 91},
    ]
    assert shop.counts() == before
    assert (shop.left("fish"), shop.left("duck")) == (2, 90)


def test_two_lines_of_one_dish_count_together(shop: TestShop) -> None:
    lines = [line("fish", 2, "l1"), line("fish", 2, "l2")]
    reply = shop.submit(lines)
    assert (reply["code"], reply["details"]["dishes"][0]["wanted"]) == ("STOCK_SHORT", 4)
    assert shop.submit([line("fish", 2, "l1"), line("fish", 1, "l2")])["success"]
    assert shop.left("fish") == 0


def test_a_combos_choice_and_the_same_dish_on_its_own_share_one_stock(shop: TestShop) -> None:
    meal = line("lunch", 2, combo={"main": "fish", "drink": "tea"})
    reply = shop.submit([meal, line("fish", 2)])
    assert (reply["code"], reply["details"]["dishes"][0]["wanted"]) == ("STOCK_SHORT", 4)
    assert shop.submit([meal, line("fish", 1)])["success"]
    assert shop.left("fish") == 0


def test_the_last_piece_goes_to_one_of_two_tables_and_the_other_may_order_on(shop: TestShop) -> None:
    shop.submit([line("fish", 2)])
    sittings = {guest: shop.seat(table, guest)["sittingId"] for guest, table in (("a", "t1"), ("b", "t2"))}

    def order(guest: str) -> bool:
        code = shop.code("t1" if guest == "a" else "t2")
        reply = shop.submit([line("fish")], guest=guest, sittingId=sittings[guest], tableCode=code)
        success: bool = reply["success"]
        return success

    with ThreadPoolExecutor(2) as tables:
        got = dict(zip("ab", tables.map(order, "ab"), strict=True))
    assert sorted(got.values()) == [False, True]
    loser = "b" if got["a"] else "a"
    code = shop.code("t1" if loser == "a" else "t2")
    assert shop.submit([line("tea")], guest=loser, sittingId=sittings[loser], tableCode=code)["success"]
    assert shop.left("fish") == 0
