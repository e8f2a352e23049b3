"""The laws that the database proves by pipelines are those that the domain states: any order breaks both or neither."""

from __future__ import annotations

import secrets
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pymongo.database import Database

from shared.domain.orders import KitchenTicket, Order, OrderLine, misplaced
from shared.store.audit import LAWS
from shared.store.client import Document
from shared.store.order_document import order_document
from tests.support.audit import books_of
from tests.support.orders import combo, cut, dish, fee, placed

lines = st.lists(
    st.sampled_from(["hot", "cold", "combo", "packing", "course"]), min_size=1, max_size=4
).map(lambda kinds: tuple(_line(f"l{n}", kind) for n, kind in enumerate(kinds)))  # fmt: skip
edits = st.lists(st.tuples(st.sampled_from(["void", "move", "fire", "cut", "serve"]), st.integers(0, 3)), max_size=3)
slips = st.lists(
    st.tuples(st.sampled_from(["drop", "twice", "station", "empty", "void", "pass"]), st.integers(0, 9)), max_size=2
)


def _line(line_id: str, kind: str) -> OrderLine:
    if kind == "combo":
        return combo(line_id, main="hot", drink="drink")
    if kind == "packing":
        return fee(line_id, of="l0", quantity=2)
    return dish(line_id, "hot" if kind == "course" else kind, 3, course=int(kind == "course"))


def _edited(order: Order, how: str, number: int) -> Order:
    """A line changed behind the kitchen's back, with the sums that follow."""
    line = order.lines[number % len(order.lines)]
    if line.live_quantity and how in ("void", "move"):
        line = replace(line, voided=line.voided + 1) if how == "void" else replace(line, moved=line.moved + 1)
    elif how == "cut":
        line = replace(line, cuts=cut(min(101, line.amount_fen)))
    else:
        line = replace(line, fired=True) if how == "fire" else replace(line, served=True)
    return order.with_lines([line])


def _slipped(tickets: tuple[KitchenTicket, ...], how: str, number: int) -> tuple[KitchenTicket, ...]:
    """The tickets with one of them gone, doubled, elsewhere, empty or void."""
    if not tickets:
        return tickets
    at = number % len(tickets)
    one = tickets[at]
    revision = tickets[-1].revision + 1
    changed: dict[str, tuple[KitchenTicket, ...]] = {
        "drop": (),
        "twice": (one, one),
        "station": (replace(one, station="cold"),),
        "empty": (replace(one, item_ids=()),),
        "pass": (replace(one, is_pass=not one.is_pass),),
    }
    if how == "void":
        return (*tickets, replace(one, kind="void", revision=revision, ticket_id="void"))
    return (*tickets[:at], *changed[how], *tickets[at + 1 :])


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=lines, edits=edits, slips=slips, state=st.sampled_from(["pending", "confirmed", "cooking", "cancelled"]))
def test_what_is_misplaced_on_tickets_the_audit_finds_and_nothing_else(
    empty: Database[Document],
    lines: tuple[OrderLine, ...],
    edits: list[tuple[str, int]],
    slips: list[tuple[str, int]],
    state: str,
) -> None:
    order = placed(*lines)
    for how, number in edits:
        order = _edited(order, how, number)
    tickets = order.tickets
    for how, number in slips:
        tickets = _slipped(tickets, how, number)
    order = replace(order, tickets=tickets, state=state)  # type: ignore[arg-type]  # one of the states
    assert _is_found(empty, order, "tickets") is bool(misplaced(order))


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=lines, edits=edits, gross=st.integers(-1, 1), due=st.integers(-1, 1))
def test_sums_that_are_not_those_of_the_lines_are_found_and_no_others(
    empty: Database[Document], lines: tuple[OrderLine, ...], edits: list[tuple[str, int]], gross: int, due: int
) -> None:
    order = placed(*lines)
    for how, number in edits:
        order = _edited(order, how, number)
    wrong = replace(order, gross_fen=max(order.gross_fen + gross, 0), due_fen=max(order.due_fen + due, 0))
    is_wrong = (wrong.gross_fen, wrong.due_fen) != (order.gross_fen, order.due_fen)
    assert _is_found(empty, wrong, "order sums") is is_wrong
    assert not _is_found(empty, wrong, "line sums")


def _is_found(db: Database[Document], order: Order, law: str) -> bool:
    order_id = f"o{secrets.token_hex(8)}"
    db["orders"].insert_one(
        {**order_document(order), "_id": order_id, "order_no": order_id, "shop_id": order_id, "pickup_no": order_id}
    )
    found = list(LAWS[law](books_of(db, order_id)))
    db["orders"].delete_one({"_id": order_id})
    return bool(found)
