"""Who may do what, through the functions: strangers' orders look like none, and a refusal writes nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pymongo.database import Database

from shared.store.client import Document
from tests.support.shops import Reply, TestShop, call, line, open_shop, request_id

STAFF_ACTIONS: list[tuple[str, dict[str, Any]]] = [("advanceOrder", {"step": "ready"}), ("callGuest", {})]
each_action = pytest.mark.parametrize(("action", "more"), STAFF_ACTIONS)


def ready_order(shop: TestShop) -> str:
    """An order of the shop that has been cooked."""
    order_id: str = shop.submit([line("tea")])["data"]["order"]["orderId"]
    done = shop.call("advanceOrder", shop.guest("kitchen"), requestId=request_id(), orderId=order_id, step="ready")
    assert done["success"], done
    return order_id


def told(reply: Reply) -> Reply:
    """The reply without its number."""
    return {key: value for key, value in reply.items() if key != "requestId"}


def act(shop: TestShop, action: str, person: str, order_id: str, **more: Any) -> Reply:
    return shop.call(action, shop.guest(person), requestId=request_id(), orderId=order_id, **more)


@each_action
def test_another_shops_order_looks_like_one_that_is_not_there(
    shop: TestShop, db: Database[Document], action: str, more: dict[str, Any]
) -> None:
    other = open_shop(db)
    theirs = ready_order(other)
    before = (shop.counts(), other.counts())
    foreign = act(shop, action, "manager", theirs, **more)
    unknown = act(shop, action, "manager", "no-such-order", **more)
    assert (foreign["code"], foreign["message"]) == ("NOT_FOUND", "没有找到这个订单")
    assert told(foreign) == told(unknown)
    assert (shop.counts(), other.counts()) == before


@each_action
@pytest.mark.parametrize("person", ["guest", "somebody"])
def test_a_guest_neither_cooks_nor_calls_not_even_for_their_own_order(
    shop: TestShop, action: str, more: dict[str, Any], person: str
) -> None:
    order_id = ready_order(shop)
    before = shop.counts()
    reply = act(shop, action, person, order_id, **more)
    assert (reply["code"], reply["message"]) == ("PERMISSION_DENIED", "您没有进行此操作的权限")
    assert shop.counts() == before


@pytest.mark.parametrize(("action", "person"), [("advanceOrder", "cashier"), ("callGuest", "kitchen")])
def test_staff_whose_role_it_is_not_are_refused(shop: TestShop, action: str, person: str) -> None:
    order_id = ready_order(shop)
    before = shop.counts()
    more = {"step": "complete"} if action == "advanceOrder" else {}
    assert act(shop, action, person, order_id, **more)["code"] == "PERMISSION_DENIED"
    assert shop.counts() == before


@each_action
def test_staff_of_another_shop_are_refused_when_they_name_this_one(
    shop: TestShop, db: Database[Document], action: str, more: dict[str, Any]
) -> None:
    other = open_shop(db)
    order_id = ready_order(shop)
    before = shop.counts()
    reply = act(other, action, "manager", order_id, shopId=shop.shop_id, **more)
    assert (reply["code"], reply["message"]) == ("PERMISSION_DENIED", "您不属于这家门店")
    listed = other.call("listOrders", other.guest("manager"), shopId=shop.shop_id)
    assert listed["code"] == "PERMISSION_DENIED"
    assert shop.counts() == before


def test_who_has_left_is_staff_no_longer(shop: TestShop) -> None:
    order_id = ready_order(shop)
    shop.db["staff"].update_one({"_id": f"manager-{shop.shop_id}"}, {"$set": {"active": False}})
    before = shop.counts()
    assert act(shop, "callGuest", "manager", order_id)["code"] == "PERMISSION_DENIED"
    assert shop.counts() == before


def test_staff_of_two_shops_say_in_which_they_act(shop: TestShop, db: Database[Document]) -> None:
    other = open_shop(db)
    db["staff"].update_one({"_id": f"manager-{shop.shop_id}"}, {"$set": {"shops": [shop.shop_id, other.shop_id]}})
    order_id = ready_order(other)
    silent = act(shop, "callGuest", "manager", order_id)
    assert (silent["code"], silent["message"]) == ("PERMISSION_DENIED", "请选择您所在的门店")
    assert act(shop, "callGuest", "manager", order_id, shopId=shop.shop_id)["code"] == "NOT_FOUND"
    assert act(shop, "callGuest", "manager", order_id, shopId=other.shop_id)["data"]["label"] == "A001"


@pytest.mark.parametrize("action", ["getMenu", "openTable", "submitOrder", "listOrders", "advanceOrder", "callGuest"])
def test_nobody_is_nobody_even_on_an_instance_that_served_somebody(
    shop: TestShop, monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    order_id = ready_order(shop)
    monkeypatch.setenv("WX_OPENID", shop.guest("owner"))
    before = shop.counts()
    key = {"requestId": request_id()}
    events: dict[str, dict[str, Any]] = {
        "getMenu": {"shopId": shop.shop_id},
        "openTable": {**key, "tableCode": shop.code()},
        "submitOrder": {**key, "shopId": shop.shop_id, "lines": [line("tea")]},
        "listOrders": {"shopId": shop.shop_id},
        "advanceOrder": {**key, "orderId": order_id, "step": "complete"},
        "callGuest": {**key, "orderId": order_id},
    }
    reply = call(action, {**events[action], "userInfo": {"openId": shop.guest("owner")}}, openid=None)
    assert (reply["code"], reply["message"]) == ("UNAUTHENTICATED", "请在微信小程序中打开")
    assert shop.counts() == before


def test_a_step_of_a_strangers_ticket_or_at_the_wrong_time_is_refused(shop: TestShop) -> None:
    order_id = ready_order(shop)
    before = shop.counts()
    strange = act(shop, "advanceOrder", "kitchen", order_id, step="ready", ticketId="o.hot.new.1")
    late = act(shop, "advanceOrder", "kitchen", order_id, step="start")
    assert (strange["code"], strange["message"]) == ("NOT_FOUND", "没有找到这张单")
    assert (late["code"], late["message"]) == ("STATE_CONFLICT", "订单已出餐，不能再改制作状态")
    assert shop.counts() == before


def test_the_log_tells_of_a_call_without_saying_who_or_what(shop: TestShop, capsys: pytest.CaptureFixture[str]) -> None:
    sitting_id = shop.seat()["sittingId"]
    shop.submit([line("tea", note="花生过敏")], sittingId=sitting_id, note="生日快乐")
    shop.submit([line("fish", 9, note="花生过敏")], sittingId=sitting_id)
    shop.submit([line("tea", 0, note="花生过敏")], sittingId=sitting_id)
    shop.call("getMenu", shop.guest(), tableCode=shop.code()[:-1] + "*")
    shop.sync()
    lines = capsys.readouterr().out.splitlines()
    told = [json.loads(text) for text in lines]
    assert [(one["event"], one["action"], one.get("code")) for one in told] == [
        ("call", "openTable", None),
        ("call", "submitOrder", None),
        ("call", "submitOrder", "STOCK_SHORT"),
        ("call", "submitOrder", "INVALID_ARGUMENT"),
        ("call", "getMenu", "TABLE_CODE_INVALID"),
        ("call", "syncBridge", None),
    ]
    fields = {"event", "action", "requestId", "role", "caller", "shop", "retries", "replayed", "nudge", "code", "ms"}
    assert {name for one in told for name in one} <= fields
    secrets = (shop.guest(), shop.code(), shop.device_key, "花生", "生日", "大麦茶")
    assert [secret for secret in secrets if any(secret in text for text in lines)] == []


def test_an_internal_failure_tells_its_place_in_the_log_and_nothing_to_the_caller(
    shop: TestShop, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.change(zone="Atlantis/花生")
    before = shop.counts()
    reply = shop.submit([line("tea")])
    (told,) = (json.loads(text) for text in capsys.readouterr().out.splitlines())
    assert (reply["code"], reply["message"], reply["details"]) == ("INTERNAL", "系统开小差了，请稍后再试", {})
    assert (told["code"], told["requestId"]) == ("INTERNAL", reply["requestId"])
    assert told["cause"].startswith("ZoneInfoNotFoundError at ")
    assert "花生" not in json.dumps([told, reply], ensure_ascii=False)
    assert shop.counts() == before
