"""Orders that cannot be: each is refused with its own code, in Chinese, and nothing is written."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from pymongo.database import Database

from shared.runtime.clock import utc_now
from shared.store.client import Document
from tests.support.shops import Reply, TestShop, line, open_shop, request_id

BIG = {"size": "big"}


def not_now() -> tuple[str, str]:
    """A window of an hour that begins in two."""
    local = utc_now().astimezone(ZoneInfo("Asia/Shanghai"))
    return f"{local + timedelta(hours=2):%H:%M}", f"{local + timedelta(hours=3):%H:%M}"


def refused(shop: TestShop, lines: list[Reply], **more: str) -> Reply:
    """The refusal of an order; nothing of it is left in the database."""
    before = shop.counts()
    reply = shop.submit(lines, **more)
    assert reply["success"] is False
    assert shop.counts() == before
    return reply


def test_an_unknown_dish(shop: TestShop) -> None:
    reply = refused(shop, [line("tea"), line("dragon")])
    assert (reply["code"], reply["message"]) == ("DISH_UNAVAILABLE", "dragon本店没有这道菜")
    assert reply["details"]["dishes"] == [{"dishId": "dragon", "name": "dragon", "reason": "unknown"}]


def test_another_shops_dish_is_unknown(shop: TestShop, db: Database[Document]) -> None:
    other = open_shop(db)
    db["dishes"].update_one({"shop_id": other.shop_id, "dish_id": "tea"}, {"$set": {"dish_id": "puer"}})
    assert other.submit([line("puer")])["success"]
    assert refused(shop, [line("puer")])["code"] == "DISH_UNAVAILABLE"


def test_a_dish_sold_out_by_hand_until_a_time_which_comes_back_by_itself(shop: TestShop) -> None:
    shop.change_dish("tea", sold_out_until=utc_now() + timedelta(hours=1))
    reply = refused(shop, [line("tea"), line("duck")])
    assert (reply["code"], reply["message"]) == ("DISH_UNAVAILABLE", "大麦茶已沽清")
    assert refused(shop, [line("lunch", combo={"main": "duck", "drink": "tea"})])["code"] == "DISH_UNAVAILABLE"
    shop.change_dish("tea", sold_out_until=utc_now() - timedelta(seconds=1))
    assert shop.submit([line("tea")])["success"]


def test_a_dish_outside_its_selling_window(shop: TestShop) -> None:
    shop.change_dish("tea", windows=[list(not_now())])
    reply = refused(shop, [line("tea")])
    assert (reply["code"], reply["message"]) == ("DISH_UNAVAILABLE", "大麦茶不在供应时段")
    assert reply["details"]["dishes"][0]["reason"] == "notNow"


@pytest.mark.parametrize(
    ("wanted", "fault"),
    [
        (line("noodles"), "请选择份量"),
        (line("noodles", specs={"size": "huge"}), "请选择份量"),
        (line("noodles", specs=BIG, modifiers={"egg": 4}), "加料请选 0 到 3 项"),
        (line("noodles", specs=BIG, modifiers={"gold": 1}), "没有加料 gold"),
        (line("lunch", combo={"main": "duck"}), "请选择饮品"),
        (line("tea", specs=BIG), "没有规格 size"),
    ],
)
def test_a_choice_that_does_not_fit_the_dish(shop: TestShop, wanted: Reply, fault: str) -> None:
    reply = refused(shop, [line("duck"), wanted])
    assert reply["code"] == "CHOICE_INVALID"
    assert [(one["lineId"], one["fault"]) for one in reply["details"]["lines"]] == [(wanted["lineId"], fault)]


def test_a_closed_shop_tells_its_hours(db: Database[Document]) -> None:
    start, end = not_now()
    shop = open_shop(db, hours=((start, end),))
    reply = refused(shop, [line("tea")])
    assert (reply["code"], reply["message"]) == ("SHOP_CLOSED", f"豫味坊·测试店现在不接单，营业时间 {start}–{end}")
    code = shop.call("openTable", shop.guest(), requestId=request_id(), tableCode=shop.code())["code"]
    assert (code, shop.counts()["table_sessions"]) == ("SHOP_CLOSED", 0)
    assert shop.call("getMenu", shop.guest(), shopId=shop.shop_id)["data"]["open"] is False


def test_a_shop_that_takes_no_orders_for_now(shop: TestShop) -> None:
    shop.change(paused=True)
    assert refused(shop, [line("tea")])["code"] == "SHOP_CLOSED"


def test_a_shop_that_is_not_there(shop: TestShop) -> None:
    reply = refused(shop, [line("tea")], shopId="s-nowhere")
    assert (reply["code"], reply["message"]) == ("NOT_FOUND", "没有找到这家门店")


def test_a_price_that_changed_since_it_was_shown_comes_back_as_a_new_quote(shop: TestShop) -> None:
    reply = refused(shop, [line("tea", 2)], quoteHash="0123456789abcdef")
    assert (reply["code"], reply["message"]) == ("PRICE_CHANGED", "价格有变动，请确认后重新提交")
    quote = reply["details"]["quote"]
    assert (quote["grossFen"], quote["dueFen"], len(quote["hash"])) == (600, 600, 16)
    shop.change_dish("tea", price_fen=400)
    dearer = refused(shop, [line("tea", 2)], quoteHash=quote["hash"])["details"]["quote"]
    assert dearer["dueFen"] == 800
    assert shop.submit([line("tea", 2)], quoteHash=dearer["hash"])["data"]["order"]["dueFen"] == 800


def test_sixty_lines_of_ninety_nine_are_an_order(shop: TestShop) -> None:
    reply = shop.submit([line("tea", 99, f"l{n}", note="辣" * 50) for n in range(60)])
    assert reply["data"]["order"]["dueFen"] == 60 * 99 * 300


@pytest.mark.parametrize("line_id", ["lunch:main", "l" * 37])
def test_a_line_id_that_the_kitchen_could_confuse_or_not_print_is_refused(shop: TestShop, line_id: str) -> None:
    before = shop.counts()
    reply = shop.submit([line("tea", 1, line_id)])
    assert (reply["code"], reply["details"]["fields"][0]["field"]) == ("INVALID_ARGUMENT", "lines.0.lineId")
    assert shop.counts() == before
