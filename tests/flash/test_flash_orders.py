"""What was claimed is ordered at the flash price, by its member only; what is not ordered or comes back is free."""

from __future__ import annotations

import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pymongo.database import Database

from shared.runtime.clock import utc_now
from shared.store import members
from shared.store.client import Document
from shared.store.scope import Shop
from tests.support.audit import assert_clean
from tests.support.desk import sweep
from tests.support.flash import PRICE_FEN, claimed, grab, hold_over, open_sale, pieces, releases, states
from tests.support.shops import Reply, TestShop, line, request_id

DUCK_FEN = 4500


def order(shop: TestShop, claim_ids: list[str], *, guest: str = "guest", **more: Any) -> Reply:
    """Order one line of duck with these claims, for pick-up."""
    lines = [line("duck", len(claim_ids))]
    return shop.submit(lines, guest=guest, flashClaims={"l-duck": claim_ids}, **more)


def cancel(shop: TestShop, reply: Reply, *, guest: str = "guest") -> Reply:
    """The guest cancels what they ordered."""
    order_id = reply["data"]["order"]["orderId"]
    told = {"shopId": shop.shop_id, "orderId": order_id}
    return shop.call("cancelOrder", shop.guest(guest), requestId=request_id(), **told)


def test_a_claim_becomes_an_order_at_the_flash_price(db: Database[Document], shop: TestShop) -> None:
    sale_id = open_sale(shop, 2)
    claim_id = claimed(shop, sale_id)
    reply = shop.submit([line("duck"), line("tea", 2), line("duck", 2, "l-more")], flashClaims={"l-duck": [claim_id]})
    assert reply["success"], reply
    told = reply["data"]["order"]
    assert [(one["lineId"], one["unitFen"], one.get("wasFen")) for one in told["lines"]] == [
        ("l-duck", PRICE_FEN, DUCK_FEN),
        ("l-tea", 300, None),
        ("l-more", DUCK_FEN, None),
    ]
    assert told["dueFen"] == PRICE_FEN + 600 + 2 * DUCK_FEN
    sold = next(one for one in pieces(shop, sale_id) if one["state"] == "sold")
    assert (sold["claim_id"], sold["order_id"]) == (claim_id, told["orderId"])
    assert "hold_until" not in sold
    assert states(shop, sale_id) == {"free": 1, "sold": 1}
    assert_clean(db, shop.shop_id)


def test_a_quote_shows_the_flash_price_and_its_hash_is_the_orders(shop: TestShop) -> None:
    sale_id = open_sale(shop, 2)
    claims = {"l-duck": [claimed(shop, sale_id)]}
    place = {"shopId": shop.shop_id, "lines": [line("duck")], "flashClaims": claims}
    quoted = shop.call("quoteOrder", shop.guest(), **place)["data"]
    assert quoted["dueFen"] == PRICE_FEN
    assert states(shop, sale_id) == {"free": 1, "held": 1}
    assert shop.submit([line("duck")], quoteHash=quoted["hash"])["code"] == "PRICE_CHANGED"
    assert shop.submit([line("duck")], quoteHash=quoted["hash"], flashClaims=claims)["success"]


def test_a_member_may_order_all_their_claims_on_one_line_and_sold_claims_count_for_the_limit(shop: TestShop) -> None:
    sale_id = open_sale(shop, 5, per_member=2)
    reply = order(shop, [claimed(shop, sale_id), claimed(shop, sale_id)])
    assert reply["data"]["order"]["dueFen"] == 2 * PRICE_FEN
    assert states(shop, sale_id) == {"free": 3, "sold": 2}
    assert grab(shop, sale_id, "guest")["code"] == "FLASH_LIMIT"


def test_a_claimed_line_in_the_shared_cart_is_ordered_at_the_flash_price(shop: TestShop) -> None:
    sale_id = open_sale(shop, 2)
    sitting_id = shop.seat()["sittingId"]
    place = {"tableCode": shop.code(), "sittingId": sitting_id}
    edit = {"op": "add", "line": line("duck")}
    cart = shop.call("editCart", shop.guest(), requestId=request_id(), edit=edit, **place)["data"]["cart"]
    picks = [{"lineId": one["lineId"], "rev": one["rev"]} for one in cart["lines"]]
    claims = {picks[0]["lineId"]: [claimed(shop, sale_id)]}
    told = {**place, "cart": picks, "flashClaims": claims}
    reply = shop.call("submitOrder", shop.guest(), requestId=request_id(), **told)
    assert reply["success"], reply
    assert reply["data"]["order"]["dueFen"] == PRICE_FEN
    assert states(shop, sale_id) == {"free": 1, "sold": 1}


