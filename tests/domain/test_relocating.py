"""Dishes that go to another bill: no fen is lost or made, and each stands on one live ticket (rules 5, 16, 27)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.cart import CartLine, joined, shown
from shared.domain.moves import advance, told
from shared.domain.orders import Order, OrderLine, misplaced
from shared.domain.pricing import Applied, ChosenDish, Cut
from shared.domain.relocating import Destination, relocated, transfer
from shared.errors import CartChanged, StateConflict

AT = datetime(2026, 11, 24, 4, 0, tzinfo=timezone.utc)
STATIONS = {"hot": "热菜", "cold": "凉菜", "drink": "酒水", "pass": "传菜"}
TO = Destination("o2", "n2", "s2", "2号桌", 4, 3, "waiter-1", AT)


def dish(
    line_id: str, quantity: int = 1, unit_fen: int = 1000, *, station: str = "hot", voided: int = 0, **more: object
) -> OrderLine:
    """A line of an order."""
    line = OrderLine(
        line_id=line_id,
        dish_id=line_id,
        name=line_id,
        station=station,
        quantity=quantity,
        unit_fen=unit_fen,
        amount_fen=unit_fen * quantity,
        specs=(),
        modifiers=(),
        combo=(),
        note="",
        voided=voided,
    )
    return replace(line, **more)  # type: ignore[arg-type]


def order(*lines: OrderLine) -> Order:
    """A confirmed order whose tickets are out."""
    empty = Order(
        order_id="o1",
        order_no="n1",
        biz_date="2026-11-24",
        state="confirmed",
        channel="table",
        round=1,
        guest_id="g",
        sitting_id="s1",
        table_name="1号桌",
        pickup_no=None,
        lines=lines,
        tickets=(),
        gross_fen=0,
        due_fen=0,
        quote_hash="",
        note="",
        placed_at=AT,
        hold_id="h",
    ).with_lines(())
    placed, _ = told(None, empty, STATIONS)
    return placed


@st.composite
def lines(draw: st.DrawFn, line_id: str) -> OrderLine:
    """Any line: quantity, price, cuts of two offers, some of it voided."""
    quantity = draw(st.integers(1, 99))
    unit = draw(st.integers(0, 20_000))
    first = draw(st.integers(0, unit * quantity))
    second = draw(st.integers(0, unit * quantity - first))
    cuts = tuple(cut for cut in (Cut("item", "a", first), Cut("order", "b", second)) if cut.fen)
    return dish(line_id, quantity, unit, cuts=cuts, voided=draw(st.integers(0, quantity - 1)))


@given(st.data())
def test_both_orders_together_owe_exactly_what_the_one_did(data: st.DataObject) -> None:
    offers = (Applied("item", "a", "单品券", 0), Applied("order", "b", "整单券", 0))
    source = replace(order(data.draw(lines("a")), data.draw(lines("b"))), offers=offers)
    left, owed, moved_gross = source, 0, 0
    for _ in range(data.draw(st.integers(1, 4))):
        open_lines = [line for line in left.lines if line.live_quantity]
        if not open_lines:
            break
        line = data.draw(st.sampled_from(open_lines))
        count = data.draw(st.integers(1, line.live_quantity))
        left, moved = transfer(left, {line.line_id: count}, TO)
        assert moved.lines[0].quantity == count
        assert moved.due_fen == moved.gross_fen - sum(one.cut_fen for one in moved.lines)
        assert 0 <= moved.due_fen <= moved.gross_fen
        assert all(cut.fen > 0 for one in moved.lines for cut in one.cuts)
        assert sum(offer.fen for offer in moved.offers) == sum(one.cut_fen for one in moved.lines)
        owed += moved.due_fen
        moved_gross += moved.gross_fen
        assert (misplaced(left), misplaced(moved)) == ({}, {})
    assert (left.due_fen + owed, left.gross_fen + moved_gross) == (source.due_fen, source.gross_fen)


def test_a_moved_dish_leaves_the_old_ticket_and_stands_on_one_as_far_as_it_was() -> None:
    source = order(dish("fish", 2), dish("soup"), dish("salad", station="cold"))
    cold = next(one.ticket_id for one in source.tickets if one.station == "cold")
    source = advance(source, "ready", ticket_id=cold)
    left, moved = transfer(source, {"fish": 1, "soup": 1, "salad": 1}, TO)
    assert {one.station: one.item_ids for one in left.tickets if one.is_cooking} == {"hot": ("fish",), "cold": ()}
    assert [(one.ticket_id, one.item_ids, one.state) for one in moved.tickets] == [
        ("o2.hot.add.1", ("fish", "soup"), "waiting"),
        ("o2.cold.add.1.2", ("salad",), "ready"),
    ]
    assert (left.state, moved.state, moved.hold_id) == ("cooking", "cooking", None)
    drafts = relocated(moved)
    assert [(one.station, [each.item.item_id for each in one.items]) for one in drafts] == [
        ("hot", ["fish", "soup"]),
        ("pass", ["fish", "soup", "salad"]),
    ]


def test_a_combo_moves_with_all_its_parts() -> None:
    combo = (ChosenDish("main", "fish", "鱼", "hot"), ChosenDish("drink", "tea", "茶", "drink"))
    source = order(dish("set", 2, station="hot", combo=combo))
    left, moved = transfer(source, {"set": 1}, TO)
    assert (misplaced(left), misplaced(moved)) == ({}, {})
    assert [one.item_ids for one in moved.tickets] == [("set:main",), ("set:drink",)]


def test_a_packing_fee_goes_with_its_line_and_a_seat_fee_stays() -> None:
    box = dish("packing.fish", 2, 100, station="", kind="packing", belongs_to="fish")
    seats = dish("seat", 3, 200, station="", kind="seat")
    left, moved = transfer(order(dish("fish", 2), box, seats), {"fish": 2}, TO)
    assert [(one.line_id, one.amount_fen) for one in moved.lines] == [("fish", 2000), ("packing.fish", 200)]
    assert (left.state, left.due_fen, left.cancelled) == ("completed", 600, None)


def test_an_order_whose_every_dish_moved_is_cancelled_and_owes_nothing() -> None:
    left, moved = transfer(order(dish("fish", 2)), {"fish": 2}, TO)
    assert (left.state, left.due_fen, moved.due_fen) == ("cancelled", 0, 2000)
    assert left.cancelled is not None
    assert left.cancelled.reason == "全部转到2号桌"


def test_a_held_course_moves_without_a_ticket_and_stays_held() -> None:
    source = order(dish("fish"), dish("cake", course=2))
    _, moved = transfer(source, {"cake": 1}, TO)
    assert (moved.tickets, moved.lines[0].is_held, relocated(moved)) == ((), True, ())


@pytest.mark.parametrize("count", [3, 99])
def test_more_than_is_left_does_not_move(count: int) -> None:
    with pytest.raises(StateConflict, match="只剩 2 份可转"):
        transfer(order(dish("fish", 3, voided=1)), {"fish": count}, TO)


def test_what_was_paid_does_not_move() -> None:
    with pytest.raises(StateConflict, match="已付款"):
        transfer(replace(order(dish("fish")), payment="prepay"), {"fish": 1}, TO)


def test_two_carts_become_one_and_every_line_keeps_an_id_of_its_own() -> None:
    cart = [CartLine("a", "tea", 1), CartLine("a.2", "tea", 2)]
    more = [CartLine("a", "duck", 3), CartLine("b", "duck", 4), CartLine("a", "duck", 5)]
    assert [(one.line_id, one.quantity) for one in joined(cart, more)] == [
        ("a", 1),
        ("a.2", 2),
        ("a.3", 3),
        ("b", 4),
        ("a.4", 5),
    ]
    long = CartLine("x" * 64, "tea", 1)
    assert [len(one.line_id) for one in joined([long], [long])] == [64, 64]


def test_the_shown_lines_are_found_or_each_change_is_named() -> None:
    cart = [CartLine("a", "tea", 1, rev=2), CartLine("b", "tea", 1)]
    assert [one.line_id for one in shown(cart, {"b": 1, "a": 2})] == ["a", "b"]
    with pytest.raises(CartChanged) as refused:
        shown(cart, {"a": 1, "b": 1, "c": 1})
    assert refused.value.details == {"lines": [{"lineId": "a", "fault": "changed"}, {"lineId": "c", "fault": "gone"}]}
