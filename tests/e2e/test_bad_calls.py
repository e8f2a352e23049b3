"""What a guest's phone, or someone who plays one, may send to the gateway: refused with a code, and nothing written."""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.e2e.town import LiveShop, Town
from tests.support.shops import Reply, line, request_id

pytestmark = pytest.mark.xdist_group("e2e")
BUYERS, CLIENTS = 400, 16


def tea(shop: LiveShop, **more: object) -> Reply:
    """A sound order, and what is added to it."""
    return {"requestId": request_id(), "shopId": shop.shop_id, "lines": [line("tea")], **more}


@pytest.mark.parametrize(
    ("function", "body", "status", "code"),
    [
        ("submitOrder", b'{"note":"' + b"x" * 7_000_000 + b'"}', 413, "EVENT_TOO_LARGE"),
        ("submitOrder", b"{'requestId': 1}", 400, "INVALID_ARGUMENT"),
        ("submitOrder", b"[]", 400, "INVALID_ARGUMENT"),
        ("submitOrders", b"{}", 404, "NOT_FOUND"),
    ],
    ids=["7 MB", "not JSON", "a list", "unknown function"],
)
def test_a_call_that_is_none_is_refused_by_code_in_chinese(
    *, town: Town, shop: LiveShop, function: str, body: bytes, status: int, code: str
) -> None:
    before = shop.counts()
    reply = town.http.post(f"/v1/functions/{function}", content=body, headers={"X-WX-OPENID": shop.guest()})
    envelope = reply.json()
    assert (reply.status_code, envelope["success"], envelope["code"]) == (status, False, code)
    assert any("一" <= character <= "龥" for character in envelope["message"])
    assert shop.counts() == before


def test_who_calls_is_the_headers_guest_whatever_the_body_claims(town: Town, shop: LiveShop) -> None:
    waiter, guest = shop.guest("waiter"), shop.guest("mallory")
    forged = {"userInfo": {"openId": waiter, "appId": "wx"}, "tcbContext": {"WX_OPENID": waiter}}
    order = town.post("submitOrder", tea(shop, **forged), guest).json()["data"]["order"]
    stored = shop.db["orders"].find_one({"_id": order["orderId"]})
    assert stored is not None
    assert stored["guest_id"] == guest
    before = shop.counts()
    step = {"requestId": request_id(), "orderId": order["orderId"], "shopId": shop.shop_id, "step": "ready", **forged}
    assert town.post("advanceOrder", step, guest).json()["code"] == "PERMISSION_DENIED"
    assert town.post("submitOrder", tea(shop, **forged), None).json()["code"] == "UNAUTHENTICATED"
    assert shop.counts() == before


@pytest.mark.parametrize("field", ["X-WX-OPENID", "openid", "openId", "WX_OPENID", "role", "priceFen"])
def test_a_field_that_claims_an_identity_or_a_price_is_refused_by_name(town: Town, shop: LiveShop, field: str) -> None:
    before = shop.counts()
    reply = town.post("submitOrder", tea(shop, **{field: shop.guest("waiter")}), shop.guest()).json()
    assert reply["code"] == "INVALID_ARGUMENT"
    assert [fault["field"] for fault in reply["details"]["fields"]] == [field]
    assert shop.counts() == before


def test_an_event_that_plays_an_http_request_proves_nothing(town: Town, shop: LiveShop) -> None:
    before, order = shop.counts(), json.dumps(tea(shop))
    headers = {"x-wx-openid": shop.guest("waiter"), "x-zaotai-device": f"pc-{shop.shop_id}", "x-zaotai-signature": "0"}
    event = {"httpMethod": "POST", "path": "/submitOrder", "headers": headers, "body": order, "isBase64Encoded": False}
    reply = town.post("submitOrder", event, None).json()
    assert (reply["statusCode"], json.loads(reply["body"])["code"]) == (401, "UNAUTHENTICATED")
    assert town.post("submitOrder", event, shop.guest()).json()["code"] == "INVALID_ARGUMENT"
    assert shop.counts() == before


def test_of_a_hundred_pieces_four_hundred_buyers_over_http_get_exactly_a_hundred(shop: LiveShop) -> None:
    with ThreadPoolExecutor(CLIENTS) as phones:
        replies = list(phones.map(lambda number: shop.submit([line("duck")], guest=f"g{number}"), range(BUYERS)))
    assert Counter(reply.get("code", "sold") for reply in replies) == {"sold": 100, "STOCK_SHORT": 300}
    assert (shop.left("duck"), shop.counts()["orders"]) == (0, 100)
    assert len({reply["data"]["order"]["pickupNo"] for reply in replies if reply["success"]}) == 100
    assert {reply["message"] for reply in replies if not reply["success"]} == {"道口烧鸡已售完"}
