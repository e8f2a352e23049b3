"""The menu of a moment: what stays is sent once under a version, what changes is sent always (rules 4, 13, 14)."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from pymongo.database import Database

from scripts.local.dataset import load_dataset
from shared.domain.menu import Dish, TimedPrice, Window
from shared.store.client import Document
from shared.store.shops import dish_document
from tests.functions.at_moments import SHANGHAI, local, menu_at
from tests.support.shops import DISHES, NOODLES, TEA, Reply, TestShop, line, moment, open_shop

PHONE_BYTES = 64 * 1024


def menu(shop: TestShop, **more: Any) -> Reply:
    reply = shop.call("getMenu", shop.guest(), shopId=shop.shop_id, **more)
    assert reply["success"], reply
    data: Reply = reply["data"]
    return data


def put(shop: TestShop, dish: Dish) -> None:
    """Make this the shop's dish of that id."""
    fields = dish_document(dish, position=DISHES.index(next(one for one in DISHES if one.id == dish.id)))
    shop.change_dish(fields.pop("dish_id"), **fields)


def sized(reply: Reply) -> int:
    """Its bytes as JSON text, spaces and all."""
    return len(json.dumps(reply, ensure_ascii=False).encode())


def test_a_dish_tells_everything_a_guest_chooses_by_and_nothing_empty(shop: TestShop) -> None:
    found = menu(shop)
    dishes = {dish["id"]: dish for dish in found["dishes"]}
    assert list(dishes) == ["fish", "duck", "noodles", "tea", "lunch"]
    assert dishes["tea"] == {"id": "tea", "name": "大麦茶", "categoryId": "c3", "priceFen": 300, "unit": "壶"}
    assert dishes["noodles"] == {
        "id": "noodles", "name": "羊肉烩面", "categoryId": "c2", "priceFen": 1800, "unit": "碗",
        "specs": [0], "modifiers": [0],
    }  # fmt: skip
    assert found["specs"] == [
        {"id": "size", "name": "份量", "options": [{"id": "big", "name": "大碗", "priceFen": 400},
                                                  {"id": "small", "name": "小碗"}]}
    ]  # fmt: skip
    assert found["modifiers"] == [
        {"id": "extra", "name": "加料", "maxPicks": 3,
         "options": [{"id": "egg", "name": "加蛋", "priceFen": 200}, {"id": "meat", "name": "加肉", "priceFen": 800}]}
    ]  # fmt: skip
    assert dishes["lunch"]["combo"][0]["choices"] == [
        {"dishId": "fish", "surchargeFen": 3000},
        {"dishId": "duck"},
    ]
    assert (found["open"], found["payment"], found["left"]) == (True, "postpay", {"fish": 3, "duck": 100})
    assert (found["unavailable"], "seatFeeFen" in found, "unchanged" in found) == ({}, False, False)


def test_fees_windows_member_prices_pictures_and_words_are_told(shop: TestShop) -> None:
    dish = replace(
        TEA,
        unit="份",
        windows=(Window(time(21), time(2)),),
        member_prices={"gold": 200},
        packing_fen=50,
        keywords=("dmc",),
        allergens=("麸质",),
        image="https://img.example.com/tea.webp",
        description="现煮。",
    )
    put(shop, dish)
    shop.change(seat_fee_fen=200, payment="prepay")
    found = menu(shop)
    assert {one["id"]: one for one in found["dishes"]}["tea"] == {
        "id": "tea", "name": "大麦茶", "categoryId": "c3", "priceFen": 300, "memberPrices": {"gold": 200},
        "packingFen": 50, "description": "现煮。", "windows": [{"start": "21:00", "end": "02:00"}],
        "keywords": ["dmc"], "allergens": ["麸质"], "image": "https://img.example.com/tea.webp",
    }  # fmt: skip
    assert (found["seatFeeFen"], found["payment"]) == (200, "prepay")


