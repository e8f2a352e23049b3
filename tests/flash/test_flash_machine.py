"""The life of a flash sale against the real database: a model, and the same pieces in both after every step."""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from pymongo.database import Database

from shared.errors import FlashPiecesTaken
from shared.runtime.clock import utc_now
from shared.store import flash
from shared.store.client import Document
from shared.store.scope import Shop
from tests.support.audit import assert_clean
from tests.support.desk import sweep
from tests.support.flash import PRICE_FEN, grab, open_sale, states
from tests.support.shops import Reply, line, open_shop, request_id

GUESTS = ("ann", "bob", "eve", "dan")
PHONES = ("ann", "bob", "eve")
"""Eve and Dan share a phone."""
LIMIT = 2


@dataclass
class Claim:
    """What the model knows of a claim."""

    guest: str
    reply: Reply
    key: str

    @property
    def claim_id(self) -> str:
        claim_id: str = self.reply["data"]["claim"]["claimId"]
        return claim_id

    @property
    def phone(self) -> str:
        return phone_of(self.guest)


@dataclass
class Bought:
    """What the model knows of an order, and the claims that its units still have."""

    guest: str
    order_id: str
    claims: list[Claim] = field(default_factory=list)


def phone_of(guest: str) -> str:
    return "eve" if guest == "dan" else guest


class SaleLife(RuleBasedStateMachine):
    """Members grab, order, cancel, let time go by; the sale grows and shrinks; all is answered as the model expects."""

    def __init__(self, db: Database[Document]) -> None:
        super().__init__()
        self.shop = open_shop(db)
        self.pieces = 4
        self.sale_id = open_sale(self.shop, self.pieces, per_member=LIMIT)
        self.held: list[Claim] = []
        self.over: list[Claim] = []
        self.orders: list[Bought] = []

    @property
    def living(self) -> list[Claim]:
        return [*self.held, *(claim for order in self.orders for claim in order.claims)]

    @rule(guest=st.sampled_from(GUESTS))
    def grab(self, guest: str) -> None:
        key = request_id()
        reply = grab(self.shop, self.sale_id, guest, key=key, deviceId=phone_of(guest))
        mine = [one for one in self.living if one.guest == guest or one.phone == phone_of(guest)]
        if len(self.living) >= self.pieces:
            assert reply["code"] == "FLASH_SOLD_OUT"
        elif len(mine) >= LIMIT:
            assert reply["code"] == "FLASH_LIMIT"
        else:
            self.held.append(Claim(guest, reply, key))

    @rule(number=st.integers(0, 9))
    def send_again(self, number: int) -> None:
        """A request that was answered is answered the same, whatever became of its claim."""
        known = [*self.living, *self.over]
        if known:
            claim = known[number % len(known)]
            again = grab(self.shop, self.sale_id, claim.guest, key=claim.key, deviceId=claim.phone)
            assert again["data"] == claim.reply["data"]

    @rule(guest=st.sampled_from(GUESTS), count=st.integers(1, LIMIT), number=st.integers(0, 9))
    def order(self, guest: str, count: int, number: int) -> None:
        """Order with some claims: one's own are taken, another's or an old one refuses them all."""
        known = [*self.held, *self.over]
        wanted = [known[(number + n) % len(known)] for n in range(min(count, len(known)))]
        if not wanted:
            return
        told = {"l-duck": [one.claim_id for one in wanted]}
        reply = self.shop.submit([line("duck", len(wanted))], guest=guest, flashClaims=told)
        if any(one.guest != guest or one in self.over for one in wanted):
            assert reply["code"] == "FLASH_CLAIM_INVALID"
            return
        assert reply["data"]["order"]["dueFen"] == PRICE_FEN * len(wanted)
        self.orders.append(Bought(guest, reply["data"]["order"]["orderId"], wanted))
        self.held = [one for one in self.held if one not in wanted]

    @rule(number=st.integers(0, 9))
    def cancel(self, number: int) -> None:
        if not self.orders:
            return
        order = self.orders.pop(number % len(self.orders))
        told = {"shopId": self.shop.shop_id, "orderId": order.order_id}
        assert self.shop.call("cancelOrder", self.shop.guest(order.guest), requestId=request_id(), **told)["success"]
        self.over += order.claims

    @rule(number=st.integers(0, 9))
    def void_one(self, number: int) -> None:
        """A waiter takes the last of a line's units off: its claim is free."""
        if not self.orders:
            return
        order = self.orders[number % len(self.orders)]
        edit = {"op": "void", "lineId": "l-duck", "quantity": 1, "reason": "客人不要了"}
        told = {"shopId": self.shop.shop_id, "orderId": order.order_id, "edit": edit}
        assert self.shop.call("editOrder", self.shop.guest("waiter"), requestId=request_id(), **told)["success"]
        self.over.append(order.claims.pop())
        if not order.claims:
            self.orders.remove(order)

    @rule(number=st.integers(0, 9))
    def let_time_go_by(self, number: int) -> None:
        """The hold of one claim ends; until the sweep comes nobody else has it, and nobody can order with it."""
        if not self.held:
            return
        claim = self.held.pop(number % len(self.held))
        self.shop.db["flash_pieces"].update_one({"claim_id": claim.claim_id}, {"$set": {"hold_until": utc_now()}})
        late = self.shop.submit([line("duck")], guest=claim.guest, flashClaims={"l-duck": [claim.claim_id]})
        assert late["code"] == "FLASH_CLAIM_INVALID"
        sweep()
        self.over.append(claim)

    @rule(pieces=st.integers(1, 7))
    def resize(self, pieces: int) -> None:
        before = self.pieces
        try:
            flash.lay_out(Shop(self.shop.db, self.shop.shop_id), self.sale_id, pieces)
            self.pieces = pieces
        except FlashPiecesTaken:
            assert pieces < len(self.living)
        if self.pieces != before:
            self.shop.db["campaigns"].update_one({"_id": self.sale_id}, {"$set": {"pieces": pieces}})

    @invariant()
    def the_pieces_are_as_the_model_has_them(self) -> None:
        found = states(self.shop, self.sale_id)
        sold = sum(len(order.claims) for order in self.orders)
        free = self.pieces - len(self.held) - sold
        assert (found.get("free", 0), found.get("held", 0), found.get("sold", 0)) == (free, len(self.held), sold)

    def teardown(self) -> None:
        assert_clean(self.shop.db, self.shop.shop_id)


def test_a_sale_goes_as_its_model(db: Database[Document]) -> None:
    machine = settings(max_examples=25, stateful_step_count=25, deadline=None)
    run_state_machine_as_test(lambda: SaleLife(db), settings=machine)  # type: ignore[arg-type]  # it calls it
