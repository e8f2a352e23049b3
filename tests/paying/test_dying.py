"""A call whose process is killed between any two steps leaves money settled or returned, never both or in between."""

from __future__ import annotations

import itertools
from functools import partial

import pytest

from shared.domain import bills
from shared.runtime.clock import utc_now
from shared.store import orders, payments
from shared.store.client import database
from shared.store.scope import Shop
from tests.paying.killing import kill_everywhere
from tests.paying.stories import CALLS, notice
from tests.support.audit import found
from tests.support.desk import Desk
from tests.support.dying import Moment, live, moments
from tests.support.shops import Reply
from tests.support.takings import takings

pytestmark = pytest.mark.timeout(300)


@pytest.mark.parametrize("name", CALLS)
def test_a_call_killed_anywhere_is_settled_or_returned(money: Desk, name: str) -> None:
    killed = kill_everywhere(money, CALLS[name])
    told = takings(money)
    print(f"{name}: killed {killed} times; {told}")
    assert killed >= 5


def careless(shop_id: str, number: str) -> Reply:
    """Books a payment as one must not: the order first, and then the payment."""
    shop = Shop(database(), shop_id)
    payment = payments.get(shop, number)
    found = orders.several(shop, payment.order_ids)
    orders.save_moves(shop, [(order, bills.pay(order, payment.shares)) for order in found])
    mine = {"_id": number, "shop_id": shop_id}
    database()["payments"].update_one(mine, {"$set": {"state": "paid", "paid_at": utc_now()}})
    return {}


@pytest.mark.unclean
def test_a_booking_in_two_steps_is_found_out(money: Desk) -> None:
    """The negative control: what is not one transaction does not stand all deaths, and the audit says which."""
    wrong = {}
    for moment in itertools.islice(moments(), 8):
        story = notice(money, f"g{moment.step}{moment.when}")
        (payment,) = money.shop.db["payments"].find({"shop_id": money.shop.shop_id, "state": "pending"})
        life = live(partial(careless, money.shop.shop_id, payment["_id"]), moment)
        assert life.was_killed
        wrong[moment] = [code for code, _ in found(money.shop.db, money.shop.shop_id)]
        money.shop.db["payments"].delete_one({"_id": payment["_id"], "shop_id": money.shop.shop_id})
        assert story.order is not None
        money.shop.db["orders"].delete_one(story.order.mine)
    bad = {moment: codes for moment, codes in wrong.items() if "LINE_PAID_WRONG" in codes}
    assert list(bad) == [Moment(3, "after"), Moment(4, "before")], wrong
