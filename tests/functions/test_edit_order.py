"""`editOrder` through the function: who may, what the kitchen gets, what it costs and gives back (rules 7, 13, 27)."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from edge_bridge.rendering.ticket import WIDE_DOTS, render_ticket
from tests.support.running import Running, run, told, written
from tests.support.shops import TestShop, line, moment, request_id


def lunch(main: str = "duck", line_id: str = "l-lunch", quantity: int = 1) -> dict[str, Any]:
    return line("lunch", quantity, line_id, combo={"main": main, "drink": "tea"})


def test_a_void_after_the_ticket_was_printed_reaches_its_station_and_the_pass_with_its_reason(shop: TestShop) -> None:
    order = run(shop, [line("noodles", 2, specs={"size": "big"}), line("tea")])
    first = next(paper.job_id for paper in order.papers if paper.station == "noodle")
    receipt = {"eventId": first, "jobId": first, "outcome": "printed", "at": "2026-11-24T04:00:00Z", "printer": "p"}
    shop.sync(receipts=[receipt])
    assert order.step("start", "noodle", person="kitchen")["success"]
    reply = order.edit(op="void", lineId="l-noodles", reason="客人等太久")
    assert told(order.papers, revision=2) == {
        ("noodle", "void", ("l-noodles",)),
        ("pass", "void", ("l-noodles",)),
    }
    assert {paper.note for paper in order.papers if paper.kind == "void"} == {"客人等太久"}
    shown = reply["data"]["order"]
    assert [(one["lineId"], one["quantity"], one["voided"]) for one in shown["lines"]] == [
        ("l-noodles", 2, 2),
        ("l-tea", 1, 0),
    ]
    assert (shown["dueFen"], shown["state"]) == (300, "cooking")
    printed = {ticket.ticket_id: ticket.printed_at for ticket in order.now.tickets}
    assert printed[first] == datetime(2026, 11, 24, 4, tzinfo=timezone.utc)


def test_two_lines_of_one_dish_are_told_apart_and_units_are_told_as_a_change(shop: TestShop) -> None:
    order = run(shop, [line("tea", 3, "l1"), line("tea", 2, "l2", note="烫")])
    reply = order.edit(op="void", lineId="l2", quantity=1)
    assert told(order.papers, revision=2) == {("drink", "change", ("l2",)), ("pass", "change", ("l2",))}
    changed = next(paper for paper in order.papers if paper.kind == "change").lines[0]
    assert (changed.quantity, changed.was, changed.note) == (1, "大麦茶 ×2（烫）", "烫")
    assert reply["data"]["order"]["dueFen"] == 4 * 300


def test_a_changed_note_and_a_changed_spec_are_told_and_priced_by_todays_menu(shop: TestShop) -> None:
    order = run(shop, [line("noodles", 2, specs={"size": "small"}, modifiers={"egg": 1})])
    assert order.edit(op="change", lineId="l-noodles", note="不要香菜")["data"]["order"]["dueFen"] == 4000
    shop.change_dish("noodles", price_fen=2000)
    reply = order.edit(op="change", lineId="l-noodles", choices={"specs": {"size": "big"}})
    assert reply["data"]["order"]["dueFen"] == 2 * 2400
    assert told(order.papers, revision=3) == {("noodle", "change", ("l-noodles",)), ("pass", "change", ("l-noodles",))}
    last = order.papers[-1].lines[0]
    assert (last.specs, last.modifiers, last.note, last.was) == (
        ("大碗",),
        (),
        "不要香菜",
        "羊肉烩面 ×2（小碗、加蛋、不要香菜）",
    )


def test_another_choice_of_a_combo_goes_to_the_other_station_and_moves_the_stock(shop: TestShop) -> None:
    order = run(shop, [lunch("duck", quantity=2)])
    reply = order.edit(op="change", lineId="l-lunch", choices={"combo": {"main": "fish", "drink": "tea"}})
    assert told(order.papers, revision=2) == {
        ("cold", "void", ("l-lunch:main",)),
        ("hot", "new", ("l-lunch:main",)),
        ("pass", "void", ("l-lunch:main",)),
        ("pass", "new", ("l-lunch:main",)),
    }
    assert reply["data"]["order"]["dueFen"] == 2 * 5600
    assert (shop.left("duck"), shop.left("fish")) == (100, 1)


def test_a_choice_of_which_not_enough_is_left_is_refused_and_nothing_is_written(shop: TestShop) -> None:
    run(shop, [line("fish", 2)])
    order = run(shop, [lunch("duck", quantity=2)])
    before = written(shop)
    reply = order.edit(op="change", lineId="l-lunch", choices={"combo": {"main": "fish", "drink": "tea"}})
    assert (reply["code"], reply["details"]["dishes"]) == (
        "STOCK_SHORT",
        [{"dishId": "fish", "name": "红烧黄河鲤鱼", "left": 1, "wanted": 2}],
    )
    assert written(shop) == before


def test_a_voided_dish_comes_back_to_the_stock_until_the_kitchen_begins(shop: TestShop) -> None:
    order = run(shop, [line("fish", 2), line("duck", 5)])
    order.edit(op="void", lineId="l-duck", quantity=2)
    assert (shop.left("fish"), shop.left("duck")) == (1, 97)
    order.step("start", "hot", person="kitchen")
    order.edit(op="void", lineId="l-fish", quantity=1, reason="做错了")
    assert (shop.left("fish"), shop.left("duck")) == (1, 97)
    day = shop.db["stock"].find_one({"shop_id": shop.shop_id})
    assert day is not None
    assert day["holds"] == {}


def test_fewer_of_a_line_is_a_change_until_the_kitchen_begins_and_then_a_void_with_a_reason(shop: TestShop) -> None:
    order = run(shop, [line("duck", 5), line("tea")])
    assert order.edit(op="change", lineId="l-duck", quantity=3, note="撕好")["data"]["order"]["dueFen"] == 13800
    assert (shop.left("duck"), order.now.line("l-duck").live_quantity) == (97, 3)
    order.step("start", "cold", person="kitchen")
    before = written(shop)
    for quantity, message in ((2, "厨房已开始做道口烧鸡，减份请用退菜并填写原因"), (4, "加份数请另下一单")):
        reply = order.edit(op="change", lineId="l-duck", quantity=quantity)
        assert (reply["code"], reply["message"]) == ("STATE_CONFLICT", message)
    missing = order.edit(op="void", lineId="l-duck", quantity=1)
    assert (missing["code"], missing["details"]["fields"][0]["field"]) == ("INVALID_ARGUMENT", "edit.reason")
    assert written(shop) == before


def test_a_held_course_is_cooked_when_a_guest_of_the_table_fires_it(shop: TestShop) -> None:
    sitting = shop.seat()
    shop.seat(guest="friend")
    order = run(shop, [line("tea"), line("duck", course=1), lunch()], sittingId=sitting["sittingId"])
    held = next(one for one in order.now.lines if one.line_id == "l-duck")
    assert (held.is_held, shop.left("duck")) == (True, 98)
    assert order.step("ready", person="kitchen")["data"]["order"]["state"] == "cooking"
    fired = order.edit("friend", at={"tableCode": shop.code()}, op="fire", course=1)
    assert told(order.papers, revision=2) == {("cold", "new", ("l-duck",)), ("pass", "new", ("l-duck",))}
    assert [one["held"] for one in fired["data"]["order"]["lines"]] == [False, False, False]
    assert order.step("ready", person="kitchen")["data"]["order"]["state"] == "ready"
    again = order.edit(op="fire", course=1)
    assert (again["code"], again["message"]) == ("STATE_CONFLICT", "这一道次已经起菜")


def test_of_eight_who_rush_at_once_one_is_heard_and_the_others_told_when(shop: TestShop) -> None:
    order = run(shop, [line("tea"), line("duck")])
    with ThreadPoolExecutor(8) as table:
        replies = list(table.map(lambda _: order.edit("guest", op="rush"), range(8)))
    assert Counter(reply.get("code", "heard") for reply in replies) == {"heard": 1, "RUSHED_ALREADY": 7}
    assert told(order.papers, revision=2) == {
        ("drink", "rush", ("l-tea",)),
        ("cold", "rush", ("l-duck",)),
        ("pass", "rush", ("l-tea", "l-duck")),
    }
    assert max(paper.revision for paper in order.papers) == 2
    heard = next(reply["data"]["order"] for reply in replies if reply["success"])
    early = next(reply for reply in replies if not reply["success"])
    again = moment(early["details"]["lines"][0]["againAt"])
    assert (again - moment(heard["lines"][0]["rushedAt"])).total_seconds() == 300


def test_a_line_may_be_rushed_again_after_five_minutes(shop: TestShop) -> None:
    order = run(shop, [line("tea")])
    assert order.edit(op="rush", lineIds=["l-tea"])["success"]
    before = written(shop)
    reply = order.edit(op="rush", lineIds=["l-tea"])
    assert (reply["code"], reply["message"]) == ("RUSHED_ALREADY", "大麦茶已催过，厨房正在加紧，请稍后再催")
    assert written(shop) == before
    long_ago = datetime(2026, 1, 1, tzinfo=timezone.utc)
    shop.db["orders"].update_one(order.mine, {"$set": {"lines.0.rushed_at": long_ago}})
    assert order.edit(op="rush", lineIds=["l-tea"])["success"]


def test_the_same_edit_sent_twice_is_done_once(shop: TestShop) -> None:
    order, key = run(shop, [line("duck", 5)]), request_id()
    first = order.edit(key=key, op="void", lineId="l-duck", quantity=2)
    assert order.edit(key=key, op="void", lineId="l-duck", quantity=2)["data"] == first["data"]
    assert (shop.left("duck"), order.now.due_fen) == (97, 13500)
    assert order.edit(key=key, op="void", lineId="l-duck", quantity=1)["code"] == "REQUEST_ID_REUSED"


def test_two_waiters_who_void_the_same_line_at_once_void_it_once(shop: TestShop) -> None:
    order = run(shop, [line("duck", 5), line("tea")])
    with ThreadPoolExecutor(2) as waiters:
        replies = list(waiters.map(lambda _: order.edit(op="void", lineId="l-duck"), range(2)))
    assert sorted(reply.get("code", "") for reply in replies) == ["", "STATE_CONFLICT"]
    assert (shop.left("duck"), order.now.removals[0].quantity, len(order.now.removals)) == (100, 5, 1)


@pytest.mark.parametrize("person", ["guest", "kitchen"])
@pytest.mark.parametrize("edit", [{"op": "void"}, {"op": "change", "note": "少盐"}], ids=lambda edit: edit["op"])
def test_who_may_not_change_what_was_ordered_is_refused(shop: TestShop, person: str, edit: dict[str, Any]) -> None:
    order = run(shop, [line("tea")])
    before = written(shop)
    assert order.edit(person, lineId="l-tea", **edit)["code"] == "PERMISSION_DENIED"
    assert written(shop) == before


def test_a_waiter_with_a_table_code_is_a_guest_and_a_stranger_finds_nothing(shop: TestShop) -> None:
    sitting = shop.seat()
    order = run(shop, [line("tea")], sittingId=sitting["sittingId"])
    before = written(shop)
    at_table = {"tableCode": shop.code()}
    assert order.edit("waiter", at=at_table, op="void", lineId="l-tea")["code"] == "NOT_FOUND"
    assert order.edit("stranger", at=at_table, op="rush")["message"] == "没有找到这个订单"
    assert Running(shop, "no-such-order").edit(op="rush")["message"] == "没有找到这个订单"
    assert written(shop) == before


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        ({"op": "void", "lineId": "nobody"}, "NOT_FOUND"),
        ({"op": "void", "lineId": "l-tea", "quantity": 3}, "STATE_CONFLICT"),
        ({"op": "void", "lineId": "l-tea", "quantity": 0}, "INVALID_ARGUMENT"),
        ({"op": "change", "lineId": "l-tea"}, "INVALID_ARGUMENT"),
        ({"op": "change", "lineId": "l-noodles", "choices": {}}, "CHOICE_INVALID"),
        ({"op": "change", "lineId": "l-noodles", "choices": {"specs": {"size": "huge"}}}, "CHOICE_INVALID"),
        ({"op": "change", "lineId": "l-tea", "note": "长" * 51}, "INVALID_ARGUMENT"),
        ({"op": "rush", "lineIds": ["nobody"]}, "NOT_FOUND"),
        ({"op": "fire", "course": 1}, "NOT_FOUND"),
        ({"op": "fire", "course": 0}, "INVALID_ARGUMENT"),
        ({"op": "price", "lineId": "l-tea", "priceFen": 1}, "INVALID_ARGUMENT"),
    ],
    ids=lambda value: str(value)[:50],
)
def test_what_cannot_be_is_refused_with_its_code_and_nothing_is_written(
    shop: TestShop, edit: dict[str, Any], code: str
) -> None:
    order = run(shop, [line("tea", 2), line("noodles", specs={"size": "big"})])
    before = written(shop)
    assert order.edit(**edit)["code"] == code
    assert written(shop) == before


def test_a_dish_that_is_off_the_menu_takes_no_other_choices(shop: TestShop) -> None:
    order = run(shop, [line("noodles", specs={"size": "big"})])
    shop.change_dish("noodles", sold_out_until=datetime(2999, 1, 1, tzinfo=timezone.utc))
    before = written(shop)
    reply = order.edit(op="change", lineId="l-noodles", choices={"specs": {"size": "small"}})
    assert reply["code"] == "DISH_UNAVAILABLE"
    assert written(shop) == before
    assert order.edit(op="change", lineId="l-noodles", note="少盐")["success"]


@pytest.mark.parametrize(
    "edit", [{"op": "void", "lineId": "l-tea", "reason": "x"}, {"op": "rush"}], ids=["void", "rush"]
)
def test_an_order_that_was_handed_over_is_changed_no_more(shop: TestShop, edit: dict[str, Any]) -> None:
    order = run(shop, [line("tea")])
    order.step("ready")
    order.step("complete")
    before = written(shop)
    assert order.edit(**edit)["code"] == "STATE_CONFLICT"
    assert written(shop) == before


def test_every_kind_of_ticket_is_drawn_by_the_store_pc(shop: TestShop) -> None:
    order = run(shop, [line("tea", 2), lunch(), line("duck", course=1)])
    order.edit(op="fire", course=1)
    order.edit(op="change", lineId="l-tea", note="烫")
    order.edit(op="rush")
    order.step("start")
    order.edit(op="void", lineId="l-lunch", reason="点错了")
    assert {paper.kind for paper in order.papers} == {"new", "change", "rush", "void"}
    for paper in order.papers:
        drawn = render_ticket(
            paper, seq=1, width_dots=WIDE_DOTS, copy=1, now=paper.placed_at, zone=ZoneInfo("Asia/Shanghai")
        )
        assert (drawn.width, drawn.height > 300) == (WIDE_DOTS, True)


def test_the_list_shows_each_lines_life(shop: TestShop) -> None:
    order = run(shop, [line("tea", 2), line("duck", course=2), line("fish")])
    order.edit(op="void", lineId="l-tea", quantity=1)
    order.step("serve", person="waiter", lineId="l-fish")
    listed = shop.call("listOrders", shop.guest("kitchen"), station="hot")["data"]["orders"][0]
    life = {
        one["lineId"]: (one["station"], one["voided"], one["course"], one["held"], one["served"])
        for one in listed["lines"]
    }
    assert life == {
        "l-tea": ("drink", 1, 0, False, False),
        "l-duck": ("cold", 0, 2, True, False),
        "l-fish": ("hot", 0, 0, False, True),
    }
    hot = next(ticket for ticket in listed["tickets"] if ticket["station"] == "hot")
    assert (hot["itemIds"], hot["state"]) == (["l-fish"], "ready")


def test_a_station_set_to_a_ticket_per_dish_prints_and_readies_each_dish_by_itself(shop: TestShop) -> None:
    shop.db["stations"].update_one({"shop_id": shop.shop_id, "station_id": "noodle"}, {"$set": {"per_dish": True}})
    noodles = [line("noodles", 1, f"l{n}", specs={"size": "big"}) for n in (1, 2)]
    order = run(shop, [*noodles, line("tea")])
    papers = {paper.job_id: [one.line_id for one in paper.lines] for paper in order.papers}
    key = f"{order.order_id}.noodle.new.1"
    assert papers[key] == ["l1"]
    assert papers[f"{key}.2"] == ["l2"]
    assert papers[f"{order.order_id}.pass.new.1"] == ["l1", "l2", "l-tea"]
    assert shop.call(
        "advanceOrder",
        shop.guest("kitchen"),
        requestId=request_id(),
        orderId=order.order_id,
        step="ready",
        ticketId=key,
    )["success"]
    assert {ticket.ticket_id: ticket.state for ticket in order.now.tickets if ticket.station == "noodle"} == {
        key: "ready",
        f"{key}.2": "waiting",
    }