def test_what_the_client_has_is_not_sent_again_and_what_changes_is(shop: TestShop) -> None:
    first = menu(shop)
    shop.submit([line("fish", 3)])
    again = menu(shop, version=first["version"])
    day_turns = again["unavailable"]["fish"].pop("until")
    assert again.pop("pickupSlots") == first["pickupSlots"]
    assert again == {
        "shopId": shop.shop_id, "shopName": "豫味坊·测试店", "open": True, "payment": "postpay",
        "version": first["version"], "unchanged": True,
        "left": {"fish": 0, "duck": 100}, "unavailable": {"fish": {"reason": "empty"}},
    }  # fmt: skip
    assert moment(day_turns).astimezone(SHANGHAI).time() == time(4)
    other = menu(shop, version="0123456789abcdef")
    assert ("unchanged" in other, other["dishes"]) == (False, first["dishes"])


def test_the_version_changes_exactly_when_what_stays_differs(shop: TestShop, db: Database[Document]) -> None:
    version = menu(shop)["version"]
    assert menu(open_shop(db))["version"] == version
    shop.change_dish("tea", sold_out_until=datetime(2099, 1, 1, tzinfo=SHANGHAI))
    shop.change_dish("fish", daily_stock=9)
    shop.change(seat_fee_fen=300, paused=True)
    assert menu(shop)["version"] == version
    shop.change_dish("tea", sold_out_until=None, price_fen=301)
    changed = menu(shop, version=version)
    assert changed["version"] != version
    assert changed["dishes"][3]["priceFen"] == 301
    shop.change_dish("tea", price_fen=300)
    assert menu(shop, version=version)["unchanged"] is True


@pytest.mark.parametrize(
    ("at", "price", "was"),
    [
        ("24T13:59:59", 1800, None),
        ("24T14:00", 1200, 1800),
        ("24T16:59:59", 1200, 1800),
        ("24T17:00", 1800, None),
        ("24T23:00", 1500, 1800),
        ("25T00:30", 1000, 1800),
        ("25T02:00", 1800, None),
    ],
)
def test_the_price_of_the_hour_is_the_lowest_that_holds(shop: TestShop, at: str, price: int, was: int | None) -> None:
    timed = (
        TimedPrice(Window(time(14), time(17)), 1200),
        TimedPrice(Window(time(22), time(2)), 1500),
        TimedPrice(Window(time(0), time(1)), 1000),
        TimedPrice(Window(time(11), time(13)), 9900),
    )
    put(shop, replace(NOODLES, timed_prices=timed))
    dishes = {dish.id: dish for dish in menu_at(shop, local(at)).dishes or ()}
    assert (dishes["noodles"].price_fen, dishes["noodles"].was_fen) == (price, was)


def test_a_price_that_turns_with_the_clock_is_another_version_and_back_the_first(shop: TestShop) -> None:
    timed = (TimedPrice(Window(time(14), time(17)), 1200),)
    put(shop, replace(NOODLES, timed_prices=timed))
    noon = menu_at(shop, local("24T12:00"))
    tea_time = menu_at(shop, local("24T14:00"), noon.version)
    assert (tea_time.unchanged, tea_time.version == noon.version) == (None, False)
    assert menu_at(shop, local("24T16:00"), tea_time.version).unchanged
    assert menu_at(shop, local("24T17:00"), noon.version).unchanged


def test_a_dish_of_the_night_is_sold_over_midnight_and_says_when_it_is_back(shop: TestShop) -> None:
    shop.change_dish("tea", windows=[["21:00", "02:00"]])
    for at in ("24T21:00", "25T01:59"):
        assert menu_at(shop, local(at)).unavailable == {}
    late = menu_at(shop, local("25T02:00")).unavailable
    # The tea is the lunch's only drink.
    assert {key: (one.reason, one.until) for key, one in late.items()} == {
        "tea": ("notNow", local("25T21:00")),
        "lunch": ("notNow", local("25T21:00")),
    }


