"""Paying in a test shop: guests with their phones, staff at the till, WeChat Pay's notices, and what is written."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from scripts.local.wechat_pay.notices import Kind
from scripts.local.wechat_pay.simulator import BRAND, WechatPaySimulator
from shared.gateways.wechat_pay import Prepared
from shared.runtime.clock import utc_now
from shared.runtime.merchants import merchant
from shared.store.client import Document
from tests.support.shops import Reply, TestShop, call, http_call

WECHAT: Reply = {"kind": "wechat"}
CARD: Reply = {"kind": "card"}
STAFF = ("owner", "manager", "cashier", "waiter", "kitchen")


@dataclass(frozen=True)
class Desk:
    """One shop's payments."""

    shop: TestShop
    wechat: WechatPaySimulator

    def pay(
        self,
        shown: int,
        *,
        guest: str = "guest",
        key: str | None = None,
        tenders: Sequence[Reply] = (WECHAT,),
        **bill: Any,
    ) -> Reply:
        """Pay `orderId`, or a part of `sittingId`: guests at table t1 by its code."""
        return self.paying(shown, guest=guest, key=key, tenders=tenders, **bill)()

    def paying(
        self,
        shown: int,
        *,
        guest: str = "guest",
        key: str | None = None,
        tenders: Sequence[Reply] = (WECHAT,),
        **bill: Any,
    ) -> Callable[[], Reply]:
        """The call that `pay` makes, to be made once or more, here or in another process."""
        place: Reply = {}
        if guest not in STAFF and "tableCode" not in bill:
            place = {"tableCode": self.shop.code()} if "sittingId" in bill else {"shopId": self.shop.shop_id}
        number = key or str(uuid.uuid4())
        told = {"requestId": number, "shownFen": shown, "tenders": list(tenders), **place, **bill}
        return partial(call, "payOrder", told, openid=self.shop.guest(guest))

    def cash(self, shown: int, *, handed: int | None = None, person: str = "cashier", **bill: Any) -> Reply:
        """Staff take cash."""
        return self.pay(shown, guest=person, tenders=({"kind": "cash", "handedFen": handed or shown},), **bill)

    def refund(self, order_id: str, *, person: str = "manager", key: str | None = None, **refund: Any) -> Reply:
        """Staff give back `by` units of `lines` (line → quantity), an amount of `fen`, or all."""
        return self.refunding(order_id, person=person, key=key, **refund)()

    def refunding(
        self, order_id: str, *, person: str = "manager", key: str | None = None, **refund: Any
    ) -> Callable[[], Reply]:
        """The call that `refund` makes, to be made once or more, here or in another process."""
        told: Reply = {"by": "all", "reason": "菜品不满意", **refund}
        if "lines" in told:
            told["by"] = "units"
            told["lines"] = [{"lineId": line_id, "quantity": count} for line_id, count in told["lines"].items()]
        elif "fen" in told:
            told["by"] = "amount"
        number = key or str(uuid.uuid4())
        event = {"requestId": number, "orderId": order_id, "refund": told}
        return partial(call, "refundOrder", event, openid=self.shop.guest(person))

    def tap(self, reply: Reply, *, guest: str = "guest", outcome: str = "pay") -> str:
        """The guest's phone does `wx.requestPayment` with the reply's parameters; the payment's number."""
        told = reply["data"]["wechat"]
        prepared = Prepared(
            "",
            merchant().appid,
            told["timeStamp"],
            told["nonceStr"],
            told["package"],
            told["signType"],
            told["paySign"],
        )
        self.wechat.request_payment(prepared, openid=self.shop.guest(guest), outcome=outcome)
        return number_of(reply)

    def hear(
        self, number: str, *, kind: Kind = "genuine", skew_s: int = 0, refund: bool = False, mchid: str = BRAND
    ) -> Reply:
        """WeChat Pay's notice reaches the shop's function; its envelope with the status."""
        return self.hearing(number, kind=kind, skew_s=skew_s, refund=refund, mchid=mchid)()

    def hearing(
        self, number: str, *, kind: Kind = "genuine", skew_s: int = 0, refund: bool = False, mchid: str = BRAND
    ) -> Callable[[], Reply]:
        """The call by which it does, to be made once or more, here or in another process."""
        which = {"out_refund_no": number} if refund else {"out_trade_no": number}
        headers, body = self.wechat.make_notice(**which, kind=kind, skew_s=skew_s)
        return partial(http_call, "payNotify", path=f"/payNotify/{mchid}", headers=headers, body=body)

    def paid(self, shown: int, *, guest: str = "guest", **bill: Any) -> str:
        """A payment that was made and told; its number."""
        number = self.tap(self.pay(shown, guest=guest, **bill), guest=guest)
        assert self.hear(number)["data"]["outcome"] == "settled"
        return number

    def payment(self, number: str) -> Document:
        """The payment's document."""
        found = self.shop.db["payments"].find_one({"_id": number, "shop_id": self.shop.shop_id})
        assert found is not None
        return found

    def pass_by(self, number: str, *, minutes: int = 2, over: bool = False) -> None:
        """Time goes by for a payment: it is to be looked at, or its time is `over`."""
        then = utc_now() - timedelta(minutes=minutes)
        self.shop.db["payments"].update_one(
            {"_id": number, "shop_id": self.shop.shop_id},
            {"$set": {"look_at": then, **({"expires_at": then} if over else {})}},
        )

    def refunds(self) -> list[Document]:
        """The shop's refunds."""
        return list(self.shop.db["refunds"].find({"shop_id": self.shop.shop_id}).sort("_id", 1))

    def refund_due(self, number: str) -> None:
        """The time comes to look at a refund."""
        change = {"$set": {"look_at": utc_now() - timedelta(seconds=1)}}
        self.shop.db["refunds"].update_one({"_id": number, "shop_id": self.shop.shop_id}, change)

    def exceptions(self) -> dict[str, str]:
        """What people must look at, or had to: kind → state."""
        return {one["kind"]: one["state"] for one in self.shop.db["exceptions"].find({"shop_id": self.shop.shop_id})}

    def written(self) -> list[Any]:
        """All that is written of the shop's money and orders: equal before and after a refusal."""
        names = ("orders", "payments", "refunds", "commands", "table_sessions", "ledger", "exceptions")
        return [list(self.shop.db[name].find({"shop_id": self.shop.shop_id}).sort("_id", 1)) for name in names]

    def asked(self, what: str, number: str) -> int:
        """How often WeChat Pay noted something about a number."""
        return sum(number in json.dumps(one) for one in self.wechat.happened(what))


def number_of(reply: Reply) -> str:
    """The payment's number."""
    assert reply["success"], reply
    number: str = reply["data"]["payment"]["paymentId"]
    return number


def sweep() -> Reply:
    """What the timer does every minute."""
    reply: Reply = call("sweep", {"Type": "Timer", "TriggerName": "everyMinute"}, openid=None)["data"]
    return reply
