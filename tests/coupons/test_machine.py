"""The life of coupons with orders against the real database: a model of which coupon is where (rules 16, 20)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

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
from shared.store.client import Document
from shared.store.guard import BRAND_WIDE
from shared.store.scope import Chain
from shared.usecases.sweeping import STEPS, Round, take
from tests.support.audit import assert_clean
from tests.support.coupons import EXCHANGE, claim, ends, saved
from tests.support.shops import Reply, TestShop, line, open_shop, request_id

GUESTS = ("ann", "bo")
PER_MEMBER, TOTAL = 3, 5


@dataclass
class Ticket:
    """What the model knows of a coupon."""

    guest: str
    kind: str
    state: str = "free"
    order_id: str | None = None
    is_over: bool = False


@dataclass
class Dinner:
    """What the model knows of an order."""

    guest: str
    due_fen: int
    coupon_ids: tuple[str, ...]
    state: str = "open"


@dataclass
class Known:
    """All of the model."""

    tickets: dict[str, Ticket] = field(default_factory=dict)
    dinners: dict[str, Dinner] = field(default_factory=dict)
    codes: list[tuple[str, str, bool]] = field(default_factory=list)
    """Codes that were shown, with their coupon, and whether each is the last."""


class Evening(RuleBasedStateMachine):
    """Two members claim, order, cancel, pay, show codes; coupons end; orders are refunded whole."""

    def __init__(self, db: Database[Document]) -> None:
        super().__init__()
        self.shop: TestShop = open_shop(db)
        self.kinds = {
            "cut": saved(self.shop, perMember=PER_MEMBER, total=TOTAL),
            "tea": saved(self.shop, name="换茶", layer="item", value=EXCHANGE, dishes=["tea"], perMember=1),
        }
        self.known = Known()

    @rule(guest=st.sampled_from(GUESTS), kind=st.sampled_from(("cut", "cut", "tea")))
    def claims(self, guest: str, kind: str) -> None:
        mine = [one for one in self.known.tickets.values() if one.kind == kind and one.guest == guest]
        every = [one for one in self.known.tickets.values() if one.kind == kind]
        reply = claim(self.shop, self.kinds[kind], guest=guest)
        if kind == "cut" and len(every) == TOTAL:
            assert reply["code"] == "COUPON_GONE"
        elif len(mine) == (PER_MEMBER if kind == "cut" else 1):
            assert reply["code"] == "COUPON_LIMIT"
        else:
            self.known.tickets[reply["data"]["coupon"]["couponId"]] = Ticket(guest, kind)

    @initialize()
    def opens(self) -> None:
        for guest, kind in (("ann", "cut"), ("ann", "tea"), ("bo", "cut")):
            self.claims(guest, kind)
        self.orders("ann", [0, 1], is_fitting=True)
        self.pays(0)
        self.orders("bo", [0], is_fitting=True)

    @precondition(lambda self: self.known.tickets)
    @rule(guest=st.sampled_from(GUESTS), picks=st.lists(st.integers(0, 7), max_size=2), is_fitting=st.booleans())
    def orders(self, guest: str, picks: list[int], is_fitting: bool) -> None:
        among = [
            coupon_id
            for coupon_id, one in self.known.tickets.items()
            if not is_fitting or (one.guest == guest and one.state == "free" and not one.is_over)
        ]
        ids = tuple(dict.fromkeys(among[n % len(among)] for n in picks)) if among else ()
        tickets = [self.known.tickets[coupon_id] for coupon_id in ids]
        lines = [line("duck"), line("tea")]
        reply = self.shop.submit(lines, guest=guest, couponIds=list(ids))
        free = all(one.guest == guest and one.state == "free" and not one.is_over for one in tickets)
        if (
            not free
            or [one.kind for one in tickets] == ["cut", "cut"]
            or [one.kind for one in tickets] == ["tea", "tea"]
        ):
            assert reply["code"] == "COUPON_UNAVAILABLE"
            return
        order = reply["data"]["order"]
        assert order["dueFen"] == 4800 - sum(500 if one.kind == "cut" else 300 for one in tickets)
        self.known.dinners[order["orderId"]] = Dinner(guest, order["dueFen"], ids)
        for one in tickets:
            one.state, one.order_id = "locked", order["orderId"]

    def _pick(self, number: int, *states: str) -> tuple[str, Dinner] | None:
        among = [(order_id, one) for order_id, one in self.known.dinners.items() if one.state in states]
        return among[number % len(among)] if among else None

    def _returned(self, dinner: Dinner, *, grace: bool) -> None:
        for coupon_id in dinner.coupon_ids:
            ticket = self.known.tickets[coupon_id]
            ticket.state, ticket.order_id = "free", None
            ticket.is_over = ticket.is_over and not grace

    @rule(number=st.integers(0, 9), by_guest=st.booleans())
    def cancels(self, number: int, by_guest: bool) -> None:
        found = self._pick(number, "open", "cancelled", "paid")
        if found is None:
            return
        order_id, dinner = found
        who = self.shop.guest(dinner.guest) if by_guest else self.shop.guest("manager")
        place: Reply = {"shopId": self.shop.shop_id} if by_guest else {"reason": "客人要求"}
        reply = self.shop.call("cancelOrder", who, requestId=request_id(), orderId=order_id, **place)
        if dinner.state != "open":
            assert reply["code"] == "STATE_CONFLICT"
            return
        assert reply["success"], reply
        dinner.state = "cancelled"
        self._returned(dinner, grace=not by_guest)

    @rule(number=st.integers(0, 9))
    def pays(self, number: int) -> None:
        found = self._pick(number, "open")
        if found is None:
            return
        order_id, dinner = found
        told = {"orderId": order_id, "shownFen": dinner.due_fen, "tenders": [{"kind": "card"}]}
        reply = self.shop.call("payOrder", self.shop.guest("cashier"), requestId=request_id(), **told)
        assert reply["success"], reply
        dinner.state = "paid"
        for coupon_id in dinner.coupon_ids:
            self.known.tickets[coupon_id].state = "used"

    @rule(number=st.integers(0, 9))
    def is_refunded(self, number: int) -> None:
        found = self._pick(number, "paid")
        if found is None:
            return
        order_id, dinner = found
        refund = {"by": "all", "reason": "菜品不满意"}
        reply = self.shop.call(
            "refundOrder", self.shop.guest("manager"), requestId=request_id(), orderId=order_id, refund=refund
        )
        assert reply["success"], reply
        dinner.state = "refunded"
        self._returned(dinner, grace=True)

    @precondition(lambda self: self.known.tickets)
    @rule(number=st.integers(0, 9))
    def shows(self, number: int) -> None:
        coupon_id = list(self.known.tickets)[number % len(self.known.tickets)]
        ticket = self.known.tickets[coupon_id]
        reply = self.shop.call(
            "redeemCoupon", self.shop.guest(ticket.guest), requestId=request_id(), shopId=self.shop.shop_id,
            redeem={"op": "show", "couponId": coupon_id},
        )  # fmt: skip
        if ticket.state != "free" or ticket.is_over:
            assert reply["code"] == "NOT_FOUND"
            return
        self.known.codes = [(code, whose, last and whose != coupon_id) for code, whose, last in self.known.codes]
        self.known.codes.append((reply["data"]["code"], coupon_id, True))

    @precondition(lambda self: self.known.codes)
    @rule(number=st.integers(0, 9))
    def scans(self, number: int) -> None:
        code, coupon_id, is_last = self.known.codes[number % len(self.known.codes)]
        ticket = self.known.tickets[coupon_id]
        told = {"op": "redeem", "code": code}
        reply = self.shop.call("redeemCoupon", self.shop.guest("cashier"), requestId=request_id(), redeem=told)
        if ticket.state != "free" or not is_last:
            assert reply["code"] == "COUPON_CODE_INVALID"
        elif ticket.is_over or ticket.kind == "cut":
            assert reply["code"] == "COUPON_UNAVAILABLE"
        else:
            assert reply["success"], reply
            ticket.state = "used"
            self.known.codes = [(code, whose, last and whose != coupon_id) for code, whose, last in self.known.codes]

    @precondition(lambda self: self.known.tickets)
    @rule(number=st.integers(0, 9))
    def ends(self, number: int) -> None:
        coupon_id = list(self.known.tickets)[number % len(self.known.tickets)]
        ends(self.shop, coupon_id, in_=-timedelta(seconds=1))
        self.known.tickets[coupon_id].is_over = True

    @rule()
    def sweeps(self) -> None:
        this = Round.begin(Chain(self.shop.db))
        take({name: STEPS[name] for name in ("coupons", "couponHolds")}, this)
        for ticket in self.known.tickets.values():
            if ticket.state == "free" and ticket.is_over:
                ticket.state = "expired"

    @invariant()
    def is_as_the_model_says(self) -> None:
        there = self.shop.db["coupons"].find({"shop_id": self.shop.shop_id}, comment=BRAND_WIDE)
        assert {one["_id"]: (one["state"], one.get("order_id")) for one in there} == {
            coupon_id: (one.state, one.order_id) for coupon_id, one in self.known.tickets.items()
        }
        for coupon_id, ticket in self.known.tickets.items():
            until = self.shop.db["coupons"].find_one({"_id": coupon_id})
            assert until is not None
            assert ticket.state != "free" or ticket.is_over == (until["valid_until"] <= utc_now())

    def teardown(self) -> None:
        assert_clean(self.shop.db, self.shop.shop_id)


def test_every_coupon_is_where_the_model_has_it(db: Database[Document]) -> None:
    class Tonight(Evening):
        """An evening in this database."""

        def __init__(self) -> None:
            super().__init__(db)

    run_state_machine_as_test(Tonight, settings=settings(max_examples=15, stateful_step_count=25, deadline=None))
