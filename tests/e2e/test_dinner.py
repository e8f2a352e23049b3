"""A dinner over real processes: reserved, queued, shared, changed and moved; on paper once, on the screen, in stock."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from scripts.local.demo.site import far_cutoff
from scripts.local.process import wait_until
from shared.domain.orders import misplaced
from shared.runtime.clock import utc_now
from shared.store.order_document import order_from
from tests.e2e.conftest import OpenPC
from tests.e2e.paper import codes, wait_codes
from tests.e2e.town import LIMIT_S, LiveShop, Town, ticket_ids
from tests.support.shops import Reply, line, request_id

pytestmark = pytest.mark.xdist_group("e2e")
TWENTY = 20
ZONE = ZoneInfo("Asia/Shanghai")


def tell(shop: LiveShop, action: str, guest: str, **data: Any) -> Reply:
    """A guest's command that is done; its data."""
    reply = shop.call(action, shop.guest(guest), requestId=request_id(), **data)
    assert reply.get("success"), reply
    found: Reply = reply["data"]
    return found


def at_table(shop: LiveShop, sitting_id: str, table: str = "t1") -> Reply:
    return {"tableCode": shop.code(table), "sittingId": sitting_id}


def cart_of(shop: LiveShop, guest: str, place: Reply) -> Reply:
    reply = shop.call("getSitting", shop.guest(guest), **place)
    assert reply.get("success"), reply
    found: Reply = reply["data"]["sitting"]["cart"]
    return found


def submit_cart(shop: LiveShop, guest: str, place: Reply) -> Reply:
    """Order exactly what the cart shows this guest."""
    cart = cart_of(shop, guest, place)
    picks = [{"lineId": one["lineId"], "rev": one["rev"]} for one in cart["lines"]]
    order: Reply = tell(shop, "submitOrder", guest, cart=picks, quoteHash=cart["quoteHash"], **place)["order"]
    assert order["dueFen"] == cart["dueFen"]
    return order


def edit(shop: LiveShop, order: Reply, **edit: Any) -> Reply:
    changed: Reply = shop.by_staff("waiter", "editOrder", orderId=order["orderId"], edit=edit)["order"]
    return changed


def first_free(shop: LiveShop, *, guests: int) -> str:
    """The first time that can be booked on the running business day, which may have begun yesterday."""
    today = utc_now().astimezone(ZONE).date()
    for day in (today - timedelta(days=1), today):
        asked = {"shopId": shop.shop_id, "guests": guests, "date": day.isoformat()}
        slots = shop.call("getBookings", shop.guest(), **asked)["data"]["slots"]
        if slots:
            return next(str(slot["at"]) for slot in slots if slot["free"])
    raise LookupError("the day has no time left")


def orders_in_stock(shop: LiveShop) -> dict[str, int]:
    """How many of each limited dish the shop's orders take."""
    taken: dict[str, int] = {}
    for found in shop.db["orders"].find({"shop_id": shop.shop_id, "state": {"$ne": "void"}}):
        for one in order_from(found).lines:
            for dish_id in one.limited:
                taken[dish_id] = taken.get(dish_id, 0) + one.live_quantity
    return taken


def test_twenty_guests_edit_one_cart_at_once_and_all_of_it_is_ordered_and_printed_once(
    shop: LiveShop, open_pc: OpenPC
) -> None:
    pc, together = open_pc(), Barrier(TWENTY)
    place = at_table(shop, shop.seat("t1", "g0")["sittingId"])
    tell(shop, "editCart", "g0", edit={"op": "add", "line": line("tea", 1, "tea")}, **place)

    def eat(number: int) -> None:
        guest = f"g{number}"
        shop.seat("t1", guest)
        together.wait(LIMIT_S)
        mine = line("duck", 1, f"duck-{number}", note=f"第{number}位")
        tell(shop, "editCart", guest, guestName=guest, edit={"op": "add", "line": mine}, **place)
        tell(shop, "editCart", guest, edit={"op": "change", "lineId": "tea", "by": 1}, **place)

    with ThreadPoolExecutor(TWENTY) as phones:
        list(phones.map(eat, range(TWENTY)))
    shown = {one["lineId"]: (one["quantity"], one["guestName"]) for one in cart_of(shop, "g7", place)["lines"]}
    assert shown == {"tea": (TWENTY + 1, ""), **{f"duck-{n}": (1, f"g{n}") for n in range(TWENTY)}}
    order = submit_cart(shop, "g7", place)
    assert len(order["lines"]) == TWENTY + 1
    assert cart_of(shop, "g3", place)["lines"] == []
    shop.wait_receipts()
    pc.stop()
    assert codes(pc) == ticket_ids(order)
    assert shop.left("duck") == 100 - TWENTY


