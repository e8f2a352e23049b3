"""Flash sales in a test shop: a sale that is on, members who grab, and what became of the pieces."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

from shared.runtime.clock import utc_now
from shared.store import flash
from shared.store.client import Document
from shared.store.scope import Shop
from tests.support.shops import Reply, TestShop, request_id

PRICE_FEN = 1990


def open_sale(shop: TestShop, pieces: int, *, dish_id: str = "duck", per_member: int = 1, **more: Any) -> str:
    """A sale of a dish, on since a minute ago and for an hour; its id."""
    sale_id = f"f-{request_id()}"
    now = utc_now()
    campaign = {
        "_id": sale_id,
        "kind": "flash",
        "name": "烧鸡秒杀",
        "active": True,
        "shops": [shop.shop_id],
        "dish_id": dish_id,
        "price_fen": PRICE_FEN,
        "pieces": pieces,
        "per_member": per_member,
        "hold_min": 5,
        "valid_from": now - timedelta(minutes=1),
        "valid_until": now + timedelta(hours=1),
        **more,
    }
    shop.db["campaigns"].insert_one(campaign)
    flash.lay_out(Shop(shop.db, shop.shop_id), sale_id, pieces)
    return sale_id


def grab(shop: TestShop, sale_id: str, guest: str, *, key: str | None = None, **more: Any) -> Reply:
    """A guest grabs a piece, on a phone of their own."""
    told = {"shopId": shop.shop_id, "saleId": sale_id, "deviceId": f"phone-{guest}", **more}
    return shop.call("grabFlashSale", shop.guest(guest), requestId=key or request_id(), **told)


def claimed(shop: TestShop, sale_id: str, guest: str = "guest") -> str:
    """The id of a claim that a guest gets."""
    reply = grab(shop, sale_id, guest)
    assert reply["success"], reply
    claim_id: str = reply["data"]["claim"]["claimId"]
    return claim_id


def pieces(shop: TestShop, sale_id: str) -> list[Document]:
    """The sale's pieces as they are written."""
    return list(shop.db["flash_pieces"].find({"sale_id": sale_id}).sort("n", 1))


def states(shop: TestShop, sale_id: str) -> dict[str, int]:
    """How many pieces are free, held, sold."""
    return dict(Counter(one["state"] for one in pieces(shop, sale_id)))


def releases(shop: TestShop, sale_id: str) -> int:
    """How often a piece came back."""
    return sum(one["releases"] for one in pieces(shop, sale_id))


def hold_over(shop: TestShop, sale_id: str, *, minutes: int = 1) -> None:
    """The time of every claim that nobody ordered with goes by."""
    then = utc_now() - timedelta(minutes=minutes)
    shop.db["flash_pieces"].update_many({"sale_id": sale_id, "state": "held"}, {"$set": {"hold_until": then}})
