"""The simulator keeps WeChat Pay's rules, proves who calls, and delivers notices as it is told."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from wechatpayv3.utils import load_private_key, rsa_sign

from scripts.local.process import free_port, wait_until
from scripts.local.wechat_pay.simulator import ControlError
from shared.errors import PaymentBusy, PaymentRefused
from shared.gateways.wechat_pay import PaymentNotice, RefundNotice
from tests.local_pay.conftest import MINUTE, OTHER, Till


class Receiver:
    """A merchant's server: keeps what comes, answers what it is told."""

    def __init__(self) -> None:
        self.got: list[tuple[str, dict[str, str], bytes]] = []
        self.status = 204
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                receiver.got.append((self.path, dict(self.headers.items()), body))
                self.send_response(receiver.status)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Hang up."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def receiver(till: Till) -> Iterator[Receiver]:
    """A server that the simulator's notices go to."""
    running = Receiver()
    till.simulator.receive_at(running.url)
    yield running
    till.simulator.habits(notices=False, refunds="wait")
    running.stop()


def test_refunds_of_one_payment_are_a_minute_apart(till: Till) -> None:
    number = till.paid()
    till.refund(number, f"R1{number}", refund_fen=100)
    with pytest.raises(PaymentBusy) as soon:
        till.refund(number, f"R2{number}", refund_fen=100)
    assert soon.value.details == {"reason": "FREQUENCY_LIMITED"}
    till.simulator.advance(MINUTE)
    assert till.refund(number, f"R2{number}", refund_fen=100).state == "PROCESSING"


def test_refunds_never_exceed_what_was_paid(till: Till) -> None:
    number = till.paid(2500)
    till.refund(number, f"R1{number}", refund_fen=2400)
    till.simulator.advance(MINUTE)
    with pytest.raises(PaymentRefused):
        till.refund(number, f"R2{number}", refund_fen=101)
    assert till.refund(number, f"R2{number}", refund_fen=100).refund_fen == 100


def test_a_refund_names_the_paid_total(till: Till) -> None:
    number = till.paid(2500)
    with pytest.raises(PaymentRefused):
        till.refund(number, f"R{number}", refund_fen=100, total_fen=2600)
    assert till.channel.query(number).state == "SUCCESS"


def test_an_unpaid_payment_is_not_refunded(till: Till) -> None:
    number = till.number()
    till.prepare(number)
    with pytest.raises(PaymentRefused):
        till.refund(number, f"R{number}", refund_fen=100)


def test_a_payment_is_refunded_in_fifty_parts_at_most(till: Till) -> None:
    number = till.paid()
    for part in range(50):
        till.simulator.advance(MINUTE)
        till.refund(number, f"R{number}-{part}", refund_fen=1)
    till.simulator.advance(MINUTE)
    with pytest.raises(PaymentRefused):
        till.refund(number, f"R{number}-50", refund_fen=1)
    assert till.refund(number, f"R{number}-49", refund_fen=1).state == "PROCESSING"


def test_one_refund_number_serves_one_payment(till: Till) -> None:
    first, second = till.paid(), till.paid()
    till.refund(first, f"R{first}", refund_fen=100)
    with pytest.raises(PaymentRefused):
        till.refund(second, f"R{first}", refund_fen=100)
    assert till.channel.query(second).state == "SUCCESS"


def test_only_the_payer_pays_with_the_merchants_signature_while_it_holds(till: Till) -> None:
    number = till.number()
    prepared = till.prepare(number, minutes=600)
    with pytest.raises(ControlError, match="不一致"):
        till.simulator.request_payment(prepared, openid="o-2")
    with pytest.raises(ControlError, match="SIGN_ERROR"):
        till.simulator.request_payment(replace(prepared, nonce_str="other"), openid="o-1")
    with pytest.raises(ControlError, match="SIGN_ERROR"):
        till.simulator.request_payment(replace(prepared, app_id="wx-other"), openid="o-1")
    till.simulator.advance(timedelta(hours=2))
    with pytest.raises(ControlError, match="失效"):
        till.simulator.request_payment(prepared, openid="o-1")
    assert till.channel.query(number).state == "NOTPAY"


