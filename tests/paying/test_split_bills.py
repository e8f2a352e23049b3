"""A sitting's bill: whole, by guest, by lines, evenly to the fen; no fen is paid twice; paid, the table is free."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pymongo.database import Database

from shared.runtime.log import pseudonym
from shared.store.client import Document
from tests.support.audit import assert_clean
from tests.support.desk import CARD, WECHAT, Desk, number_of, sweep
from tests.support.running import Running, run
from tests.support.shops import Reply, line, request_id


def seated(desk: Desk, *guests: str) -> str:
    """The guests sit at table t1; the sitting's id."""
    ids = {desk.shop.seat(guest=guest)["sittingId"] for guest in guests or ("guest",)}
    (sitting_id,) = ids
    return str(sitting_id)


def state_of(desk: Desk, sitting_id: str) -> str:
    found = desk.shop.db["table_sessions"].find_one({"_id": sitting_id, "shop_id": desk.shop.shop_id})
    assert found is not None
    return str(found["state"])


def bill(desk: Desk, sitting_id: str) -> dict[str, int]:
    """What is owed, claimed and paid of the sitting, as its orders are stored."""
    found = list(desk.shop.db["orders"].find({"shop_id": desk.shop.shop_id, "sitting_id": sitting_id}))
    lines = [one for order in found for one in order["lines"]]
    sums = {name: sum(one.get(f"{name}_fen", 0) for one in lines) for name in ("claimed", "paid")}
    return {"due": sum(order["due_fen"] for order in found), **sums}


def part(by: str, **more: Any) -> Reply:
    return {"by": by, **more}


def test_the_whole_bill_of_all_rounds_is_paid_and_the_table_is_free(desk: Desk) -> None:
    sitting = seated(desk)
    rounds = [
        run(desk.shop, [line("duck"), line("tea")], sittingId=sitting),
        run(desk.shop, [line("tea", 2)], sittingId=sitting),
    ]
    number = desk.tap(desk.pay(5400, sittingId=sitting))
    assert state_of(desk, sitting) == "open"
    assert desk.hear(number)["data"]["outcome"] == "settled"
    assert (state_of(desk, sitting), bill(desk, sitting)) == ("settled", {"due": 5400, "claimed": 5400, "paid": 5400})
    assert [one.now.state for one in rounds] == ["confirmed", "confirmed"]
    refused = desk.shop.submit([line("tea")], sittingId=sitting)
    assert refused["code"] == "SITTING_CLOSED"
    assert desk.shop.seat(guest="next")["sittingId"] != sitting
    assert_clean(desk.shop.db, desk.shop.shop_id)


def test_the_cashier_takes_the_whole_bill_in_cash(desk: Desk) -> None:
    sitting = seated(desk)
    run(desk.shop, [line("duck"), line("tea")], sittingId=sitting)
    reply = desk.cash(4800, handed=10000, sittingId=sitting)
    assert reply["data"]["payment"]["changeFen"] == 5200
    assert reply["data"]["bill"] == {"dueFen": 4800, "paidFen": 4800, "openFen": 0, "settled": True}
    assert state_of(desk, sitting) == "settled"


def test_each_guest_pays_what_they_chose_and_the_last_one_frees_the_table(desk: Desk) -> None:
    sitting = seated(desk, "ann", "bob")
    run(desk.shop, [line("duck")], guest="ann", sittingId=sitting)
    run(desk.shop, [line("tea", 3)], guest="bob", sittingId=sitting)
    assert desk.pay(4500, guest="bob", sittingId=sitting, part=part("guest"))["details"] == {"dueFen": 900}
    desk.paid(4500, guest="ann", sittingId=sitting, part=part("guest"))
    assert (state_of(desk, sitting), bill(desk, sitting)["paid"]) == ("open", 4500)
    again = desk.pay(4500, guest="ann", sittingId=sitting, part=part("guest"))
    assert (again["code"], again["message"]) == ("STATE_CONFLICT", "这一部分已经付清")
    desk.paid(900, guest="bob", sittingId=sitting, part=part("guest"))
    assert state_of(desk, sitting) == "settled"