def test_a_claim_that_cannot_be_used_refuses_the_order_and_nothing_is_written(
    db: Database[Document], shop: TestShop
) -> None:
    sale_id = open_sale(shop, 6, per_member=4)
    mine, mine_too, used, old = (claimed(shop, sale_id) for _ in range(4))
    theirs = claimed(shop, sale_id, "thief")
    assert order(shop, [used])["success"]
    shop.db["flash_pieces"].update_one({"claim_id": old}, {"$set": {"hold_until": utc_now()}})
    written, before = pieces(shop, sale_id), shop.counts()
    duck, tea = line("duck"), line("tea")
    refused = [
        (shop.submit([duck], flashClaims={"l-duck": [theirs]}), [(theirs, "gone")]),
        (shop.submit([duck], flashClaims={"l-duck": ["made-up"]}), [("made-up", "gone")]),
        (shop.submit([duck], flashClaims={"l-duck": [used]}), [(used, "gone")]),
        (shop.submit([duck], flashClaims={"l-duck": [old]}), [(old, "gone")]),
        (shop.submit([tea], flashClaims={"l-tea": [mine]}), [(mine, "otherDish")]),
        (shop.submit([duck], flashClaims={"no-line": [mine]}), [(mine, "otherDish")]),
        (shop.submit([line("duck", 2)], flashClaims={"l-duck": [mine]}), [(mine, "count")]),
        (
            shop.submit([line("duck", 2)], flashClaims={"l-duck": [mine, mine]}),
            [(mine, "count"), (mine, "count")],
        ),
        (
            shop.submit([duck, line("duck", 1, "l2")], flashClaims={"l-duck": [mine], "l2": [mine]}),
            [(mine, "count"), (mine, "count")],
        ),
        (
            shop.submit([line("duck", 2)], flashClaims={"l-duck": [mine_too, theirs]}),
            [(theirs, "gone")],
        ),
    ]
    for reply, faults in refused:
        assert reply["code"] == "FLASH_CLAIM_INVALID"
        assert [(one["claimId"], one["fault"]) for one in reply["details"]["claims"]] == faults
    assert pieces(shop, sale_id) == written
    assert shop.counts() == before
    sweep()
    assert_clean(db, shop.shop_id)


def test_a_claim_of_one_shop_is_not_ordered_with_in_another(db: Database[Document], shop: TestShop) -> None:
    from tests.support.shops import open_shop

    other = open_shop(db)
    sale_id = open_sale(shop, 2, shops=[shop.shop_id, other.shop_id])
    claim_id = claimed(shop, sale_id)
    before = other.counts()
    told = {"shopId": other.shop_id, "lines": [line("duck")], "flashClaims": {"l-duck": [claim_id]}}
    refused = other.call("submitOrder", shop.guest(), requestId=request_id(), **told)
    assert refused["code"] == "FLASH_CLAIM_INVALID"
    assert other.counts() == before
    assert states(shop, sale_id) == {"free": 1, "held": 1}


def test_of_two_orders_with_one_claim_at_once_one_is_taken(db: Database[Document], shop: TestShop) -> None:
    sale_id = open_sale(shop, 2)
    claim_id = claimed(shop, sale_id)
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda _: order(shop, [claim_id]), range(8)))
    assert sum(one["success"] for one in replies) == 1
    assert {one["code"] for one in replies if not one["success"]} == {"FLASH_CLAIM_INVALID"}
    assert shop.counts()["orders"] == 1
    assert states(shop, sale_id) == {"free": 1, "sold": 1}
    assert_clean(db, shop.shop_id)


def test_the_order_sent_twice_is_one_order(shop: TestShop) -> None:
    sale_id, key = open_sale(shop, 2), request_id()
    claim_id = claimed(shop, sale_id)
    first, again = order(shop, [claim_id], key=key), order(shop, [claim_id], key=key)
    assert first["success"], first
    assert again["data"] == first["data"]
    assert shop.counts()["orders"] == 1


def test_a_claim_that_nobody_orders_with_comes_back_once_however_often_is_swept(
    db: Database[Document], shop: TestShop
) -> None:
    sale_id = open_sale(shop, 2)
    claim_id = claimed(shop, sale_id)
    claimed(shop, sale_id, "bob")
    assert grab(shop, sale_id, "eve")["code"] == "FLASH_SOLD_OUT"
    hold_over(shop, sale_id)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: sweep(), range(4)))
    assert states(shop, sale_id) == {"free": 2}
    assert releases(shop, sale_id) == 2
    assert order(shop, [claim_id])["code"] == "FLASH_CLAIM_INVALID"
    assert grab(shop, sale_id, "guest")["success"]
    assert grab(shop, sale_id, "eve")["success"]
    assert_clean(db, shop.shop_id)