def test_a_closed_shop_shows_its_menu(shop: TestShop) -> None:
    shop.change(hours=[["10:00", "14:00"], ["17:00", "02:00"]])
    told = {at: menu_at(shop, local(at)) for at in ("24T09:59", "24T10:00", "24T14:00", "25T01:59", "25T02:00")}
    assert [reply.open for reply in told.values()] == [False, True, False, True, False]
    assert {len(reply.dishes or ()) for reply in told.values()} == {5}


def test_a_version_that_is_none_is_refused(shop: TestShop) -> None:
    for version in ("", "x" * 33, "../..", 7, {"$gt": ""}):
        reply = shop.call("getMenu", shop.guest(), shopId=shop.shop_id, version=version)
        assert (reply["code"], reply["details"]["fields"][0]["field"]) == ("INVALID_ARGUMENT", "version")


def large(shop: TestShop) -> None:
    """Give the shop the brand's dishes until they are 120, every one with a picture."""
    known = load_dataset().menu_of("s-beihai").dishes
    pictures = f"https://zaotai-1300000000.file.myqcloud.com/menu/{shop.shop_id}"
    shop.db["dishes"].delete_many({"shop_id": shop.shop_id})
    twins = (replace(dish, id=f"{dish.id}-{n}") for n in range(2, 4) for dish in known)
    dishes = [replace(dish, image=f"{pictures}/{dish.id}.webp") for dish in [*known, *twins][:120]]
    shop.db["dishes"].insert_many(
        dish_document(dish, position=n) | {"shop_id": shop.shop_id} for n, dish in enumerate(dishes)
    )
    shop.db["shops"].update_one({"_id": shop.shop_id}, {"$inc": {"menu_version": 1}})


def test_a_menu_of_120_dishes_with_all_they_have_fits_a_phone(shop: TestShop) -> None:
    large(shop)
    whole = shop.call("getMenu", shop.guest(), tableCode=shop.code())
    dishes = whole["data"]["dishes"]
    for field in ("specs", "modifiers", "combo", "image", "keywords", "allergens", "description"):
        assert any(field in dish for dish in dishes), field
    assert (len(dishes), sum("image" in dish for dish in dishes)) == (120, 120)
    assert sized(whole) < PHONE_BYTES
    again = shop.call("getMenu", shop.guest(), tableCode=shop.code(), version=whole["data"]["version"])
    assert sized(again) < 3 * 1024


def test_every_dish_gets_its_own_groups_back(shop: TestShop) -> None:
    large(shop)
    found = menu(shop)
    known = load_dataset().menu_of("s-beihai").dishes
    for n, dish in enumerate(found["dishes"]):
        source = known[n % len(known)]
        assert [found["specs"][at]["id"] for at in dish.get("specs", ())] == [group.id for group in source.specs]
        picked = [found["modifiers"][at] for at in dish.get("modifiers", ())]
        assert [(group["id"], len(group["options"])) for group in picked] == [
            (group.id, len(group.options)) for group in source.modifiers
        ]


def test_groups_that_share_an_id_but_not_their_options_stay_apart(shop: TestShop) -> None:
    small_only = [{"id": "size", "name": "份量", "options": [{"id": "small", "name": "小碗", "price_fen": 0}]}]
    shop.change_dish("tea", specs=small_only)
    found = menu(shop)
    dishes = {dish["id"]: dish for dish in found["dishes"]}
    sizes = {key: len(found["specs"][dishes[key]["specs"][0]]["options"]) for key in ("noodles", "tea")}
    assert sizes == {"noodles": 2, "tea": 1}


def test_a_day_later_everything_is_there_again(shop: TestShop) -> None:
    shop.submit([line("fish", 3)])
    now = datetime.now(SHANGHAI)
    assert menu_at(shop, now).left["fish"] == 0
    assert menu_at(shop, now + timedelta(days=1)).left["fish"] == 3
