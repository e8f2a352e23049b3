"""The shared cart: everybody edits it line by line, nothing is lost, and an edit happens once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from shared.runtime.clock import utc_now
from shared.store.client import Document
from tests.support.shops import Reply, TestShop, line, request_id

TWENTY = 20
EDITS = 12


def edit(
    shop: TestShop, sitting_id: str, op: str, *, guest: str = "guest", key: str | None = None, **more: Any
) -> Reply:
    """One edit as a guest's phone sends it."""
    name = more.pop("guestName", "")
    return shop.call(
        "editCart",
        shop.guest(guest),
        requestId=key or request_id(),
        tableCode=shop.code(),
        sittingId=sitting_id,
        edit={"op": op, **more},
        guestName=name,
    )


def add(shop: TestShop, sitting_id: str, wanted: Reply, **more: Any) -> Reply:
    """Put a line into the cart."""
    return edit(shop, sitting_id, "add", line=wanted, **more)


def cart_of(shop: TestShop, sitting_id: str, guest: str = "guest") -> Reply:
    """The cart as a guest sees it."""
    reply = shop.call("getSitting", shop.guest(guest), tableCode=shop.code(), sittingId=sitting_id)
    cart: Reply = reply["data"]["sitting"]["cart"]
    return cart


def stored(shop: TestShop, sitting_id: str) -> Document:
    """The sitting's document."""
    found = shop.db["table_sessions"].find_one({"shop_id": shop.shop_id, "_id": sitting_id})
    assert found is not None
    return found


def lines_of(shop: TestShop, sitting_id: str) -> dict[str, int]:
    """Quantity by line id, as stored."""
    return {one["line_id"]: one["quantity"] for one in stored(shop, sitting_id)["cart"]}


def version_of(shop: TestShop, sitting_id: str) -> int:
    """How often the sitting changed."""
    version: int = stored(shop, sitting_id)["version"]
    return version


def test_a_line_stands_in_the_cart_with_its_guests_name_and_its_price_now(shop: TestShop) -> None:
    sitting_id = shop.seat(guest="li")["sittingId"]
    shop.seat(guest="wang")
    wanted = line("noodles", 2, specs={"size": "big"}, modifiers={"egg": 1}, note="不要香菜")
    reply = add(shop, sitting_id, wanted, guest="li", guestName="小李")
    assert reply["success"], reply
    mine, theirs = reply["data"]["cart"]["lines"][0], cart_of(shop, sitting_id, "wang")["lines"][0]
    assert mine.pop("isMine") is True
    assert theirs.pop("isMine") is False
    guest_id = mine.pop("guestId")
    assert (guest_id, mine) == (theirs.pop("guestId"), theirs)
    assert guest_id not in {"", shop.guest("li")}
    assert mine == {
        "lineId": "l-noodles", "dishId": "noodles", "name": "羊肉烩面", "quantity": 2, "specs": {"size": "big"},
        "modifiers": {"egg": 1}, "combo": {}, "note": "不要香菜", "course": 0, "guestName": "小李", "rev": 1,
        "unitFen": 2400, "amountFen": 4800,
    }  # fmt: skip
    assert (reply["data"]["cart"]["grossFen"], reply["data"]["cart"]["dueFen"]) == (4800, 4800)


