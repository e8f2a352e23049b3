"""A guest's paper adds up to the fen, puts together what reads the same, and always fits into a message."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.domain.orders import Order, OrderLine
from shared.domain.payments import LineLegs, Payment
from shared.domain.pricing import Applied, Cut
from shared.domain.slips import ROOM_BYTES, Account, account_of, paid_lines, refunded_fen
from tests.support.orders import NOON, dish, fee, placed

TEXTS = st.text(alphabet="老火慢炖a1🌶\n", max_size=80)


@st.composite
def lines(draw: st.DrawFn) -> OrderLine:
    quantity = draw(st.integers(1, 9))
    unit_fen = draw(st.integers(0, 9_999))
    line = dish(f"l{draw(st.integers(0, 10**6))}", quantity=quantity, unit_fen=unit_fen)
    amount, cuts = unit_fen * quantity, list[Cut]()
    for number in range(draw(st.integers(0, 3))):
        fen = draw(st.integers(0, amount - sum(cut.fen for cut in cuts)))
        cuts.append(Cut("order", f"c{number}", fen))
    return replace(
        line,
        name=draw(TEXTS),
        specs=tuple(draw(st.lists(TEXTS, max_size=3))),
        cuts=tuple(cuts),
        voided=draw(st.integers(0, quantity)),
    )


def order_of(*found: OrderLine) -> Order:
    offers = (Applied("order", "c0", "满减", 0), Applied("order", "c1", "券", 0))
    return replace(placed(dish("x")), lines=found, offers=offers)


def adds_up(account: Account) -> bool:
    charged, cut = sum(one.fen for one in account.charges), sum(fen for _, fen in account.cuts)
    return (charged, charged - cut) == (account.gross_fen, account.due_fen)


@settings(max_examples=50)
@given(st.lists(lines(), max_size=10))
def test_lines_sum_to_gross_and_less_the_cuts_to_what_is_owed(found: list[OrderLine]) -> None:
    account = account_of([order_of(*found)])
    assert adds_up(account)
    assert account.due_fen == sum(line.live_due_fen for line in found)
    assert all(fen > 0 for _, fen in account.cuts)


@settings(max_examples=10, suppress_health_check=[HealthCheck.data_too_large, HealthCheck.too_slow])
@given(st.lists(lines(), min_size=80, max_size=90))
def test_what_finds_no_room_is_one_line_with_its_sum(found: list[OrderLine]) -> None:
    account = account_of([order_of(*found)])
    size = sum(len(one.name.encode()) + sum(len(text.encode()) for text in one.details) for one in account.charges)
    assert size <= ROOM_BYTES
    assert adds_up(account)
    assert all(one.quantity is not None for one in account.charges[:-1])


def test_equal_dishes_of_two_rounds_stand_together_and_different_ones_do_not() -> None:
    tea = dish("tea", unit_fen=300)
    big = replace(tea, line_id="big", specs=("大壶",))
    account = account_of([placed(tea, big), placed(replace(tea, quantity=2, amount_fen=600), fee("seat", quantity=4))])
    assert [(one.name, one.details, one.quantity, one.fen) for one in account.charges] == [
        ("菜tea", (), 3, 900),
        ("菜tea", ("大壶",), 1, 300),
        ("菜seat", (), 4, 400),
    ]


def test_what_was_voided_is_not_on_it_and_what_was_refunded_is() -> None:
    voided = dish("a", quantity=3, unit_fen=100, voided=1)
    refunded = dish("b", quantity=3, unit_fen=100, voided=1, refunded=1, paid_fen=300, refunded_fen=100)
    gone = dish("c", unit_fen=100, voided=1)
    account = account_of([order_of(voided, refunded, gone)])
    assert [(one.name, one.quantity, one.fen) for one in account.charges] == [("菜a", 2, 200), ("菜b", 3, 300)]


def payment(*legs: LineLegs) -> Payment:
    return Payment(
        payment_id="P1", biz_date="2026-11-24", state="paid", order_ids=("o1",), sitting_id=None,
        amount_fen=sum(line.fen for line in legs), tenders=(), split=legs, request_hash="h",
        created_at=NOON, expires_at=NOON,
    )  # fmt: skip


def test_a_free_dish_is_on_the_receipt_of_who_paid_for_everything_only() -> None:
    order = placed(dish("a", unit_fen=100), dish("b", unit_fen=100), dish("free", unit_fen=0))
    a, b = LineLegs("o1", "a", 100, {"cash": 100}), LineLegs("o1", "b", 100, {"cash": 100})
    assert paid_lines(payment(a), [order]) == {("o1", "a")}
    assert paid_lines(payment(a, b), [order]) == {("o1", "a"), ("o1", "b"), ("o1", "free")}


def test_what_went_back_is_summed_over_lines_and_legs() -> None:
    a = LineLegs("o1", "a", 100, {"cash": 60, "card": 40}, refunded={"cash": 30, "card": 20})
    b = LineLegs("o1", "b", 100, {"cash": 100}, refunded={"cash": 1})
    assert refunded_fen(payment(a, b)) == 51