def authorization(till: Till, target: str, *, method: str = "GET", body: str = "", stamp: int | None = None) -> str:
    """A request's signature, made by hand."""
    at, merchant = str(int(time.time()) if stamp is None else stamp), till.merchant
    key = load_private_key(merchant.private_key.get_secret_value())
    signed = rsa_sign(key, f"{method}\n{target}\n{at}\nnonce\n{body}\n")
    return (
        f'WECHATPAY2-SHA256-RSA2048 mchid="{merchant.mchid}",nonce_str="nonce",signature="{signed}",'
        f'timestamp="{at}",serial_no="{merchant.serial_no}"'
    )


def test_a_request_signed_six_minutes_ago_or_for_another_path_is_refused(till: Till) -> None:
    number = till.paid()
    target = f"/v3/pay/transactions/out-trade-no/{number}?mchid={till.merchant.mchid}"
    for header, status in (
        (authorization(till, target), 200),
        (authorization(till, target, stamp=int(time.time()) - 360), 401),
        (authorization(till, target.replace(number, till.number())), 401),
        (authorization(till, target, body="x"), 401),
        ("", 401),
    ):
        reply = httpx.get(f"{till.simulator.url}{target}", headers={"Authorization": header}, trust_env=False)
        assert reply.status_code == status
    assert reply.json() == {"code": "SIGN_ERROR", "message": "商户证书序列号有误"}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"amount": {"total": 0, "currency": "CNY"}}, "PARAM_ERROR"),
        ({"amount": {"total": "100", "currency": "CNY"}}, "PARAM_ERROR"),
        ({"amount": {"total": 100, "currency": "USD"}}, "PARAM_ERROR"),
        ({"out_trade_no": "short"}, "PARAM_ERROR"),
        ({"notify_url": "http://a.example/"}, "PARAM_ERROR"),
        ({"notify_url": "https://a.example/?x=1"}, "PARAM_ERROR"),
        ({"description": ""}, "PARAM_ERROR"),
        ({"time_expire": "2001-01-01T00:00:00+08:00"}, "PARAM_ERROR"),
        ({"mchid": OTHER}, "PARAM_ERROR"),
        ({"payer": {}}, "PARAM_ERROR"),
        ({"appid": "wx-other"}, "APPID_MCHID_NOT_MATCH"),
    ],
)
def test_a_request_that_says_the_wrong_thing_is_refused_by_code(
    till: Till, change: dict[str, object], code: str
) -> None:
    number = till.number()
    facts = {
        "appid": till.merchant.appid,
        "mchid": till.merchant.mchid,
        "description": "豫味坊",
        "out_trade_no": number,
        "time_expire": (till.simulator.now() + timedelta(hours=1)).isoformat(),
        "notify_url": "https://a.example/payNotify",
        "amount": {"total": 100, "currency": "CNY"},
        "payer": {"openid": "o-1"},
    }
    path, body = "/v3/pay/transactions/jsapi", json.dumps(facts | change)
    headers = {"Authorization": authorization(till, path, method="POST", body=body)}
    reply = httpx.post(f"{till.simulator.url}{path}", content=body, headers=headers, trust_env=False)
    assert (reply.status_code, reply.json()["code"]) == (400, code)
    with pytest.raises(ControlError, match="ORDER_NOT_EXIST"):
        till.simulator.pay(number)


def test_a_payment_is_found_by_wechats_number_too(till: Till) -> None:
    number = till.number()
    till.prepare(number)
    transaction_id = till.simulator.pay(number)
    target = f"/v3/pay/transactions/id/{transaction_id}?mchid={till.merchant.mchid}"
    headers = {"Authorization": authorization(till, target)}
    reply = httpx.get(f"{till.simulator.url}{target}", headers=headers, trust_env=False)
    assert reply.json()["out_trade_no"] == number