def test_a_line_is_changed_noted_chosen_anew_and_removed_and_its_rev_tells(shop: TestShop) -> None:
    sitting_id = shop.seat()["sittingId"]
    add(shop, sitting_id, line("noodles", 1, specs={"size": "big"}))
    add(shop, sitting_id, line("tea", 2))
    edit(shop, sitting_id, "change", lineId="l-noodles", by=3)
    edit(shop, sitting_id, "change", lineId="l-noodles", by=-2)
    edit(shop, sitting_id, "note", lineId="l-noodles", note="少盐")
    chosen: Reply = {"specs": {"size": "small"}, "modifiers": {"egg": 2}, "combo": {}}
    after = edit(shop, sitting_id, "choices", lineId="l-noodles", dishId="noodles", **chosen)["data"]["cart"]
    noodles, tea = after["lines"]
    assert (noodles["quantity"], noodles["note"], noodles["rev"]) == (2, "少盐", 5)
    assert {name: noodles[name] for name in chosen} == chosen
    assert (noodles["amountFen"], tea["amountFen"], tea["rev"], after["dueFen"]) == (4400, 600, 1, 5000)
    left = edit(shop, sitting_id, "remove", lineId="l-tea")["data"]["cart"]
    assert [one["lineId"] for one in left["lines"]] == ["l-noodles"]
    assert edit(shop, sitting_id, "remove", lineId="l-tea")["data"]["cart"] == left


@pytest.mark.parametrize(
    ("op", "more", "code"),
    [
        ("add", {"line": line("dragon")}, "DISH_UNAVAILABLE"),
        ("add", {"line": line("noodles")}, "CHOICE_INVALID"),
        ("add", {"line": line("tea", 1, "l-duck")}, "CART_CHANGED"),
        ("add", {"line": line("tea", 0)}, "INVALID_ARGUMENT"),
        ("add", {"line": {**line("tea"), "priceFen": 1}}, "INVALID_ARGUMENT"),
        ("change", {"lineId": "gone", "by": 1}, "CART_CHANGED"),
        ("change", {"lineId": "l-duck", "by": -2}, "CART_LIMIT"),
        ("change", {"lineId": "l-duck", "by": 98}, "CART_LIMIT"),
        ("change", {"lineId": "l-duck", "by": 99}, "INVALID_ARGUMENT"),
        ("note", {"lineId": "gone", "note": "x"}, "CART_CHANGED"),
        ("note", {"lineId": "l-duck", "note": "辣" * 51}, "INVALID_ARGUMENT"),
        ("choices", {"lineId": "l-duck", "dishId": "duck", "specs": {"size": "big"}}, "CHOICE_INVALID"),
        ("choices", {"lineId": "l-duck", "dishId": "noodles", "specs": {"size": "big"}}, "CART_CHANGED"),
        ("choices", {"lineId": "l-duck", "dishId": "dragon"}, "DISH_UNAVAILABLE"),
        ("empty", {}, "INVALID_ARGUMENT"),
    ],
)
def test_an_edit_that_cannot_be_is_refused_and_the_cart_stays(shop: TestShop, op: str, more: Reply, code: str) -> None:
    sitting_id = shop.seat()["sittingId"]
    add(shop, sitting_id, line("duck", 2))
    before = stored(shop, sitting_id)
    reply = edit(shop, sitting_id, op, **more)
    assert reply["code"] == code, reply
    assert stored(shop, sitting_id) == before


def test_sixty_lines_fill_a_cart(shop: TestShop) -> None:
    sitting_id = shop.seat()["sittingId"]
    for n in range(60):
        assert add(shop, sitting_id, line("tea", 1, f"l{n}"))["success"]
    refused = add(shop, sitting_id, line("tea", 1, "l60"))
    assert (refused["code"], refused["message"]) == ("CART_LIMIT", "购物车最多 60 项，请先提交已选的菜")
    assert len(lines_of(shop, sitting_id)) == 60
    edit(shop, sitting_id, "remove", lineId="l7")
    assert add(shop, sitting_id, line("tea", 1, "l60"))["success"]


def test_who_has_not_joined_edits_nothing_and_sees_nothing(shop: TestShop) -> None:
    sitting_id = shop.seat(guest="li")["sittingId"]
    before = stored(shop, sitting_id)
    assert add(shop, sitting_id, line("tea"), guest="stranger")["code"] == "SITTING_CLOSED"
    seen = shop.call("getSitting", shop.guest("stranger"), tableCode=shop.code(), sittingId=sitting_id)
    assert (seen["code"], seen["message"]) == ("NOT_FOUND", "没有找到这一桌")
    without_code = {"sittingId": sitting_id, "shopId": shop.shop_id}
    for action, more in (("getSitting", {}), ("editCart", {"edit": {"op": "remove", "lineId": "x"}})):
        extra = {"requestId": request_id()} if action == "editCart" else {}
        told = shop.call(action, shop.guest("li"), **without_code, **more, **extra)
        assert (told["code"], told["message"]) == ("PERMISSION_DENIED", "请扫描桌上的二维码，或请服务员帮忙")
    assert stored(shop, sitting_id) == before


