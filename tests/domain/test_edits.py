"""Each edit of a running order reaches the kitchen as the right difference, and its sums stay exact (rules 16, 27)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain import edits
from shared.domain.moves import advance
from shared.domain.orders import Order, OrderLine
from shared.domain.pricing import ChosenDish, PricedLine
from shared.domain.tickets import TicketDraft
from shared.errors import InvalidArgument, NotFound, RushedAlready, StateConflict
from tests.support.orders import NOON, combo, cut, dish, fee, papers_told, placed, tell


def voided(order: Order, line_id: str, quantity: int | None = None, *, reason: str = "") -> Order:
    return edits.void(order, line_id, quantity, by="w1", at=NOON, reason=reason)


def started(order: Order, station: str) -> Order:
    ticket_id = next(ticket.ticket_id for ticket in order.tickets if ticket.station == station)
    return advance(order, "start", ticket_id=ticket_id)


def lines_told(drafts: tuple[TicketDraft, ...], station: str) -> list[tuple[str, str, int, str | None]]:
    return [
        (d.kind, one.item.item_id, one.item.quantity, one.was)
        for d in drafts
        if d.station == station
        for one in d.items
    ]


def test_of_two_lines_of_one_dish_the_voided_one_is_named() -> None:
    twice = [replace(dish("a"), dish_id="d"), replace(dish("b"), dish_id="d", note="少盐")]
    before = placed(*twice)
    after, drafts = tell(before, voided(before, "b"))
    assert lines_told(drafts, "hot") == [("void", "b", 1, None)]
    assert (after.state, after.due_fen) == ("confirmed", 1000)


def test_units_of_a_line_are_voided_as_a_change_and_the_last_as_a_void() -> None:
    before = placed(dish("a", quantity=3), dish("b"))
    after, drafts = tell(before, voided(before, "a", 2))
    assert lines_told(drafts, "hot") == [("change", "a", 1, "菜a ×3")]
    assert after.due_fen == 2000
    last, drafts = tell(after, voided(after, "a"))
    assert lines_told(drafts, "hot") == [("void", "a", 1, None)]
    assert {draft.revision for draft in drafts} == {3}
    assert (last.due_fen, [r.quantity for r in last.removals]) == (1000, [2, 1])


def test_a_changed_note_reaches_its_station_with_what_it_was() -> None:
    before = placed(dish("a", note="少盐"), dish("b", "cold"))
    after, drafts = tell(before, edits.change(before, "a", priced=None, note="不要香菜"))
    assert papers_told(drafts) == {("hot", "change", ("a",))}
    assert lines_told(drafts, "pass") == [("change", "a", 1, "菜a ×1（少盐）")]
    assert (after.due_fen, after.line("a").note) == (before.due_fen, "不要香菜")


def test_a_combos_other_choice_is_void_at_the_old_station_and_new_at_the_other() -> None:
    line = combo("lunch", main="hot", drink="drink")
    before = placed(line)
    other = (ChosenDish("main", "d-duck", "选鸭", "cold"), line.combo[1])
    after, drafts = tell(before, edits.change(before, "lunch", priced=replace(line, combo=other), note=None))
    assert papers_told(drafts) == {("hot", "void", ("lunch:main",)), ("cold", "new", ("lunch:main",))}
    back, drafts = tell(after, edits.change(after, "lunch", priced=line, note=None))
    assert papers_told(drafts) == {("cold", "void", ("lunch:main",)), ("hot", "new", ("lunch:main",))}
    assert advance(back, "ready").state == "ready"


def test_what_is_begun_is_not_voided_without_a_reason() -> None:
    before = started(placed(dish("a"), dish("b", "cold")), "hot")
    with pytest.raises(InvalidArgument) as missing:
        voided(before, "a")
    assert missing.value.details["fields"][0]["field"] == "edit.reason"
    after, _ = tell(before, voided(before, "a", reason="客人等太久"))
    assert (after.state, after.removals[0].reason) == ("cooking", "客人等太久")
    assert voided(before, "b").line("b").live_quantity == 0


def test_what_is_ready_or_served_is_not_changed_but_may_be_voided() -> None:
    before = advance(placed(dish("a"), dish("b", "cold")), "serve", line_id="a")
    with pytest.raises(StateConflict) as late:
        edits.change(before, "a", priced=None, note="少盐")
    assert late.value.message == "菜a已经出餐，不能再改"
    assert voided(before, "a", reason="有头发").line("a").voided == 1


def test_a_voided_line_takes_its_packing_fee_along_and_no_other() -> None:
    before = placed(dish("a", quantity=2), fee("pa", of="a", quantity=2), dish("b"), fee("pb", of="b"), fee("seat"))
    after = voided(before, "a", 1)
    assert {line.line_id: line.live_quantity for line in after.lines} == {"a": 1, "pa": 1, "b": 1, "pb": 1, "seat": 1}
    assert before.due_fen - after.due_fen == 1100


def test_a_fee_is_waived_without_a_word_to_the_kitchen_and_takes_no_choices() -> None:
    before = placed(dish("a"), fee("seat", quantity=4))
    after, drafts = tell(before, voided(before, "seat"))
    assert (after.due_fen, drafts) == (1000, ())
    with pytest.raises(StateConflict) as refused:
        edits.change(before, "seat", priced=priced(before.line("seat"), 1), note=None)
    assert refused.value.message == "菜seat不能改，可以退"


def test_an_order_without_a_dish_left_is_cancelled_and_no_fee_remains() -> None:
    before = placed(dish("a"), fee("seat", quantity=4))
    after, drafts = tell(before, voided(before, "a"))
    assert (after.state, after.due_fen) == ("cancelled", 0)
    assert papers_told(drafts) == {("hot", "void", ("a",))}
    assert after.cancelled is not None
    assert after.cancelled.reason == "全部退菜"


def test_voiding_what_kept_an_order_from_being_ready_makes_it_ready() -> None:
    before = placed(dish("a"), dish("b", "cold"), dish("c", course=2))
    hot = next(t.ticket_id for t in before.tickets if t.station == "hot")
    before = advance(before, "ready", ticket_id=hot)
    one, _ = tell(before, voided(before, "b"))
    assert one.state == "cooking"
    two, drafts = tell(one, voided(one, "c"))
    assert (two.state, drafts) == ("ready", ())


@pytest.mark.parametrize(
    ("line_id", "quantity", "error"),
    [("a", 3, StateConflict), ("gone", None, StateConflict), ("x", None, NotFound)],
)
def test_only_what_is_there_is_voided(line_id: str, quantity: int | None, error: type[Exception]) -> None:
    order = placed(dish("a", quantity=2), dish("gone", voided=1))
    with pytest.raises(error):
        voided(order, line_id, quantity)


def test_a_fired_course_goes_to_its_stations_once() -> None:
    before = placed(dish("a"), dish("b", course=1), dish("c", "cold", course=1), dish("d", "cold", course=2))
    assert [t.station for t in before.tickets if not t.is_pass] == ["hot"]
    after, drafts = tell(before, edits.fire(before, 1))
    assert papers_told(drafts) == {("hot", "new", ("b",)), ("cold", "new", ("c",))}
    with pytest.raises(StateConflict) as again:
        edits.fire(after, 1)
    assert again.value.message == "这一道次已经起菜"
    with pytest.raises(NotFound):
        edits.fire(after, 3)


def test_an_add_on_rounds_fired_course_is_an_add_on() -> None:
    before = placed(dish("a", course=1), round=2)
    assert papers_told(tell(before, edits.fire(before, 1))[1]) == {("hot", "add", ("a",))}


def test_a_held_line_is_changed_and_voided_without_a_word_to_the_kitchen() -> None:
    before = placed(dish("a"), dish("b", course=1, quantity=2))
    changed, drafts = tell(before, edits.change(before, "b", priced=None, note="少盐"))
    assert drafts == ()
    fewer, drafts = tell(changed, voided(changed, "b", 1))
    assert drafts == ()
    assert lines_told(tell(fewer, edits.fire(fewer, 1))[1], "hot") == [("new", "b", 1, None)]


def test_a_rush_names_what_is_not_served_and_only_once_in_five_minutes() -> None:
    order = placed(dish("a", quantity=2), dish("b", "cold"), dish("c", course=1))
    order = advance(order, "serve", line_id="b")
    hurried, drafts = edits.rush(order, (), at=NOON)
    assert papers_told(drafts) == {("hot", "rush", ("a",))}
    assert lines_told(drafts, "pass") == [("rush", "a", 2, None)]
    soon = NOON + timedelta(minutes=4, seconds=59)
    for lines in ((), ("a",)):
        with pytest.raises(RushedAlready) as early:
            edits.rush(hurried, lines, at=soon)
        assert early.value.message == "菜a已催过，厨房正在加紧，请稍后再催"
        assert early.value.details["lines"][0]["againAt"] == "2026-11-24T04:05:00+00:00"
    assert edits.rush(hurried, ("a",), at=NOON + timedelta(minutes=5))[1]


@pytest.mark.parametrize("line_id", ["served", "held", "void"])
def test_what_is_served_held_or_void_is_not_rushed(line_id: str) -> None:
    order = placed(dish("a"), dish("served", served=True), dish("held", course=1), dish("void", voided=1))
    with pytest.raises(StateConflict) as refused:
        edits.rush(order, ("a", line_id), at=NOON)
    assert refused.value.message == "只能催已起菜、还没上桌的菜"


def test_rushing_all_rushes_the_rest_of_what_was_rushed_before() -> None:
    order = placed(dish("a", rushed_at=NOON), dish("b"))
    assert papers_told(edits.rush(order, (), at=NOON + timedelta(minutes=1))[1]) == {("hot", "rush", ("b",))}


def priced(line: OrderLine, unit_fen: int, **more: object) -> PricedLine:
    return replace(line, unit_fen=unit_fen, amount_fen=unit_fen * line.quantity, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("unit_fen", "cut_fen"),
    [(1000, 301), (500, 151), (1, 0), (0, 0), (4000, 301)],
    ids=["same price", "half, half up", "nearly nothing", "nothing", "dearer: no greater cut"],
)
def test_a_changed_lines_cut_is_scaled_and_never_grows(unit_fen: int, cut_fen: int) -> None:
    before = placed(dish("a", quantity=2, cuts=cut(301)))
    after = edits.change(before, "a", priced=priced(before.line("a"), unit_fen), note=None)
    assert after.line("a").cut_fen == cut_fen
    assert after.due_fen == 2 * unit_fen - cut_fen


def test_a_paid_orders_price_stays() -> None:
    before = placed(dish("a"), payment="prepay")
    with pytest.raises(StateConflict):
        edits.change(before, "a", priced=priced(before.line("a"), 1200), note=None)
    same = priced(before.line("a"), 1000, specs=("大份",))
    assert edits.change(before, "a", priced=same, note=None).line("a").specs == ("大份",)


def test_another_choice_takes_and_gives_back_stock_but_for_what_is_begun() -> None:
    fish = (ChosenDish("main", "fish", "鱼", "hot"),)
    duck = (ChosenDish("main", "duck", "鸭", "cold"),)
    line = dish("lunch", quantity=2, combo=fish, limited=("d-lunch", "fish"))
    before = placed(line)
    other = replace(line, combo=duck, limited=("duck",))
    after = edits.change(before, "lunch", priced=other, note=None)
    assert after.line("lunch").limited == ("d-lunch", "duck")
    assert edits.stock_moved(before, after) == {"fish": 2, "duck": -2}
    begun = started(before, "hot")
    assert edits.stock_moved(begun, edits.change(begun, "lunch", priced=other, note=None)) == {"duck": -2}


@given(
    units=st.integers(1, 99), unit_fen=st.integers(0, 99_999), share=st.integers(0, 100), steps=st.data()
)  # one line, voided in any steps
def test_voiding_in_any_steps_owes_exactly_the_rest_and_at_last_nothing(
    units: int, unit_fen: int, share: int, steps: st.DataObject
) -> None:
    line = dish("a", quantity=units, unit_fen=unit_fen)
    order = placed(replace(line, cuts=cut(line.amount_fen * share // 100)), dish("b"))
    owed = [order.due_fen]
    while left := order.line("a").live_quantity:
        order = voided(order, "a", steps.draw(st.integers(1, left)))
        owed.append(order.due_fen)
        assert order.due_fen == 1000 + line_due(order) - line_due(order) * order.line("a").voided // units
    assert owed == sorted(owed, reverse=True)
    assert (owed[-1], order.gross_fen) == (1000, 1000)


def line_due(order: Order) -> int:
    return order.line("a").amount_fen - order.line("a").cut_fen
