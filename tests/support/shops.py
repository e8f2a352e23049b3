"""A small shop for tests, with ids of its own so that tests never meet; its functions called as by the platform."""

from __future__ import annotations

import importlib
import itertools
import json
import secrets
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pymongo.database import Database

from shared.access.table_code import TableRef, make_table_code
from shared.contracts.signing import SignedRequest
from shared.domain.menu import ComboChoice, ComboSlot, Dish, ModifierGroup, Option, SpecGroup
from shared.runtime.clock import utc_now
from shared.store.client import Document
from shared.store.shops import dish_document

Reply = dict[str, Any]
_numbers = itertools.count(1)

FISH = Dish("fish", "红烧黄河鲤鱼", "c1", "hot", 6800, unit="条", daily_stock=3)
DUCK = Dish("duck", "道口烧鸡", "c1", "cold", 4500, unit="只", daily_stock=100)
NOODLES = Dish(
    "noodles",
    "羊肉烩面",
    "c2",
    "noodle",
    1800,
    unit="碗",
    specs=(SpecGroup("size", "份量", (Option("big", "大碗", 400), Option("small", "小碗"))),),
    modifiers=(ModifierGroup("extra", "加料", (Option("egg", "加蛋", 200), Option("meat", "加肉", 800)), max_picks=3),),
)
TEA = Dish("tea", "大麦茶", "c3", "drink", 300, unit="壶")
LUNCH = Dish(
    "lunch",
    "工作日套餐",
    "c2",
    "hot",
    2600,
    combo=(
        ComboSlot(
            "main", "主菜", (ComboChoice("fish", "红烧黄河鲤鱼", "hot", 3000), ComboChoice("duck", "道口烧鸡", "cold"))
        ),
        ComboSlot("drink", "饮品", (ComboChoice("tea", "大麦茶", "drink"),)),
    ),
)
DISHES = (FISH, DUCK, NOODLES, TEA, LUNCH)
STATIONS = {"hot": "热菜", "cold": "凉菜", "noodle": "面点", "drink": "酒水", "pass": "传菜"}


@dataclass
class TestShop:
    """A shop in the test database, and the calls people and machines make to it."""

    __test__ = False
    db: Database[Document]
    shop_id: str
    device_key: str
    openids: dict[str, str] = field(default_factory=dict)

    def code(self, table_id: str = "t1", revision: int = 1) -> str:
        """The table's code."""
        return make_table_code(TableRef(self.shop_id, table_id, revision), key="test-table-code-key")

    def guest(self, name: str = "guest") -> str:
        """An openid of this shop's own."""
        return f"o-{self.shop_id}-{name}"

    def call(self, action: str, openid: str, **data: Any) -> Reply:
        """The function as the mini-program calls it."""
        return call(action, {**data, "userInfo": {"appId": "wx", "openId": openid}}, openid=openid)

    def seat(self, table_id: str = "t1", guest: str = "guest") -> Reply:
        """Open or join a table; the reply's data."""
        reply = self.call("openTable", self.guest(guest), requestId=request_id(), tableCode=self.code(table_id))
        assert reply["success"], reply
        data: Reply = reply["data"]
        return data

    def submit(self, lines: list[Reply], *, guest: str = "guest", key: str | None = None, **more: Any) -> Reply:
        """Submit an order: at the table of `sittingId` (code t1 unless given), else for pick-up."""
        place = {"tableCode": self.code()} if "sittingId" in more else {"shopId": self.shop_id}
        return self.call(
            "submitOrder", self.guest(guest), requestId=key or request_id(), lines=lines, **{**place, **more}
        )

    def sync(self, *, path: str = "/syncBridge", time_s: int | None = None, **data: Any) -> Reply:
        """The store PC's signed call; the envelope of its HTTP reply."""
        body = json.dumps(data).encode()
        request = SignedRequest("POST", path, time_s or int(utc_now().timestamp()), secrets.token_hex(16), body)
        headers = request.headers(device_id=f"pc-{self.shop_id}", key=self.device_key)
        return http_call("syncBridge", path=path, headers=headers, body=body)

    def change(self, **fields: Any) -> None:
        """Change the shop's settings, such as `paused`."""
        self.db["shops"].update_one({"_id": self.shop_id}, {"$set": fields})

    def change_dish(self, dish_id: str, **fields: Any) -> None:
        """Change a dish, and so the menu's version."""
        self.db["dishes"].update_one({"shop_id": self.shop_id, "dish_id": dish_id}, {"$set": fields})
        self.db["shops"].update_one({"_id": self.shop_id}, {"$inc": {"menu_version": 1}})

    def left(self, dish_id: str) -> int:
        """What is left of a dish whose day has begun."""
        found = self.db["stock"].find_one({"shop_id": self.shop_id})
        assert found is not None
        left: int = found["left"][dish_id]
        return left

    def counts(self) -> dict[str, int]:
        """How many documents the shop has in each collection: equal before and after a refusal."""
        names = ("orders", "commands", "table_sessions", "queue_tickets", "reservations")
        days = self.db["stock"].find({"shop_id": self.shop_id})
        taken = sum(count - day["left"][dish_id] for day in days for dish_id, count in day["set"].items())
        return {name: self.db[name].count_documents({"shop_id": self.shop_id}) for name in names} | {"taken": taken}