def test_an_edit_repeated_happens_once_and_answers_the_cart_as_it_is(shop: TestShop) -> None:
    sitting_id, key = shop.seat()["sittingId"], request_id()
    add(shop, sitting_id, line("tea", 1))
    first = edit(shop, sitting_id, "change", lineId="l-tea", by=2, key=key)
    edit(shop, sitting_id, "change", lineId="l-tea", by=5)
    again = edit(shop, sitting_id, "change", lineId="l-tea", by=2, key=key)
    assert [reply["data"]["cart"]["lines"][0]["quantity"] for reply in (first, again)] == [3, 8]
    other = edit(shop, sitting_id, "change", lineId="l-tea", by=3, key=key)
    assert other["code"] == "REQUEST_ID_REUSED"
    assert lines_of(shop, sitting_id) == {"l-tea": 8}


def test_the_same_edit_at_once_from_eight_threads_happens_once(shop: TestShop) -> None:
    sitting_id, key = shop.seat()["sittingId"], request_id()
    add(shop, sitting_id, line("tea", 1))
    with ThreadPoolExecutor(8) as phones:
        replies = list(phones.map(lambda _: edit(shop, sitting_id, "change", lineId="l-tea", by=1, key=key), range(8)))
    assert all(reply["success"] for reply in replies)
    assert lines_of(shop, sitting_id) == {"l-tea": 2}


def test_twenty_guests_at_once_lose_nothing(shop: TestShop) -> None:
    sitting_id = shop.seat(guest="g0")["sittingId"]
    for n in range(1, TWENTY):
        shop.seat(guest=f"g{n}")
    add(shop, sitting_id, line("tea", 1, "shared"), guest="g0")

    def guest_edits(n: int) -> list[Reply]:
        me = {"guest": f"g{n}", "guestName": f"客人{n}"}
        mine = [add(shop, sitting_id, line("duck", 1, f"l{n}.{i}"), **me) for i in (0, 1)]
        mine += [edit(shop, sitting_id, "change", lineId=f"l{n}.0", by=1, **me) for _ in range(4)]
        mine += [edit(shop, sitting_id, "change", lineId="shared", by=1, **me) for _ in range(3)]
        mine.append(edit(shop, sitting_id, "note", lineId=f"l{n}.0", note=f"{n}号", **me))
        mine.append(edit(shop, sitting_id, "remove", lineId=f"l{n}.1", **me))
        mine.append(add(shop, sitting_id, line("duck", 1, f"l{n}.2"), **me))
        assert len(mine) == EDITS
        return mine

    before = version_of(shop, sitting_id)
    with ThreadPoolExecutor(TWENTY) as phones:
        replies = [reply for some in phones.map(guest_edits, range(TWENTY)) for reply in some]
    assert [reply for reply in replies if not reply["success"]] == []
    quantities = {f"l{n}.0": 5 for n in range(TWENTY)} | {f"l{n}.2": 1 for n in range(TWENTY)}
    assert lines_of(shop, sitting_id) == {"shared": 1 + 3 * TWENTY, **quantities}
    names = {one["lineId"]: one["guestName"] for one in cart_of(shop, sitting_id, "g3")["lines"]}
    assert names == {"shared": "", **{f"l{n}.{i}": f"客人{n}" for n in range(TWENTY) for i in (0, 2)}}
    assert version_of(shop, sitting_id) - before == TWENTY * EDITS


