"""An order lives at random through the functions and the real database, beside the simplest model of it (rules 7–27).

The model knows the lines by what was said, and the kitchen by nothing but the tickets that were told, read in turn.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from pymongo.database import Database

from shared.runtime.clock import utc_now
from shared.store import orders, stock
from shared.store.client import Document
from shared.store.scope import Chain
from tests.functions.test_unpaid_orders import pay, sweep
from tests.support.audit import assert_clean
from tests.support.running import Running
from tests.support.shops import Reply, TestShop, line, open_shop

OVER = ("none", "completed", "cancelled")
SET = {"fish": 3, "duck": 100}
CHOICES = {"fish": "hot", "duck": "cold"}
LUNCH_FEN = {"fish": 5600, "duck": 2600}
PRICES = {"fish": 6800, "duck": 4500, "tea": 300}
STATIONS = {"fish": "hot", "duck": "cold", "tea": "drink"}
RUNNING = ("confirmed", "cooking", "ready")


@dataclass
class Line:
    """What the model knows of a line; `choice` fills a combo's main slot."""

    line_id: str
    dish_id: str
    quantity: int
    course: int
    choice: str = ""
    note: str = ""
    voided: int = 0
    held: bool = False
    served: bool = False
    rushed: bool = False

    @property
    def live(self) -> int:
        return self.quantity - self.voided

    @property
    def stations(self) -> dict[str, str]:
        """Where each item of it is cooked."""
        if not self.choice:
            return {self.line_id: STATIONS[self.dish_id]}
        return {f"{self.line_id}:main": CHOICES[self.choice], f"{self.line_id}:drink": "drink"}

    @property
    def unit_fen(self) -> int:
        return LUNCH_FEN[self.choice] if self.choice else PRICES[self.dish_id]

    @property
    def limited(self) -> str | None:
        """The dish whose stock a unit takes."""
        return self.choice or (self.dish_id if self.dish_id in SET else None)

    def wanted(self) -> Reply:
        more: dict[str, Any] = {"course": self.course} if self.course else {}
        if self.choice:
            more["combo"] = {"main": self.choice, "drink": "tea"}
        return line(self.dish_id, self.quantity, self.line_id, **more)


@dataclass
class Paper:
    """A cooking ticket at a station, as the cook holds it: how far it is, and what is still on it."""

    station: str
    state: str = "waiting"
    items: dict[str, tuple[int, str]] = field(default_factory=dict)


