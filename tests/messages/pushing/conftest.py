"""A brand of one database with members of its own, and a template that is given by pushes."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from pymongo.database import Database

from scripts.local.wechat_messages.simulator import WechatMessagesSimulator
from shared.contracts.life import SweepReply
from shared.domain.messages import MessageKind
from shared.runtime.clock import Deadline, utc_now
from shared.runtime.ids import new_id
from shared.store import consents as consents_of
from shared.store.client import Document
from shared.store.scope import Chain, Shop
from shared.usecases.sweeping import STEPS, Round, take
from tests.messages.conftest import ALWAYS, template_id, templates
from tests.support.shops import Reply, TestShop, call, open_shop, request_id

COUPON: tuple[MessageKind, ...] = ("coupon",)


@dataclass
class Office:
    """Head office of a brand whose members a test makes; the clock of its sweep is `now`."""

    shop: TestShop
    wechat: WechatMessagesSimulator
    now: datetime = field(default_factory=utc_now)
    opened: str = field(default_factory=new_id)
    """An id from before every order of this test."""

    def member(self, name: str, *, consents: int = 0, phone: bool = True, **fields: Any) -> str:
        """A member who joined a year ago, with fields as given, and a `phone` that WeChat knows. Their openid."""
        fields = {"seen_at": fields.get("joined_at", self.now - timedelta(days=365)), **fields}
        openid = self.shop.guest(name)
        whole: Document = {
            "_id": openid,
            "account": new_id(),
            "shop_id": self.shop.shop_id,
            "joined_at": self.now - timedelta(days=365),
            "been": [self.shop.shop_id],
            **dict.fromkeys(("points", "principal_fen", "bonus_fen", "growth", "version"), 0),
            **fields,
        }
        self.shop.db["members"].insert_one(whole)
        if consents:
            for _ in range(consents):
                consents_of.give(Shop(self.shop.db, self.shop.shop_id), openid, COUPON, now=self.now)
            if phone:
                self.wechat.consent(openid, template_id("coupon"), times=consents)
        return openid

    def many(self, count: int, **fields: Any) -> list[str]:
        """Members alike, in the order of their openids."""
        return [self.member(f"m{n:04d}", **fields) for n in range(count)]

    def template(self, **fields: Any) -> str:
        """A coupon of 5 yuan off, given by pushes, that holds for a week."""
        name = f"T{secrets.token_hex(4)}"
        whole: Document = {
            "_id": name,
            "name": "回家吃饭券",
            "layer": "order",
            "type": "fixed",
            "fen": 500,
            "give": "push",
            "active": True,
            "shops": [],
            "days": 7,
            "per_member": 1,
            "total": None,
            "issued": 0,
            "holds": [],
            "version": 1,
            **fields,
        }
        self.shop.db["coupon_templates"].insert_one(whole)
        return name

    def push(self, op: str, *, person: str = "owner", key: str | None = None, **told: Any) -> Reply:
        """One act; the envelope."""
        return self.shop.call(
            "pushCoupons", self.shop.guest(person), requestId=key or request_id(), push={"op": op, **told}
        )

    def view(self, reply: Reply) -> Reply:
        """The push of a successful act."""
        assert reply["success"], reply
        view: Reply = reply["data"]["push"]
        return view

    def start(self, template: str, *, segment: Reply | None = None, **more: Any) -> str:
        """A push that runs; its id."""
        reply = self.push("start", title="好久不见", segment=segment or {}, templateId=template, **more)
        push_id: str = self.view(reply)["pushId"]
        return push_id

    def preview(self, template: str, **segment: Any) -> Reply:
        """What a segment would reach."""
        reply = self.push("preview", segment=segment, templateId=template)
        assert reply["success"], reply
        preview: Reply = reply["data"]["preview"]
        return preview

    def result(self, push_id: str) -> Reply:
        """What became of a push."""
        return self.view(self.push("result", pushId=push_id))

    def sweep(self, step: str = "pushes", *, left_s: float = 30.0) -> SweepReply:
        """One run of a step, at `now`."""
        return take({step: STEPS[step]}, Round(Chain(self.shop.db), self.now, Deadline.after(left_s), "t"))

    def send(self) -> Reply:
        """Messages leave."""
        data: Reply = call("sendMessages", {"Type": "Timer"}, openid=None)["data"]
        return data

    def holders(self, template: str) -> list[str]:
        """Who has a coupon of the template, once per coupon."""
        found = self.shop.db["coupons"].find({"template_id": template}).sort("openid", 1)
        return [one["openid"] for one in found]

    def told(self) -> list[str]:
        """Who has a message about a coupon, whatever became of it."""
        found = self.shop.db["messages"].find({"shop_id": self.shop.shop_id, "kind": "coupon"}).sort("openid", 1)
        return [one["openid"] for one in found]

    def count_again(self) -> None:
        """Let the orders of this test be counted from the first one."""
        self.shop.db["cursors"].replace_one({"_id": "memberStats"}, {"upto": self.opened}, upsert=True)

    def settings(self, **told: Any) -> None:
        """Change the brand's settings of messages."""
        self.shop.db["brand_settings"].update_one({"_id": "messages"}, {"$set": told})


@pytest.fixture
def office(db: Database[Document], wechat: WechatMessagesSimulator) -> Iterator[Office]:
    """A brand of one shop, where nobody else is pushed or told anything."""
    for name in ("members", "message_consents", "pushes", "push_contacts", "rates", "cursors"):
        db[name].delete_many({})
    db["messages"].delete_many({"shop_id": {"$exists": True}})
    db["shops"].delete_many({})
    settings = {"_id": "messages", "kinds": templates(), "per_minute": 100_000, "push_per_minute": 10**9, **ALWAYS}
    db["brand_settings"].replace_one({"_id": "messages"}, settings, upsert=True)
    found = Office(open_shop(db), wechat)
    found.count_again()
    yield found
    db["brand_settings"].delete_one({"_id": "messages"})
    for name in ("members", "pushes"):
        db[name].delete_many({})