def test_control_a_cart_written_whole_after_reading_it_loses_edits(shop: TestShop) -> None:
    sitting_id = shop.seat()["sittingId"]
    add(shop, sitting_id, line("tea", 1, "shared"))
    sessions = shop.db["table_sessions"]
    where = {"shop_id": shop.shop_id, "_id": sitting_id}

    all_have_read = threading.Barrier(8, timeout=30)

    def guest_edits(_: int) -> None:
        for _ in range(EDITS):
            found = sessions.find_one(where)
            assert found is not None
            all_have_read.wait()
            found["cart"][0]["quantity"] += 1
            sessions.update_one(where, {"$set": {"cart": found["cart"]}})

    with ThreadPoolExecutor(8) as phones:
        list(phones.map(guest_edits, range(8)))
    assert lines_of(shop, sitting_id)["shared"] < 1 + 8 * EDITS - EDITS


def test_a_sitting_that_did_not_change_is_not_sent_again(shop: TestShop) -> None:
    sitting_id = shop.seat()["sittingId"]
    at = {"tableCode": shop.code(), "sittingId": sitting_id}
    first = shop.call("getSitting", shop.guest(), **at)["data"]
    same = shop.call("getSitting", shop.guest(), **at, since=first["version"])["data"]
    assert same == {"version": first["version"], "unchanged": True}
    seen = {first["version"]}
    steps: list[Callable[[], object]] = [
        lambda: add(shop, sitting_id, line("tea")),
        lambda: edit(shop, sitting_id, "change", lineId="l-tea", by=1),
        lambda: shop.seat(guest="other"),
        lambda: shop.submit([line("duck")], sittingId=sitting_id),
        lambda: shop.change_dish("tea", price_fen=400),
    ]
    for step in steps:
        step()
        now = shop.call("getSitting", shop.guest(), **at, since=first["version"])["data"]
        assert (now["unchanged"], now["version"] in seen) == (False, False)
        seen.add(now["version"])
    assert now["sitting"]["cart"]["lines"][0]["amountFen"] == 800


def test_what_cannot_be_ordered_now_says_so_and_costs_nothing(shop: TestShop) -> None:
    sitting_id = shop.seat()["sittingId"]
    for wanted in (line("tea", 2), line("duck"), line("lunch", combo={"main": "duck", "drink": "tea"})):
        add(shop, sitting_id, wanted)
    assert cart_of(shop, sitting_id)["quoteHash"]
    shop.change_dish("tea", sold_out_until=utc_now() + timedelta(hours=1))
    shop.change_dish("duck", specs=[{"id": "half", "name": "整半", "options": [{"id": "h", "name": "半只"}]}])
    cart = cart_of(shop, sitting_id)
    assert [one.get("unavailable") for one in cart["lines"]] == ["soldOut", "choices", "soldOut"]
    assert (cart["grossFen"], "quoteHash" in cart) == (0, False)


def test_the_sitting_tells_guests_members_and_rounds_with_their_sum(shop: TestShop) -> None:
    reply = shop.call(
        "openTable", shop.guest("li"), requestId=request_id(), tableCode=shop.code(), guests=3, name="小李"
    )
    sitting_id = reply["data"]["sittingId"]
    shop.seat(guest="wang")
    shop.submit([line("tea", 2)], guest="li", sittingId=sitting_id)
    shop.submit([line("duck")], guest="wang", sittingId=sitting_id)
    at = {"tableCode": shop.code(), "sittingId": sitting_id}
    seen = shop.call("getSitting", shop.guest("wang"), **at)["data"]["sitting"]
    assert (seen["tableName"], seen["state"], seen["guests"], seen["orderedFen"]) == ("1号桌", "open", 3, 5100)
    assert [(one["name"], one["isMe"]) for one in seen["members"]] == [("小李", False), ("", True)]
    assert [(one["round"], one["dueFen"]) for one in seen["rounds"]] == [(1, 600), (2, 4500)]
    assert shop.guest("li") not in str(seen)