def test_a_guest_pays_for_another(desk: Desk) -> None:
    sitting = seated(desk, "ann", "bob")
    run(desk.shop, [line("duck")], guest="ann", sittingId=sitting)
    run(desk.shop, [line("tea")], guest="bob", sittingId=sitting)
    both = [pseudonym(desk.shop.guest(name)) for name in ("ann", "bob")]
    desk.paid(4500, guest="bob", sittingId=sitting, part=part("guest", guestIds=both[:1]))
    desk.paid(300, guest="bob", sittingId=sitting, part=part("guest", guestIds=both))
    assert state_of(desk, sitting) == "settled"


def test_seat_fees_are_nobodys_part_and_are_paid_with_the_rest(desk: Desk) -> None:
    desk.shop.change(seat_fee_fen=200)
    reply = desk.shop.call("openTable", desk.shop.guest(), requestId=request_id(), tableCode=desk.shop.code(), guests=2)
    sitting = reply["data"]["sittingId"]
    run(desk.shop, [line("duck")], sittingId=sitting)
    desk.paid(4500, sittingId=sitting, part=part("guest"))
    assert state_of(desk, sitting) == "open"
    desk.paid(400, sittingId=sitting)
    assert state_of(desk, sitting) == "settled"


def test_lines_are_paid_with_their_packing_and_once(desk: Desk) -> None:
    desk.shop.change_dish("duck", packing_fen=100)
    sitting = seated(desk, "ann", "bob")
    order = run(desk.shop, [line("duck"), line("tea")], guest="ann", sittingId=sitting, takeaway=True)
    duck = [{"orderId": order.order_id, "lineId": "l-duck"}]
    desk.paid(4600, guest="bob", sittingId=sitting, part=part("lines", lines=duck))
    before = desk.written()
    again = desk.pay(4600, guest="ann", sittingId=sitting, part=part("lines", lines=duck))
    assert (again["code"], again["message"]) == ("STATE_CONFLICT", "这一部分已经付清")
    foreign = [{"orderId": order.order_id, "lineId": "l-fish"}]
    assert desk.pay(0, guest="ann", sittingId=sitting, part=part("lines", lines=foreign))["code"] == "NOT_FOUND"
    assert desk.written() == before
    desk.paid(300, guest="ann", sittingId=sitting)
    assert state_of(desk, sitting) == "settled"


@pytest.mark.parametrize("turn", [(1, 2, 3), (3, 1, 2), (2, 3, 1)])
def test_three_share_evenly_to_the_fen_in_any_turn(desk: Desk, turn: tuple[int, ...]) -> None:
    desk.shop.change_dish("tea", price_fen=100)
    sitting = seated(desk)
    run(desk.shop, [line("duck"), line("tea")], sittingId=sitting)
    desk.shop.change_dish("tea", price_fen=400)
    run(desk.shop, [line("tea")], sittingId=sitting)
    shares = {1: 1667, 2: 1667, 3: 1666}
    for share in turn:
        desk.paid(shares[share], sittingId=sitting, part=part("even", of=3, share=share))
    assert (state_of(desk, sitting), bill(desk, sitting)) == ("settled", {"due": 5000, "claimed": 5000, "paid": 5000})
    assert_clean(desk.shop.db, desk.shop.shop_id)


def test_an_even_share_is_paid_once_whoever_pays_it(desk: Desk) -> None:
    sitting = seated(desk, "ann", "bob")
    run(desk.shop, [line("duck")], guest="ann", sittingId=sitting)
    desk.paid(2250, guest="ann", sittingId=sitting, part=part("even", of=2, share=1))
    before = desk.written()
    again = desk.pay(2250, guest="bob", sittingId=sitting, part=part("even", of=2, share=1))
    assert (again["code"], again["message"]) == ("STATE_CONFLICT", "这一份已经有人付了，请选择其他份")
    assert desk.written() == before


def test_who_pays_evenly_after_another_paid_their_lines_pays_no_more_than_is_open(desk: Desk) -> None:
    sitting = seated(desk, "ann", "bob")
    run(desk.shop, [line("duck")], guest="ann", sittingId=sitting)
    run(desk.shop, [line("tea")], guest="bob", sittingId=sitting)
    desk.paid(4500, guest="ann", sittingId=sitting, part=part("guest"))
    desk.paid(300, guest="bob", sittingId=sitting, part=part("even", of=2, share=2))
    assert (state_of(desk, sitting), bill(desk, sitting)["paid"]) == ("settled", 4800)