def open_shop(db: Database[Document], *, hours: tuple[tuple[str, str], ...] = (("00:00", "00:00"),)) -> TestShop:
    """Make a shop with tables t1 to t4, five stations, staff of every role, one store PC, and the dishes above."""
    shop_id = f"s{secrets.token_hex(3)}{next(_numbers)}"
    key = secrets.token_hex(16)
    db["shops"].insert_one(
        {
            "_id": shop_id,
            "name": "豫味坊·测试店",
            "zone": "Asia/Shanghai",
            "cutoff": "04:00",
            "hours": [list(pair) for pair in hours],
            "pickup_prefix": "A",
            "menu_version": 1,
        }
    )
    db["tables"].insert_many(
        {"shop_id": shop_id, "table_id": f"t{n}", "name": f"{n}号桌", "seats": 4, "code_revision": 1}
        for n in range(1, 5)
    )
    db["stations"].insert_many({"shop_id": shop_id, "station_id": i, "name": n} for i, n in STATIONS.items())
    db["categories"].insert_many(
        {"shop_id": shop_id, "category_id": f"c{n}", "name": f"分类{n}", "position": n} for n in range(1, 4)
    )
    db["dishes"].insert_many(dish_document(dish, position=n) | {"shop_id": shop_id} for n, dish in enumerate(DISHES))
    db["staff"].insert_many(
        {"_id": f"{role}-{shop_id}", "name": role, "role": role, "shops": [shop_id], "active": True,
         "openid": f"o-{shop_id}-{role}"}
        for role in ("owner", "manager", "cashier", "waiter", "kitchen")
    )  # fmt: skip
    db["devices"].insert_one({"_id": f"pc-{shop_id}", "shop_id": shop_id, "name": "前台电脑", "key": key})
    return TestShop(db, shop_id, key)


def request_id() -> str:
    """A fresh client-made number."""
    return str(uuid.uuid4())


def line(dish_id: str, quantity: int = 1, line_id: str | None = None, **more: Any) -> Reply:
    """One line of an order."""
    return {"lineId": line_id or f"l-{dish_id}", "dishId": dish_id, "quantity": quantity, **more}


def context(openid: str | None, **more: str) -> dict[str, object]:
    """The platform's context of a call by this openid."""
    environment = {"TCB_SOURCE": "wx_client", **({"WX_OPENID": openid, "WX_APPID": "wx"} if openid else {}), **more}
    return {
        "request_id": f"r-{next(_numbers)}",
        "time_limit_in_ms": 10_000,
        "namespace": "test",
        "environment": json.dumps(environment),
    }


def call(action: str, event: Reply, *, openid: str | None) -> Reply:
    """Run a function in this process."""
    main = importlib.import_module(f"functions.{action}.index").main
    reply: Reply = main(event, context(openid))
    json.dumps(reply)
    return reply


def http_call(action: str, *, path: str, headers: dict[str, str], body: bytes) -> Reply:
    """Run a function as HTTP access does; its envelope, with the status under `status`."""
    event = {"httpMethod": "POST", "path": path, "headers": headers, "body": body.decode(), "isBase64Encoded": False}
    reply = call(action, event, openid=None)
    envelope: Reply = json.loads(reply["body"])
    return {**envelope, "status": reply["statusCode"]}


def moment(text: str) -> datetime:
    """An ISO time as the wire writes it."""
    return datetime.fromisoformat(text.replace("Z", "+00:00"))
