"""An order on its way while staff rearrange its table: they are asked to wait, and it goes where its party is."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pymongo import MongoClient

from shared.access.caller import Caller
from shared.contracts.ordering import SubmitOrder
from shared.runtime.clock import Deadline, utc_now
from shared.store.client import Document
from shared.store.commands import CommandKey
from shared.store.scope import Shop
from shared.store.work import Work
from shared.usecases.ordering import submit_order
from tests.functions.test_arrange_tables import arrange
from tests.functions.test_cart import add
from tests.store.faults import JustBefore
from tests.support.shops import Reply, TestShop, line, request_id


def order_with_rival(shop: TestShop, uri: str, event: Reply, rival: Callable[[], object]) -> str:
    """Submit; the rival acts just before the order itself is written. The order's id."""
    with MongoClient[Document](uri, tz_aware=True, event_listeners=[JustBefore("insert", rival)]) as client:
        command = SubmitOrder.model_validate({"requestId": request_id(), "tableCode": shop.code(), **event})
        key = CommandKey.of(shop.guest(), "submitOrder", command)
        mine = Shop(client[shop.db.name], shop.shop_id)
        work = Work(mine, Caller(shop.guest(), "guest"), utc_now(), Deadline.after(8), "t", key)
        return submit_order(command, work).order.order_id


@pytest.mark.parametrize("by", ["cart", "lines"])
@pytest.mark.parametrize("op", ["move", "close", "merge"])
def test_who_rearranges_the_table_of_an_order_on_its_way_is_asked_to_wait(
    shop: TestShop, mongodb_uri: str, by: str, op: str
) -> None:
    sitting_id, other = shop.seat()["sittingId"], shop.seat("t2", "other")["sittingId"]
    event: Reply = {"sittingId": sitting_id}
    if by == "cart":
        add(shop, sitting_id, line("tea"))
        event["cart"] = [{"lineId": "l-tea", "rev": 1}]
    else:
        event["lines"] = [line("tea")]
    ways: dict[str, Reply] = {
        "move": {"toTableId": "t3"},
        "close": {"anyway": True},
        "merge": {"intoSittingId": other},
    }
    how = ways[op]
    replies: list[Reply] = []
    order_id = order_with_rival(
        shop, mongodb_uri, event, lambda: replies.append(arrange(shop, op, sittingId=sitting_id, **how))
    )
    assert replies[0]["code"] == "BUSY", replies
    assert arrange(shop, op, sittingId=sitting_id, **how)["success"]
    order = shop.db["orders"].find_one({"shop_id": shop.shop_id, "_id": order_id})
    assert order is not None
    assert order["table_name"] == {"move": "3号桌", "close": "1号桌", "merge": "2号桌"}[op]
