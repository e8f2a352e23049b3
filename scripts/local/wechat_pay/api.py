"""WeChat Pay's own door: `/v3/…`, as its merchants call it."""

from __future__ import annotations

import gzip
import hashlib
import json
import secrets
from collections.abc import Awaitable, Callable, Mapping
from datetime import date, datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from scripts.local.wechat_pay.bills import bill_text
from scripts.local.wechat_pay.book import Order, RefundOrder
from scripts.local.wechat_pay.desk import Desk
from scripts.local.wechat_pay.facts import refund_facts, trade_facts
from scripts.local.wechat_pay.faults import Endpoint, Fault
from scripts.local.wechat_pay.keys import Account, new_key
from scripts.local.wechat_pay.merchant_requests import CloseBody, PrepareBody, RefundBody, parsed, signer
from scripts.local.wechat_pay.refused import RefusedError

REAL_ADDRESS = "https://api.mch.weixin.qq.com"
BILL_LIFE = timedelta(minutes=5)

Act = Callable[[Account, Request, bytes], Mapping[str, object] | None]
"""The facts to answer, None for 204."""


class MerchantDoor:
    """The endpoints. Every answer but a bill's file is signed, refusals included."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._bills: dict[str, tuple[str, str, datetime]] = {}

    def routes(self) -> list[Route]:
        """What is served under /v3."""
        trades, refunds = "/v3/pay/transactions", "/v3/refund/domestic/refunds"
        return [
            Route(f"{trades}/jsapi", self._served("prepare", self._prepare), methods=["POST"]),
            Route(f"{trades}/out-trade-no/{{number}}", self._served("query", self._query)),
            Route(f"{trades}/id/{{number}}", self._served("query", self._query_by_id)),
            Route(f"{trades}/out-trade-no/{{number}}/close", self._served("close", self._close), methods=["POST"]),
            Route(refunds, self._served("refund", self._refund), methods=["POST"]),
            Route(f"{refunds}/{{number}}", self._served("query_refund", self._query_refund)),
            Route("/v3/bill/tradebill", self._served("bill", self._bill)),
            Route("/v3/billdownload/file", self._download),
        ]

    def _prepare(self, account: Account, _request: Request, body: bytes) -> Mapping[str, object]:
        asked = parsed(PrepareBody, body)
        _require_own(account, asked.mchid)
        if asked.appid != account.appid:
            raise RefusedError("APPID_MCHID_NOT_MATCH", "appid 和 mchid 不匹配")
        order = Order(
            mchid=asked.mchid,
            appid=asked.appid,
            out_trade_no=asked.out_trade_no,
            description=asked.description,
            total_fen=asked.amount.total,
            openid=asked.payer.openid,
            notify_url=asked.notify_url,
            expires_at=asked.time_expire,
        )
        return {"prepay_id": self._desk.book.prepare(order)}

    def _query(self, account: Account, request: Request, _body: bytes) -> Mapping[str, object]:
        _require_own(account, request.query_params.get("mchid", ""))
        book = self._desk.book
        return trade_facts(book.trade(account.mchid, request.path_params["number"]), book.now())

    def _query_by_id(self, account: Account, request: Request, _body: bytes) -> Mapping[str, object]:
        _require_own(account, request.query_params.get("mchid", ""))
        book, wanted = self._desk.book, request.path_params["number"]
        for trade in book.trades():
            if trade.order.mchid == account.mchid and trade.transaction_id == wanted:
                return trade_facts(trade, book.now())
        raise RefusedError("ORDER_NOT_EXIST", "订单不存在")

    def _close(self, account: Account, request: Request, body: bytes) -> None:
        _require_own(account, parsed(CloseBody, body).mchid)
        self._desk.book.close(account.mchid, request.path_params["number"])

    def _refund(self, account: Account, _request: Request, body: bytes) -> Mapping[str, object]:
        asked = parsed(RefundBody, body)
        try:
            trade = self._desk.book.trade(account.mchid, asked.out_trade_no)
        except RefusedError as error:
            raise RefusedError("RESOURCE_NOT_EXISTS", "订单不存在") from error
        order = RefundOrder(
            out_refund_no=asked.out_refund_no,
            refund_fen=asked.amount.refund,
            total_fen=asked.amount.total,
            reason=asked.reason,
            notify_url=asked.notify_url,
        )
        refund = self._desk.book.ask_refund(trade, order)
        if self._desk.refund_habit == "succeed" and refund.state == "PROCESSING":
            facts = refund_facts(trade, refund)
            self._desk.settle(trade, refund, "SUCCESS")
            return facts
        return refund_facts(trade, refund)

    def _query_refund(self, account: Account, request: Request, _body: bytes) -> Mapping[str, object]:
        return refund_facts(*self._desk.book.refund(account.mchid, request.path_params["number"]))

    def _bill(self, account: Account, request: Request, _body: bytes) -> Mapping[str, object]:
        book = self._desk.book
        try:
            day = date.fromisoformat(request.query_params.get("bill_date", ""))
        except ValueError as error:
            raise RefusedError("PARAM_ERROR", "bill_date 格式为 YYYY-MM-DD") from error
        if request.query_params.get("bill_type", "ALL") != "ALL":
            raise RefusedError("PARAM_ERROR", "the simulator has bill_type ALL only")
        text = bill_text(book.trades(), mchid=account.mchid, day=day, now=book.now())
        token = secrets.token_urlsafe(24)
        self._bills[token] = (account.mchid, text, book.now() + BILL_LIFE)
        return {
            "hash_type": "SHA1",
            "hash_value": hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest(),
            "download_url": f"{REAL_ADDRESS}/v3/billdownload/file?token={token}",
        }

    async def _download(self, request: Request) -> Response:
        """The packed file, which alone carries no signature."""
        fault = self._desk.faults.next("download")
        try:
            account = await self._account(request)
            mchid, text, until = self._bills.get(request.query_params.get("token", ""), ("", "", self._desk.book.now()))
            if self._desk.book.now() >= until:
                raise RefusedError("INVALID_REQUEST", "账单地址已失效，请重新申请")
            if mchid != account.mchid:
                raise RefusedError("NO_AUTH", "权限异常")
        except RefusedError as error:
            return _plain(error.status, {"code": error.code, "message": error.message})
        if fault is not None and fault.is_before:
            return _proxy_page(503)
        packed = gzip.compress(text.encode())
        return Response(packed[:-9] if fault else packed, media_type="application/octet-stream")

    async def _account(self, request: Request) -> Account:
        raw, query = request.scope["raw_path"].decode(), request.scope["query_string"].decode()
        return signer(
            self._desk.accounts,
            request.headers.get("authorization", ""),
            method=request.method,
            target=f"{raw}?{query}" if query else raw,
            body=await request.body(),
        )

    def _served(self, endpoint: Endpoint, act: Act) -> Callable[[Request], Awaitable[Response]]:
        async def serve(request: Request) -> Response:
            fault = self._desk.faults.next(endpoint)
            await request.body()  # before any wait: a client that hangs up takes it along
            if fault is not None and fault.kind == "delayed":
                await self._desk.faults.hold()
            if fault is not None and fault.kind == "down":
                return _proxy_page(503)
            answer = await self._answered(endpoint, act, request, fault=fault)
            if fault is not None and fault.kind == "lost":
                return _proxy_page(502)
            if fault is not None and fault.kind == "slow":
                await self._desk.faults.hold()
            return answer

        return serve

    async def _answered(self, endpoint: Endpoint, act: Act, request: Request, *, fault: Fault | None) -> Response:
        number = request.path_params.get("number", "")
        try:
            account = await self._account(request)
        except RefusedError as error:
            self._desk.note(endpoint, number=number, code=error.code)
            return _plain(error.status, {"code": error.code, "message": error.message})
        if fault is not None and fault.kind == "error":
            self._desk.note(endpoint, number=number, code=fault.code)
            return _signed(account, fault.status, {"code": fault.code, "message": "系统异常，请稍后重试"})
        try:
            facts = act(account, request, await request.body())
        except RefusedError as error:
            self._desk.note(endpoint, number=number, code=error.code)
            return _signed(account, error.status, {"code": error.code, "message": error.message})
        self._desk.note(endpoint, number=number, code="")
        return _signed(account, 204 if facts is None else 200, facts, fault=fault)


def _require_own(account: Account, mchid: str) -> None:
    if mchid != account.mchid:
        raise RefusedError("PARAM_ERROR", "商户号与签名的商户号不一致")


def _signed(
    account: Account, status: int, facts: Mapping[str, object] | None, *, fault: Fault | None = None
) -> Response:
    kind = fault.kind if fault else None
    if kind == "other" and facts is not None:
        facts = {**facts, "out_trade_no": "another-payment", "out_refund_no": "another-refund"}
    body = "" if facts is None else json.dumps(facts, ensure_ascii=False, separators=(",", ":"))
    headers = account.signed_headers(body, key=new_key() if kind == "forged" else None)
    if kind == "unsigned":
        headers = {}
    if kind == "signtest":
        headers["Wechatpay-Signature"] = f"WECHATPAY/SIGNTEST/{headers['Wechatpay-Signature']}"
    return _json(status, body, headers)


def _plain(status: int, facts: Mapping[str, object]) -> Response:
    return _json(status, json.dumps(facts, ensure_ascii=False), {})


def _json(status: int, body: str, headers: Mapping[str, str]) -> Response:
    request_id = {"Request-ID": secrets.token_hex(16)}
    media_type = "application/json; charset=utf-8" if body else None
    return Response(body.encode(), status, headers={**request_id, **headers}, media_type=media_type)


def _proxy_page(status: int) -> Response:
    return Response("<html><body>Bad Gateway</body></html>", status, media_type="text/html")