def test_two_phones_that_pay_the_whole_at_once_pay_it_once(desk: Desk) -> None:
    sitting = seated(desk, "ann", "bob")
    run(desk.shop, [line("duck"), line("tea")], guest="ann", sittingId=sitting)
    with ThreadPoolExecutor(2) as phones:
        replies = list(phones.map(lambda guest: desk.pay(4800, guest=guest, sittingId=sitting), ("ann", "bob")))
    assert sorted(reply.get("code", "") for reply in replies) == ["", "STATE_CONFLICT"]
    assert bill(desk, sitting)["claimed"] == 4800


def test_twelve_phones_that_pay_parts_which_overlap_never_pay_a_fen_twice(desk: Desk) -> None:
    guests = [f"g{number}" for number in range(12)]
    sitting = seated(desk, *guests)
    orders = [run(desk.shop, [line("duck"), line("tea", 3)], guest=guest, sittingId=sitting) for guest in guests[:4]]
    due = 4 * 5400
    ducks = [{"orderId": order.order_id, "lineId": "l-duck"} for order in orders]
    wanted: list[tuple[int, Reply]] = [
        *((5400, part("guest")) for _ in range(4)),
        *((4500, part("lines", lines=[one])) for one in ducks),
        *((5400, part("even", of=4, share=share)) for share in (1, 2, 3)),
        (due, part("whole")),
    ]

    def phone(number: int) -> Reply:
        shown, which = wanted[number]
        reply = desk.pay(shown, guest=guests[number], sittingId=sitting, part=which)
        if reply.get("code") == "PRICE_CHANGED":  # as a client does: shown anew, and accepted
            reply = desk.pay(reply["details"]["dueFen"], guest=guests[number], sittingId=sitting, part=which)
        return reply

    with ThreadPoolExecutor(12) as phones:
        replies = list(phones.map(phone, range(12)))
    begun = [reply["data"]["payment"] for reply in replies if reply["success"]]
    assert {reply["code"] for reply in replies if not reply["success"]} <= {"STATE_CONFLICT", "PRICE_CHANGED", "BUSY"}
    assert bill(desk, sitting)["claimed"] == sum(one["amountFen"] for one in begun) <= due
    assert_clean(desk.shop.db, desk.shop.shop_id)
    with ThreadPoolExecutor(6) as payers:
        for one in begun:
            desk.wechat.pay(one["paymentId"])
        told = list(payers.map(lambda one: desk.hear(one["paymentId"]), begun))
    for one, answer in zip(begun, told, strict=True):
        if answer["status"] != 200:
            assert desk.hear(one["paymentId"])["data"]["outcome"] == "settled"
    rest = due - bill(desk, sitting)["paid"]
    if rest:
        desk.paid(rest, guest="g0", sittingId=sitting)
    assert (bill(desk, sitting), state_of(desk, sitting)) == ({"due": due, "claimed": due, "paid": due}, "settled")
    assert_clean(desk.shop.db, desk.shop.shop_id)


def test_without_the_claim_two_phones_pay_the_same_line(db: Database[Document]) -> None:
    """The negative control: look whether it is open, then write that it is paid."""
    lines = db.client[f"{db.name}_unguarded"]["lines"]
    lines.insert_one({"_id": "l", "due": 4500, "paid": 0})
    both_have_read = threading.Barrier(2)

    def phone(_number: int) -> None:
        found = lines.find_one({"_id": "l"})
        both_have_read.wait(20)
        if found and found["paid"] < found["due"]:
            lines.update_one({"_id": "l"}, {"$inc": {"paid": 4500}})

    try:
        with ThreadPoolExecutor(2) as phones:
            list(phones.map(phone, range(2)))
        found = lines.find_one({"_id": "l"})
    finally:
        db.client.drop_database(f"{db.name}_unguarded")
    assert found is not None
    assert found["paid"] == 9000


