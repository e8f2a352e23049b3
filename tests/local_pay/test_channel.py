"""The channel against the simulator over HTTP: what WeChat Pay does, refuses, and leaves unanswered."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from datetime import datetime, timedelta, timezone

import pytest
from pydantic import ValidationError

from scripts.local.process import free_port, wait_until
from scripts.local.wechat_pay.faults import FaultKind
from scripts.local.wechat_pay.simulator import ControlError
from shared.errors import PaymentBusy, PaymentRefused, PaymentUnanswered, PaymentUnavailable, Refused, TryAgain
from shared.gateways.wechat_pay import (
    BalanceShort,
    NumberUsed,
    Payment,
    Refund,
    TradeClosed,
    TradePaid,
    TradeUnknown,
    WechatPay,
    channel_date,
)
from shared.gateways.wechat_pay.answers import TradeAnswer
from tests.local_pay.conftest import BILLED, MINUTE, OTHER, Till


def calls(till: Till, endpoint: str) -> int:
    """How many calls of a kind the simulator carried out or refused."""
    return len(till.simulator.happened(endpoint))


def test_what_the_mini_program_gets_pays_on_the_guests_phone(till: Till) -> None:
    number = till.number()
    prepared = till.prepare(number, amount_fen=2590)
    assert prepared.package == f"prepay_id={prepared.prepay_id}"
    assert (prepared.app_id, prepared.sign_type) == (till.merchant.appid, "RSA")
    assert till.channel.query(number) == Payment(number, "NOTPAY", total_fen=2590)
    assert till.simulator.request_payment(prepared, openid="o-1") == "requestPayment:ok"
    paid = till.channel.query(number)
    assert paid.paid_at is not None
    assert paid.transaction_id is not None
    assert paid == Payment(number, "SUCCESS", paid.transaction_id, 2590, 2590, "o-1", paid.paid_at)
    assert paid.paid_at.tzinfo is timezone.utc


@pytest.mark.parametrize(
    "surplus", [{}, {"payer": {}, "success_time": "", "transaction_id": "", "promotion_detail": []}]
)
def test_an_unpaid_payments_answer_may_leave_out_or_empty_what_is_not_known(surplus: dict[str, object]) -> None:
    facts = {"appid": "wx-1", "mchid": "1900000109", "out_trade_no": "P00001", "trade_state": "NOTPAY", **surplus}
    assert TradeAnswer.model_validate_json(json.dumps(facts)).payment() == Payment("P00001", "NOTPAY")


@pytest.mark.parametrize("total", ["2500", 25.0, True, 0, -1])
def test_an_amount_is_whole_positive_fen(total: object) -> None:
    facts = {"appid": "wx-1", "mchid": "1900000109", "out_trade_no": "P00001", "trade_state": "NOTPAY"}
    with pytest.raises(ValidationError):
        TradeAnswer.model_validate_json(json.dumps({**facts, "amount": {"total": total}}))


def test_a_guest_who_cancels_or_whose_bank_refuses_may_try_again(till: Till) -> None:
    number = till.number()
    prepared = till.prepare(number)
    assert till.simulator.request_payment(prepared, openid="o-1", outcome="cancel") == "requestPayment:fail cancel"
    till.simulator.fail(number)
    assert till.channel.query(number).state == "NOTPAY"
    assert till.simulator.request_payment(prepared, openid="o-1") == "requestPayment:ok"


def test_preparing_again_with_the_same_numbers_is_the_same_payment(till: Till) -> None:
    number, expires_at = till.number(), till.simulator.now() + timedelta(minutes=15)
    first, second = (
        till.channel.prepare(
            out_trade_no=number, amount_fen=900, openid="o-1", description="豫味坊", expires_at=expires_at
        )
        for _ in range(2)
    )
    till.simulator.request_payment(first, openid="o-1")
    with pytest.raises(ControlError, match="ORDERPAID"):
        till.simulator.request_payment(second, openid="o-1")


def test_a_number_with_other_content_is_refused_and_keeps_the_first(till: Till) -> None:
    number = till.number()
    till.prepare(number, amount_fen=900)
    with pytest.raises(NumberUsed):
        till.prepare(number, amount_fen=901)
    assert till.channel.query(number).total_fen == 900


def test_a_paid_number_is_neither_prepared_nor_closed(till: Till) -> None:
    number = till.paid()
    with pytest.raises(TradePaid):
        till.prepare(number)
    with pytest.raises(TradePaid):
        till.channel.close(number)
    assert till.channel.query(number).state == "SUCCESS"


def test_a_closed_payment_cannot_be_paid_and_closing_again_does_nothing(till: Till) -> None:
    number = till.number()
    prepared = till.prepare(number)
    till.channel.close(number)
    till.channel.close(number)
    assert till.channel.query(number).state == "CLOSED"
    with pytest.raises(ControlError, match="ORDER_CLOSED"):
        till.simulator.request_payment(prepared, openid="o-1")
    with pytest.raises(TradeClosed):
        till.prepare(number)


def test_a_payment_whose_time_is_over_is_closed_by_itself(till: Till) -> None:
    number = till.number()
    till.prepare(number, minutes=2)
    till.simulator.advance(timedelta(minutes=2))
    assert till.channel.query(number).state == "CLOSED"
    with pytest.raises(ControlError, match="ORDER_CLOSED"):
        till.simulator.pay(number)


def test_numbers_that_wechat_does_not_have_are_unknown(till: Till) -> None:
    number = till.number()
    with pytest.raises(TradeUnknown):
        till.channel.query(number)
    with pytest.raises(TradeUnknown):
        till.channel.close(number)
    with pytest.raises(TradeUnknown):
        till.refund(number, f"R{number}", refund_fen=1)
    with pytest.raises(TradeUnknown):
        till.channel.query_refund(f"R{number}")


def test_another_merchants_payment_looks_unknown(till: Till, tills: dict[str, Till]) -> None:
    number = till.paid()
    with pytest.raises(TradeUnknown):
        tills[OTHER].channel.query(number)


def test_a_refund_is_accepted_first_and_done_when_the_bank_says_so(till: Till) -> None:
    number, refund_no = till.paid(), f"R{till.number()}"
    accepted = till.refund(number, refund_no, refund_fen=1000)
    transaction_id = till.channel.query(number).transaction_id
    assert transaction_id is not None
    assert accepted == Refund(refund_no, number, "PROCESSING", accepted.refund_id, transaction_id, 1000, 2500, 1000)
    till.simulator.settle(refund_no, "SUCCESS")
    done = till.channel.query_refund(refund_no)
    assert done.done_at is not None
    assert done == replace(accepted, state="SUCCESS", done_at=done.done_at)
    refunded = till.channel.query(number)
    assert (refunded.state, refunded.is_paid, refunded.total_fen) == ("REFUND", True, 2500)


def test_the_same_refund_asked_three_times_goes_out_once(till: Till) -> None:
    number, refund_no = till.paid(), f"R{till.number()}"
    asked = [till.refund(number, refund_no, refund_fen=2500) for _ in range(3)]
    assert asked[0] == asked[1] == asked[2]
    with pytest.raises(PaymentRefused):
        till.refund(number, refund_no, refund_fen=2400)
    assert till.channel.query_refund(refund_no).refund_fen == 2500


def test_a_refund_that_was_closed_is_tried_again_under_its_number(till: Till) -> None:
    number, refund_no = till.paid(), f"R{till.number()}"
    till.refund(number, refund_no, refund_fen=2500)
    till.simulator.settle(refund_no, "CLOSED")
    assert till.channel.query_refund(refund_no).state == "CLOSED"
    assert till.channel.query(number).state == "SUCCESS"
    till.simulator.advance(MINUTE)
    assert till.refund(number, refund_no, refund_fen=2500).state == "PROCESSING"


def test_an_abnormal_refund_can_still_come_good(till: Till) -> None:
    number, refund_no = till.paid(), f"R{till.number()}"
    till.refund(number, refund_no, refund_fen=2500)
    till.simulator.settle(refund_no, "ABNORMAL")
    assert till.refund(number, refund_no, refund_fen=2500).state == "ABNORMAL"
    till.simulator.settle(refund_no, "SUCCESS")
    assert till.channel.query_refund(refund_no).state == "SUCCESS"


def test_a_refund_without_balance_goes_through_later_under_its_number(tills: dict[str, Till]) -> None:
    till = tills[OTHER]
    number, refund_no = till.paid(), f"R{till.number()}"
    till.simulator.withdraw(OTHER)
    with pytest.raises(BalanceShort) as short:
        till.refund(number, refund_no, refund_fen=2500)
    assert isinstance(short.value, TryAgain)
    with pytest.raises(TradeUnknown):
        till.channel.query_refund(refund_no)
    till.paid()
    assert till.refund(number, refund_no, refund_fen=2500).refund_fen == 2500


REFUSALS = [
    ("NO_AUTH", 403, PaymentUnavailable),
    ("SIGN_ERROR", 401, PaymentUnavailable),
    ("MCH_NOT_EXISTS", 400, PaymentUnavailable),
    ("APPID_MCHID_NOT_MATCH", 400, PaymentUnavailable),
    ("PARAM_ERROR", 400, PaymentRefused),
    ("INVALID_REQUEST", 400, PaymentRefused),
    ("A_CODE_OF_NEXT_YEAR", 403, PaymentRefused),
    ("OPENID_MISMATCH", 500, PaymentRefused),
    ("ORDERPAID", 400, TradePaid),
    ("ORDER_PAID", 400, TradePaid),
    ("ORDER_CLOSED", 400, TradeClosed),
    ("ORDERCLOSED", 400, TradeClosed),
    ("ORDERNOTEXIST", 404, TradeUnknown),
    ("RESOURCE_NOT_EXISTS", 404, TradeUnknown),
    ("OUT_TRADE_NO_USED", 403, NumberUsed),
    ("FREQUENCY_LIMITED", 429, PaymentBusy),
    ("RATELIMIT_EXCEEDED", 429, PaymentBusy),
    ("USERPAYING", 202, PaymentBusy),
    ("NOT_ENOUGH", 403, BalanceShort),
    ("NOTENOUGH", 403, BalanceShort),
    ("SYSTEM_ERROR", 500, PaymentUnanswered),
    ("SYSTEMERROR", 500, PaymentUnanswered),
    ("BANKERROR", 500, PaymentUnanswered),
    ("A_CODE_OF_NEXT_YEAR", 500, PaymentUnanswered),
]


@pytest.mark.parametrize(("code", "status", "error"), REFUSALS)
def test_each_code_has_its_meaning(till: Till, code: str, status: int, error: type[Refused | TryAgain]) -> None:
    till.simulator.plan_fault("query", "error", status=status, code=code)
    with pytest.raises(error) as refused:
        till.channel.query(till.number())
    assert type(refused.value) is error
    assert refused.value.details == {"reason": code}


UNPROVED: list[FaultKind] = ["lost", "unsigned", "forged", "signtest", "other"]


@pytest.mark.parametrize("kind", UNPROVED)
def test_an_answer_that_does_not_prove_itself_is_no_answer_and_asking_again_tells(till: Till, kind: FaultKind) -> None:
    number, refund_no = till.paid(), f"R{till.number()}"
    till.simulator.plan_fault("refund", kind)
    with pytest.raises(PaymentUnanswered):
        till.refund(number, refund_no, refund_fen=700)
    again = till.refund(number, refund_no, refund_fen=700)
    assert (again.refund_fen, again.state) == (700, "PROCESSING")
    assert till.channel.query_refund(refund_no) == again
    till.simulator.plan_fault("query", kind)
    with pytest.raises(PaymentUnanswered):
        till.channel.query(number)


def test_a_proxys_page_is_no_answer_and_nothing_was_done(till: Till) -> None:
    number, refund_no = till.paid(), f"R{till.number()}"
    till.simulator.plan_fault("refund", "down")
    with pytest.raises(PaymentUnanswered):
        till.refund(number, refund_no, refund_fen=700)
    with pytest.raises(TradeUnknown):
        till.channel.query_refund(refund_no)


def test_a_refund_done_behind_a_time_out_is_found_and_not_done_twice(till: Till) -> None:
    number, refund_no = till.paid(), f"R{till.number()}"
    till.simulator.plan_fault("refund", "slow")
    facts = {"out_trade_no": number, "out_refund_no": refund_no, "refund_fen": 700, "total_fen": 2500, "reason": "售罄"}
    impatient = till.impatient()
    with pytest.raises(PaymentUnanswered):
        impatient.refund(**facts)  # type: ignore[arg-type]
    assert wait_until(lambda: till.simulator.waiting() == 1, limit_s=20)
    found = till.channel.query_refund(refund_no)
    till.simulator.release()
    assert till.channel.refund(**facts) == found  # type: ignore[arg-type]
    till.simulator.advance(MINUTE)
    assert till.refund(number, f"{refund_no}b", refund_fen=1800).refund_fen == 1800  # 700 once, 1800 more: all of it


def test_a_payment_prepared_only_after_the_time_out_is_the_one_that_the_retry_gets(till: Till) -> None:
    number, expires_at = till.number(), till.simulator.now() + timedelta(minutes=15)
    facts = {
        "out_trade_no": number,
        "amount_fen": 900,
        "openid": "o-1",
        "description": "豫味坊",
        "expires_at": expires_at,
    }
    till.simulator.plan_fault("prepare", "delayed")
    impatient = till.impatient()
    with pytest.raises(PaymentUnanswered):
        impatient.prepare(**facts)  # type: ignore[arg-type]
    assert wait_until(lambda: till.simulator.waiting() == 1, limit_s=20)
    with pytest.raises(TradeUnknown):
        till.channel.query(number)
    before = calls(till, "prepare")
    till.simulator.release()
    assert wait_until(lambda: calls(till, "prepare") > before, limit_s=20)
    assert till.channel.query(number).state == "NOTPAY"
    till.channel.prepare(**facts)  # type: ignore[arg-type]
    till.simulator.pay(number)
    assert till.channel.query(number).total_fen == 900


def test_no_listener_is_no_answer(till: Till) -> None:
    channel = WechatPay(till.merchant.model_copy(update={"gateway": f"http://127.0.0.1:{free_port()}"}))
    with pytest.raises(PaymentUnanswered):
        channel.query(till.number())


@pytest.mark.parametrize("change", [{"serial_no": "0" * 40}, {"mchid": "1900000998"}])
def test_a_merchant_that_is_set_up_wrongly_is_unavailable(till: Till, change: dict[str, str]) -> None:
    channel = WechatPay(till.merchant.model_copy(update=change))
    with pytest.raises(PaymentUnavailable):
        channel.query(till.number())


def test_a_merchant_with_anothers_key_is_unavailable(till: Till, tills: dict[str, Till]) -> None:
    key = tills[OTHER].merchant.private_key
    channel = WechatPay(till.merchant.model_copy(update={"private_key": key}))
    with pytest.raises(PaymentUnavailable):
        channel.query(till.number())


def test_an_answer_under_another_public_key_proves_nothing(till: Till) -> None:
    channel = WechatPay(till.merchant.model_copy(update={"public_key_id": "PUB_KEY_ID_0000"}))
    number = till.paid()
    with pytest.raises(PaymentUnanswered):
        channel.query(number)


@pytest.mark.parametrize("number", ["", "short", "x" * 33, "a/../../b", "a|b*cdef", "数字数字数字", "abcdef?x=1"])
def test_a_number_that_would_be_escaped_is_not_sent(till: Till, number: str) -> None:
    before = len(till.simulator.happened())
    for call in (
        lambda: till.channel.query(number),
        lambda: till.channel.close(number),
        lambda: till.prepare(number),
        lambda: till.refund(number, "R1", refund_fen=1),
        lambda: till.refund("P12345", f"{number}/{number}", refund_fen=1),
    ):
        with pytest.raises(ValueError, match="is not of the form"):
            call()
    assert len(till.simulator.happened()) == before


def test_a_dishs_name_cannot_break_the_bill(till: Till) -> None:
    number = till.number()
    till.prepare(number, description="鱼香肉丝,`大份\r\n加饭")
    till.simulator.pay(number)
    paid_at = till.channel.query(number).paid_at
    assert paid_at is not None
    till.simulator.advance(timedelta(hours=36))
    assert number in {row.out_trade_no for row in till.channel.bill(channel_date(paid_at)).rows}


def test_a_long_description_and_reason_are_cut_to_what_wechat_takes(till: Till) -> None:
    number = till.number()
    till.prepare(number, description="长" * 200)
    till.simulator.pay(number)
    facts = {"out_trade_no": number, "out_refund_no": f"R{number}", "refund_fen": 1, "total_fen": 2500}
    assert till.channel.refund(**facts, reason="长" * 200).refund_fen == 1  # type: ignore[arg-type]


def test_nothing_secret_is_logged_or_shown(till: Till, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    number = till.paid()
    till.channel.query(number)
    till.simulator.plan_fault("query", "error", status=500)
    with pytest.raises(PaymentUnanswered) as unanswered:
        till.channel.query(number)
    shown = caplog.text + repr(till.merchant) + repr(unanswered.value) + str(unanswered.value.details)
    assert till.merchant.private_key.get_secret_value() not in shown
    assert till.merchant.apiv3_key.get_secret_value() not in shown
    assert "o-1" not in shown


@pytest.mark.parametrize(
    ("moment", "day"),
    [("2026-11-24T15:59:59+00:00", "2026-11-24"), ("2026-11-24T16:00:00+00:00", "2026-11-25")],
)
def test_the_channels_day_ends_at_midnight_in_china(moment: str, day: str) -> None:
    assert channel_date(datetime.fromisoformat(moment)) == day


def test_a_days_bill_has_every_payment_and_refund_to_the_fen(tills: dict[str, Till]) -> None:
    till = tills[BILLED]
    first, second = till.paid(1), till.paid(123_456)
    till.prepare(till.number())
    till.refund(second, f"R{second}", refund_fen=100_001, total_fen=123_456)
    paid_at = till.channel.query(second).paid_at
    assert paid_at is not None
    day = channel_date(paid_at)
    till.simulator.advance(timedelta(hours=36))
    bill = till.channel.bill(day)
    rows = [(row.state, row.out_trade_no, row.total_fen, row.out_refund_no, row.refund_fen) for row in bill.rows]
    assert rows == [
        ("SUCCESS", first, 1, "", 0),
        ("SUCCESS", second, 123_456, "", 0),
        ("REFUND", second, 0, f"R{second}", 100_001),
    ]
    assert [row.fee_millifen for row in bill.rows] == [0, 741_000, -600_000]
    totals = bill.totals
    assert (totals.count, totals.total_fen, totals.refund_fen, totals.fee_millifen) == (3, 123_457, 100_001, 141_000)
    assert bill.rows[1].at == paid_at
    assert bill.rows[2].refund_state == "PROCESSING"
