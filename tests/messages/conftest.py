"""A simulated WeChat beside the database, known to the functions of this process, and a brand that sends messages."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from pymongo.database import Database

from scripts.local.wechat_messages.simulator import TakenMessage, WechatMessagesSimulator
from shared.domain.messages import FACTS, Message, MessageKind
from shared.gateways.wechat_messages import WechatMessages
from shared.runtime.clock import utc_now
from shared.runtime.wechat_app import WechatApp, wechat_app
from shared.store import messages
from shared.store.client import Document
from shared.store.scope import Chain, Shop
from tests.support.shops import Reply, TestShop, call, open_shop, request_id

KEYS: Mapping[str, str] = {
    "shop": "thing1",
    "number": "character_string2",
    "dishes": "thing3",
    "amount": "amount4",
    "at": "time5",
    "note": "thing6",
    "guests": "number7",
    "table": "thing8",
    "name": "name9",
    "ahead": "number10",
    "title": "thing11",
    "until": "time12",
}
"""Where each fact goes in the tests' templates."""


ALWAYS = {"quiet_from": "00:00", "quiet_until": "00:00"}
"""No quiet hours: a test runs at any time of day."""


def template_id(kind: MessageKind) -> str:
    """The tests' template of a kind."""
    return f"template-{kind}"


def templates() -> Document:
    """A template for every kind, with all facts of it."""
    return {
        kind: {
            "template_id": template_id(kind),
            "page": "pages/told/index?ref={ref}",
            "fields": {KEYS[fact]: fact for fact in sorted(facts)},
        }
        for kind, facts in FACTS.items()
    }


@dataclass(frozen=True)
class Post:
    """One shop's messages, its guests' phones, and the sender."""

    shop: TestShop
    wechat: WechatMessagesSimulator
    settings: Document = field(default_factory=dict)

    def consent(self, kind: MessageKind, guest: str = "guest", *, times: int = 1) -> None:
        """The guest accepts on the phone, and the mini-program says so."""
        self.wechat.consent(self.shop.guest(guest), template_id(kind), times=times)
        for _ in range(times):
            self.claim(kind, guest=guest)

    def claim(self, *kinds: MessageKind, guest: str = "guest", key: str | None = None) -> Reply:
        """The mini-program says that the guest accepted."""
        told = {"requestId": key or request_id(), "shopId": self.shop.shop_id, "kinds": list(kinds)}
        return self.shop.call("giveConsent", self.shop.guest(guest), **told)

    def left(self, kind: MessageKind, guest: str = "guest") -> int:
        """How many we think are left."""
        found = self.claim(guest=guest)["data"]["consents"]
        return next(int(one["left"]) for one in found if one["kind"] == kind)

    def enqueue(self, cause: str, kind: MessageKind = "ready", guest: str = "guest", **more: Any) -> str:
        """A message of the shop's own is due; its id."""
        now = utc_now()
        facts = dict.fromkeys(FACTS[kind], "1") | {"shop": "豫味坊", "number": cause, "at": "2026年11月24日 18:30"}
        facts |= {"amount": "12.50元", "name": "王女士", "until": "2026年12月1日 00:00"}
        whole: Document = {"due_at": now, "ends_at": now + timedelta(hours=1), "facts": facts, **more}
        name = f"{kind}:{self.shop.shop_id}:{cause}"
        messages.enqueue(self.store, Message(name, kind, self.shop.guest(guest), **whole), now=now)
        return name

    @property
    def store(self) -> Shop:
        """The shop's view of the database."""
        return Shop(self.shop.db, self.shop.shop_id)

    @property
    def chain(self) -> Chain:
        """All shops."""
        return Chain(self.shop.db)

    def send(self) -> Reply:
        """What the timer does every ten seconds."""
        reply = call("sendMessages", {"Type": "Timer", "TriggerName": "everyTenSeconds"}, openid=None)
        assert reply["success"], reply
        data: Reply = reply["data"]
        return data

    def document(self, name: str) -> Document:
        """A message as it is kept."""
        found = self.shop.db["messages"].find_one({"_id": name, "shop_id": self.shop.shop_id})
        assert found is not None
        return found

    def fate(self, name: str) -> tuple[str, str | None]:
        """A message's state and reason."""
        found = self.document(name)
        return found["state"], found.get("reason")

    def waiting(self) -> dict[str, str]:
        """Every message of the shop: id → state."""
        found = self.shop.db["messages"].find({"shop_id": self.shop.shop_id})
        return {one["_id"]: one["state"] for one in found}

    def make_due(self) -> None:
        """The time comes to try again what was put back."""
        change = {"$set": {"due_at": utc_now() - timedelta(seconds=1)}}
        self.shop.db["messages"].update_many({"shop_id": self.shop.shop_id, "state": "due"}, change)

    def taken(self, guest: str = "guest") -> list[TakenMessage]:
        """What reached the guest's phone."""
        return self.wechat.taken(self.shop.guest(guest))

    def change(self, **told: object) -> None:
        """Change the brand's settings of messages."""
        self.shop.db["brand_settings"].update_one({"_id": "messages"}, {"$set": told})


@pytest.fixture(scope="session")
def wechat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WechatMessagesSimulator]:
    """WeChat, with a template for every kind."""
    with WechatMessagesSimulator(tmp_path_factory.mktemp("wechat_messages")) as running:
        running.add_templates({one["template_id"]: tuple(one["fields"]) for one in templates().values()})
        os.environ.update(running.env)
        wechat_app.cache_clear()
        yield running
        for name in running.env:
            del os.environ[name]
        wechat_app.cache_clear()


@pytest.fixture
def post(db: Database[Document], wechat: WechatMessagesSimulator) -> Iterator[Post]:
    """A shop of a brand that sends every kind, where nothing else is due."""
    db["messages"].delete_many({"shop_id": {"$exists": True}})
    db["rates"].delete_many({})
    settings = {"_id": "messages", "kinds": templates(), "per_minute": 10_000, "near": 2, **ALWAYS}
    db["brand_settings"].replace_one({"_id": "messages"}, settings, upsert=True)
    yield Post(open_shop(db), wechat)
    db["brand_settings"].delete_one({"_id": "messages"})


@pytest.fixture
def channel(wechat: WechatMessagesSimulator) -> Iterator[WechatMessages]:
    """The product's own channel to it."""
    made = WechatMessages(WechatApp())
    yield made
    made.close()
