"""Refunds as laws: whatever was paid by whatever, and given back in whatever steps, comes back leg by leg (rule 16)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.domain import bills, edits, moves, refunds
from shared.domain.money import split
from shared.domain.orders import Cancellation, Order
from shared.domain.payments import Leg, LineLegs, Payment, Tender, TenderKind, legs_of
from shared.domain.refund_legs import Returned, returned
from shared.domain.refunds import LineBack
from shared.errors import NotFound, NotPaid, RefundTooMuch, StateConflict, ZaotaiError
from tests.support.orders import NOON, cut, dish, fee, placed, tell


def give(order: Order, backs: Sequence[LineBack], *, at: datetime = NOON) -> Order:
    return refunds.given_back(order, backs, by="manager", at=at, reason="不满意")


def units(order: Order, **wanted: int) -> tuple[LineBack, ...]:
    return refunds.by_units(order, wanted)


def paid_by(order: Order, fens: Sequence[int], kinds: Sequence[Sequence[TenderKind]]) -> tuple[Order, list[Payment]]:
    """The order paid whole by several payments: the n-th for so much, by so many tenders in equal parts."""
    found: list[Payment] = []
    for number, (part, of) in enumerate(zip(fens, kinds, strict=True)):
        rest = bills.open_fen([order])
        amount = rest if number == len(fens) - 1 else min(part, rest)
        if not amount:
            continue
        shares = bills.shares_of([order], bills.Whole())
        weights = [share.fen for share in shares]
        taken = [
            replace(share, fen=fen)
            for share, fen in zip(shares, split(amount, weights), strict=True)
            if fen
        ]  # fmt: skip
        tenders = _tenders(amount, of)
        order = bills.pay(bills.claim(order, taken), taken)
        found.append(_payment(number, amount, tenders, legs_of(taken, tenders)))
    assert bills.is_paid([order])
    return order, found


def _tenders(amount: int, kinds: Sequence[TenderKind]) -> tuple[Tender, ...]:
    parts = zip(kinds, split(amount, (1,) * len(kinds)), strict=True)
    return tuple(_tender(kind, fen) for kind, fen in parts if fen)


def _tender(kind: TenderKind, fen: int) -> Tender:
    if kind == "stored":
        return Tender(kind, fen, principal_fen=fen - fen // 10, bonus_fen=fen // 10)
    return Tender(kind, fen, points=fen * 3 if kind == "points" else 0)


def _payment(number: int, amount: int, tenders: tuple[Tender, ...], rows: tuple[LineLegs, ...]) -> Payment:
    return Payment(
        payment_id=f"p{number}", biz_date="2026-11-24", state="paid", order_ids=("o1",), sitting_id=None,
        amount_fen=amount, tenders=tenders, split=rows, request_hash="h",
        created_at=NOON, expires_at=NOON,
    )  # fmt: skip


@dataclass
class Till:
    """An order that was paid, and what goes back of it."""

    order: Order
    payments: list[Payment]

    def give(self, backs: Sequence[LineBack]) -> tuple[Returned, ...]:
        parts = returned(self.payments, backs)
        by_id = {part.before.payment_id: part.after for part in parts}
        self.payments = [by_id.get(one.payment_id, one) for one in self.payments]
        before = self.order
        self.order = give(before, backs)
        if before.state != "completed":
            self.order, _ = tell(before, self.order)
        assert sum(part.fen for part in parts) == sum(back.fen for back in backs)
        self.check()
        return parts

    def check(self) -> None:
        """What is true at any time: nothing is given back that was not paid, by any line or leg."""
        of_lines: Counter[str] = Counter()
        for payment in self.payments:
            for row in payment.split:
                assert all(0 <= fen <= row.legs[leg] for leg, fen in row.refunded.items())
                of_lines[row.line_id] += sum(row.refunded.values())
        for line in self.order.lines:
            assert 0 <= line.refunded_fen == of_lines[line.line_id] <= line.paid_fen <= line.claimed_fen
            assert line.claimed_fen <= line.billed_fen
            assert 0 <= line.refundable <= line.live_quantity
            assert line.refunded_fen >= line.paid_fen * line.refunded // max(line.billed_quantity, 1)
        assert bills.open_fen([self.order]) == 0

    def sums(self) -> tuple[Counter[Leg], Counter[Leg]]:
        """By leg: paid, and given back."""
        paid: Counter[Leg] = Counter()
        back: Counter[Leg] = Counter()
        for payment in self.payments:
            for row in payment.split:
                paid.update(row.legs)
                back.update(row.refunded)
        return paid, back


LINES = st.lists(
    st.tuples(st.integers(1, 7), st.integers(0, 3_333), st.integers(0, 2_000), st.booleans()), min_size=1, max_size=4
)
KINDS = st.lists(
    st.lists(st.sampled_from(["points", "stored", "wechat", "cash", "card"]), min_size=1, max_size=3, unique=True),
    min_size=1,
    max_size=3,
)
STEPS = st.lists(st.tuples(st.sampled_from(["units", "amount", "complete"]), st.integers(0, 99), st.integers(1, 9_999)))


def _order(rows: Sequence[tuple[int, int, int, bool]]) -> Order:
    lines = []
    for number, (quantity, unit_fen, cut_fen, is_packed) in enumerate(rows):
        off = min(cut_fen, quantity * unit_fen)
        lines.append(dish(f"l{number}", quantity=quantity, unit_fen=unit_fen, cuts=cut(off) if off else ()))
        if is_packed:
            lines.append(fee(f"b{number}", of=f"l{number}", quantity=quantity))
    return placed(*lines, fee("seat", quantity=2))


def _step(till: Till, how: str, which: int, size: int) -> None:
    order = till.order
    if how == "complete" and order.state != "cancelled":
        till.order = replace(order, state="completed")
        return
    try:
        if how == "units":
            line = order.lines[which % len(order.lines)]
            till.give(refunds.by_units(order, {line.line_id: 1 + size % 3}))
        else:
            till.give(refunds.by_amount(order, size))
    except (RefundTooMuch, StateConflict, NotPaid):
        assert till.order == order


@given(LINES, KINDS, st.lists(st.integers(1, 9_999), min_size=3, max_size=3), STEPS)
def test_whatever_was_paid_by_whatever_all_of_it_comes_back_on_every_leg_and_never_more(
    rows: list[tuple[int, int, int, bool]],
    kinds: list[list[TenderKind]],
    fens: list[int],
    steps: list[tuple[str, int, int]],
) -> None:
    till = Till(*paid_by(_order(rows), fens[: len(kinds)], kinds))
    parts_before = till.payments
    for how, which, size in steps:
        _step(till, how, which, size)
    with suppress(RefundTooMuch):
        till.give(refunds.whole(till.order))
    paid, back = till.sums()
    assert paid == back
    for before, after in zip(parts_before, till.payments, strict=True):
        whole = Returned(before, after, ())
        assert whole.points == before.points
        assert whole.clawed_back(71) == (71 if before.earning_fen else 0)
    assert refunds.is_all_back(till.order)
    with pytest.raises(RefundTooMuch):
        refunds.whole(till.order)


@given(st.lists(st.integers(1, 500), min_size=1, max_size=8), st.integers(0, 3_000), st.integers(0, 999))
def test_points_and_what_was_earned_come_back_in_proportion_whatever_the_steps(
    amounts: list[int], unit_fen: int, earned: int
) -> None:
    till = Till(*paid_by(placed(dish("a", quantity=3, unit_fen=unit_fen + 1)), [0], [["points", "wechat"]]))
    first, points, clawed = till.payments[0], 0, 0
    for amount in amounts:
        try:
            (part,) = till.give(refunds.by_amount(till.order, amount))
        except RefundTooMuch:
            break
        points, clawed = points + part.points, clawed + part.clawed_back(earned)
        together = Returned(first, till.payments[0], ())
        assert (points, clawed) == (together.points, together.clawed_back(earned))


def test_units_go_back_by_the_cumulative_formula_to_the_fen() -> None:
    till = Till(*paid_by(placed(dish("a", quantity=3, unit_fen=100, cuts=cut(100)), dish("b")), [0], [["cash"]]))
    got = [sum(part.fen for part in till.give(units(till.order, a=1))) for _ in range(3)]
    assert got == [66, 67, 67]


def test_an_amount_counts_into_what_units_give_back_later() -> None:
    till = Till(*paid_by(placed(dish("a", quantity=2, unit_fen=1_000), dish("b")), [0], [["cash"]]))
    till.give(refunds.by_amount(till.order, 1_800))
    assert till.order.line("a").refunded_fen == 1_200
    assert [back.fen for back in units(till.order, a=1)] == [0]
    till.give(units(till.order, a=1))
    assert [back.fen for back in units(till.order, a=1)] == [800]


def test_the_packing_goes_back_with_its_dish_and_the_fees_with_the_last_dish() -> None:
    order = placed(dish("a", quantity=2), fee("b", of="a", quantity=2), fee("seat", quantity=3))
    till = Till(*paid_by(order, [0], [["cash"]]))
    assert [(back.line_id, back.quantity, back.fen) for back in units(till.order, a=1)] == [
        ("a", 1, 1000),
        ("b", 1, 100),
    ]
    till.give(units(till.order, a=1))
    last = units(till.order, a=1)
    assert [(back.line_id, back.quantity, back.fen) for back in last] == [
        ("a", 1, 1000),
        ("b", 1, 100),
        ("seat", 3, 300),
    ]
    till.give(last)
    assert (till.order.state, till.order.due_fen) == ("cancelled", 0)
    assert till.order.cancelled == Cancellation("manager", NOON, "不满意")


def test_a_running_order_loses_the_units_and_a_completed_one_keeps_them() -> None:
    order, _ = paid_by(placed(dish("a", quantity=3), dish("b")), [0], [["cash"]])
    running = give(order, units(order, a=2)).line("a")
    assert (running.voided, running.refunded, running.kept, running.live_quantity) == (2, 2, 0, 1)
    over = replace(order, state="completed")
    kept = give(over, units(over, a=2))
    line = kept.line("a")
    assert (line.voided, line.refunded, line.kept, line.live_quantity) == (0, 2, 2, 3)
    assert (kept.due_fen, kept.removals, kept.state) == (4_000, (), "completed")


def test_the_kitchen_gets_void_and_change_tickets_for_what_goes_back() -> None:
    order, _ = paid_by(placed(dish("a", quantity=2), dish("b", "cold")), [0], [["cash"]])
    _, drafts = tell(order, give(order, units(order, a=1, b=1)))
    told = {(one.station, one.kind, one.items[0].item.quantity) for one in drafts if not one.is_pass}
    assert told == {("hot", "change", 1), ("cold", "void", 1)}


def test_what_was_voided_before_it_was_paid_is_not_given_back() -> None:
    order = placed(dish("a", quantity=4, unit_fen=3, cuts=cut(2)), dish("b"))
    order = edits.void(order, "a", 1, by="w", at=NOON, reason="")
    till = Till(*paid_by(order, [0], [["cash"]]))
    assert till.order.line("a").paid_fen == 8
    assert [back.fen for back in units(till.order, a=1)] == [2]
    with pytest.raises(RefundTooMuch):
        units(till.order, a=4)


def test_what_is_refused() -> None:
    unpaid = placed(dish("a", quantity=2), dish("b"))
    paid, _ = paid_by(unpaid, [0], [["cash"]])
    paying = bills.claim(unpaid, [bills.Share("o1", "a", 2_000)])
    part = bills.pay(bills.claim(unpaid, [bills.Share("o1", "a", 100)]), [bills.Share("o1", "a", 100)])
    refused: list[tuple[Order, type[ZaotaiError]]] = [
        (unpaid, NotPaid), (part, NotPaid), (paying, StateConflict), (replace(unpaid, state="pending"), NotPaid),
        (moves.emptied(paid, Cancellation("m", NOON, "")), StateConflict),
    ]  # fmt: skip
    for order, error in refused:
        with pytest.raises(error):
            units(order, a=1)
    with pytest.raises(RefundTooMuch) as short:
        units(paid, a=3)
    assert short.value.details == {"left": 2}
    with pytest.raises(NotFound):
        units(paid, c=1)
    with pytest.raises(NotPaid):
        refunds.whole(part)
    with pytest.raises(NotPaid):
        refunds.by_amount(unpaid, 1)
    with pytest.raises(RefundTooMuch) as over:
        refunds.by_amount(paid, 3_001)
    assert over.value.details == {"leftFen": 3_000}


def test_an_amount_may_go_back_while_another_part_of_the_order_is_unpaid_and_opens_nothing() -> None:
    order = placed(dish("a", quantity=2), dish("b"))
    share = [bills.Share("o1", "a", 2_000)]
    order = bills.pay(bills.claim(order, share), share)
    after = give(order, refunds.by_amount(order, 500))
    assert (after.line("a").refunded_fen, bills.open_fen([after]), after.due_fen) == (500, 1_000, 3_000)


def test_what_is_unpaid_beside_a_refunded_line_may_still_be_voided_and_cancelled() -> None:
    order = placed(dish("a"), dish("b"))
    share = [bills.Share("o1", "a", 1_000)]
    order = give(bills.pay(bills.claim(order, share), share), [LineBack("o1", "a", 1, 1_000)])
    assert edits.void(order, "b", None, by="w", at=NOON, reason="").state == "cancelled"
    assert moves.cancel(order, Cancellation("w", NOON, "x"), by_guest=False).state == "cancelled"


def test_a_paid_fee_keeps_the_last_dish_from_being_voided_without_a_refund() -> None:
    order = placed(dish("a"), fee("seat"))
    share = [bills.Share("o1", "seat", 100)]
    order = bills.pay(bills.claim(order, share), share)
    with pytest.raises(StateConflict):
        edits.void(order, "a", None, by="w", at=NOON, reason="")
