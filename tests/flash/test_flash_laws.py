"""The audit finds what is wrong with a sale: a piece too many, beyond a limit, forgotten, or sold for nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from pymongo.database import Database

from shared.runtime.clock import utc_now
from shared.store.client import Document
from tests.support.audit import assert_clean, found
from tests.support.flash import claimed, open_sale
from tests.support.shops import TestShop, line

Change = dict[str, Any]


@pytest.fixture
def sale_id(shop: TestShop) -> str:
    """A sale of which pieces are free, one is held, and two are sold with one order."""
    sale_id = open_sale(shop, 6, per_member=3)
    sold = [claimed(shop, sale_id), claimed(shop, sale_id)]
    assert shop.submit([line("duck", 2)], flashClaims={"l-duck": sold})["success"]
    claimed(shop, sale_id)
    return sale_id


@dataclass(frozen=True)
class Fault:
    """A change of the sale, or of one of its pieces in a `state`, and the law that finds it."""

    code: str
    change: Change
    state: str | None = None

    def place(self, sale_id: str) -> tuple[str, Document]:
        """The collection and the document to change."""
        if self.state is None:
            return "campaigns", {"_id": sale_id}
        return "flash_pieces", {"sale_id": sale_id, "state": self.state}


LATE = utc_now() - timedelta(minutes=6)
FAULTS = [
    Fault("FLASH_PIECES_WRONG", {"$inc": {"pieces": 1}}),
    Fault("FLASH_LIMIT_WRONG", {"$set": {"per_member": 2}}),
    Fault("FLASH_PIECE_WRONG", {"$set": {"openid": "o-nobody"}}, "free"),
    Fault("FLASH_PIECE_WRONG", {"$unset": {"device_id": ""}}, "held"),
    Fault("FLASH_PIECE_WRONG", {"$set": {"hold_until": LATE}}, "sold"),
    Fault("FLASH_HOLD_FORGOTTEN", {"$set": {"hold_until": LATE}}, "held"),
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{fault.code} {fault.state or 'sale'}")
def test_a_fault_is_found_by_its_law(db: Database[Document], shop: TestShop, sale_id: str, fault: Fault) -> None:
    assert_clean(db, shop.shop_id)
    collection, which = fault.place(sale_id)
    before = db[collection].find_one(which)
    assert before is not None
    db[collection].update_one({"_id": before["_id"]}, fault.change)
    # A free piece is no shop's: only the books of the whole brand have it, with what other tests left of other shops.
    told = found(db, None if fault.state == "free" else shop.shop_id)
    codes = {code for code, _ in told if code.startswith("FLASH") or fault.state != "free"}
    db[collection].replace_one({"_id": before["_id"]}, before)
    assert codes == {fault.code}
    assert_clean(db, shop.shop_id)


def test_a_piece_that_is_sold_and_in_no_order_is_found(db: Database[Document], shop: TestShop, sale_id: str) -> None:
    held = db["flash_pieces"].find_one({"sale_id": sale_id, "state": "held"})
    assert held is not None
    change = {"$set": {"state": "sold", "order_id": "never"}, "$unset": {"hold_until": ""}}
    db["flash_pieces"].update_one({"_id": held["_id"]}, change)
    assert found(db, shop.shop_id) == [("FLASH_SALE_LOST", held["_id"])]


def test_an_order_at_a_flash_price_without_its_piece_is_found(
    db: Database[Document], shop: TestShop, sale_id: str
) -> None:
    sold = db["flash_pieces"].find_one({"sale_id": sale_id, "state": "sold"})
    assert sold is not None
    gone = dict.fromkeys(("claim_id", "openid", "device_id", "nth", "shop_id", "dish_id", "price_fen", "order_id"), "")
    db["flash_pieces"].update_one({"_id": sold["_id"]}, {"$set": {"state": "free"}, "$unset": gone})
    assert found(db, shop.shop_id) == [("FLASH_ORDER_WRONG", sold["order_id"])]
