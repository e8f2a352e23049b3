"""At a table: the signed code says which, and only those who sit there order there."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from pymongo.database import Database

from shared.store.client import Document
from tests.support.shops import Reply, TestShop, line, open_shop, request_id


def members(shop: TestShop) -> list[list[str]]:
    """The members of each of the shop's sittings."""
    return [sorted(found["members"]) for found in shop.db["table_sessions"].find({"shop_id": shop.shop_id})]


def open_table(shop: TestShop, code: str, guest: str = "guest") -> Reply:
    return shop.call("openTable", shop.guest(guest), requestId=request_id(), tableCode=code)


def test_two_guests_open_one_table_at_once_and_sit_together(shop: TestShop) -> None:
    with ThreadPoolExecutor(2) as phones:
        replies = list(phones.map(lambda guest: open_table(shop, shop.code(), guest), ("one", "other")))
    assert [reply["success"] for reply in replies] == [True, True]
    assert len({reply["data"]["sittingId"] for reply in replies}) == 1
    assert sorted(reply["data"]["joined"] for reply in replies) == [False, True]
    assert members(shop) == [[shop.guest("one"), shop.guest("other")]]


def test_ten_guests_at_once_are_one_sitting_with_ten_members(shop: TestShop) -> None:
    with ThreadPoolExecutor(10) as phones:
        replies = list(phones.map(lambda n: open_table(shop, shop.code(), f"g{n}"), range(10)))
    assert len({reply["data"]["sittingId"] for reply in replies}) == 1
    assert [len(some) for some in members(shop)] == [10]


def test_who_joins_again_is_there_once_and_each_table_has_its_own_sitting(shop: TestShop) -> None:
    first, again = shop.seat(), shop.seat()
    assert (first["joined"], again["joined"]) == (False, True)
    assert first["sittingId"] == again["sittingId"] != shop.seat("t2", "other")["sittingId"]
    assert sorted(members(shop)) == [[shop.guest()], [shop.guest("other")]]


def test_a_code_with_any_byte_changed_opens_nothing(shop: TestShop) -> None:
    code, before = shop.code(), shop.counts()
    for at in range(len(code)):
        changed = code[:at] + ("x" if code[at] != "x" else "y") + code[at + 1 :]
        for reply in (open_table(shop, changed), shop.call("getMenu", shop.guest(), tableCode=changed)):
            assert reply["code"] == "TABLE_CODE_INVALID", changed
            assert reply["message"] == "桌码无效，请扫描桌上的二维码，或请服务员帮忙"
    assert shop.counts() == before


def test_an_order_with_a_changed_code_is_refused(shop: TestShop) -> None:
    sitting_id = shop.seat()["sittingId"]
    before = shop.counts()
    forged = shop.code()[:-1] + ("a" if shop.code()[-1] != "a" else "b")
    assert shop.submit([line("duck")], sittingId=sitting_id, tableCode=forged)["code"] == "TABLE_CODE_INVALID"
    assert shop.counts() == before


def test_a_code_of_an_older_print_opens_nothing(shop: TestShop) -> None:
    shop.db["tables"].update_one({"shop_id": shop.shop_id, "table_id": "t1"}, {"$set": {"code_revision": 2}})
    before = shop.counts()
    assert open_table(shop, shop.code())["code"] == "TABLE_CODE_INVALID"
    assert shop.call("getMenu", shop.guest(), tableCode=shop.code())["code"] == "TABLE_CODE_INVALID"
    assert shop.counts() == before
    assert open_table(shop, shop.code(revision=2))["success"]


def test_a_signed_code_of_a_table_that_is_gone_opens_nothing(shop: TestShop) -> None:
    assert open_table(shop, shop.code("t99"))["code"] == "TABLE_CODE_INVALID"
    assert shop.counts()["table_sessions"] == 0


def test_another_shops_code_with_this_shops_sitting_is_refused_in_both(shop: TestShop, db: Database[Document]) -> None:
    other = open_shop(db)
    sitting_id = shop.seat()["sittingId"]
    before, before_there = shop.counts(), other.counts()
    reply = shop.submit([line("duck")], sittingId=sitting_id, tableCode=other.code())
    assert (reply["code"], reply["message"]) == ("SITTING_CLOSED", "这一桌已经结束，请重新扫码开桌")
    assert (shop.counts(), other.counts()["orders"]) == (before, before_there["orders"])
    assert other.counts() == before_there


@pytest.mark.parametrize("table_id", ["t1", "t2"])
def test_another_guests_sitting_is_closed_to_whoever_has_not_joined(shop: TestShop, table_id: str) -> None:
    sitting_id = shop.seat("t1", "owner-of-the-sitting")["sittingId"]
    before = shop.counts()
    stranger = {"guest": "stranger", "sittingId": sitting_id, "tableCode": shop.code(table_id)}
    assert shop.submit([line("duck")], **stranger)["code"] == "SITTING_CLOSED"
    forged = {"appId": "wx", "openId": shop.guest("owner-of-the-sitting")}
    assert shop.submit([line("duck")], **stranger, userInfo=forged)["code"] == "SITTING_CLOSED"
    assert shop.counts() == before


def test_a_settled_sitting_takes_no_more_orders_and_the_next_scan_opens_a_new_one(shop: TestShop) -> None:
    sitting_id = shop.seat()["sittingId"]
    shop.db["table_sessions"].update_one({"shop_id": shop.shop_id, "_id": sitting_id}, {"$set": {"state": "settled"}})
    before = shop.counts()
    assert shop.submit([line("duck")], sittingId=sitting_id)["code"] == "SITTING_CLOSED"
    assert shop.counts() == before
    assert shop.seat()["sittingId"] != sitting_id


def test_guests_of_one_table_order_rounds_of_one_sitting(shop: TestShop) -> None:
    sitting_id = shop.seat(guest="one")["sittingId"]
    shop.seat(guest="other")
    with ThreadPoolExecutor(8) as phones:
        replies = list(
            phones.map(
                lambda n: shop.submit([line("tea")], guest=("one", "other")[n % 2], sittingId=sitting_id), range(8)
            )
        )
    assert sorted(reply["data"]["order"]["round"] for reply in replies) == list(range(1, 9))
