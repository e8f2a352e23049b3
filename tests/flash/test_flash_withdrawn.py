"""An order that lost its stock to a change of primary is made void with all that was its own, or not at all."""

from __future__ import annotations

import pytest
from pymongo.database import Database

from shared.access.caller import Caller
from shared.runtime.clock import Deadline, utc_now
from shared.store import flash, orders
from shared.store.client import Document
from shared.store.scope import Shop
from shared.store.work import Work
from shared.usecases.coupon_use import withdrawing
from shared.usecases.flash_use import FlashUse
from tests.support.audit import assert_clean
from tests.support.flash import claimed, open_sale, states
from tests.support.shops import TestShop, line


class Died(Exception):
    """The process is gone."""


def placed(shop: TestShop, sale_id: str) -> tuple[str, FlashUse]:
    """An order with a piece, and what it uses."""
    claim_id = claimed(shop, sale_id)
    reply = shop.submit([line("duck")], flashClaims={"l-duck": [claim_id]})
    assert reply["success"], reply
    return reply["data"]["order"]["orderId"], FlashUse({"l-duck": (claim_id,)})


def work_of(shop: TestShop) -> Work:
    """The guest's call."""
    return Work(Shop(shop.db, shop.shop_id), Caller(shop.guest(), "guest"), utc_now(), Deadline.after(8), "t")


def test_a_void_order_has_freed_its_piece(db: Database[Document], shop: TestShop) -> None:
    sale_id = open_sale(shop, 2)
    order_id, use = placed(shop, sale_id)
    assert withdrawing((), use.withdraw, work_of(shop), is_more=True)(Shop(db, shop.shop_id), order_id)
    assert states(shop, sale_id) == {"free": 2}
    assert_clean(db, shop.shop_id)


def test_a_process_that_dies_between_order_and_piece_leaves_both_as_they_were(
    db: Database[Document], shop: TestShop
) -> None:
    sale_id = open_sale(shop, 2)
    order_id, use = placed(shop, sale_id)

    def dying(there: Shop, which: str) -> bool:
        assert orders.withdraw(there, which)
        raise Died

    with pytest.raises(Died):
        withdrawing((), dying, work_of(shop), is_more=True)(Shop(db, shop.shop_id), order_id)
    assert states(shop, sale_id) == {"free": 1, "sold": 1}
    assert_clean(db, shop.shop_id)
    with pytest.raises(Died):  # as it would be without: the piece is nobody's, and never comes back
        dying(Shop(db, shop.shop_id), order_id)
    assert states(shop, sale_id) == {"free": 1, "sold": 1}
    assert flash.release(Shop(db, shop.shop_id), use.claim_ids) == 1
    assert_clean(db, shop.shop_id)
