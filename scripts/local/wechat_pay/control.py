"""The other door: `/sim/…`, by which tests and the demo play the guest, the bank and bad luck."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic.alias_generators import to_camel
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from scripts.local.wechat_pay.book import RefundState, Trade
from scripts.local.wechat_pay.desk import Desk, RefundHabit
from scripts.local.wechat_pay.faults import Endpoint, Fault, FaultKind
from scripts.local.wechat_pay.keys import is_signed
from scripts.local.wechat_pay.notices import Kind, Notice, payment_notice, refund_notice
from scripts.local.wechat_pay.refused import RefusedError

B = TypeVar("B", bound=BaseModel)


class _Command(BaseModel):
    model_config = ConfigDict(extra="forbid", alias_generator=to_camel, populate_by_name=True)


class _Pay(_Command):
    out_trade_no: str


class _RequestPayment(_Command):
    """What the mini-program hands to `wx.requestPayment`, who holds the phone, and what they do."""

    app_id: str
    time_stamp: str
    nonce_str: str
    package: str
    sign_type: Literal["RSA"]
    pay_sign: str
    openid: str
    outcome: Literal["pay", "cancel", "fail"] = "pay"


class _Settle(_Command):
    out_refund_no: str
    state: RefundState


class _Notices(_Command):
    """Exactly one number; `kind` None is genuine; not sent, the notice itself is the answer."""

    out_trade_no: str = ""
    out_refund_no: str = ""
    kind: Kind = "genuine"
    skew_s: int = 0
    times: int = Field(1, ge=1, le=50)
    send: bool = True


class _Fault(_Command):
    endpoint: Endpoint
    kind: FaultKind
    status: int = 500
    code: str = "SYSTEM_ERROR"
    times: int = Field(1, ge=1, le=1000)


class _Habits(_Command):
    notices: bool | None = None
    refunds: RefundHabit | None = None


class _Advance(_Command):
    seconds: int = Field(ge=0)


class _Receiver(_Command):
    url: Annotated[str, StringConstraints(pattern=r"^http://127\.0\.0\.1:\d+$")]


class _Withdraw(_Command):
    mchid: str


class ControlDoor:
    """The commands."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def routes(self) -> list[Route]:
        """What is served under /sim."""
        commands: dict[str, Callable[[Request], Awaitable[object]]] = {
            "pay": self._pay,
            "fail": self._fail,
            "request-payment": self._request_payment,
            "settle": self._settle,
            "notices": self._notices,
            "faults": self._plan_fault,
            "release": self._release,
            "habits": self._habits,
            "advance": self._advance,
            "receiver": self._receiver,
            "withdraw": self._withdraw,
        }
        return [
            *(Route(f"/sim/{name}", _answering(run), methods=["POST"]) for name, run in commands.items()),
            Route("/sim/happened", _answering(self._happened)),
            Route("/sim/now", _answering(self._now)),
        ]

    async def _pay(self, request: Request) -> object:
        """The guest pays, whatever phone shows it."""
        trade = self._desk.find((await _command(_Pay, request)).out_trade_no)
        self._desk.pay(trade)
        return {"transactionId": trade.transaction_id}

    async def _fail(self, request: Request) -> object:
        """The guest's bank refuses; it can be tried again, as with the real one."""
        trade = self._desk.find((await _command(_Pay, request)).out_trade_no)
        self._desk.note("failed", outTradeNo=trade.order.out_trade_no)
        return {}

    async def _request_payment(self, request: Request) -> object:
        """As `wx.requestPayment`: with the merchant's signature, by the payer, while the prepay id lives."""
        asked = await _command(_RequestPayment, request)
        trade = self._prepared(asked)
        if asked.outcome != "pay":
            self._desk.note("failed", outTradeNo=trade.order.out_trade_no)
            return {"errMsg": "requestPayment:fail" + (" cancel" if asked.outcome == "cancel" else "")}
        self._desk.pay(trade)
        return {"errMsg": "requestPayment:ok"}

    def _prepared(self, asked: _RequestPayment) -> Trade:
        prepay_id = asked.package.removeprefix("prepay_id=")
        trade = next((one for one in self._desk.book.trades() if prepay_id in one.prepay_ids), None)
        if trade is None or trade.prepay_ids[prepay_id] <= self._desk.book.now():
            raise RefusedError("INVALID_REQUEST", "支付已失效，请重新发起")
        account = self._desk.accounts[trade.order.mchid]
        lines = (asked.app_id, asked.time_stamp, asked.nonce_str, asked.package)
        if asked.app_id != trade.order.appid or not is_signed(account.key, asked.pay_sign, *lines):
            raise RefusedError("SIGN_ERROR", "支付验证签名失败")
        if asked.openid != trade.order.openid:
            raise RefusedError("PARAM_ERROR", "下单账号与支付账号不一致")
        return trade

    async def _settle(self, request: Request) -> object:
        asked = await _command(_Settle, request)
        self._desk.settle(*self._desk.find_refund(asked.out_refund_no), asked.state)
        return {}

    async def _notices(self, request: Request) -> object:
        asked = await _command(_Notices, request)
        notice = self._notice(asked)
        if not asked.send:
            return {"headers": notice.headers, "body": notice.body}
        return {"answers": [await self._desk.send(notice) for _ in range(asked.times)]}

    def _notice(self, asked: _Notices) -> Notice:
        if asked.out_refund_no:
            trade, refund = self._desk.find_refund(asked.out_refund_no)
            account = self._desk.accounts[trade.order.mchid]
            return refund_notice(account, trade, refund, kind=asked.kind, skew_s=asked.skew_s)
        trade = self._desk.find(asked.out_trade_no)
        account, now = self._desk.accounts[trade.order.mchid], self._desk.book.now()
        return payment_notice(account, trade, now=now, kind=asked.kind, skew_s=asked.skew_s)

    async def _plan_fault(self, request: Request) -> object:
        asked = await _command(_Fault, request)
        self._desk.faults.plan(asked.endpoint, Fault(asked.kind, asked.status, asked.code), times=asked.times)
        return {}

    async def _release(self, _request: Request) -> object:
        self._desk.faults.release()
        return {}

    async def _habits(self, request: Request) -> object:
        asked = await _command(_Habits, request)
        if asked.notices is not None:
            self._desk.sends_notices = asked.notices
        if asked.refunds is not None:
            self._desk.refund_habit = asked.refunds
        return {"notices": self._desk.sends_notices, "refunds": self._desk.refund_habit}

    async def _advance(self, request: Request) -> object:
        self._desk.book.advance(timedelta(seconds=(await _command(_Advance, request)).seconds))
        return {"now": self._desk.book.now().isoformat()}

    async def _receiver(self, request: Request) -> object:
        self._desk.receiver = (await _command(_Receiver, request)).url
        return {}

    async def _withdraw(self, request: Request) -> object:
        return {"takenFen": self._desk.book.withdraw((await _command(_Withdraw, request)).mchid)}

    async def _happened(self, _request: Request) -> object:
        return self._desk.happened

    async def _now(self, _request: Request) -> object:
        return {"waiting": self._desk.faults.waiting, "now": self._desk.book.now().isoformat()}


async def _command(kind: type[B], request: Request) -> B:
    return kind.model_validate_json(await request.body() or b"{}")


def _answering(run: Callable[[Request], Awaitable[object]]) -> Callable[[Request], Awaitable[Response]]:
    async def answer(request: Request) -> Response:
        try:
            return JSONResponse(await run(request))
        except RefusedError as error:
            return JSONResponse({"code": error.code, "message": error.message}, error.status)
        except ValidationError as error:
            return JSONResponse({"code": "PARAM_ERROR", "message": str(error)}, 400)

    return answer
