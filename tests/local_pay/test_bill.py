"""The bill: to the fen for any amounts, whole or not at all."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.local.wechat_pay.bills import HEADING, SUMS_HEADING, bill_text
from scripts.local.wechat_pay.book import CHINA, Order, Refund, RefundOrder, Trade
from shared.errors import PaymentRefused, PaymentUnanswered
from shared.gateways.wechat_pay import BillBroken, BillNotReady, WechatPay, channel_date, read_bill
from tests.local_pay.conftest import OTHER, Till

DAY = date(2026, 11, 23)
NOON = datetime(2026, 11, 23, 12, tzinfo=CHINA)
LATER = NOON + timedelta(days=2)

PAID = (
    "`2026-11-23 12:34:56,`wx-1,`1900000109,`0,`,`4200001,`P0001,`o-1,`JSAPI,`SUCCESS,`OTHERS,`CNY,`60.00,`0.00,`0,`0,"
    '`0.00,`0.00,`,`,`鱼香肉丝,大份,`{"a":1,"b":2},`0.32400,`0.54%,`60.00,`0.00,`'
)
BACK = (
    "`2026-11-23 23:59:59,`wx-1,`1900000109,`0,`,`4200002,`P0002,`o-1,`JSAPI,`REFUND,`OTHERS,`CNY,`0.00,`0.00,`5030001,"
    "`R0002,`50.00,`0.00,`ORIGINAL,`SUCCESS,`客户付款,`,`-0.27000,`0.54%,`0.00,`50.00,`"
)
SUMS = "`2,`60.00,`50.00,`0.00,`0.05400,`60.00,`50.00"


def text(*lines: str, end: str = "\r\n") -> str:
    """A file of these lines."""
    return "".join(f"{line}{end}" for line in lines)


@pytest.mark.parametrize(("mark", "end"), [("\ufeff", "\r\n"), ("", "\n")])
def test_a_bill_is_read_with_commas_in_names_and_fees_finer_than_a_fen(mark: str, end: str) -> None:
    bill = read_bill(mark + text(HEADING, PAID, BACK, SUMS_HEADING, SUMS, end=end))
    paid, back = bill.rows
    assert (paid.state, paid.out_trade_no, paid.total_fen, paid.refund_fen) == ("SUCCESS", "P0001", 6000, 0)
    assert (paid.fee_millifen, back.fee_millifen, bill.totals.fee_millifen) == (32_400, -27_000, 5_400)
    assert (paid.refund_id, paid.out_refund_no, paid.refund_state) == ("", "", "")
    assert (back.refund_id, back.out_refund_no, back.refund_state) == ("5030001", "R0002", "SUCCESS")
    assert (back.total_fen, back.refund_fen) == (0, 5000)
    assert back.at.isoformat() == "2026-11-23T15:59:59+00:00"


def test_columns_are_found_by_their_heading() -> None:
    headings = [*HEADING.split(","), "新列"]
    swapped = ",".join([*headings[1:], headings[0]])
    fields = PAID.removeprefix("`").split(",`")
    line = ",".join(f"`{field}" for field in [*fields[1:], "new", fields[0]])
    bill = read_bill(text(swapped, line, SUMS_HEADING, "`1,`60.00,`0.00,`0.00,`0.32400,`60.00,`0.00"))
    assert bill.rows[0].total_fen == 6000


BROKEN = {
    "empty": "",
    "no sums": text(HEADING, PAID, BACK),
    "a sum is off by a fen": text(HEADING, PAID, BACK, SUMS_HEADING, SUMS.replace("`60.00,`50.00", "`60.00,`50.01", 2)),
    "a row is missing": text(HEADING, PAID, SUMS_HEADING, SUMS),
    "a row is cut": text(HEADING, PAID, BACK[:-30], SUMS_HEADING, SUMS),
    "no back-tick": text(HEADING, PAID[1:], BACK, SUMS_HEADING, SUMS),
    "an old heading": text(HEADING.replace(",订单金额", ",总金额"), PAID, BACK, SUMS_HEADING, SUMS),
    "another currency": text(HEADING, PAID.replace("CNY", "HKD"), BACK, SUMS_HEADING, SUMS),
    "an unknown kind of row": text(HEADING, PAID.replace("SUCCESS", "GIFT"), BACK, SUMS_HEADING, SUMS),
    "half a fen": text(HEADING, PAID.replace("`60.00,`0.00,`\r\n", ""), BACK, SUMS_HEADING, SUMS).replace(
        "0.54%,`60.00", "0.54%,`60.005"
    ),
    "an exponent": text(HEADING, PAID.replace("0.54%,`60.00", "0.54%,`6e1"), BACK, SUMS_HEADING, SUMS),
    "full-width digits": text(HEADING, PAID.replace("0.54%,`60.00", "0.54%,`６０.00"), BACK, SUMS_HEADING, SUMS),
    "no time": text(HEADING, PAID.replace("12:34:56", "12:34"), BACK, SUMS_HEADING, SUMS),
    "no count": text(HEADING, PAID, BACK, SUMS_HEADING, SUMS.replace("`2,", "`two,")),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_bill_that_is_not_whole_is_not_read(case: str) -> None:
    with pytest.raises(BillBroken):
        read_bill(BROKEN[case])


AMOUNTS = st.integers(1, 10**9)


@given(st.lists(st.tuples(AMOUNTS, st.lists(st.integers(1, 10**6), max_size=3)), min_size=1, max_size=12))
def test_any_days_amounts_come_back_exactly(trades: list[tuple[int, list[int]]]) -> None:
    made = [_trade(index, total, backs) for index, (total, backs) in enumerate(trades)]
    bill = read_bill(bill_text(made, mchid="1900000109", day=DAY, now=LATER))
    totals = [row.total_fen for row in bill.rows if row.state == "SUCCESS"]
    backs = [row.refund_fen for row in bill.rows if row.state == "REFUND"]
    assert totals == [total for total, _ in trades]
    assert backs == [back for _, asked in trades for back in asked]
    assert bill.totals.fee_millifen == sum(row.fee_millifen for row in bill.rows)
    assert bill.totals.count == len(bill.rows)


def _trade(index: int, total: int, backs: list[int]) -> Trade:
    order = Order(
        mchid="1900000109",
        appid="wx-1",
        out_trade_no=f"P{index:05d}",
        description="鱼香肉丝,大份`",
        total_fen=total,
        openid="o-1",
        notify_url="https://zaotai.invalid/payNotify",
        expires_at=LATER,
    )
    trade = Trade(order, notice_id="EV-1", transaction_id=f"4200{index}", paid_at=NOON)
    for number, back in enumerate(backs):
        asked = RefundOrder(f"R{index}-{number}", back, total, "", order.notify_url)
        trade.refunds[asked.out_refund_no] = Refund(asked, refund_id="50", notice_id="EV-2", accepted_at=NOON)
    return trade


def test_a_bill_is_not_ready_before_ten_of_the_next_day_nor_for_today(tills: dict[str, Till]) -> None:
    till = tills[OTHER]
    till.paid()
    now = till.simulator.now()
    with pytest.raises(PaymentRefused):
        till.channel.bill(channel_date(now))
    next_morning = datetime.combine(now.date() + timedelta(days=1), datetime.min.time(), CHINA) + timedelta(hours=9)
    till.simulator.advance(next_morning - now)
    with pytest.raises(BillNotReady):
        till.channel.bill(channel_date(now))


def test_a_day_without_trades_has_an_empty_bill(till: Till) -> None:
    bill = till.channel.bill(channel_date(till.simulator.now() - timedelta(days=60)))
    assert (bill.rows, bill.totals.count, bill.totals.total_fen) == ((), 0, 0)


def _yesterdays(till: Till) -> str:
    number = till.paid()
    paid_at = till.channel.query(number).paid_at
    assert paid_at is not None
    till.simulator.advance(timedelta(hours=36))
    return channel_date(paid_at)


@pytest.mark.parametrize("kind", ["down", "lost"])
def test_a_file_that_did_not_come_or_came_cut_is_no_answer(till: Till, kind: str) -> None:
    day = _yesterdays(till)
    till.simulator.plan_fault("download", kind)  # type: ignore[arg-type]
    with pytest.raises(PaymentUnanswered):
        till.channel.bill(day)
    assert till.channel.bill(day).totals.count >= 1


def test_a_file_with_another_digest_is_not_read(till: Till) -> None:
    day = _yesterdays(till)
    till.simulator.plan_fault("download", "other")
    with pytest.raises(PaymentUnanswered):
        till.channel.bill(day)


def test_a_merchant_gets_only_its_own_bill(till: Till, tills: dict[str, Till]) -> None:
    day = _yesterdays(till)
    mine = {row.out_trade_no for row in till.channel.bill(day).rows}
    others = {row.out_trade_no for row in tills[OTHER].channel.bill(day).rows}
    assert mine
    assert not mine & others


@pytest.mark.parametrize("day", ["", "20261123", "2026-11-23&bill_type=SUCCESS", "今天"])
def test_a_day_that_is_none_is_not_asked_for(till: Till, day: str) -> None:
    channel: WechatPay = till.channel
    with pytest.raises(ValueError, match="is not of the form"):
        channel.bill(day)