def test_two_last_payments_told_at_once_free_the_table(desk: Desk) -> None:
    """Each pays orders that the other does not touch: that both are paid is seen by the second."""
    for _ in range(5):
        sitting = seated(desk, "ann", "bob")
        for guest in ("ann", "bob"):
            run(desk.shop, [line("duck")], guest=guest, sittingId=sitting)
        numbers = [
            desk.tap(desk.pay(4500, guest=guest, sittingId=sitting, part=part("guest")), guest=guest)
            for guest in ("ann", "bob")
        ]
        with ThreadPoolExecutor(2) as lines:
            told = list(lines.map(desk.hear, numbers))
        for number, answer in zip(numbers, told, strict=True):
            if answer["status"] == 503:
                desk.hear(number)
        assert state_of(desk, sitting) == "settled"


def test_a_pending_part_keeps_others_out_until_it_is_over(desk: Desk) -> None:
    sitting = seated(desk, "ann", "bob")
    run(desk.shop, [line("duck")], guest="ann", sittingId=sitting)
    first = desk.pay(4500, guest="ann", sittingId=sitting)
    refused = desk.pay(4500, guest="bob", sittingId=sitting)
    assert (refused["code"], refused["message"]) == ("STATE_CONFLICT", "有人正在付这一部分，请稍等，或选择其他部分")
    desk.pass_by(number_of(first), over=True)
    sweep()
    desk.paid(4500, guest="bob", sittingId=sitting)
    assert state_of(desk, sitting) == "settled"


def test_the_till_ends_what_phones_were_about_to_pay_and_keeps_what_they_paid(desk: Desk) -> None:
    sitting = seated(desk, "ann", "bob")
    for guest in ("ann", "bob"):
        run(desk.shop, [line("duck")], guest=guest, sittingId=sitting)
    paid = desk.tap(desk.pay(4500, guest="ann", sittingId=sitting, part=part("guest")), guest="ann")
    idle = number_of(desk.pay(4500, guest="bob", sittingId=sitting, part=part("guest")))
    reply = desk.cash(9000, sittingId=sitting)
    assert (reply["code"], reply["details"]) == ("PRICE_CHANGED", {"dueFen": 4500})
    assert (desk.payment(paid)["state"], desk.payment(idle)["state"]) == ("paid", "closed")
    assert desk.cash(4500, sittingId=sitting)["data"]["bill"]["settled"]


def test_what_is_claimed_is_not_voided_or_moved_to_another_bill_and_the_rest_is(desk: Desk) -> None:
    sitting = seated(desk)
    order = run(desk.shop, [line("duck"), line("tea")], sittingId=sitting)
    other = desk.shop.seat("t2", guest="other")["sittingId"]
    duck = [{"orderId": order.order_id, "lineId": "l-duck"}]
    desk.pay(4500, sittingId=sitting, part=part("lines", lines=duck))
    before = desk.written()
    gone = [{"lineId": "l-duck", "quantity": 1}]
    transfer = {"op": "transfer", "orderId": order.order_id, "lines": gone, "toSittingId": other}
    moved = desk.shop.call("arrangeTables", desk.shop.guest("waiter"), requestId=request_id(), arrangement=transfer)
    refused = (moved, order.edit(op="void", lineId="l-duck"), order.cancel("manager", reason="x"))
    assert [reply["code"] for reply in refused] == ["STATE_CONFLICT"] * 3
    assert desk.written() == before
    assert order.edit(op="void", lineId="l-tea")["success"]
    assert_clean(desk.shop.db, desk.shop.shop_id)


def test_a_void_and_a_payment_at_once_never_charge_for_what_is_gone(desk: Desk) -> None:
    for _ in range(8):
        sitting = seated(desk)
        order = run(desk.shop, [line("duck"), line("tea")], sittingId=sitting)
        with ThreadPoolExecutor(2) as both:
            paying = both.submit(desk.cash, 4800, sittingId=sitting)
            voiding = both.submit(order.edit, op="void", lineId="l-tea")
        outcome = paying.result()
        if outcome["success"]:
            assert (voiding.result()["code"], state_of(desk, sitting)) == ("STATE_CONFLICT", "settled")
        else:
            assert outcome["code"] in ("PRICE_CHANGED", "BUSY")
            assert desk.cash(order.now.due_fen, sittingId=sitting)["success"]
        assert sum(one.paid_fen for one in order.now.lines) == order.now.due_fen
    assert_clean(desk.shop.db, desk.shop.shop_id)


