"""Group buys in a test shop: three guests pay 30 yuan for a duck that costs 45."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from shared.runtime.clock import utc_now
from shared.store.client import Document
from tests.support.desk import Desk
from tests.support.shops import Reply, line, request_id

PRICE = 3_000
SIZE = 3


@dataclass(frozen=True)
class GroupBuys:
    """One shop's offer, and its guests."""

    desk: Desk

    @property
    def offer_id(self) -> str:
        """The offer of this shop."""
        return f"group-{self.desk.shop.shop_id}"

    def offer(self, **more: object) -> None:
        """Make the campaign."""
        now = utc_now()
        document: Document = {
            "_id": self.offer_id,
            "kind": "group",
            "name": "三人拼烧鸡",
            "active": True,
            "shops": [self.desk.shop.shop_id],
            "dish_id": "duck",
            "price_fen": PRICE,
            "size": SIZE,
            "lasts_min": 60,
            "valid_from": now - timedelta(hours=1),
            "valid_until": now + timedelta(days=1),
        }
        self.desk.shop.db["campaigns"].insert_one(document | more)

    def step(self, guest: str, *, key: str | None = None, **step: object) -> Reply:
        """A guest does something with groups."""
        shop = self.desk.shop
        number = key or request_id()
        return shop.call("joinGroup", shop.guest(guest), requestId=number, shopId=shop.shop_id, group=step)

    def open(self, guest: str = "g0", *, key: str | None = None, **more: object) -> Reply:
        """Open a group."""
        return self.step(guest, key=key, op="open", offerId=self.offer_id, **self._wish(guest, more))

    def join(self, guest: str, group_id: str, *, key: str | None = None, **more: object) -> Reply:
        """Take a seat."""
        return self.step(guest, key=key, op="join", groupId=group_id, **self._wish(guest, more))

    def _wish(self, guest: str, more: Mapping[str, object]) -> Mapping[str, object]:
        """A duck, on the guest's own phone."""
        return {"line": line("duck"), "deviceId": f"d-{self.desk.shop.shop_id}-{guest}", **more}

    def pay(self, guest: str, reply: Reply) -> str:
        """Pay for a seat by phone, and have it told; what became of it."""
        return self.hear(self.tap(guest, reply))

    def tap(self, guest: str, reply: Reply) -> str:
        """Pay for a seat by phone; the payment's number."""
        told = self.desk.pay(PRICE, guest=guest, orderId=order_of(reply))
        return self.desk.tap(told, guest=guest)

    def hear(self, number: str) -> str:
        """WeChat Pay tells of it."""
        outcome: str = self.desk.hear(number)["data"]["outcome"]
        return outcome

    def group(self, group_id: str) -> Document:
        """The group's document."""
        found = self.desk.shop.db["groups"].find_one({"_id": group_id, "shop_id": self.desk.shop.shop_id})
        assert found is not None
        return found

    def over(self, group_id: str) -> None:
        """The group's time is over."""
        past = {"$set": {"expires_at": utc_now() - timedelta(seconds=1)}}
        self.desk.shop.db["groups"].update_one({"_id": group_id, "shop_id": self.desk.shop.shop_id}, past)

    def unpaid_too_long(self, reply: Reply) -> None:
        """A quarter of an hour goes by for an order."""
        past = {"$set": {"pay_by": utc_now() - timedelta(seconds=1)}}
        self.desk.shop.db["orders"].update_one({"_id": order_of(reply), "shop_id": self.desk.shop.shop_id}, past)

    def states(self) -> list[str]:
        """What the orders are, in the order in which they were placed."""
        found = self.desk.shop.db["orders"].find({"shop_id": self.desk.shop.shop_id}).sort("_id", 1)
        return [order["state"] for order in found]

    def tickets(self) -> int:
        """How many tickets the kitchen has got."""
        found = self.desk.shop.db["orders"].find({"shop_id": self.desk.shop.shop_id})
        return sum(len(order["tickets"]) for order in found)

    def sent_home(self) -> int:
        """What went back, or is on its way back."""
        return sum(one["fen"] for one in self.desk.refunds())


def group_of(reply: Reply) -> str:
    """The group's id."""
    assert reply["success"], reply
    group_id: str = reply["data"]["groups"][0]["groupId"]
    return group_id


def order_of(reply: Reply) -> str:
    """The id of the order that has the seat."""
    assert reply["success"], reply
    order_id: str = reply["data"]["order"]["orderId"]
    return order_id
