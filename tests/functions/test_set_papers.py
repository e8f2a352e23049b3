"""A shop changes what its papers look like, within limits, and may see them on paper first."""

from __future__ import annotations

from typing import Any

import pytest

from shared.contracts.events import SlipEvent, Ticket, TicketEvent
from shared.contracts.slips import TicketLook
from tests.support.shops import Reply, TestShop, line, request_id

LOOK: Reply = {
    "title": "豫味坊",
    "lines": ["河南省老字号"],
    "footer": ["发票请找收银台", "欢迎再来"],
    "dishSize": "large",
    "hide": ["orderNos", "phone"],
}
KITCHEN: Reply = {"footer": ["少油少盐"], "dishSize": "huge", "hide": ["shopName"]}


def set_papers(shop: TestShop, who: str = "manager", **parts: Any) -> Reply:
    return shop.call("setPapers", shop.guest(who), **{"requestId": request_id(), **parts})


def events(shop: TestShop) -> list[Reply]:
    found: list[Reply] = shop.sync()["data"]["events"]
    return found


def settings(shop: TestShop) -> Any:
    return shop.db["shops"].find_one({"_id": shop.shop_id})


def test_a_shop_that_changed_nothing_has_the_usual_papers(shop: TestShop) -> None:
    before = settings(shop)
    assert set_papers(shop)["data"] == {
        "slip": {"lines": [], "footer": ["谢谢惠顾，欢迎再来"], "dishSize": "normal", "hide": []},
        "ticket": {"footer": [], "dishSize": "large", "hide": []},
        "counterStation": "pass",
    }
    assert settings(shop) == before
    shop.submit([line("tea")])
    assert all("look" not in event["data"] for event in events(shop))


def test_what_is_given_changes_and_the_rest_stays(shop: TestShop) -> None:
    assert set_papers(shop, slip=LOOK, counterStation="drink")["data"]["slip"] == LOOK
    told = set_papers(shop, ticket=KITCHEN)["data"]
    assert told == {"slip": LOOK, "ticket": KITCHEN, "counterStation": "drink"}
    reply = shop.submit([line("tea")])
    assert reply["success"]
    tickets = [TicketEvent.model_validate(event).data for event in events(shop)]
    assert {ticket.look for ticket in tickets} == {TicketLook.model_validate(KITCHEN)}
    shop.call(
        "printReceipt", shop.guest("cashier"), requestId=request_id(),
        paper={"kind": "bill", "orderId": reply["data"]["order"]["orderId"]},
    )  # fmt: skip
    [slip] = [SlipEvent.model_validate(event).data for event in events(shop) if event["type"] == "receipt.print"]
    assert (slip.head.title, slip.head.lines, slip.head.footer) == ("豫味坊", ("河南省老字号",), tuple(LOOK["footer"]))
    assert (slip.station, slip.head.dish_size, slip.head.hide) == ("drink", "large", ("orderNos", "phone"))


def test_a_trial_comes_out_at_the_counter_and_changes_nothing(shop: TestShop) -> None:
    before, key = settings(shop), request_id()
    for _ in range(2):
        told = set_papers(shop, slip=LOOK, ticket=KITCHEN, counterStation="drink", trial=True, requestId=key)
        assert told["data"]["slip"] == LOOK
    assert settings(shop) == before
    slip, ticket = events(shop)
    sample = SlipEvent.model_validate(slip).data
    assert (sample.is_sample, sample.station, sample.head.title, sample.payment_no) == (True, "drink", "豫味坊", None)
    kitchen = Ticket.model_validate(ticket["data"])
    assert (kitchen.station, kitchen.station_name, kitchen.note) == ("drink", "样张·不用做", "样张，不用做")
    assert kitchen.look == TicketLook.model_validate(KITCHEN)


@pytest.mark.parametrize("who", ["guest", "cashier", "waiter", "kitchen"])
def test_who_may_not_is_refused(shop: TestShop, who: str) -> None:
    before = settings(shop)
    assert set_papers(shop, who, slip=LOOK)["code"] in ("PERMISSION_DENIED", "NOT_FOUND")
    assert (settings(shop), events(shop)) == (before, [])


@pytest.mark.parametrize(
    ("part", "look"),
    [
        ("slip", {"title": "一" * 31}),
        ("slip", {"title": " "}),
        ("slip", {"title": "豫味坊🐟"}),
        ("slip", {"title": "豫\n味坊"}),
        ("slip", {"title": "豫\x1bp0"}),
        ("slip", {"lines": ["一"] * 5}),
        ("slip", {"footer": ["\u202e"]}),
        ("slip", {"dishSize": "huge"}),
        ("slip", {"hide": ["amount"]}),
        ("slip", {"logo": "x"}),
        ("ticket", {"hide": ["quantity"]}),
        ("ticket", {"dishSize": 12}),
        ("ticket", {"footer": ["한국"]}),
    ],
)
def test_what_cannot_be_printed_or_left_out_is_refused(shop: TestShop, part: str, look: Reply) -> None:
    before = settings(shop)
    reply = set_papers(shop, "manager", **{part: look})
    assert reply["code"] == "INVALID_ARGUMENT", reply
    assert reply["details"]["fields"][0]["field"].startswith(part)
    assert settings(shop) == before


def test_a_counter_that_is_no_station_is_refused(shop: TestShop) -> None:
    before = settings(shop)
    assert set_papers(shop, counterStation="till")["code"] == "NOT_FOUND"
    assert settings(shop) == before
