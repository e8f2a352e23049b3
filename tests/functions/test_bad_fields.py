"""What is not the shape of a command is refused field by field, all at once, in Chinese, and nothing is written."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.support.shops import TestShop, call, line, request_id

TEA = line("tea")
Faults = list[tuple[str, str]]


def faults(reply: dict[str, Any]) -> Faults:
    """The fields at fault, each with what it is told."""
    assert (reply["success"], reply["code"]) == (False, "INVALID_ARGUMENT"), reply
    assert reply["message"].startswith("提交的内容有误：")
    return [(one["field"], one["message"]) for one in reply["details"]["fields"]]


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"lines": [line("tea", 0)]}, [("lines.0.quantity", "不能小于 1")]),
        ({"lines": [line("tea", -1)]}, [("lines.0.quantity", "不能小于 1")]),
        ({"lines": [line("tea", 100)]}, [("lines.0.quantity", "不能大于 99")]),
        ({"lines": [{**TEA, "quantity": 1.5}]}, [("lines.0.quantity", "应为整数")]),
        ({"lines": [{**TEA, "quantity": "两"}]}, [("lines.0.quantity", "应为整数")]),
        ({"lines": [line("tea", 1, f"l{n}") for n in range(61)]}, [("lines", "最多 60 项")]),
        ({"lines": []}, [("lines", "至少 1 项")]),
        ({"lines": "tea"}, [("lines", "应为列表")]),
        ({"lines": [TEA, TEA]}, [("lines", "lineId 不能重复")]),
        ({"lines": [line("tea", note="辣" * 51)]}, [("lines.0.note", "最多 50 个字")]),
        ({"note": "辣" * 51}, [("note", "最多 50 个字")]),
        ({"note": "\ud800"}, [("note", "格式不对")]),
        ({"tip": 5}, [("tip", "不认识的字段")]),
        ({"dueFen": 1}, [("dueFen", "不认识的字段")]),
        ({"lines": [{**TEA, "priceFen": 1}]}, [("lines.0.priceFen", "不认识的字段")]),
        ({"lines": [{**TEA, "unitFen": 0, "amountFen": 0}]},
         [("lines.0.unitFen", "不认识的字段"), ("lines.0.amountFen", "不认识的字段")]),
        ({"state": "completed"}, [("state", "不认识的字段")]),
        ({"lines": [{**TEA, "dishId": {"$gt": ""}}]}, [("lines.0.dishId", "应为文字")]),
        ({"lines": [{**TEA, "lineId": {"$ne": None}}]}, [("lines.0.lineId", "应为文字")]),
        ({"lines": [{**TEA, "specs": {"size": {"$gt": ""}}}]}, [("lines.0.specs.size", "应为文字")]),
        ({"lines": [{**TEA, "note": {"$gt": ""}}]}, [("lines.0.note", "应为文字")]),
        ({"requestId": {"$gt": ""}}, [("requestId", "应为文字")]),
        ({"requestId": "1"}, [("requestId", "格式不对")]),
        ({"requestId": None}, [("requestId", "应为文字")]),
        ({"shopId": {"$ne": "x"}}, [("shopId", "应为文字")]),
        ({"lines": [{**TEA, "dishId": "tea$"}]}, [("lines.0.dishId", "格式不对")]),
        ({"lines": [{**TEA, "modifiers": {"egg": 0}}]}, [("lines.0.modifiers.egg", "不能小于 1")]),
        ({"lines": [{**TEA, "modifiers": {"egg": 10}}]}, [("lines.0.modifiers.egg", "不能大于 9")]),
        ({"tableCode": "yw01.t1.1.abc", "sittingId": "x"},
         [("event", "堂食请提供 tableCode 和 sittingId，自取请提供 shopId")]),
    ],
)  # fmt: skip
def test_a_field_out_of_shape_is_named_and_nothing_is_written(
    shop: TestShop, changed: dict[str, Any], expected: Faults
) -> None:
    before = shop.counts()
    whole = {"requestId": request_id(), "shopId": shop.shop_id, "lines": [TEA], **changed}
    assert faults(shop.call("submitOrder", shop.guest(), **whole)) == expected
    assert shop.counts() == before


def test_every_fault_is_told_at_once_and_in_chinese(shop: TestShop) -> None:
    before = shop.counts()
    lines = [line("tea", 0, note="辣" * 51), {"dishId": "tea", "quantity": 100, "lineId": "l2", "priceFen": 1}, {}]
    reply = shop.call("submitOrder", shop.guest(), shopId=shop.shop_id, lines=lines, note={"$gt": ""}, coupon="x")
    told = faults(reply)
    assert told == [
        ("requestId", "缺少这一项"),
        ("lines.0.quantity", "不能小于 1"),
        ("lines.0.note", "最多 50 个字"),
        ("lines.1.quantity", "不能大于 99"),
        ("lines.1.priceFen", "不认识的字段"),
        ("lines.2.lineId", "缺少这一项"),
        ("lines.2.dishId", "缺少这一项"),
        ("lines.2.quantity", "缺少这一项"),
        ("note", "应为文字"),
        ("coupon", "不认识的字段"),
    ]
    assert all(re.search(r"[\u4e00-\u9fff]", message) for _, message in told)
    assert "辣" not in reply["message"]
    assert shop.counts() == before


@pytest.mark.parametrize("event", [[], [1], None, "tea", 7, [["shopId", "x"]]], ids=repr)
@pytest.mark.parametrize("action", ["submitOrder", "getMenu", "listOrders", "advanceOrder"])
def test_an_event_that_is_no_object_is_refused(shop: TestShop, action: str, event: Any) -> None:
    before = shop.counts()
    openid = shop.guest("kitchen" if action == "advanceOrder" else "guest")
    assert faults(call(action, event, openid=openid)) == [("event", "应为对象")]
    assert shop.counts() == before


def test_what_the_platform_adds_is_let_through_and_not_believed(shop: TestShop) -> None:
    forged = {"userInfo": {"openId": shop.guest("owner"), "role": "owner"}, "tcbContext": {"WX_OPENID": "o-x"}}
    event = {"requestId": request_id(), "shopId": shop.shop_id, "lines": [TEA], **forged}
    order = call("submitOrder", event, openid=shop.guest("me"))["data"]["order"]
    mine = shop.call("listOrders", shop.guest("me"), shopId=shop.shop_id)["data"]["orders"]
    assert [one["orderId"] for one in mine] == [order["orderId"]]
    step = {"requestId": request_id(), "orderId": order["orderId"], "step": "start", **forged}
    assert call("advanceOrder", step, openid=shop.guest("me"))["code"] == "PERMISSION_DENIED"


@pytest.mark.parametrize(
    ("action", "data", "expected"),
    [
        ("getMenu", {}, [("event", "请提供 tableCode 或 shopId 其中一个")]),
        ("getMenu", {"shopId": "a", "tableCode": "b"}, [("event", "请提供 tableCode 或 shopId 其中一个")]),
        ("openTable", {"tableCode": "x"}, [("requestId", "缺少这一项"), ("tableCode", "至少 8 个字")]),
        ("openTable", {"requestId": request_id(), "tableCode": "x" * 33}, [("tableCode", "最多 32 个字")]),
        ("openTable", {"requestId": request_id(), "tableCode": {"$gt": ""}}, [("tableCode", "应为文字")]),
        ("listOrders", {"shopId": "a", "limit": 101}, [("limit", "不能大于 100")]),
        ("listOrders", {"shopId": "a", "limit": 0}, [("limit", "不能小于 1")]),
        ("listOrders", {"shopId": "a", "before": {"$gt": ""}}, [("before", "应为文字")]),
        ("advanceOrder", {"requestId": request_id(), "orderId": {"$ne": ""}, "step": "start"},
         [("orderId", "应为文字")]),
        ("callGuest", {"requestId": request_id(), "orderId": "o", "count": 9}, [("count", "不认识的字段")]),
    ],
)  # fmt: skip
def test_every_function_names_its_faults(shop: TestShop, action: str, data: dict[str, Any], expected: Faults) -> None:
    before = shop.counts()
    assert faults(shop.call(action, shop.guest("manager"), **data)) == expected
    assert shop.counts() == before
