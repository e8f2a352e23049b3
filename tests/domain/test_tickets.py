"""Kitchen tickets are exactly the difference between what the kitchen knew and what it should cook (rule 27)."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain.pricing import ChosenDish, PricedLine
from shared.domain.tickets import PASS_STATION, KitchenItem, TicketDraft, TicketItem, differences, kitchen_items

STATIONS = ("hot", "cold", "noodle", "drink")
items = st.builds(
    KitchenItem,
    st.sampled_from([f"l{n}" for n in range(8)]),
    st.sampled_from(STATIONS),
    st.sampled_from(["红烧黄河鲤鱼", "羊肉烩面"]),
    st.integers(1, 3),
    st.sampled_from([(), ("大碗",)]),
    st.sampled_from([(), ("加蛋 ×2",)]),
    st.sampled_from(["", "少盐"]),
)
sides = st.lists(items, max_size=8, unique_by=lambda item: item.item_id).map(tuple)
Side = tuple[KitchenItem, ...]


def at_stations(drafts: tuple[TicketDraft, ...]) -> list[TicketDraft]:
    return [draft for draft in drafts if not draft.is_pass]


def apply(before: Side, drafts: tuple[TicketDraft, ...]) -> dict[str, KitchenItem]:
    """What the stations cook after reading their tickets, voids first as they are printed."""
    knows = {item.item_id: item for item in before}
    for draft in at_stations(drafts):
        for told in draft.items:
            if draft.kind == "void":
                assert knows.pop(told.item.item_id) == told.item
            else:
                assert (told.item.item_id in knows) == (draft.kind == "change")
                knows[told.item.item_id] = told.item
    return knows


@given(sides)
def test_equal_sides_give_no_ticket(side: Side) -> None:
    assert differences(side, tuple(reversed(side)), fresh="add", revision=2) == ()


@given(sides, sides)
def test_the_tickets_bring_the_kitchen_from_before_to_after(before: Side, after: Side) -> None:
    drafts = differences(before, after, fresh="add", revision=2)
    assert apply(before, drafts) == {item.item_id: item for item in after}


@given(sides, sides)
def test_what_is_told_stands_on_one_ticket_of_its_station_and_once_on_the_pass(before: Side, after: Side) -> None:
    drafts = differences(before, after, fresh="new", revision=1)
    told = Counter((draft.kind, item.item.item_id) for draft in at_stations(drafts) for item in draft.items)
    passed = Counter((draft.kind, item.item.item_id) for draft in drafts if draft.is_pass for item in draft.items)
    assert told == passed
    assert set(told.values()) <= {1}
    for draft in at_stations(drafts):
        assert {item.item.station for item in draft.items} == {draft.station}
    unchanged = {item.item_id for item in before} & {item.item_id for item in after if item in before}
    assert unchanged.isdisjoint(item_id for _, item_id in told)


@given(sides, sides, st.integers(1, 99))
def test_station_kind_and_revision_name_one_ticket_and_none_is_empty(before: Side, after: Side, revision: int) -> None:
    drafts = differences(before, after, fresh="add", revision=revision)
    keys = [(draft.station, draft.kind, draft.revision) for draft in drafts]
    assert len(set(keys)) == len(keys)
    assert all(draft.items and draft.revision == revision for draft in drafts)
    assert {draft.station for draft in drafts if draft.is_pass} <= {PASS_STATION}


@given(sides)
def test_a_first_order_is_all_fresh_and_a_cancelled_one_all_void(side: Side) -> None:
    assert {draft.kind for draft in differences((), side, fresh="new", revision=1)} == ({"new"} if side else set())
    assert {draft.kind for draft in differences(side, (), fresh="new", revision=2)} == ({"void"} if side else set())


def test_a_moved_item_is_void_at_the_old_station_and_fresh_at_the_new() -> None:
    before = KitchenItem("l1", "hot", "烧饼", 2)
    after = replace(before, station="cold")
    assert differences((before,), (after,), fresh="add", revision=3) == (
        TicketDraft("hot", "void", 3, (TicketItem(before),)),
        TicketDraft(PASS_STATION, "void", 3, (TicketItem(before),), is_pass=True),
        TicketDraft("cold", "add", 3, (TicketItem(after),)),
        TicketDraft(PASS_STATION, "add", 3, (TicketItem(after),), is_pass=True),
    )


def test_a_change_tells_in_words_what_it_replaces() -> None:
    before = KitchenItem("l1", "noodle", "羊肉烩面", 2, ("大碗",), ("加蛋 ×2",), "少盐")
    after = replace(before, quantity=1, note="")
    station, _ = differences((before,), (after,), fresh="add", revision=2)
    assert station.items == (TicketItem(after, was="羊肉烩面 ×2（大碗、加蛋 ×2、少盐）"),)
    assert after.in_words() == "羊肉烩面 ×1（大碗、加蛋 ×2）"
    assert KitchenItem("l2", "drink", "大麦茶", 1).in_words() == "大麦茶 ×1"


@given(items)
def test_an_item_that_stands_twice_on_a_side_is_an_error(item: KitchenItem) -> None:
    with pytest.raises(ValueError, match="twice"):
        differences((), (item, item), fresh="new", revision=1)
    with pytest.raises(ValueError, match="twice"):
        differences((item, item), (), fresh="new", revision=1)


def test_a_combo_falls_apart_into_its_choices_each_named_with_its_combo() -> None:
    combo = (ChosenDish("main", "duck", "道口烧鸡", "cold"), ChosenDish("drink", "tea", "大麦茶", "drink"))
    line = PricedLine("l1", "lunch", "工作日套餐", "hot", 2, 2600, 5200, (), ("加辣",), combo, "快点")
    plain = PricedLine("l2", "tea", "大麦茶", "drink", 1, 300, 300, (), (), (), "")
    assert kitchen_items((line, plain)) == (
        KitchenItem("l1:main", "cold", "道口烧鸡", 2, ("套餐·工作日套餐",), ("加辣",), "快点"),
        KitchenItem("l1:drink", "drink", "大麦茶", 2, ("套餐·工作日套餐",), ("加辣",), "快点"),
        KitchenItem("l2", "drink", "大麦茶", 1),
    )


@given(sides, sides)
def test_a_station_that_wants_a_ticket_for_each_dish_gets_the_same_told_one_by_one(before: Side, after: Side) -> None:
    usual = differences(before, after, fresh="add", revision=3)
    split = differences(before, after, fresh="add", revision=3, per_dish={"hot"})
    assert [d for d in split if d.station != "hot"] == [d for d in usual if d.station != "hot"]
    assert all(len(draft.items) == 1 for draft in split if draft.station == "hot")
    told = [(d.kind, one) for d in usual if d.station == "hot" for one in d.items]
    assert [(d.kind, one) for d in split if d.station == "hot" for one in d.items] == told
    keys = [(draft.station, draft.kind, draft.revision, draft.part) for draft in split]
    assert len(set(keys)) == len(keys)