def test_a_hold_that_ends_while_it_is_ordered_with_is_one_or_the_other(db: Database[Document], shop: TestShop) -> None:
    sale_id = open_sale(shop, 16)
    guests = [f"g{n}" for n in range(16)]
    claims = {guest: claimed(shop, sale_id, guest) for guest in guests}
    for guest in guests[::2]:  # every other is over already
        shop.db["flash_pieces"].update_one({"claim_id": claims[guest]}, {"$set": {"hold_until": utc_now()}})
    with ThreadPoolExecutor(12) as pool:
        swept = [pool.submit(sweep) for _ in range(3)]
        replies = list(pool.map(lambda guest: order(shop, [claims[guest]], guest=guest), guests))
        for one in swept:
            one.result()
    assert sum(one["success"] for one in replies) == 8
    assert states(shop, sale_id) == {"free": 8, "sold": 8}
    assert releases(shop, sale_id) == 8
    assert_clean(db, shop.shop_id)


def test_a_cancelled_order_gives_the_piece_and_the_members_limit_back(db: Database[Document], shop: TestShop) -> None:
    sale_id = open_sale(shop, 1)
    placed = order(shop, [claimed(shop, sale_id)])
    assert grab(shop, sale_id, "guest")["code"] == "FLASH_SOLD_OUT"
    with ThreadPoolExecutor(4) as pool:
        replies = list(pool.map(lambda _: cancel(shop, placed), range(4)))
    assert sum(one["success"] for one in replies) == 1
    assert states(shop, sale_id) == {"free": 1}
    assert releases(shop, sale_id) == 1
    assert grab(shop, sale_id, "guest")["success"]
    assert_clean(db, shop.shop_id)


def test_an_order_that_is_not_paid_in_time_gives_the_piece_back_once(db: Database[Document], shop: TestShop) -> None:
    shop.change(payment="prepay")
    sale_id = open_sale(shop, 1)
    placed = order(shop, [claimed(shop, sale_id)])["data"]["order"]
    assert placed["state"] == "pending"
    sweep()
    assert states(shop, sale_id) == {"sold": 1}
    shop.db["orders"].update_one({"_id": placed["orderId"], "shop_id": shop.shop_id}, {"$set": {"pay_by": utc_now()}})
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: sweep(), range(4)))
    assert states(shop, sale_id) == {"free": 1}
    assert releases(shop, sale_id) == 1
    assert_clean(db, shop.shop_id)


def test_units_that_are_voided_give_their_pieces_back_one_by_one(db: Database[Document], shop: TestShop) -> None:
    sale_id = open_sale(shop, 3, per_member=3)
    sitting_id = shop.seat()["sittingId"]
    placed = order(shop, [claimed(shop, sale_id) for _ in range(3)], sittingId=sitting_id)["data"]["order"]
    for quantity, left in ((1, {"free": 1, "sold": 2}), (2, {"free": 3})):
        edit = {"op": "void", "lineId": "l-duck", "quantity": quantity, "reason": "客人不要了"}
        told = {"shopId": shop.shop_id, "orderId": placed["orderId"], "edit": edit}
        reply = shop.call("editOrder", shop.guest("waiter"), requestId=request_id(), **told)
        assert reply["success"], reply
        assert states(shop, sale_id) == left
    assert releases(shop, sale_id) == 3
    assert_clean(db, shop.shop_id)


def test_a_stock_that_is_short_refuses_the_order_and_the_claim_stays_held(shop: TestShop) -> None:
    sale_id = open_sale(shop, 5, dish_id="fish", per_member=4)
    claim_ids = [claimed(shop, sale_id) for _ in range(4)]
    assert shop.submit([line("fish", 4)], flashClaims={"l-fish": claim_ids})["code"] == "STOCK_SHORT"
    assert states(shop, sale_id) == {"free": 1, "held": 4}
    reply = shop.submit([line("fish", 3)], flashClaims={"l-fish": claim_ids[:3]})
    assert reply["success"], reply
    assert (states(shop, sale_id), shop.left("fish")) == ({"free": 1, "held": 1, "sold": 3}, 0)


def test_staff_do_not_order_with_a_guests_claim(shop: TestShop) -> None:
    sale_id = open_sale(shop, 2)
    claim_id = claimed(shop, sale_id)
    sitting_id = shop.seat()["sittingId"]
    told = {"shopId": shop.shop_id, "sittingId": sitting_id, "lines": [line("duck")]}
    claims = {"flashClaims": {"l-duck": [claim_id]}}
    refused = shop.call("submitOrder", shop.guest("waiter"), requestId=request_id(), **told, **claims)
    assert refused["code"] == "FLASH_CLAIM_INVALID"
    assert states(shop, sale_id) == {"free": 1, "held": 1}


