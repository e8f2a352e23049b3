"""A process dies before or after any step of a grab, an order, a cancellation, a sweep: nothing is lost or doubled."""

from __future__ import annotations

from functools import partial

from pymongo.database import Database

from shared.runtime.clock import utc_now
from shared.store import orders, stock
from shared.store.client import Document, database
from shared.store.scope import Chain
from shared.usecases.sweeping import STEPS, Round, take
from tests.support.audit import assert_clean
from tests.support.dying import Act, Life, Moment, live, moments
from tests.support.flash import claimed, hold_over, open_sale, pieces, releases, states
from tests.support.shops import Reply, TestShop, call, line, open_shop, request_id


def die(act: Act, death: Moment, db: Database[Document]) -> Life:
    """Let a process die in the act; what it left open the server aborts at once, and not after five seconds."""
    life = live(act, death)
    db.client.admin.command("killAllSessions", [])
    return life


def sweep_flash() -> Reply:
    """What the sweep does about flash sales and unpaid orders."""
    steps = {name: STEPS[name] for name in ("expired", "flash")}
    return dict(take(steps, Round.begin(Chain(database()))).wire())


def grabbing(shop: TestShop, sale_id: str, key: str) -> Act:
    """A guest's grab, to be made once or more, here or in another process."""
    event = {"requestId": key, "shopId": shop.shop_id, "saleId": sale_id, "deviceId": "phone"}
    return partial(call, "grabFlashSale", event, openid=shop.guest())


def ordering(shop: TestShop, claim_id: str, key: str) -> Act:
    """The order of what was grabbed."""
    event = {"requestId": key, "shopId": shop.shop_id, "lines": [line("duck")], "flashClaims": {"l-duck": [claim_id]}}
    return partial(call, "submitOrder", event, openid=shop.guest())


def cancelling(shop: TestShop, order_id: str, key: str) -> Act:
    """The guest changes their mind."""
    return partial(
        call, "cancelOrder", {"requestId": key, "shopId": shop.shop_id, "orderId": order_id}, openid=shop.guest()
    )


def settled(shop: TestShop) -> None:
    """Half a minute later the relay has dealt with stock whose process is gone."""
    then = utc_now() + stock.HOLD_LIVES
    stock.settle_all(Chain(shop.db), now=then, order_stands=orders.stands)


def ok(reply: Reply) -> Reply:
    assert reply["success"], reply
    data: Reply = reply["data"]
    return data


def test_a_grab_that_dies_anywhere_is_one_piece_when_it_is_sent_again(db: Database[Document]) -> None:
    for death in moments():
        shop = open_shop(db)
        sale_id, key = open_sale(shop, 3), request_id()
        life = die(grabbing(shop, sale_id, key), death, db)
        claim = ok(grabbing(shop, sale_id, key)())["claim"]
        (held,) = [one for one in pieces(shop, sale_id) if one["state"] == "held"]
        assert held["claim_id"] == claim["claimId"]
        assert states(shop, sale_id) == {"free": 2, "held": 1}
        assert_clean(db, shop.shop_id)
        if not life.was_killed:
            break
    assert death.step > 1


def test_an_order_that_dies_anywhere_has_its_piece_or_leaves_it_held(db: Database[Document]) -> None:
    for death in moments():
        shop = open_shop(db)
        sale_id, key = open_sale(shop, 2), request_id()
        claim_id = claimed(shop, sale_id)
        life = die(ordering(shop, claim_id, key), death, db)
        settled(shop)
        stands = shop.db["orders"].count_documents({"shop_id": shop.shop_id, "state": {"$ne": "void"}})
        assert states(shop, sale_id) == {"free": 1, ("sold" if stands else "held"): 1}
        ok(ordering(shop, claim_id, key)())
        assert states(shop, sale_id) == {"free": 1, "sold": 1}
        settled(shop)
        assert shop.left("duck") == 99
        assert_clean(db, shop.shop_id)
        if not life.was_killed:
            break
    assert death.step > 6


def test_a_cancellation_that_dies_anywhere_gives_the_piece_back_once(db: Database[Document]) -> None:
    for death in moments():
        shop = open_shop(db)
        sale_id, key = open_sale(shop, 1), request_id()
        order_id = ok(ordering(shop, claimed(shop, sale_id), request_id())())["order"]["orderId"]
        life = die(cancelling(shop, order_id, key), death, db)
        assert ok(cancelling(shop, order_id, key)())["order"]["state"] == "cancelled"
        assert (states(shop, sale_id), releases(shop, sale_id)) == ({"free": 1}, 1)
        assert_clean(db, shop.shop_id)
        if not life.was_killed:
            break


def test_a_sweep_that_dies_anywhere_is_finished_by_the_next(db: Database[Document]) -> None:
    db["flash_pieces"].update_many({"state": "held"}, {"$set": {"hold_until": utc_now().replace(year=2099)}})
    for death in moments():
        shop = open_shop(db)
        shop.change(payment="prepay")
        sale_id = open_sale(shop, 2)
        claimed(shop, sale_id, "bob")
        order_id = ok(ordering(shop, claimed(shop, sale_id), request_id())())["order"]["orderId"]
        shop.db["orders"].update_one({"_id": order_id, "shop_id": shop.shop_id}, {"$set": {"pay_by": utc_now()}})
        hold_over(shop, sale_id)
        life = die(sweep_flash, death, db)
        sweep_flash()
        assert (states(shop, sale_id), releases(shop, sale_id)) == ({"free": 2}, 2)
        assert_clean(db, shop.shop_id)
        if not life.was_killed:
            break
