"""The audit of the demo's books finds what is not as it was played, and names it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

import pytest
from pymongo import MongoClient
from pymongo.database import Database

from scripts.local.demo.audit import audit, expect_everything, money_audit
from scripts.local.demo.journal import Journal
from shared.store.client import Document
from tests.support.shops import TestShop, line, request_id

NOTHING: dict[str, dict[str, str]] = {"reservations": {}, "queue_tickets": {}, "table_sessions": {}}


@pytest.fixture
def books(shop: TestShop, mongodb_uri: str) -> Iterator[Database[Document]]:
    """A database with what one shop wrote: an order that was cooked, called and handed over, and a party that left."""
    order = shop.submit([line("fish", 2), line("tea")])["data"]["order"]
    for role, action, more in (
        ("kitchen", "advanceOrder", {"step": "ready"}),
        ("waiter", "callGuest", {}),
        ("waiter", "advanceOrder", {"step": "complete"}),
    ):
        reply = shop.call(action, shop.guest(role), requestId=request_id(), orderId=order["orderId"], **more)
        assert reply["success"], reply
    guest = shop.guest("li")
    place = shop.call("joinQueue", guest, requestId=request_id(), shopId=shop.shop_id, guests=2)["data"]["place"]
    left = {"shopId": shop.shop_id, "ticketId": place["ticketId"]}
    assert shop.call("leaveQueue", guest, requestId=request_id(), **left)["success"]
    # A client of the audit's own, as in the demo: it reads all shops, which the functions' scope guard would remember.
    with MongoClient[Document](mongodb_uri, tz_aware=True) as client:
        copy = client[f"zaotai_audit_{secrets.token_hex(4)}"]
        for name in ("orders", "stock", "queue_tickets"):
            copy[name].insert_many(shop.db[name].find({"shop_id": shop.shop_id}))
        yield copy
        client.drop_database(copy.name)


def problems(books: Database[Document], uri: str, **states: dict[str, str]) -> tuple[str, ...]:
    return audit({**NOTHING, **states}, uri=uri, database=books.name).problems


def test_books_that_are_as_they_were_played_have_no_problem(books: Database[Document], mongodb_uri: str) -> None:
    (party,) = books["queue_tickets"].find()
    found = audit({**NOTHING, "queue_tickets": {party["_id"]: "left"}}, uri=mongodb_uri, database=books.name)
    assert found.problems == ()
    assert list(found.compared.values()) == [2, 1, 0, 1, 0]


def test_a_dish_that_is_neither_left_nor_sold_is_named(books: Database[Document], mongodb_uri: str) -> None:
    (day,) = books["stock"].find()
    books["stock"].update_one({"_id": day["_id"]}, {"$inc": {"left.fish": -1}})
    (problem,) = problems(books, mongodb_uri)
    assert problem.startswith(f"{day['shop_id']} fish: 3 were set, but left 0, ")


def test_a_dish_that_no_cook_was_told_of_is_named(books: Database[Document], mongodb_uri: str) -> None:
    (order,) = books["orders"].find()
    told = [ticket for ticket in order["tickets"] if ticket["station"] != "hot"]
    books["orders"].update_one({"_id": order["_id"]}, {"$set": {"tickets": told}})
    assert problems(books, mongodb_uri) == (f"{order['order_no']}: l-fish stands on 0 cooking tickets",)


def test_an_order_that_is_not_completed_is_named(books: Database[Document], mongodb_uri: str) -> None:
    (order,) = books["orders"].find()
    books["orders"].update_one({"_id": order["_id"]}, {"$set": {"state": "ready"}})
    assert problems(books, mongodb_uri) == (f"{order['order_no']} is ready at the end",)


def test_a_party_that_is_not_where_it_was_played_is_named(books: Database[Document], mongodb_uri: str) -> None:
    (party,) = books["queue_tickets"].find()
    played = {party["_id"]: "seated", "nobody": "seated"}
    assert problems(books, mongodb_uri, queue_tickets=played) == (
        f"queue_tickets {party['_id']} is left, not seated",
        "queue_tickets nobody is None, not seated",
    )


def test_a_table_that_was_not_cleared_is_named(books: Database[Document], mongodb_uri: str) -> None:
    books["table_sessions"].insert_one({"shop_id": "s1", "table_name": "3号桌", "state": "open"})
    assert problems(books, mongodb_uri) == ("s1 3号桌 is still taken",)


def test_every_ticket_and_call_in_the_books_is_expected_on_paper_and_screen(
    books: Database[Document], mongodb_uri: str
) -> None:
    (order,), journal = books["orders"].find(), Journal()
    expect_everything(journal, uri=mongodb_uri, database=books.name)
    facts = journal.facts()
    assert sorted(facts.tickets) == sorted(ticket["ticket_id"] for ticket in order["tickets"])
    assert (facts.orders, facts.calls) == (1, (f"{order['_id']}.call.1",))


def test_what_is_not_paid_and_what_the_phones_paid_for_nothing_are_named(
    books: Database[Document], mongodb_uri: str
) -> None:
    (order,) = books["orders"].find({"state": "completed"})
    found = money_audit(uri=mongodb_uri, database=books.name, wechat_fen=500)
    assert f"{order['order_no']} is not paid" in found.problems
    assert "the phones paid 500 fen, and 0 are booked" in found.problems
