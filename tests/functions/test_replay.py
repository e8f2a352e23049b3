"""A command happens once, however often and from however many sides it is sent."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.shops import Reply, TestShop, line, request_id

TWELVE = 12


def test_the_same_command_again_gives_the_same_answer_and_one_order(shop: TestShop) -> None:
    key = request_id()
    first = shop.submit([line("duck", 2), line("tea")], key=key)
    before = shop.counts()
    again = [shop.submit([line("duck", 2), line("tea")], key=key) for _ in range(3)]
    assert first["success"], first
    assert [reply["data"] for reply in again] == [first["data"]] * 3
    assert shop.counts() == before
    assert (before["orders"], shop.left("duck")) == (1, 98)


def test_a_key_is_the_same_in_either_case_of_letters(shop: TestShop) -> None:
    key = request_id()
    first = shop.submit([line("tea")], key=key.lower())
    assert shop.submit([line("tea")], key=key.upper())["data"] == first["data"]
    assert shop.counts()["orders"] == 1


@pytest.mark.parametrize(
    "lines",
    [[line("duck", 3)], [line("duck", 2), line("tea")], [line("tea", 2)], [line("duck", 2, note="少盐")]],
)
def test_a_used_key_with_another_body_is_refused(shop: TestShop, lines: list[Reply]) -> None:
    key = request_id()
    shop.submit([line("duck", 2)], key=key)
    before = shop.counts()
    refused = shop.submit(lines, key=key)
    assert (refused["code"], refused["message"]) == ("REQUEST_ID_REUSED", "请求编号重复，请重新提交")
    assert shop.counts() == before


def test_after_the_dish_is_sold_out_the_first_answer_still_stands(shop: TestShop) -> None:
    key = request_id()
    first = shop.submit([line("fish", 3)], key=key)
    assert shop.submit([line("fish")])["code"] == "STOCK_SHORT"
    assert shop.submit([line("fish", 3)], key=key)["data"] == first["data"]
    assert shop.left("fish") == 0


def test_after_the_shop_has_closed_or_the_menu_changed_the_first_answer_still_stands(shop: TestShop) -> None:
    key = request_id()
    first = shop.submit([line("tea")], key=key)
    shop.change(paused=True)
    assert shop.submit([line("tea")], key=key)["data"] == first["data"]
    shop.change(paused=False)
    shop.db["dishes"].delete_one({"shop_id": shop.shop_id, "dish_id": "tea"})
    shop.change(menu_version=2)
    assert shop.submit([line("tea")], key=key)["data"] == first["data"]
    assert shop.counts()["orders"] == 1


def test_a_refused_command_leaves_no_record_and_may_be_sent_again(shop: TestShop) -> None:
    key, before = request_id(), shop.counts()
    shop.change(paused=True)
    assert shop.submit([line("duck")], key=key)["code"] == "SHOP_CLOSED"
    assert shop.counts() == before
    shop.change(paused=False)
    assert shop.submit([line("duck")], key=key)["success"]
    assert (shop.counts()["orders"], shop.left("duck")) == (1, 99)


def test_two_guests_may_come_upon_the_same_key(shop: TestShop) -> None:
    key = request_id()
    one, other = (shop.submit([line("duck")], key=key, guest=guest) for guest in ("one", "other"))
    assert one["data"]["order"]["orderId"] != other["data"]["order"]["orderId"]
    assert (shop.counts()["orders"], shop.left("duck")) == (2, 98)


@pytest.mark.parametrize("lines", [[line("duck", 2)], [line("tea")]], ids=["of limited stock", "unlimited"])
def test_twelve_calls_with_one_key_at_once_make_one_order_and_get_one_answer(
    shop: TestShop, lines: list[Reply]
) -> None:
    key = request_id()
    with ThreadPoolExecutor(TWELVE) as phones:
        replies = list(phones.map(lambda _: shop.submit(lines, key=key), range(TWELVE)))
    assert [reply.get("code") for reply in replies] == [None] * TWELVE
    assert [reply["data"] for reply in replies] == [replies[0]["data"]] * TWELVE
    assert shop.counts()["orders"] == 1
    if lines[0]["dishId"] == "duck":
        assert shop.left("duck") == 98


def test_twelve_calls_at_a_table_with_one_key_at_once_are_one_round(shop: TestShop) -> None:
    sitting_id, key = shop.seat()["sittingId"], request_id()
    with ThreadPoolExecutor(TWELVE) as phones:
        replies = list(phones.map(lambda _: shop.submit([line("tea")], key=key, sittingId=sitting_id), range(TWELVE)))
    assert [reply.get("data") for reply in replies] == [replies[0]["data"]] * TWELVE
    following = shop.submit([line("tea")], sittingId=sitting_id)["data"]["order"]
    assert following["round"] == 2


def test_a_repeated_order_at_a_table_does_not_count_as_a_round(shop: TestShop) -> None:
    sitting_id, key = shop.seat()["sittingId"], request_id()
    for _ in range(3):
        assert shop.submit([line("tea")], key=key, sittingId=sitting_id)["data"]["order"]["round"] == 1
    assert shop.submit([line("tea")], sittingId=sitting_id)["data"]["order"]["round"] == 2


def test_a_refused_order_at_a_table_does_not_count_as_a_round(shop: TestShop) -> None:
    sitting_id = shop.seat()["sittingId"]
    assert shop.submit([line("fish", 9)], sittingId=sitting_id)["code"] == "STOCK_SHORT"
    first = shop.submit([line("tea")], sittingId=sitting_id)["data"]["order"]
    assert (first["round"], {ticket["kind"] for ticket in first["tickets"]}) == (1, {"new"})


def test_a_repeated_call_is_counted_once_and_a_repeated_step_answers_as_before(shop: TestShop) -> None:
    order_id = shop.submit([line("tea")])["data"]["order"]["orderId"]
    cook, waiter = shop.guest("kitchen"), shop.guest("waiter")
    step_key, call_key = request_id(), request_id()
    steps = [
        shop.call("advanceOrder", cook, requestId=step_key, orderId=order_id, step="ready")["data"] for _ in range(2)
    ]
    calls = [shop.call("callGuest", waiter, requestId=call_key, orderId=order_id)["data"] for _ in range(3)]
    assert steps[0] == steps[1]
    assert calls == [calls[0]] * 3
    shown = [event for event in shop.sync()["data"]["events"] if event["type"] == "call.show"]
    assert [event["data"]["count"] for event in shown] == [1]


def test_a_repeated_opening_gives_the_same_sitting_even_after_others_joined(shop: TestShop) -> None:
    key = request_id()
    first = shop.call("openTable", shop.guest(), requestId=key, tableCode=shop.code())
    shop.seat(guest="friend")
    again = shop.call("openTable", shop.guest(), requestId=key, tableCode=shop.code())
    assert again["data"] == first["data"]
    assert (first["data"]["joined"], shop.counts()["table_sessions"]) == (False, 1)