def test_a_bills_address_serves_its_merchant_for_five_minutes(till: Till, tills: dict[str, Till]) -> None:
    paid_at = till.channel.query(till.paid()).paid_at
    assert paid_at is not None
    till.simulator.advance(timedelta(hours=36))
    target = f"/v3/bill/tradebill?bill_date={(paid_at + timedelta(hours=8)).date()}&bill_type=ALL&tar_type=GZIP"
    headers = {"Authorization": authorization(till, target)}
    url = httpx.get(f"{till.simulator.url}{target}", headers=headers, trust_env=False).json()["download_url"]
    assert url.startswith("https://api.mch.weixin.qq.com/v3/billdownload/file?token=")
    path = url.removeprefix("https://api.mch.weixin.qq.com")

    def download(by: Till) -> httpx.Response:
        signed = {"Authorization": authorization(by, path)}
        return httpx.get(f"{till.simulator.url}{path}", headers=signed, trust_env=False)

    assert download(till).status_code == 200
    assert download(tills[OTHER]).json()["code"] == "NO_AUTH"
    till.simulator.advance(timedelta(minutes=5))
    assert download(till).json()["code"] == "INVALID_REQUEST"


def test_a_notice_is_delivered_as_often_as_told_and_each_time_believed(till: Till, receiver: Receiver) -> None:
    number = till.paid()
    assert till.simulator.send_notice(out_trade_no=number, times=3) == [204, 204, 204]
    assert {path for path, _, _ in receiver.got} == {f"/payNotify/{till.merchant.mchid}"}
    notices = [till.channel.read_notice(headers, body) for _, headers, body in receiver.got]
    assert len(notices) == 3
    assert len({notice.notice_id for notice in notices}) == 1


def test_notices_come_in_any_order_late_or_not_at_all(till: Till, receiver: Receiver) -> None:
    number, lost = till.paid(), till.paid()
    till.refund(number, f"R{number}", refund_fen=2500)
    till.simulator.settle(f"R{number}", "SUCCESS")
    till.simulator.advance(timedelta(hours=3))
    till.simulator.send_notice(out_refund_no=f"R{number}")
    till.simulator.send_notice(out_trade_no=number)
    kinds = [type(till.channel.read_notice(headers, body)) for _, headers, body in receiver.got]
    assert kinds == [RefundNotice, PaymentNotice]
    assert till.channel.query(lost).is_paid


def test_a_forged_notice_is_delivered_and_not_believed(till: Till, receiver: Receiver) -> None:
    receiver.status = 401
    number = till.paid()
    assert till.simulator.send_notice(out_trade_no=number, kind="forged") == [401]
    assert len(receiver.got) == 1


def test_a_merchant_that_does_not_answer_shows_as_no_answer(till: Till) -> None:
    till.simulator.receive_at(f"http://127.0.0.1:{free_port()}")
    assert till.simulator.send_notice(out_trade_no=till.paid()) == [0]


def test_by_habit_notices_go_out_and_refunds_succeed_by_themselves(till: Till, receiver: Receiver) -> None:
    till.simulator.habits(notices=True, refunds="succeed")
    number = till.paid()
    assert wait_until(lambda: len(receiver.got) == 1, limit_s=20)
    assert till.refund(number, f"R{number}", refund_fen=2500).state == "PROCESSING"
    assert wait_until(lambda: len(receiver.got) == 2, limit_s=20)
    word = till.channel.read_notice(*receiver.got[1][1:])
    assert isinstance(word, RefundNotice)
    assert (word.refund.out_refund_no, word.refund.state) == (f"R{number}", "SUCCESS")


def test_a_command_that_is_none_is_refused(till: Till) -> None:
    reply = httpx.post(f"{till.simulator.url}/sim/pay", json={"surplus": 1}, trust_env=False)
    assert (reply.status_code, reply.json()["code"]) == (400, "PARAM_ERROR")
    with pytest.raises(ControlError, match="ORDER_NOT_EXIST"):
        till.simulator.pay("P-nobody")
