"""A notice is believed only when everything about it is right (rule 15)."""

from __future__ import annotations

import base64
import json
from datetime import timedelta

import pytest

from scripts.local.wechat_pay.notices import Kind
from shared.contracts.http import HttpCall
from shared.errors import NoticeInvalid
from shared.gateways.wechat_pay import PaymentNotice, RefundNotice, WechatPay
from shared.runtime.clock import utc_now
from tests.local_pay.conftest import OTHER, Till


def test_a_payments_notice_says_what_a_query_says(till: Till) -> None:
    number = till.paid(2590)
    notice = till.channel.read_notice(*till.simulator.make_notice(out_trade_no=number))
    assert isinstance(notice, PaymentNotice)
    assert notice.payment == till.channel.query(number)
    assert notice.payment.total_fen == 2590


@pytest.mark.parametrize("state", ["SUCCESS", "CLOSED", "ABNORMAL"])
def test_a_refunds_notice_says_what_a_query_says(till: Till, state: str) -> None:
    number, refund_no = till.paid(), f"R{till.number()}"
    till.refund(number, refund_no, refund_fen=1000)
    till.simulator.settle(refund_no, state)  # type: ignore[arg-type]
    notice = till.channel.read_notice(*till.simulator.make_notice(out_refund_no=refund_no))
    assert isinstance(notice, RefundNotice)
    assert notice.refund == till.channel.query_refund(refund_no)
    assert (notice.refund.state, notice.refund.refund_fen) == (state, 1000)


def test_the_same_notice_again_has_the_same_id(till: Till) -> None:
    number = till.paid()
    first, second = (
        till.channel.read_notice(*till.simulator.make_notice(out_trade_no=number)).notice_id for _ in range(2)
    )
    assert first == second


def test_a_payments_notice_that_comes_after_its_refund_still_says_paid(till: Till) -> None:
    number = till.paid()
    till.refund(number, f"R{number}", refund_fen=2500)
    notice = till.channel.read_notice(*till.simulator.make_notice(out_trade_no=number))
    assert isinstance(notice, PaymentNotice)
    assert (notice.payment.state, till.channel.query(number).state) == ("SUCCESS", "REFUND")


PAYMENT_LIES: list[Kind] = [
    "forged",
    "tampered",
    "signtest",
    "unsigned",
    "unknown_serial",
    "from_2001",
    "wrong_currency",
    "wrong_mchid",
    "wrong_appid",
    "wrong_key",
    "not_success",
]


@pytest.mark.parametrize("kind", PAYMENT_LIES)
def test_a_payments_notice_with_one_thing_wrong_is_refused(till: Till, kind: Kind) -> None:
    number = till.paid()
    headers, body = till.simulator.make_notice(out_trade_no=number, kind=kind)
    with pytest.raises(NoticeInvalid):
        till.channel.read_notice(headers, body)


REFUND_LIES: list[Kind] = [kind for kind in PAYMENT_LIES if kind != "wrong_appid"]  # refunds name no appid


@pytest.mark.parametrize("kind", REFUND_LIES)
def test_a_refunds_notice_with_one_thing_wrong_is_refused(till: Till, kind: Kind) -> None:
    number, refund_no = till.paid(), f"R{till.number()}"
    till.refund(number, refund_no, refund_fen=1000)
    till.simulator.settle(refund_no, "SUCCESS")
    headers, body = till.simulator.make_notice(out_refund_no=refund_no, kind=kind)
    with pytest.raises(NoticeInvalid):
        till.channel.read_notice(headers, body)


def test_the_library_alone_believes_a_notice_from_2001(till: Till) -> None:
    """The negative control of the window: without our check this notice passes."""
    headers, body = till.simulator.make_notice(out_trade_no=till.paid(), kind="from_2001")
    assert till.channel._client.callback({name.lower(): value for name, value in headers.items()}, body)


def test_a_wrong_amount_is_signed_rightly_and_shows_in_the_notice(till: Till) -> None:
    """Only who knows what was asked can see it: that is the caller."""
    number = till.paid(2500)
    notice = till.channel.read_notice(*till.simulator.make_notice(out_trade_no=number, kind="wrong_amount"))
    assert isinstance(notice, PaymentNotice)
    assert notice.payment.total_fen == 2501


@pytest.mark.parametrize(("skew_s", "is_believed"), [(-298, True), (298, True), (-302, False), (302, False)])
def test_a_notice_is_believed_for_five_minutes(till: Till, skew_s: int, is_believed: bool) -> None:
    number, now = till.paid(), utc_now()
    headers, body = till.simulator.make_notice(out_trade_no=number)
    signed_at = int(headers["Wechatpay-Timestamp"])
    channel = WechatPay(till.merchant, clock=lambda: now + timedelta(seconds=signed_at + skew_s - now.timestamp()))
    if is_believed:
        assert channel.read_notice(headers, body).notice_id
    else:
        with pytest.raises(NoticeInvalid):
            channel.read_notice(headers, body)


def test_another_merchants_notice_is_refused(till: Till, tills: dict[str, Till]) -> None:
    headers, body = till.simulator.make_notice(out_trade_no=tills[OTHER].paid())
    with pytest.raises(NoticeInvalid):
        till.channel.read_notice(headers, body)
    assert tills[OTHER].channel.read_notice(headers, body).notice_id


def test_no_byte_of_the_body_and_no_signed_header_can_be_changed(till: Till) -> None:
    headers, body = till.simulator.make_notice(out_trade_no=till.paid())
    for at in range(0, len(body), 37):
        changed = body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]
        with pytest.raises(NoticeInvalid):
            till.channel.read_notice(headers, changed)
    for name in ("Wechatpay-Timestamp", "Wechatpay-Nonce", "Wechatpay-Signature", "Wechatpay-Serial"):
        value = headers[name]
        other = "1" if value[0] != "1" else "2"
        for wrong in (other + value[1:], "", f"0{value}"):
            with pytest.raises(NoticeInvalid):
                till.channel.read_notice({**headers, name: wrong}, body)
        with pytest.raises(NoticeInvalid):
            till.channel.read_notice({known: headers[known] for known in headers if known != name}, body)


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"null", b"\xff\xfe", b'{"id":"1"}', b'{"resource":{}}'])
def test_noise_under_a_real_notices_headers_is_refused(till: Till, body: bytes) -> None:
    headers, _ = till.simulator.make_notice(out_trade_no=till.paid())
    with pytest.raises(NoticeInvalid):
        till.channel.read_notice(headers, body)


def test_a_refused_notice_makes_no_call_to_wechat(till: Till) -> None:
    headers, body = till.simulator.make_notice(out_trade_no=till.paid(), kind="unknown_serial")
    before = len(till.simulator.happened())
    with pytest.raises(NoticeInvalid):
        till.channel.read_notice(headers, body)
    assert len(till.simulator.happened()) == before


@pytest.mark.parametrize("encoded", [True, False])
def test_the_platforms_event_is_unpacked_to_the_very_bytes_that_were_signed(till: Till, encoded: bool) -> None:
    headers, body = till.simulator.make_notice(out_trade_no=till.paid())
    event = {
        "path": f"/payNotify/{till.merchant.mchid}",
        "httpMethod": "POST",
        "headers": {name.lower(): value for name, value in headers.items()},
        "queryStringParameters": {},
        "body": base64.b64encode(body).decode() if encoded else body.decode(),
        "isBase64Encoded": encoded,
    }
    call = HttpCall.of(json.loads(json.dumps(event)))
    assert till.channel.read_notice(call.headers, call.body).notice_id
