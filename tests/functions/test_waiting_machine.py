"""The life of a queue against the real database: a model of who waits where, and laws that hold after every step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from pymongo.database import Database

from shared.store.client import Document
from tests.support.shops import Reply, TestShop, open_shop, request_id

GUESTS = ("ann", "bo", "cy", "di", "ed")
TABLES = ("t1", "t2")
PASSES = 2


@dataclass
class Party:
    """What the model knows of a number."""

    guest: str
    label: str
    state: str = "waiting"
    calls: int = 0
    passes: int = 0

    @property
    def is_live(self) -> bool:
        return self.state in {"waiting", "called", "passed"}


class Queue(RuleBasedStateMachine):
    """Guests come and go, waiters call, pass, recall and seat; the functions must answer as the model expects."""

    def __init__(self, db: Database[Document]) -> None:
        super().__init__()
        self.db = db
        self.shop: TestShop = open_shop(db)
        self.shop.change(waiting={"max_passes": PASSES})
        self.parties: dict[str, Party] = {}  # by ticket id, in the order of joining
        self.drawn = {"A": 0, "B": 0}
        self.taken: set[str] = set()

    def _do(self, action: str, person: str, **data: Any) -> Reply:
        more = {"requestId": request_id(), "shopId": self.shop.shop_id}
        return self.shop.call(action, self.shop.guest(person), **more, **data)

    def _pick(self, number: int) -> str:
        return list(self.parties)[number % len(self.parties)] if self.parties else "no-such-ticket"

    def _manage(self, op: str, number: int, starts: set[str], **more: Any) -> tuple[Party | None, Reply]:
        """One move of one party; the party, if the model allows the move."""
        ticket_id = self._pick(number)
        reply = self._do("manageQueue", "waiter", move={"op": op, "ticketId": ticket_id, **more})
        party = self.parties.get(ticket_id)
        if party is None:
            assert reply["code"] == "NOT_FOUND"
            return None, reply
        if party.state not in starts:
            assert reply["code"] == "STATE_CONFLICT", (op, party, reply)
            return None, reply
        return party, reply

    @rule(guest=st.sampled_from(GUESTS), guests=st.sampled_from([2, 3]))
    def join(self, guest: str, guests: int) -> None:
        reply = self._do("joinQueue", guest, guests=guests)
        if any(one.guest == guest and one.is_live for one in self.parties.values()):
            assert reply["code"] == "ALREADY_QUEUED"
            return
        place, letter = reply["data"]["place"], "A" if guests == 2 else "B"
        ahead = sum(one.state == "waiting" and one.label[0] == letter for one in self.parties.values())
        self.drawn[letter] += 1
        assert (place["label"], place["ahead"]) == (f"{letter}{self.drawn[letter]:03d}", ahead)
        self.parties[place["ticketId"]] = Party(guest, place["label"])

    @rule(number=st.integers(0, 50), guest=st.sampled_from(GUESTS))
    def leave(self, number: int, guest: str) -> None:
        ticket_id = self._pick(number)
        reply = self._do("leaveQueue", guest, ticketId=ticket_id)
        party = self.parties.get(ticket_id)
        if party is None or party.guest != guest:
            assert reply["code"] == "NOT_FOUND"
        elif not party.is_live:
            assert reply["code"] == "STATE_CONFLICT"
        else:
            party.state = reply["data"]["place"]["state"]
            assert party.state == "left"

    @rule(letter=st.sampled_from("AB"))
    def call_next(self, letter: str) -> None:
        reply = self._do("manageQueue", "waiter", move={"op": "next", "letter": letter})
        turn = next((one for one in self.parties.values() if one.state == "waiting" and one.label[0] == letter), None)
        if turn is None:
            assert reply["code"] == "NOT_FOUND"
            return
        assert reply["data"]["place"]["label"] == turn.label
        turn.state, turn.calls = "called", turn.calls + 1

    @rule(number=st.integers(0, 50))
    def call(self, number: int) -> None:
        party, _ = self._manage("call", number, {"waiting", "called"})
        if party:
            party.state, party.calls = "called", party.calls + 1

    @rule(number=st.integers(0, 50))
    def pass_over(self, number: int) -> None:
        party, _ = self._manage("pass", number, {"called"})
        if party:
            party.passes += 1
            party.state = "over" if party.passes == PASSES else "passed"

    @rule(number=st.integers(0, 50))
    def recall(self, number: int) -> None:
        party, _ = self._manage("recall", number, {"passed"})
        if party:
            party.state, party.calls = "called", party.calls + 1

    @rule(number=st.integers(0, 50), table=st.sampled_from(TABLES))
    def seat(self, number: int, table: str) -> None:
        party, reply = self._manage("seat", number, {"waiting", "called", "passed"}, tableId=table)
        if party is None:
            return
        if table in self.taken:
            assert reply["code"] == "TABLE_OCCUPIED"
            return
        assert reply["success"], reply
        self.taken.add(table)
        party.state = "seated"

    @rule(table=st.sampled_from(TABLES))
    def go_home(self, table: str) -> None:
        mine = {"shop_id": self.shop.shop_id, "table_id": table}
        self.db["table_sessions"].update_many(mine, {"$set": {"state": "closed"}})
        self.taken.discard(table)

    @invariant()
    def the_database_is_as_the_model(self) -> None:
        found = self.db["queue_tickets"].find({"shop_id": self.shop.shop_id})
        told = {one["_id"]: (one["label"], one["state"], one["calls"], one["live"]) for one in found}
        assert told == {key: (one.label, one.state, one.calls, one.is_live) for key, one in self.parties.items()}
        events = self.db["commands"].find({"shop_id": self.shop.shop_id, "events": {"$exists": True}})
        assert sum(len(record["events"]) for record in events) == sum(one.calls for one in self.parties.values())
        sittings = self.db["table_sessions"].find({"shop_id": self.shop.shop_id, "state": "open"})
        assert {sitting["table_id"] for sitting in sittings} == self.taken


@pytest.mark.timeout(60)
def test_a_queue_lives_as_its_model_says(db: Database[Document]) -> None:
    class Here(Queue):
        def __init__(self) -> None:
            super().__init__(db)

    run_state_machine_as_test(Here, settings=settings(max_examples=20, stateful_step_count=30, deadline=None))