@pytest.mark.parametrize("claims", [{"l-duck": []}, {"l-duck": ["x"] * 10}, {"l-duck": "x"}, {"l-duck": [{"$gt": ""}]}])
def test_claims_that_are_no_list_of_ids_are_refused_by_name(shop: TestShop, claims: Reply) -> None:
    refused = shop.submit([line("duck")], flashClaims=claims)
    assert refused["code"] == "INVALID_ARGUMENT"
    assert {one["field"].split(".")[0] for one in refused["details"]["fields"]} == {"flashClaims"}


def test_a_dish_that_goes_to_another_bill_takes_its_piece_along(db: Database[Document], shop: TestShop) -> None:
    sale_id = open_sale(shop, 3, per_member=3)
    first, second = shop.seat("t1")["sittingId"], shop.seat("t2", "wang")["sittingId"]
    placed = order(shop, [claimed(shop, sale_id) for _ in range(3)], sittingId=first)["data"]["order"]
    told = {"op": "transfer", "orderId": placed["orderId"], "toSittingId": second}
    moving = {**told, "lines": [{"lineId": "l-duck", "quantity": 1}]}
    reply = shop.call("arrangeTables", shop.guest("waiter"), requestId=request_id(), arrangement=moving)
    assert reply["success"], reply
    moved = reply["data"]["order"]
    assert moved["dueFen"] == PRICE_FEN
    assert sorted(Counter(one["order_id"] for one in pieces(shop, sale_id)).values()) == [1, 2]
    assert_clean(db, shop.shop_id)
    for order_id, left in ((moved["orderId"], {"free": 1, "sold": 2}), (placed["orderId"], {"free": 3})):
        told = {"orderId": order_id, "reason": "客人不要了"}
        assert shop.call("cancelOrder", shop.guest("cashier"), requestId=request_id(), **told)["success"]
        assert states(shop, sale_id) == left
    assert releases(shop, sale_id) == 3
    assert_clean(db, shop.shop_id)


def test_another_choice_on_a_flash_line_keeps_the_flash_price(shop: TestShop) -> None:
    sale_id = open_sale(shop, 2, dish_id="noodles", price_fen=900)
    sitting_id = shop.seat()["sittingId"]
    claims = {"l-noodles": [claimed(shop, sale_id)]}
    lines = [line("noodles", specs={"size": "small"})]
    placed = shop.submit(lines, flashClaims=claims, sittingId=sitting_id)["data"]["order"]
    assert placed["dueFen"] == 900
    edit = {"op": "change", "lineId": "l-noodles", "choices": {"specs": {"size": "big"}}}
    told = {"shopId": shop.shop_id, "orderId": placed["orderId"], "edit": edit}
    reply = shop.call("editOrder", shop.guest("waiter"), requestId=request_id(), **told)
    assert reply["success"], reply
    assert reply["data"]["order"]["dueFen"] == 900 + 400


def test_who_leaves_leaves_no_name_on_a_piece_and_what_they_hold_is_free(
    db: Database[Document], shop: TestShop
) -> None:
    sale_id = open_sale(shop, 4, per_member=3)
    members.join(Shop(db, shop.shop_id), shop.guest("ann"), now=utc_now())
    sold = claimed(shop, sale_id, "ann")
    assert order(shop, [sold], guest="ann")["success"]
    claimed(shop, sale_id, "ann")
    lapsed = grab(shop, sale_id, "ann")["data"]["claim"]["claimId"]
    db["flash_pieces"].update_one({"claim_id": lapsed}, {"$set": {"hold_until": utc_now()}})
    sweep()
    assert "ann" in json.dumps(pieces(shop, sale_id), default=str)
    leave = {"requestId": request_id(), "shopId": shop.shop_id, "edit": {"op": "leave"}}
    assert shop.call("editMember", shop.guest("ann"), **leave)["success"]
    assert "ann" not in json.dumps(pieces(shop, sale_id), default=str)
    assert states(shop, sale_id) == {"free": 3, "sold": 1}
    assert_clean(db, shop.shop_id)


def test_who_leaves_and_joins_again_has_had_what_they_had_and_may_leave_again(
    db: Database[Document], shop: TestShop
) -> None:
    sale_id = open_sale(shop, 4)
    for n in range(3):
        members.join(Shop(db, shop.shop_id), shop.guest("ann"), now=utc_now())
        reply = grab(shop, sale_id, "ann", deviceId=f"phone-{n}")
        if n == 0:
            assert order(shop, [reply["data"]["claim"]["claimId"]], guest="ann")["success"]
        else:
            assert reply["code"] == "FLASH_LIMIT"
            assert grab(shop, sale_id, f"bo{n}", deviceId="phone-0")["code"] == "FLASH_LIMIT"
        leave = {"requestId": request_id(), "shopId": shop.shop_id, "edit": {"op": "leave"}}
        assert shop.call("editMember", shop.guest("ann"), **leave)["success"]
    assert states(shop, sale_id) == {"free": 3, "sold": 1}
    assert_clean(db, shop.shop_id)
