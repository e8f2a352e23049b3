"""A refund gives the pieces of a flash sale back, one for each unit, once."""

from __future__ import annotations

from tests.support.audit import assert_clean
from tests.support.desk import Desk
from tests.support.flash import PRICE_FEN, claimed, grab, open_sale, releases, states
from tests.support.shops import line, request_id


def bought(desk: Desk, sale_id: str, count: int) -> str:
    """An order of so many pieces that is paid; its id."""
    claims = [claimed(desk.shop, sale_id) for _ in range(count)]
    reply = desk.shop.submit([line("duck", count)], flashClaims={"l-duck": claims})
    order_id: str = reply["data"]["order"]["orderId"]
    desk.paid(PRICE_FEN * count, orderId=order_id)
    return order_id


def test_units_that_are_refunded_free_their_pieces(prepay: Desk) -> None:
    sale_id = open_sale(prepay.shop, 3, per_member=3)
    order_id = bought(prepay, sale_id, 3)
    assert grab(prepay.shop, sale_id, "guest")["code"] == "FLASH_SOLD_OUT"
    assert prepay.refund(order_id, lines={"l-duck": 2})["success"]
    assert states(prepay.shop, sale_id) == {"free": 2, "sold": 1}
    assert prepay.refund(order_id, lines={"l-duck": 1})["success"]
    assert (states(prepay.shop, sale_id), releases(prepay.shop, sale_id)) == ({"free": 3}, 3)
    assert grab(prepay.shop, sale_id, "guest")["success"]
    assert_clean(prepay.shop.db, prepay.shop.shop_id)


def test_a_refund_after_the_meal_frees_the_piece_and_an_amount_does_not(prepay: Desk) -> None:
    shop = prepay.shop
    sale_id = open_sale(shop, 2, per_member=2)
    order_id = bought(prepay, sale_id, 2)
    for step in ("ready", "complete"):
        told = {"orderId": order_id, "step": step}
        reply = shop.call("advanceOrder", shop.guest("manager"), requestId=request_id(), **told)
        assert reply["success"], reply
    assert prepay.refund(order_id, fen=500)["success"]
    assert states(shop, sale_id) == {"sold": 2}
    later = prepay.refund(order_id, lines={"l-duck": 1})
    assert later["success"], later
    assert (states(shop, sale_id), releases(shop, sale_id)) == ({"free": 1, "sold": 1}, 1)
    assert_clean(shop.db, shop.shop_id)