def test_a_party_that_was_merged_while_it_paid_pays_and_the_whole_party_pays_the_rest(desk: Desk) -> None:
    sitting = seated(desk)
    run(desk.shop, [line("duck")], sittingId=sitting)
    number = desk.tap(desk.pay(4500, sittingId=sitting))
    other = desk.shop.seat("t2", guest="other")["sittingId"]
    run(desk.shop, [line("tea")], guest="other", sittingId=other, tableCode=desk.shop.code("t2"))
    merge = {"op": "merge", "sittingId": sitting, "intoSittingId": other}
    merged = desk.shop.call("arrangeTables", desk.shop.guest("waiter"), requestId=request_id(), arrangement=merge)
    assert merged["success"], merged
    assert desk.hear(number)["data"]["outcome"] == "settled"
    assert (state_of(desk, sitting), state_of(desk, other)) == ("merged", "open")
    reply = desk.cash(300, sittingId=sitting)
    assert reply["data"]["bill"] == {"dueFen": 4800, "paidFen": 4800, "openFen": 0, "settled": True}
    assert state_of(desk, other) == "settled"
    assert_clean(desk.shop.db, desk.shop.shop_id)


def test_a_round_ordered_while_the_whole_was_being_paid_keeps_the_table_open(desk: Desk) -> None:
    sitting = seated(desk)
    run(desk.shop, [line("duck")], sittingId=sitting)
    number = desk.tap(desk.pay(4500, sittingId=sitting))
    run(desk.shop, [line("tea")], sittingId=sitting)
    desk.hear(number)
    assert (state_of(desk, sitting), bill(desk, sitting)) == ("open", {"due": 4800, "claimed": 4500, "paid": 4500})
    desk.paid(300, sittingId=sitting)
    assert state_of(desk, sitting) == "settled"


def test_a_bill_of_nothing_is_settled_at_once(desk: Desk) -> None:
    desk.shop.change_dish("tea", price_fen=0)
    sitting = seated(desk)
    run(desk.shop, [line("tea")], sittingId=sitting)
    reply = desk.pay(0, sittingId=sitting)
    assert (reply["data"]["payment"]["state"], reply["data"]["payment"]["tenders"]) == ("paid", [])
    assert state_of(desk, sitting) == "settled"
    again = desk.pay(0, sittingId=sitting)
    assert again["code"] == "STATE_CONFLICT"


@pytest.mark.parametrize(
    ("who", "more", "code"),
    [
        ("stranger", {}, "NOT_FOUND"),
        ("guest", {"part": {"by": "even", "of": 2, "share": 3}}, "INVALID_ARGUMENT"),
        ("guest", {"part": {"by": "even", "of": 1, "share": 1}}, "INVALID_ARGUMENT"),
        ("guest", {"part": {"by": "lines", "lines": []}}, "INVALID_ARGUMENT"),
        ("guest", {"part": {"by": "guest", "guestIds": ["0123456789"]}}, "NOT_FOUND"),
        ("guest", {"part": {"by": "half"}}, "INVALID_ARGUMENT"),
        ("guest", {"orderId": "o"}, "INVALID_ARGUMENT"),
        ("cashier", {"part": {"by": "guest"}, "tenders": (CARD,)}, "PERMISSION_DENIED"),
    ],
)
def test_what_is_no_part_of_ones_bill_is_refused(desk: Desk, who: str, more: dict[str, Any], code: str) -> None:
    sitting = seated(desk)
    run(desk.shop, [line("duck")], sittingId=sitting)
    before = desk.written()
    assert desk.pay(4500, guest=who, sittingId=sitting, **{"tenders": (WECHAT,), **more})["code"] == code
    assert desk.written() == before


def test_a_sitting_without_an_order_has_nothing_to_pay(desk: Desk) -> None:
    sitting = seated(desk)
    before = desk.written()
    assert desk.pay(0, sittingId=sitting)["message"] == "这一桌还没有要付的菜"
    assert desk.written() == before


def test_a_round_of_a_sitting_is_paid_by_the_sittings_bill(desk: Desk) -> None:
    sitting = seated(desk)
    order: Running = run(desk.shop, [line("duck")], sittingId=sitting)
    assert desk.pay(4500, orderId=order.order_id)["message"] == "堂食订单请在桌台账单里付款"