class OrderMachine(RuleBasedStateMachine):
    """One order at a time in one shop; when it is over, another is placed."""

    def __init__(self, db: Database[Document]) -> None:
        super().__init__()
        self.shop: TestShop = open_shop(db)
        self.left = dict(SET)
        self.state = "none"
        self.lines: dict[str, Line] = {}
        self.papers: dict[str, Paper] = {}
        self.seen: set[str] = set()

    @initialize(prepay=st.booleans())
    def open(self, prepay: bool) -> None:
        self.prepay = prepay
        if prepay:
            self.shop.change(payment="prepay")

    @precondition(lambda self: self.state in OVER)
    @rule(
        dishes=st.lists(
            st.tuples(st.sampled_from(["fish", "duck", "tea", "lunch", "lunch"]), st.integers(1, 3), st.integers(0, 1)),
            min_size=1,
            max_size=4,
        ),
        choice=st.sampled_from(["fish", "duck"]),
    )
    def place(self, dishes: list[tuple[str, int, int]], choice: str) -> None:
        lines = [
            Line(f"l{n}", dish, quantity, course, choice if dish == "lunch" else "", held=course > 0)
            for n, (dish, quantity, course) in enumerate(dishes)
        ]
        needed = {dish: sum(one.quantity for one in lines if one.limited == dish) for dish in SET}
        reply = self.shop.submit([one.wanted() for one in lines])
        if any(count > self.left[dish] for dish, count in needed.items()):
            assert reply["code"] == "STOCK_SHORT"
            return
        self.order = Running(self.shop, reply["data"]["order"]["orderId"])
        for dish, count in needed.items():
            self.left[dish] -= count
        self.lines = {one.line_id: one for one in lines}
        self.papers = {}
        self.state = "pending" if self.prepay else "confirmed"

    @precondition(lambda self: self.state == "pending")
    @rule()
    def pay(self) -> None:
        assert pay(self.order).order.state == "confirmed"
        self.state = "confirmed"

    @precondition(lambda self: self.state == "pending")
    @rule(late=st.booleans())
    def sweep(self, late: bool) -> None:
        if late:
            past = utc_now() - timedelta(seconds=1)
            self.shop.db["orders"].update_one(self.order.mine, {"$set": {"pay_by": past}})
        sweep()
        if late:
            self.end(give_back=True)

    @rule()
    def settle(self) -> None:
        later = utc_now() + timedelta(seconds=31)
        stock.settle_all(Chain(self.shop.db), now=later, order_stands=orders.stands)

    @precondition(lambda self: self.state not in OVER)
    @rule(step=st.sampled_from(["start", "ready", "serve"]), number=st.integers(0, 9))
    def cook(self, step: str, number: int) -> None:
        on_hand = [ticket_id for ticket_id, paper in self.papers.items() if paper.items]
        if not on_hand:
            return
        ticket_id = on_hand[number % len(on_hand)]
        reply = self.order.step(step, ticketId=ticket_id)
        if self.state not in RUNNING or (self.state == "ready" and step == "start"):
            assert reply["code"] == "STATE_CONFLICT"
            return
        assert reply["success"], reply
        paper = self.papers[ticket_id]
        paper.state = "ready" if step != "start" or paper.state == "ready" else "started"
        if step == "serve":
            for one in self.wanted():
                mine = [p for i in one.stations for p in self.papers.values() if i in p.items]
                if paper in mine and all(p.state == "ready" for p in mine):
                    one.served = True
        self.follow()

    @precondition(lambda self: self.state not in OVER)
    @rule(number=st.integers(0, 9))
    def serve_a_line(self, number: int) -> None:
        one = self.pick(number)
        reply = self.order.step("serve", lineId=one.line_id)
        if self.state not in RUNNING or not one.live or one.held:
            assert reply["code"] == "STATE_CONFLICT"
            return
        one.served = True
        for paper in self.papers.values():
            if not paper.items.keys() & one.stations.keys():
                continue
            if all(self.lines[item.split(":")[0]].served for item in paper.items):
                paper.state = "ready"
            elif paper.state == "waiting":
                paper.state = "started"
        self.follow()

    @precondition(lambda self: self.state not in OVER)
    @rule(number=st.integers(0, 9), quantity=st.none() | st.integers(1, 3), reason=st.sampled_from(["", "等太久"]))
    def void(self, number: int, quantity: int | None, reason: str) -> None:
        one = self.pick(number)
        begun = self.begun(one)
        reply = self.order.edit(op="void", lineId=one.line_id, quantity=quantity, reason=reason)
        if self.state not in RUNNING or not one.live or (quantity or 1) > one.live:
            assert reply["code"] == "STATE_CONFLICT"
        elif begun and not reason:
            assert reply["code"] == "INVALID_ARGUMENT"
        else:
            count = quantity or one.live
            one.voided += count
            if one.limited and not begun:
                self.left[one.limited] += count
            if not self.wanted():
                self.state = "cancelled"
            self.follow()

    @precondition(lambda self: self.state not in OVER)
    @rule(number=st.integers(0, 9), note=st.sampled_from(["少盐", "烫", ""]))
    def note(self, number: int, note: str) -> None:
        one = self.pick(number)
        reply = self.order.edit(op="change", lineId=one.line_id, note=note)
        if self.may_change(one):
            assert reply["success"], reply
            one.note = note
        else:
            assert reply["code"] == "STATE_CONFLICT"

    @precondition(lambda self: self.state not in OVER and any(one.choice for one in self.lines.values()))
    @rule(choice=st.sampled_from(["fish", "duck"]))
    def choose(self, choice: str) -> None:
        one = next(one for one in self.lines.values() if one.choice)
        begun = self.begun(one)
        combo = {"main": choice, "drink": "tea"}
        reply = self.order.edit(op="change", lineId=one.line_id, choices={"combo": combo})
        if not self.may_change(one) or (self.prepay and choice != one.choice):
            assert reply["code"] == "STATE_CONFLICT"
        elif choice != one.choice and one.live > self.left[choice]:
            assert reply["code"] == "STOCK_SHORT"
        elif choice != one.choice:
            assert reply["success"], reply
            self.left[choice] -= one.live
            if not begun:
                self.left[one.choice] += one.live
            one.choice = choice

    @precondition(lambda self: bool(self.lines))
    @rule(later=st.booleans())
    def rush(self, later: bool) -> None:
        if later:
            past = utc_now() - timedelta(minutes=5)
            rushed = {f"lines.{n}.rushed_at": past for n, one in enumerate(self.lines.values()) if one.rushed}
            if rushed:
                self.shop.db["orders"].update_one(self.order.mine, {"$set": rushed})
            for one in self.lines.values():
                one.rushed = False
        hungry = [one for one in self.wanted() if not one.held and not one.served]
        reply = self.order.edit("guest", op="rush")
        if self.state not in RUNNING or not hungry:
            assert reply["code"] == "STATE_CONFLICT"
        elif all(one.rushed for one in hungry):
            assert reply["code"] == "RUSHED_ALREADY"
        else:
            assert reply["success"], reply
            for one in hungry:
                one.rushed = True

    @precondition(lambda self: self.state not in OVER)
    @rule()
    def fire(self) -> None:
        course = [one for one in self.wanted() if one.course == 1]
        reply = self.order.edit(op="fire", course=1)
        if self.state not in RUNNING:
            assert reply["code"] == "STATE_CONFLICT"
        elif not course:
            assert reply["code"] == "NOT_FOUND"
        elif not any(one.held for one in course):
            assert reply["code"] == "STATE_CONFLICT"
        else:
            assert reply["success"], reply
            for one in course:
                one.held = False

    @precondition(lambda self: bool(self.lines))
    @rule(guest=st.booleans())
    def cancel(self, guest: bool) -> None:
        reply = self.order.cancel() if guest else self.order.cancel("cashier", reason="有急事")
        if self.state in (("pending", "confirmed") if guest else ("pending", *RUNNING)):
            assert reply["success"], reply
            self.end(give_back=True)
        else:
            assert reply["code"] == "STATE_CONFLICT"

    @precondition(lambda self: bool(self.lines))
    @rule()
    def hand_over(self) -> None:
        reply = self.order.step("complete")
        if self.state in ("ready", "completed"):
            assert reply["success"], reply
            self.state = "completed"
        else:
            assert reply["code"] == "STATE_CONFLICT"

    def wanted(self) -> list[Line]:
        return [one for one in self.lines.values() if one.live]

    def pick(self, number: int) -> Line:
        return list(self.lines.values())[number % len(self.lines)]

    def begun(self, one: Line) -> bool:
        mine = [paper for paper in self.papers.values() if paper.items.keys() & one.stations.keys()]
        return one.served or any(paper.state != "waiting" for paper in mine)

    def may_change(self, one: Line) -> bool:
        mine = [paper for paper in self.papers.values() if paper.items.keys() & one.stations.keys()]
        is_cooked = one.served or any(paper.state == "ready" for paper in mine)
        return self.state in RUNNING and one.live > 0 and not is_cooked

    def end(self, *, give_back: bool) -> None:
        for one in self.wanted():
            if give_back and one.limited and not self.begun(one):
                self.left[one.limited] += one.live
            one.voided = one.quantity
        self.state = "cancelled"

    def follow(self) -> None:
        """The state that the cook's papers and the held lines put the order in."""
        if self.state not in RUNNING:
            return
        self.read_papers()
        states = {paper.state for paper in self.papers.values() if paper.items}
        if states <= {"ready"} and not any(one.held for one in self.wanted()):
            self.state = "ready"
        elif self.state != "confirmed" or states - {"waiting"}:
            self.state = "cooking"

    def read_papers(self) -> None:
        """Do as the cook does with every ticket that came since."""
        for ticket in self.order.papers:
            if ticket.job_id in self.seen or ticket.is_pass:
                continue
            self.seen.add(ticket.job_id)
            at_station = [p for p in self.papers.values() if p.station == ticket.station]
            if ticket.kind in ("new", "add"):
                items = {one.line_id: (one.quantity, one.note) for one in ticket.lines}
                assert all(items.keys().isdisjoint(paper.items) for paper in at_station)
                self.papers[ticket.job_id] = Paper(ticket.station, items=items)
            elif ticket.kind in ("void", "change"):
                for one in ticket.lines:
                    (paper,) = [paper for paper in at_station if one.line_id in paper.items]
                    if ticket.kind == "void":
                        del paper.items[one.line_id]
                    else:
                        paper.items[one.line_id] = (one.quantity, one.note)

    @invariant()
    def agrees(self) -> None:
        if not self.lines:
            return
        self.read_papers()
        now = self.order.now
        assert now.state == self.state
        assert now.due_fen == sum(one.live * one.unit_fen for one in self.lines.values())
        on_paper = {(p.station, i, *told) for p in self.papers.values() for i, told in p.items.items()}
        cooked = [] if self.state == "pending" else [one for one in self.wanted() if not one.held]
        assert on_paper == {(s, i, one.live, one.note) for one in cooked for i, s in one.stations.items()}
        found = {ticket.ticket_id: ticket.state for ticket in now.tickets}
        assert {i: found[i] for i, p in self.papers.items() if p.items} == {
            i: p.state for i, p in self.papers.items() if p.items
        }

    @invariant()
    def counts_every_dish(self) -> None:
        day = self.shop.db["stock"].find_one({"shop_id": self.shop.shop_id}) if self.lines else None
        if day is None:
            return
        for dish_id, begun in day["set"].items():
            assert (begun, day["left"][dish_id]) == (SET[dish_id], self.left[dish_id])
            held = sum(hold["items"].get(dish_id, 0) for hold in day["holds"].values())
            assert held <= begun - self.left[dish_id]

    def teardown(self) -> None:
        assert_clean(self.shop.db, self.shop.shop_id)


def test_any_life_of_an_order_agrees_with_what_was_said_and_told(db: Database[Document]) -> None:
    db["orders"].delete_many({"state": "pending", "shop_id": {"$exists": True}})

    class Here(OrderMachine):
        def __init__(self) -> None:
            super().__init__(db)

    run_state_machine_as_test(Here, settings=settings(max_examples=25, stateful_step_count=35))
