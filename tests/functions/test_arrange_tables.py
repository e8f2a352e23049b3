"""Staff arrange who sits where and pays for what; the kitchen hears of it, and no fen is lost."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pymongo.database import Database

from shared.domain.orders import Order, misplaced
from shared.store import orders
from shared.store.client import Document
from shared.store.scope import Shop
from tests.functions.test_cart import add, edit, stored
from tests.support.shops import Reply, TestShop, line, open_shop, request_id


def arrange(shop: TestShop, op: str, *, person: str = "waiter", key: str | None = None, **more: Any) -> Reply:
    """One arrangement by a member of staff."""
    return shop.call("arrangeTables", shop.guest(person), requestId=key or request_id(), arrangement={"op": op, **more})


def placed(shop: TestShop, sitting_id: str, lines: list[Reply], *, table: str = "t1", guest: str = "guest") -> Reply:
    """A round of the sitting."""
    reply = shop.submit(lines, guest=guest, sittingId=sitting_id, tableCode=shop.code(table))
    assert reply["success"], reply
    order: Reply = reply["data"]["order"]
    return order


def tickets_told(shop: TestShop, kind: str) -> list[Reply]:
    """What the kitchen was told with tickets of a kind, in order."""
    homes = [*shop.db["commands"].find({"shop_id": shop.shop_id}), *shop.db["orders"].find({"shop_id": shop.shop_id})]
    events = [json.loads(event) for home in homes for event in home.get("events", ())]
    return [event["data"] for event in events if event["type"] == "ticket.print" and event["data"]["kind"] == kind]


def order_of(shop: TestShop, order_id: str) -> Order:
    """An order as stored; every dish wanted of it stands on exactly one live ticket."""
    order = orders.get(Shop(shop.db, shop.shop_id), order_id)
    assert misplaced(order) == {}
    return order


def advance(shop: TestShop, order_id: str, step: str, **more: Any) -> None:
    reply = shop.call(
        "advanceOrder", shop.guest("kitchen"), requestId=request_id(), orderId=order_id, step=step, **more
    )
    assert reply["success"], reply


def refused(shop: TestShop, code: str, op: str, **more: Any) -> Reply:
    """A refusal, of which nothing is left in the database."""
    before = (shop.counts(), list(shop.db["table_sessions"].find({"shop_id": shop.shop_id})))
    reply = arrange(shop, op, **more)
    assert reply["code"] == code, reply
    assert (shop.counts(), list(shop.db["table_sessions"].find({"shop_id": shop.shop_id}))) == before
    return reply


def test_a_party_moves_with_cart_and_orders_and_the_kitchen_hears_where_to(shop: TestShop) -> None:
    sitting_id = shop.seat()["sittingId"]
    add(shop, sitting_id, line("tea"))
    cooking = placed(shop, sitting_id, [line("duck"), line("noodles", specs={"size": "big"})])
    served = placed(shop, sitting_id, [line("tea", 2)])
    advance(shop, served["orderId"], "serve")
    noodles = next(one["ticketId"] for one in cooking["tickets"] if one["station"] == "noodle")
    advance(shop, cooking["orderId"], "ready", ticketId=noodles)
    reply = arrange(shop, "move", sittingId=sitting_id, toTableId="t3")
    assert reply["data"] == {"sittingId": sitting_id, "tableId": "t3", "tableName": "3号桌", "state": "open"}
    told = tickets_told(shop, "move")
    assert sorted((one["station"], one["tableName"], one["note"]) for one in told) == [
        ("cold", "3号桌", "1号桌 → 3号桌"),
        ("pass", "3号桌", "1号桌 → 3号桌"),
    ]
    assert {one["station"]: [item["name"] for item in one["lines"]] for one in told} == {
        "cold": ["道口烧鸡"],
        "pass": ["道口烧鸡", "羊肉烩面"],
    }
    assert [order_of(shop, one["orderId"]).table_name for one in (cooking, served)] == ["3号桌", "3号桌"]
    # Whoever joined by the old code still orders, and the old table is free.
    assert placed(shop, sitting_id, [line("duck")])["tableName"] == "3号桌"
    assert shop.seat(guest="next")["joined"] is False
    assert shop.seat("t3", "friend")["sittingId"] == sitting_id


def test_a_table_that_is_taken_or_unknown_is_no_place_to_move_to(shop: TestShop) -> None:
    sitting_id, _ = shop.seat()["sittingId"], shop.seat("t2", "other")
    told = refused(shop, "TABLE_OCCUPIED", "move", sittingId=sitting_id, toTableId="t2")
    assert told["message"] == "这一桌有客人在用餐，请换一桌"
    refused(shop, "NOT_FOUND", "move", sittingId=sitting_id, toTableId="t99")
    refused(shop, "SITTING_CLOSED", "move", sittingId="nowhere", toTableId="t3")


def test_of_two_parties_that_move_to_one_table_at_once_one_gets_it(shop: TestShop) -> None:
    parties = [shop.seat(table, table)["sittingId"] for table in ("t1", "t2")]
    with ThreadPoolExecutor(2) as waiters:
        replies = list(waiters.map(lambda one: arrange(shop, "move", sittingId=one, toTableId="t4"), parties))
    assert sorted(reply.get("code", "done") for reply in replies) == ["TABLE_OCCUPIED", "done"]
    open_there = {"shop_id": shop.shop_id, "table_id": "t4", "state": "open"}
    assert shop.db["table_sessions"].count_documents(open_there) == 1


def test_a_move_repeated_happens_once(shop: TestShop) -> None:
    sitting_id, key = shop.seat()["sittingId"], request_id()
    placed(shop, sitting_id, [line("duck")])
    first = arrange(shop, "move", sittingId=sitting_id, toTableId="t3", key=key)
    assert arrange(shop, "move", sittingId=sitting_id, toTableId="t3", key=key)["data"] == first["data"]
    assert len(tickets_told(shop, "move")) == 2
    other = arrange(shop, "move", sittingId=sitting_id, toTableId="t4", key=key)
    assert other["code"] == "REQUEST_ID_REUSED"


def test_two_parties_become_one_with_members_carts_rounds_and_one_bill(shop: TestShop) -> None:
    first, second = shop.seat("t1", "li")["sittingId"], shop.seat("t2", "wang")["sittingId"]
    for sitting_id, guests in ((first, 2), (second, 3)):
        assert arrange(shop, "guests", sittingId=sitting_id, guests=guests)["data"]["guests"] == guests
    add(shop, first, line("tea", 1, "l1"), guest="li", guestName="小李")
    shop.call("editCart", shop.guest("wang"), requestId=request_id(), tableCode=shop.code("t2"), sittingId=second,
              edit={"op": "add", "line": line("tea", 4, "l1")}, guestName="小王")  # fmt: skip
    placed(shop, first, [line("duck")], guest="li")
    placed(shop, second, [line("tea", 2)], table="t2", guest="wang")
    merged = arrange(shop, "merge", sittingId=first, intoSittingId=second)["data"]
    assert (merged["sittingId"], merged["tableName"], merged["guests"]) == (second, "2号桌", 5)
    assert [(one["line_id"], one["quantity"], one["guest_name"]) for one in stored(shop, second)["cart"]] == [
        ("l1", 4, "小王"),
        ("l1.2", 1, "小李"),
    ]
    # By the old code and the old sitting a guest finds the party, and is told where to order.
    old = {"tableCode": shop.code("t1"), "sittingId": first}
    seen = shop.call("getSitting", shop.guest("li"), **old)["data"]["sitting"]
    assert (seen["sittingId"], len(seen["members"]), seen["orderedFen"]) == (second, 2, 5100)
    told = shop.submit([line("tea")], guest="li", **old)
    assert (told["code"], told["message"]) == ("SITTING_CLOSED", "这一桌已经并到2号桌，请在那一桌继续点餐")
    assert told["details"] == {"sittingId": second, "tableName": "2号桌"}
    assert placed(shop, second, [line("duck")], guest="li")["round"] == 3
    listed = shop.call("listOrders", shop.guest("wang"), tableCode=shop.code("t2"), sittingId=second)["data"]["orders"]
    assert [(one["tableName"], one["dueFen"]) for one in listed] == [("2号桌", 4500), ("2号桌", 600), ("2号桌", 4500)]
    assert sorted((one["station"], one["note"]) for one in tickets_told(shop, "move")) == [
        ("cold", "1号桌 → 2号桌"),
        ("pass", "1号桌 → 2号桌"),
    ]
    assert shop.seat("t1", "next")["joined"] is False


def test_a_merge_that_cannot_be(shop: TestShop) -> None:
    first, second = shop.seat("t1", "li")["sittingId"], shop.seat("t2", "wang")["sittingId"]
    refused(shop, "INVALID_ARGUMENT", "merge", sittingId=first, intoSittingId=first)
    refused(shop, "SITTING_CLOSED", "merge", sittingId=first, intoSittingId="nowhere")
    for n in range(31):
        add(shop, first, line("tea", 1, f"l{n}"), guest="li")
        shop.call("editCart", shop.guest("wang"), requestId=request_id(), tableCode=shop.code("t2"), sittingId=second,
                  edit={"op": "add", "line": line("tea", 1, f"m{n}")})  # fmt: skip
    refused(shop, "CART_LIMIT", "merge", sittingId=first, intoSittingId=second)


def test_edits_during_a_merge_are_in_the_merged_cart_or_were_refused(shop: TestShop) -> None:
    first, second = shop.seat("t1", "li")["sittingId"], shop.seat("t2", "wang")["sittingId"]
    with ThreadPoolExecutor(4) as people:
        edits = [people.submit(add, shop, first, line("tea", 1, f"l{n}"), guest="li") for n in range(20)]
        merge = people.submit(arrange, shop, "merge", sittingId=first, intoSittingId=second)
    assert merge.result()["success"], merge.result()
    kept = sum(one.result()["success"] for one in edits)
    assert {one.result().get("code", "SITTING_CLOSED") for one in edits} == {"SITTING_CLOSED"}
    assert len(stored(shop, second)["cart"]) == kept


def test_dishes_go_to_another_bill_at_their_price_and_are_cooked_from_one_paper(shop: TestShop) -> None:
    first, second = shop.seat("t1", "li")["sittingId"], shop.seat("t2", "wang")["sittingId"]
    lines = [line("duck", 3), line("tea", 2), line("noodles", specs={"size": "big"})]
    source = placed(shop, first, lines, guest="li")
    shop.change_dish("duck", price_fen=9900)
    tea = next(one["ticketId"] for one in source["tickets"] if one["station"] == "drink")
    advance(shop, source["orderId"], "ready", ticketId=tea)
    wanted = [{"lineId": "l-duck", "quantity": 1}, {"lineId": "l-tea", "quantity": 2}]
    reply = arrange(shop, "transfer", orderId=source["orderId"], lines=wanted, toSittingId=second)
    made = reply["data"]["order"]
    assert (made["sittingId"], made["tableName"], made["round"], made["dueFen"]) == (second, "2号桌", 1, 5100)
    left, moved = order_of(shop, source["orderId"]), order_of(shop, made["orderId"])
    assert (left.due_fen, left.due_fen + moved.due_fen) == (2 * 4500 + 2200, source["dueFen"])
    assert [(one.line_id, one.live_quantity) for one in left.lines] == [("l-duck", 2), ("l-tea", 0), ("l-noodles", 1)]
    states = {one.station: one.state for one in moved.tickets if one.is_cooking}
    assert states == {"cold": "waiting", "drink": "ready"}
    told = tickets_told(shop, "move")
    assert sorted((one["station"], one["note"]) for one in told) == [
        ("cold", "1号桌 → 2号桌"),
        ("pass", "1号桌 → 2号桌"),
    ]
    assert tickets_told(shop, "add") == []
    assert shop.left("duck") == 97
    assert sum(one["dueFen"] for one in seen_orders(shop, second)) == 5100


def test_what_is_served_goes_to_another_bill_without_a_word_to_the_kitchen(shop: TestShop) -> None:
    first, second = shop.seat("t1", "li")["sittingId"], shop.seat("t2", "wang")["sittingId"]
    source = placed(shop, first, [line("duck", 2)], guest="li")
    advance(shop, source["orderId"], "serve")
    advance(shop, source["orderId"], "complete")
    wanted = [{"lineId": "l-duck", "quantity": 2}]
    reply = arrange(shop, "transfer", orderId=source["orderId"], lines=wanted, toSittingId=second)
    assert (reply["data"]["order"]["state"], reply["data"]["order"]["dueFen"]) == ("completed", 9000)
    left = order_of(shop, source["orderId"])
    assert (left.state, left.due_fen) == ("cancelled", 0)
    assert tickets_told(shop, "move") == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"lines": [{"lineId": "l-duck", "quantity": 4}]}, "STATE_CONFLICT"),
        ({"lines": [{"lineId": "l-none", "quantity": 1}]}, "NOT_FOUND"),
        ({"lines": []}, "INVALID_ARGUMENT"),
        ({"lines": [{"lineId": "l-duck", "quantity": 1}] * 2}, "INVALID_ARGUMENT"),
        ({"toSittingId": "nowhere"}, "SITTING_CLOSED"),
        ({"orderId": "nothing"}, "NOT_FOUND"),
        ({"toSittingId": "own"}, "INVALID_ARGUMENT"),
    ],
)
def test_a_transfer_that_cannot_be(shop: TestShop, change: Reply, code: str) -> None:
    first, second = shop.seat("t1", "li")["sittingId"], shop.seat("t2", "wang")["sittingId"]
    source = placed(shop, first, [line("duck", 3)], guest="li")
    whole = {"orderId": source["orderId"], "lines": [{"lineId": "l-duck", "quantity": 1}], "toSittingId": second}
    if change.get("toSittingId") == "own":
        change = {"toSittingId": first}
    refused(shop, code, "transfer", **{**whole, **change})
    assert order_of(shop, source["orderId"]).due_fen == 13500


def test_the_last_piece_moved_twice_at_once_moves_once(shop: TestShop) -> None:
    first, second = shop.seat("t1", "li")["sittingId"], shop.seat("t2", "wang")["sittingId"]
    source = placed(shop, first, [line("duck", 1), line("tea")], guest="li")
    wanted = {"orderId": source["orderId"], "lines": [{"lineId": "l-duck", "quantity": 1}], "toSittingId": second}
    with ThreadPoolExecutor(4) as waiters:
        replies = list(waiters.map(lambda _: arrange(shop, "transfer", **wanted), range(4)))
    assert sorted(reply.get("code", "done") for reply in replies) == ["STATE_CONFLICT"] * 3 + ["done"]
    assert [one["dueFen"] for one in seen_orders(shop, second)] == [4500]


def test_a_party_that_left_frees_its_table(shop: TestShop) -> None:
    sitting_id = shop.seat()["sittingId"]
    add(shop, sitting_id, line("tea"))
    told = refused(shop, "STATE_CONFLICT", "close", sittingId=sitting_id)
    assert (told["message"], told["details"]) == ("购物车里还有没提交的菜，请先提交或清空", {"cartLines": 1})
    edit(shop, sitting_id, "remove", lineId="l-tea")
    order = placed(shop, sitting_id, [line("duck")])
    told = refused(shop, "STATE_CONFLICT", "close", sittingId=sitting_id)
    assert (told["message"], told["details"]) == (
        "还有菜没上齐，确认客人已离开后再结束",
        {"orders": [order["orderNo"]]},
    )
    advance(shop, order["orderId"], "serve")
    assert arrange(shop, "close", sittingId=sitting_id)["data"]["state"] == "closed"
    assert shop.submit([line("tea")], sittingId=sitting_id)["code"] == "SITTING_CLOSED"
    assert add(shop, sitting_id, line("tea"))["code"] == "SITTING_CLOSED"
    assert shop.seat()["sittingId"] != sitting_id
    refused(shop, "SITTING_CLOSED", "close", sittingId=sitting_id)


def test_staff_may_close_a_table_that_was_left_with_dishes_to_come(shop: TestShop) -> None:
    sitting_id = shop.seat()["sittingId"]
    placed(shop, sitting_id, [line("duck")])
    add(shop, sitting_id, line("tea"))
    assert arrange(shop, "close", sittingId=sitting_id, anyway=True)["data"]["state"] == "closed"


@pytest.mark.parametrize("person", ["guest", "kitchen"])
def test_who_does_not_wait_on_tables_arranges_none(shop: TestShop, person: str) -> None:
    sitting_id = shop.seat()["sittingId"]
    refused(shop, "PERMISSION_DENIED", "close", sittingId=sitting_id, person=person)


def test_another_shops_sittings_are_unknown(shop: TestShop, db: Database[Document]) -> None:
    other = open_shop(db)
    theirs, mine = other.seat()["sittingId"], shop.seat()["sittingId"]
    source = placed(other, theirs, [line("duck")])
    refused(shop, "SITTING_CLOSED", "close", sittingId=theirs)
    refused(shop, "SITTING_CLOSED", "merge", sittingId=mine, intoSittingId=theirs)
    wanted = {"orderId": source["orderId"], "lines": [{"lineId": "l-duck", "quantity": 1}], "toSittingId": mine}
    refused(shop, "NOT_FOUND", "transfer", **wanted)


def seen_orders(shop: TestShop, sitting_id: str) -> list[Reply]:
    """The sitting's orders as staff see them."""
    found: list[Reply] = shop.call("listOrders", shop.guest("manager"), sittingId=sitting_id)["data"]["orders"]
    return found
