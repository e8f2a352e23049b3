"""What both doors of the simulator share: the accounts, the book, planned faults, deliveries, and what happened."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urlsplit

import httpx

from scripts.local.wechat_pay.book import Book, Refund, RefundState, Trade
from scripts.local.wechat_pay.faults import Faults
from scripts.local.wechat_pay.keys import Account
from scripts.local.wechat_pay.notices import Notice, payment_notice, refund_notice
from scripts.local.wechat_pay.refused import RefusedError

NOTIFY_HOST = "zaotai.invalid"
"""The host in `notify_url`: WeChat Pay takes https only, so the local cloud's address stands behind a name."""
SEND_LIMIT_S = 5.0

RefundHabit = Literal["wait", "succeed"]


@dataclass
class Desk:
    """The simulator's state. `receiver` is where notices for NOTIFY_HOST really go."""

    accounts: dict[str, Account]
    book: Book = field(default_factory=Book)
    faults: Faults = field(default_factory=Faults)
    receiver: str = ""
    sends_notices: bool = False
    refund_habit: RefundHabit = "wait"
    happened: list[dict[str, object]] = field(default_factory=list)
    _sending: set[asyncio.Task[object]] = field(default_factory=set)

    def note(self, what: str, **facts: object) -> None:
        """Keep it for `GET /sim/happened`."""
        self.happened.append({"at": self.book.now().isoformat(), "what": what, **facts})

    def find(self, out_trade_no: str, mchid: str | None = None) -> Trade:
        """A payment by its number, of any merchant if none is named. Raises RefusedError."""
        for known in self.accounts if mchid is None else (mchid,):
            try:
                return self.book.trade(known, out_trade_no)
            except RefusedError:
                continue
        raise RefusedError("ORDER_NOT_EXIST", "订单不存在")

    def find_refund(self, out_refund_no: str) -> tuple[Trade, Refund]:
        """A refund by its number, of any merchant. Raises RefusedError."""
        for known in self.accounts:
            try:
                return self.book.refund(known, out_refund_no)
            except RefusedError:
                continue
        raise RefusedError("RESOURCE_NOT_EXISTS", "退款单不存在")

    def pay(self, trade: Trade) -> None:
        """The guest pays; by habit the merchant is told soon. Raises RefusedError."""
        self.book.pay(trade)
        self.note("paid", outTradeNo=trade.order.out_trade_no, totalFen=trade.order.total_fen)
        if self.sends_notices:
            self._soon(payment_notice(self.accounts[trade.order.mchid], trade, now=self.book.now()))

    def settle(self, trade: Trade, refund: Refund, state: RefundState) -> None:
        """A refund goes on; by habit the merchant is told soon. Raises RefusedError."""
        self.book.settle_refund(trade, refund, state)
        self.note("refund settled", outRefundNo=refund.order.out_refund_no, state=state)
        if self.sends_notices:
            self._soon(refund_notice(self.accounts[trade.order.mchid], trade, refund))

    async def send(self, notice: Notice) -> dict[str, object]:
        """Deliver one now and keep what was answered; status 0 is no answer."""
        url = urlsplit(notice.url)
        if url.hostname == NOTIFY_HOST:
            if not self.receiver:
                raise RefusedError("INVALID_REQUEST", "no receiver was named: POST /sim/receiver")
            target = f"{self.receiver}{url.path}"
        else:
            target = notice.url
        answer: dict[str, object] = {"status": 0, "body": ""}
        try:
            async with httpx.AsyncClient(trust_env=False, timeout=SEND_LIMIT_S) as client:
                reply = await client.post(target, content=notice.body.encode(), headers=notice.headers)
            answer = {"status": reply.status_code, "body": reply.text}
        except httpx.HTTPError as error:
            answer["body"] = type(error).__name__
        self.note("notice sent", url=target, **answer)
        return answer

    def _soon(self, notice: Notice) -> None:
        task: asyncio.Task[object] = asyncio.get_running_loop().create_task(self.send(notice))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)
