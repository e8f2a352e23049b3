"""The life of group buys against the real database and a simulated WeChat Pay: a model, and laws after every step."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from tests.support.audit import assert_clean
from tests.support.desk import Desk, sweep
from tests.support.group_buys import PRICE, SIZE, GroupBuys, group_of, order_of
from tests.support.shops import Reply, open_shop, request_id

GUESTS = ("ann", "bo", "cy", "di", "ed")


@dataclass
class Seat:
    """What the model knows of a seat."""

    guest: str
    reply: Reply
    number: str | None = None
    """The payment that the phone made and nobody has told of yet."""
    is_paid: bool = False


@dataclass
class Model:
    """What the model knows of a group."""

    state: str = "open"
    seats: dict[str, Seat] = field(default_factory=dict)


class GroupLife(RuleBasedStateMachine):
    """Guests open, join, pay, give up; time goes by; WeChat Pay tells late; all is answered as the model expects."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = Desk(open_shop(desk.shop.db), desk.wechat)
        self.buys = GroupBuys(self.desk)
        self.buys.offer()
        self.groups: dict[str, Model] = {}
        self.late = 0

    def _group(self, number: int) -> tuple[str, Model] | None:
        return list(self.groups.items())[number % len(self.groups)] if self.groups else None

    def _sits(self, guest: str) -> bool:
        return any(group.state == "open" and guest in group.seats for group in self.groups.values())

    @rule(guest=st.sampled_from(GUESTS))
    def open(self, guest: str) -> None:
        reply = self.buys.open(guest)
        if self._sits(guest):
            assert reply["code"] == "IN_GROUP_ALREADY"
            return
        self.groups[group_of(reply)] = Model(seats={guest: Seat(guest, reply)})

    @rule(guest=st.sampled_from(GUESTS), number=st.integers(0, 9))
    def join(self, guest: str, number: int) -> None:
        found = self._group(number)
        if found is None:
            return
        group_id, group = found
        reply = self.buys.join(guest, group_id)
        if group.state != "open":
            assert reply["code"] == "GROUP_CLOSED"
        elif self._sits(guest):
            full = len(group.seats) >= SIZE and guest not in group.seats
            assert reply["code"] == ("GROUP_FULL" if full else "IN_GROUP_ALREADY")
        elif len(group.seats) >= SIZE:
            assert reply["code"] == "GROUP_FULL"
        else:
            group.seats[guest] = Seat(guest, reply)

    @rule(guest=st.sampled_from(GUESTS), number=st.integers(0, 9), is_told=st.booleans())
    def pay(self, guest: str, number: int, is_told: bool) -> None:
        seat = self._unpaid(guest, number)
        if seat is None:
            return
        seat.number = self.buys.tap(guest, seat.reply)
        if is_told:
            self.tell(guest, number)

    @rule(guest=st.sampled_from(GUESTS), number=st.integers(0, 9))
    def tell(self, guest: str, number: int) -> None:
        found = self._group(number)
        seat = found[1].seats.get(guest) if found else None
        if found is None or seat is None or seat.number is None:
            return
        outcome = self.buys.hear(seat.number)
        if seat.is_paid:
            assert outcome == "known"
            return
        assert outcome == "settled"
        self._settled(found[1], seat)

    @rule(guest=st.sampled_from(GUESTS), number=st.integers(0, 9))
    def give_up(self, guest: str, number: int) -> None:
        """Cancel an order whose payment the phone has not made."""
        found = self._group(number)
        seat = self._unpaid(guest, number)
        if found is None or seat is None:
            return
        shop = self.desk.shop
        place = {"requestId": request_id(), "shopId": shop.shop_id, "orderId": order_of(seat.reply)}
        assert shop.call("cancelOrder", shop.guest(guest), **place)["success"]
        del found[1].seats[guest]

    @rule(guest=st.sampled_from(GUESTS), number=st.integers(0, 9))
    def wait_too_long(self, guest: str, number: int) -> None:
        """An order expires; what its phone has paid meanwhile is found first."""
        found = self._group(number)
        seat = found[1].seats.get(guest) if found else None
        if found is None or seat is None or seat.is_paid or found[1].state != "open":
            return
        self.buys.unpaid_too_long(seat.reply)
        assert sweep()["failed"] == []
        if seat.number is not None:
            self._settled(found[1], seat)
        else:
            del found[1].seats[guest]

    @rule(number=st.integers(0, 9))
    def time_is_over(self, number: int) -> None:
        found = self._group(number)
        if found is None or found[1].state != "open":
            return
        self.buys.over(found[0])
        assert sweep()["failed"] == []
        found[1].state = "expired"
        for seat in found[1].seats.values():
            if seat.number is not None and not seat.is_paid:
                assert self.buys.hear(seat.number) == "returned"
                self.late += 1

    def _unpaid(self, guest: str, number: int) -> Seat | None:
        """A seat of an open group for which the phone has not paid."""
        found = self._group(number)
        seat = found[1].seats.get(guest) if found and found[1].state == "open" else None
        return seat if seat is not None and seat.number is None else None

    def _settled(self, group: Model, seat: Seat) -> None:
        seat.is_paid = True
        if sum(one.is_paid for one in group.seats.values()) == SIZE:
            group.state = "full"

    @invariant()
    def groups_are_as_the_model_has_them(self) -> None:
        for group_id, group in self.groups.items():
            found = self.buys.group(group_id)
            seats = {(self.desk.shop.guest(name), seat.is_paid) for name, seat in group.seats.items()}
            assert found["state"] == group.state
            assert {(seat["openid"], seat["paid"]) for seat in found["seats"]} == seats
            assert 0 <= found["paid"] <= found["taken"] <= SIZE

    @invariant()
    def the_kitchen_has_full_groups_and_everybody_elses_money_went_back(self) -> None:
        full = [group for group in self.groups.values() if group.state == "full"]
        cooked = self.desk.shop.db["orders"].count_documents({"shop_id": self.desk.shop.shop_id, "state": "confirmed"})
        assert cooked == SIZE * len(full)
        failed = [group for group in self.groups.values() if group.state == "expired"]
        paid = sum(seat.is_paid for group in failed for seat in group.seats.values())
        assert self.buys.sent_home() == (paid + self.late) * PRICE

    def teardown(self) -> None:
        assert_clean(self.desk.shop.db, self.desk.shop.shop_id)


def test_groups_live_as_the_model_says(desk: Desk) -> None:
    class Here(GroupLife):
        def __init__(self) -> None:
            super().__init__(desk)

    run_state_machine_as_test(Here, settings=settings(max_examples=12, stateful_step_count=25, deadline=None))