def test_a_reserved_party_is_announced_and_its_dishes_reach_the_kitchen_when_it_is_seated(
    town: Town, shop: LiveShop, open_pc: OpenPC
) -> None:
    shop.change(cutoff=far_cutoff(utc_now().astimezone(ZONE), "04:00"))
    pc = open_pc()
    at = first_free(shop, guests=4)
    ahead = [line("fish", 1), line("tea", 2)]
    booked = tell(shop, "bookTable", "sun", shopId=shop.shop_id, at=at, guests=4, name="孙女士", lines=ahead)["booking"]
    town.fire("sweep")
    slip = f"{booked['bookingId']}.pass.booking.1"
    wait_codes(pc, [slip])
    seated = shop.by_staff("waiter", "seatParty", bookingId=booked["bookingId"])
    assert (seated["preorder"], seated["tableName"], seated["booking"]["state"]) == ("ordered", "1号桌", "seated")
    shop.wait_receipts()
    pc.stop()
    (order,) = shop.orders()
    assert (order["orderId"], order["sittingId"]) == (seated["orderId"], seated["sittingId"])
    assert codes(pc) == sorted([slip, *ticket_ids(order)])


def test_a_queued_party_is_called_to_the_screen_and_what_it_changes_reaches_the_kitchen_once(
    shop: LiveShop, open_pc: OpenPC
) -> None:
    pc = open_pc()
    joined = tell(shop, "joinQueue", "zhou", shopId=shop.shop_id, guests=2, name="周明")["place"]
    called = shop.by_staff("waiter", "manageQueue", move={"op": "next", "letter": joined["letter"]})["place"]

    def board() -> Reply:
        reply: Reply = httpx.get(f"{pc.screen_url}api/calls", trust_env=False).json()
        return reply

    assert wait_until(lambda: board()["current"] is not None, limit_s=LIMIT_S)
    assert (called["calls"], board()["current"]["label"], board()["current"]["kind"]) == (1, "A001", "queue")
    seat = {"op": "seat", "ticketId": joined["ticketId"], "tableId": "t1"}
    sitting_id = shop.by_staff("waiter", "manageQueue", move=seat)["place"]["sittingId"]
    place = at_table(shop, sitting_id)
    wishes = [line("fish"), line("duck", note="切块"), line("tea", 2), line("noodles", specs={"size": "big"}, course=1)]
    for wish in wishes:
        tell(shop, "editCart", "zhou", edit={"op": "add", "line": wish}, **place)
    order = submit_cart(shop, "zhou", place)
    assert [ticket["station"] for ticket in order["tickets"]] == ["hot", "cold", "drink", "pass"]
    edit(shop, order, op="void", lineId="l-tea", reason="点重了")
    edit(shop, order, op="change", lineId="l-duck", note="整只")
    edit(shop, order, op="rush", lineIds=["l-fish"])
    move = {"op": "move", "sittingId": sitting_id, "toTableId": "t4"}
    assert shop.by_staff("waiter", "arrangeTables", arrangement=move)["tableName"] == "4号桌"
    edit(shop, order, op="fire", course=1)
    for role, step in (("kitchen", "ready"), ("waiter", "serve"), ("waiter", "complete")):
        done = shop.by_staff(role, "advanceOrder", orderId=order["orderId"], step=step)["order"]
    shop.by_staff("waiter", "arrangeTables", arrangement={"op": "close", "sittingId": sitting_id})
    shop.wait_receipts()
    pc.stop()
    assert (done["state"], done["tableName"]) == ("completed", "4号桌")
    kinds = [(ticket["kind"], ticket["station"]) for ticket in done["tickets"] if not ticket["isPass"]]
    first = [("new", "hot"), ("new", "cold"), ("new", "drink")]
    changes = [("void", "drink"), ("change", "cold"), ("rush", "hot"), ("move", "hot"), ("move", "cold")]
    assert kinds == [*first, *changes, ("new", "noodle")]
    assert codes(pc) == ticket_ids(done)
    stored = shop.db["orders"].find_one({"_id": order["orderId"]})
    assert stored is not None
    assert misplaced(order_from(stored)) == {}
    assert orders_in_stock(shop) == {"fish": 1, "duck": 1}
    assert (shop.left("fish"), shop.left("duck")) == (2, 99)
