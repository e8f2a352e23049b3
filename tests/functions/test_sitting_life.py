"""Whatever guests and waiters do at three tables, in any order: the sittings are what a plain model says (rule 10)."""

from __future__ import annotations

from dataclasses import dataclass, field
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

from shared.store.client import Document
from tests.support.audit import assert_clean
from tests.support.shops import Reply, TestShop, line, open_shop, request_id

TABLES = ("t1", "t2", "t3")
GUESTS = ("li", "wang")
PRICES = {"tea": 300, "duck": 4500}
LINES = ("a", "b", "c")


@dataclass
class Party:
    """A sitting as it should be. `cart`: dish, quantity and rev by line id; `rounds`: what each owes."""

    sitting_id: str
    table: str
    members: set[str] = field(default_factory=set)
    cart: dict[str, tuple[str, int, int]] = field(default_factory=dict)
    rounds: list[int] = field(default_factory=list)


class Tables(RuleBasedStateMachine):
    """Three tables of one shop, and two guests with a waiter."""

    def __init__(self) -> None:
        super().__init__()
        self.parties: dict[str, Party] = {}
        self.gone: list[Party] = []

    @initialize()
    def open_shop(self) -> None:
        self.shop: TestShop = self.fresh_shop()
        for table in TABLES[:2]:
            for guest in GUESTS:
                self.sit(table=table, guest=guest)
            for line_id in LINES[:2]:
                self._add(self.parties[table], "li", line_id, "tea")

    def fresh_shop(self) -> TestShop:
        """A shop of its own for every life."""
        raise NotImplementedError

    def act(self, action: str, party: Party, guest: str, **more: Any) -> Reply:
        """A guest's call at the party's table."""
        at = {"tableCode": self.shop.code(party.table), "sittingId": party.sitting_id}
        return self.shop.call(action, self.shop.guest(guest), requestId=request_id(), **at, **more)

    def arrange(self, **arrangement: Any) -> Reply:
        return self.shop.call(
            "arrangeTables", self.shop.guest("waiter"), requestId=request_id(), arrangement=arrangement
        )

    def party(self, data: st.DataObject) -> Party:
        return self.parties[data.draw(st.sampled_from(sorted(self.parties)))]

    def member(self, data: st.DataObject, party: Party) -> str:
        return data.draw(st.sampled_from(sorted(party.members)))

    @rule(table=st.sampled_from(TABLES), guest=st.sampled_from(GUESTS))
    def sit(self, table: str, guest: str) -> None:
        reply = self.shop.seat(table, guest)
        assert reply["joined"] == (table in self.parties)
        party = self.parties.setdefault(table, Party(reply["sittingId"], table))
        assert party.sitting_id == reply["sittingId"]
        party.members.add(guest)

    @precondition(lambda self: self.parties)
    @rule(data=st.data(), line_id=st.sampled_from(LINES), dish=st.sampled_from(sorted(PRICES)))
    def add(self, data: st.DataObject, line_id: str, dish: str) -> None:
        party = self.party(data)
        self._add(party, self.member(data, party), line_id, dish)

    def _add(self, party: Party, guest: str, line_id: str, dish: str) -> None:
        reply = self.act("editCart", party, guest, edit={"op": "add", "line": line(dish, 2, line_id)})
        if line_id in party.cart:
            assert reply["code"] == "CART_CHANGED"
        else:
            assert reply["success"], reply
            party.cart[line_id] = (dish, 2, 1)

    @precondition(lambda self: self.parties)
    @rule(data=st.data(), by=st.integers(-3, 60))
    def change(self, data: st.DataObject, by: int) -> None:
        party = self.party(data)
        line_id = data.draw(st.sampled_from(sorted({*party.cart, "a"})))
        edit = {"op": "change", "lineId": line_id, "by": by}
        reply = self.act("editCart", party, self.member(data, party), edit=edit)
        if line_id not in party.cart:
            assert reply["code"] == "CART_CHANGED"
            return
        dish, quantity, rev = party.cart[line_id]
        if 1 <= quantity + by <= 99:
            assert reply["success"], reply
            party.cart[line_id] = (dish, quantity + by, rev + 1)
        else:
            assert reply["code"] == "CART_LIMIT"

    @precondition(lambda self: self.parties)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        party = self.party(data)
        line_id = data.draw(st.sampled_from(sorted({*party.cart, "a"})))
        reply = self.act("editCart", party, self.member(data, party), edit={"op": "remove", "lineId": line_id})
        assert reply["success"], reply
        party.cart.pop(line_id, None)

    @precondition(lambda self: any(party.cart for party in self.parties.values()))
    @rule(data=st.data(), stale=st.booleans())
    def submit(self, data: st.DataObject, stale: bool) -> None:
        full = sorted(table for table, party in self.parties.items() if party.cart)
        party = self.parties[data.draw(st.sampled_from(full))]
        chosen = data.draw(st.lists(st.sampled_from(sorted(party.cart)), min_size=1, unique=True))
        picks = [{"lineId": one, "rev": party.cart[one][2] + (stale and one == chosen[0])} for one in chosen]
        reply = self.act("submitOrder", party, self.member(data, party), cart=picks)
        due = sum(PRICES[party.cart[one][0]] * party.cart[one][1] for one in chosen)
        if stale:
            assert reply["code"] == "CART_CHANGED"
            return
        if reply.get("code") == "STOCK_SHORT":
            return
        assert reply["success"], reply
        order = reply["data"]["order"]
        assert (order["dueFen"], order["round"]) == (due, len(party.rounds) + 1)
        for one in chosen:
            del party.cart[one]
        party.rounds.append(due)

    @precondition(lambda self: self.parties)
    @rule(data=st.data(), to=st.sampled_from(TABLES))
    def move(self, data: st.DataObject, to: str) -> None:
        party = self.party(data)
        reply = self.arrange(op="move", sittingId=party.sitting_id, toTableId=to)
        if to in self.parties and to != party.table:
            assert reply["code"] == "TABLE_OCCUPIED"
            return
        assert reply["success"], reply
        del self.parties[party.table]
        party.table = to
        self.parties[to] = party

    @precondition(lambda self: len(self.parties) > 1)
    @rule(data=st.data())
    def merge(self, data: st.DataObject) -> None:
        source, target = (self.parties[one] for one in data.draw(st.permutations(sorted(self.parties)))[:2])
        reply = self.arrange(op="merge", sittingId=source.sitting_id, intoSittingId=target.sitting_id)
        assert reply["success"], reply
        del self.parties[source.table]
        for line_id, kept in source.cart.items():
            free = next(one for one in (line_id, *(f"{line_id}.{n}" for n in range(2, 99))) if one not in target.cart)
            target.cart[free] = kept
        target.members |= source.members
        target.rounds += source.rounds
        self.gone.append(source)

    @precondition(lambda self: len(self.parties) > 2)
    @rule(data=st.data(), anyway=st.booleans())
    def close(self, data: st.DataObject, anyway: bool) -> None:
        party = self.party(data)
        reply = self.arrange(op="close", sittingId=party.sitting_id, anyway=anyway)
        if not anyway and (party.cart or party.rounds):
            assert reply["code"] == "STATE_CONFLICT"
            return
        assert reply["success"], reply
        del self.parties[party.table]
        self.gone.append(party)

    @rule(data=st.data(), guest=st.sampled_from((*GUESTS, "stranger")))
    def edit_where_it_is_over_or_without_having_joined(self, data: st.DataObject, guest: str) -> None:
        there = [party for party in self.parties.values() if guest not in party.members]
        if not (self.gone or there):
            return
        party = data.draw(st.sampled_from(self.gone + there))
        reply = self.act("editCart", party, guest, edit={"op": "add", "line": line("tea", 1, "late")})
        assert reply["code"] == "SITTING_CLOSED"

    @invariant()
    def the_sittings_are_as_modelled(self) -> None:
        if not hasattr(self, "shop"):
            return
        found = list(self.shop.db["table_sessions"].find({"shop_id": self.shop.shop_id, "state": "open"}))
        assert {one["table_id"]: one["_id"] for one in found} == {
            table: party.sitting_id for table, party in self.parties.items()
        }
        for one in found:
            party = self.parties[one["table_id"]]
            assert {m.rsplit("-", 1)[1] for m in one["members"]} == party.members
            assert {c["line_id"]: (c["dish_id"], c["quantity"], c["rev"]) for c in one["cart"]} == party.cart
            assert one.get("taken", []) == []
        if self.parties:
            self._the_bill_is_as_modelled(self.parties[sorted(self.parties)[0]])

    def _the_bill_is_as_modelled(self, party: Party) -> None:
        seen = self.shop.call(
            "getSitting", self.shop.guest("waiter"), shopId=self.shop.shop_id, sittingId=party.sitting_id
        )["data"]["sitting"]
        assert seen["orderedFen"] == sum(party.rounds)
        assert len(seen["rounds"]) == len(party.rounds)
        assert seen["cart"]["dueFen"] == sum(PRICES[dish] * quantity for dish, quantity, _ in party.cart.values())

    def teardown(self) -> None:
        assert_clean(self.shop.db, self.shop.shop_id)


def test_sittings_live_as_the_model_says(db: Database[Document]) -> None:
    class Here(Tables):
        def fresh_shop(self) -> TestShop:
            return open_shop(db)

    run_state_machine_as_test(Here, settings=settings(max_examples=25, stateful_step_count=25, deadline=None))
