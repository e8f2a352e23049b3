"""An evening at one shop in which every function for people is called: the examples of the reference are its record.

`scripts/reference --examples` plays it and keeps what was said.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from scripts.published.examples import Example
from shared.domain.ledger import earning, spending, topping_up
from shared.domain.loyalty import LoyaltyPolicy, Stored
from shared.runtime.clock import utc_now
from shared.store import members
from tests.support.banking import Bank
from tests.support.shops import Reply, TestShop, line, request_id

SHOP_ID = "jiyuan-1"
"""Stands in the record for the test shop's own id."""
SHOWN_SLOTS = 3
_NOODLES = line("noodles", 2, specs={"size": "big"}, modifiers={"egg": 1}, note="少辣")
SHANGHAI = ZoneInfo("Asia/Shanghai")


@dataclass
class Record:
    """What was said in a shop: the first call of each function."""

    shop: TestShop
    said: dict[str, Example] = field(default_factory=dict)

    def call(self, action: str, who: str, /, **data: Any) -> Reply:
        """Call a function as this person; the reply's data. A refusal fails the story."""
        reply = self.shop.call(action, self.shop.guest(who), **data)
        assert reply["success"], (action, reply)
        self.said.setdefault(action, Example(self._clean(data), self._clean(reply["data"])))
        found: Reply = reply["data"]
        return found

    def command(self, action: str, who: str, /, **data: Any) -> Reply:
        """Call a function that changes something."""
        return self.call(action, who, requestId=request_id(), **data)

    def _clean(self, said: Reply) -> Reply:
        cleaned: Reply = json.loads(json.dumps(said).replace(self.shop.shop_id, SHOP_ID))
        return cleaned


def evening(shop: TestShop) -> dict[str, Example]:
    """Play it; each function's first request and reply."""
    record = Record(shop)
    _open(shop)
    place = _at_table(record)
    _in_the_kitchen(record, place)
    _at_the_counter(record)
    _in_the_queue(record)
    _by_reservation(record)
    _as_a_member(record, place)
    _at_a_flash_sale(record)
    _with_coupons(record)
    _in_a_group(record)
    _told_by_wechat(record)
    _short(record.said["getBookings"])
    return record.said


def _open(shop: TestShop) -> None:
    shop.change(name="豫味坊·济源沁园店")
    for category_id, name in (("c1", "招牌菜"), ("c2", "主食"), ("c3", "饮品")):
        shop.db["categories"].update_one(
            {"shop_id": shop.shop_id, "category_id": category_id}, {"$set": {"name": name}}
        )


def _at_table(record: Record) -> Reply:
    """Two guests sit down, put noodles into the cart, ask for the price and order fish and tea."""
    code = record.shop.code("t1")
    record.call("getMenu", "wang", tableCode=code)
    sitting = record.command("openTable", "wang", tableCode=code, guests=2, name="王女士")
    place = {"tableCode": code, "sittingId": sitting["sittingId"]}
    record.command("editCart", "wang", **place, guestName="王女士", edit={"op": "add", "line": _NOODLES})
    record.call("getSitting", "wang", **place)
    fish, tea = line("fish", note="不要太咸"), line("tea")
    record.call("quoteOrder", "wang", **place, lines=[fish, tea], couponIds=[_give_coupons(record.shop, "wang")])
    record.command("submitOrder", "wang", **place, lines=[fish, tea], note="孩子先上")
    record.call("listOrders", "wang", **place, limit=1)
    return place


def _give_coupons(shop: TestShop, who: str) -> str:
    """A coupon that the order reaches, whose id is given, and one that it does not."""
    ends = datetime.now(SHANGHAI) + timedelta(days=7)
    for number, name, least, cut in ((1, "满 50 减 8", 5000, 800), (2, "满 200 减 40", 20000, 4000)):
        terms = {"layer": "order", "type": "fixed", "threshold_fen": least, "fen": cut}
        template, coupon = f"{shop.shop_id}-template-{number}", f"{shop.shop_id}-coupon-{number}"
        shop.db["coupon_templates"].insert_one({"_id": template, "name": name, "issued": 1, "holds": [], **terms})
        held = {"openid": shop.guest(who), "template_id": template, "state": "free", "valid_until": ends}
        shop.db["coupons"].insert_one({"_id": coupon, "grant": "gift", "shop_id": shop.shop_id, **held})
    return f"{shop.shop_id}-coupon-1"


def _in_the_kitchen(record: Record, place: Reply) -> None:
    """The fish is rushed and begun, the party moves; one dish gets a number, another is sold out."""
    (order,) = record.call("listOrders", "wang", **place)["orders"]
    rush = {"op": "rush", "lineIds": ["l-fish"]}
    record.command("editOrder", "waiter", orderId=order["orderId"], edit=rush)
    ticket = next(ticket for ticket in order["tickets"] if ticket["station"] == "hot")
    record.command("advanceOrder", "kitchen", orderId=order["orderId"], step="start", ticketId=ticket["ticketId"])
    move = {"op": "move", "sittingId": place["sittingId"], "toTableId": "t2"}
    record.command("arrangeTables", "waiter", arrangement=move)
    record.command("setStock", "manager", dishId="fish", left=5, daily=8)
    record.command("setSoldOut", "kitchen", dishId="duck", until="nextDay")


def _at_the_counter(record: Record) -> None:
    """One tea is cooked and called out, one is cancelled."""
    shop_id = record.shop.shop_id
    first = record.command("submitOrder", "zhao", shopId=shop_id, lines=[line("tea")])["order"]["orderId"]
    for step in ("start", "ready"):
        record.command("advanceOrder", "kitchen", orderId=first, step=step)
    record.command("callGuest", "waiter", orderId=first)
    second = record.command("submitOrder", "zhao", shopId=shop_id, lines=[line("tea")])["order"]["orderId"]
    record.command("cancelOrder", "zhao", shopId=shop_id, orderId=second)


def _in_the_queue(record: Record) -> None:
    """A party of two draws a number and is called; one of three leaves."""
    shop_id = record.shop.shop_id
    record.command("joinQueue", "li", shopId=shop_id, guests=2, name="李先生")
    record.call("getQueue", "li", shopId=shop_id)
    record.command("manageQueue", "waiter", move={"op": "next", "letter": "A"})
    place = record.command("joinQueue", "sun", shopId=shop_id, guests=3, name="孙女士")["place"]
    record.command("leaveQueue", "sun", shopId=shop_id, ticketId=place["ticketId"])


def _by_reservation(record: Record) -> None:
    """A table is booked for tomorrow and given up; a party that booked for today comes and is seated."""
    shop_id, today = record.shop.shop_id, _begin_the_day(record.shop)
    slots = record.call("getBookings", "hu", shopId=shop_id, date=str(today + timedelta(days=1)), guests=3)["slots"]
    party = {"shopId": shop_id, "guests": 3, "lines": [line("tea")]}
    name = {"name": "胡女士", "phone": "13800138000"}
    booking = record.command("bookTable", "hu", **party, **name, at=slots[0]["at"])["booking"]
    record.command("cancelBooking", "hu", shopId=shop_id, bookingId=booking["bookingId"])
    slots = record.call("getBookings", "gao", shopId=shop_id, date=str(today), guests=3)["slots"]
    name = {"name": "高女士", "phone": "13900139000"}
    booking = record.command("bookTable", "gao", **party, **name, at=slots[0]["at"])["booking"]
    record.command("seatParty", "waiter", bookingId=booking["bookingId"], tableId="t4")


def _begin_the_day(shop: TestShop) -> date:
    """Have the business day begin two hours ago, so that most of it is to come at whatever time this is played."""
    began = datetime.now(SHANGHAI).replace(minute=0) - timedelta(hours=2)
    shop.change(cutoff=f"{began:%H:%M}")
    return began.date()


def _as_a_member(record: Record, place: Reply) -> None:
    """A guest who paid in, bought and earned looks at what they have, and pays the table's bill with it."""
    bank = Bank(record.shop.db, record.shop.shop_id, record.shop.guest("wang"))
    members.join(bank.shop, bank.openid, now=utc_now())
    policy = LoyaltyPolicy()
    bank.post("t1", "topUp", topping_up(Stored(20_000, 2_000)), now=utc_now())
    bank.post("p1", "pay", spending(stored=Stored(6_000, 600)), now=utc_now())
    ends = policy.expiry(utc_now().astimezone(SHANGHAI).date().isoformat())
    bank.post("e1", "earn", earning(points=60, growth=60), at=ends, now=utc_now())
    record.call("getMember", "wang", shopId=record.shop.shop_id)
    record.command("editMember", "wang", shopId=record.shop.shop_id, edit={"op": "birthday", "birthday": "05-20"})
    _sell_package(record, bank)
    bill = {"tableCode": record.shop.code("t2"), "sittingId": place["sittingId"]}
    paid = record.command("payOrder", "wang", **bill, tenders=[{"kind": "stored"}], shownFen=7_100)["payment"]
    record.command("printReceipt", "cashier", paper={"kind": "receipt", "paymentId": paid["paymentId"]})
    look = {"lines": ["河南省老字号"], "footer": ["发票请找收银台", "欢迎再来"], "hide": ["phone"]}
    record.command("setPapers", "manager", slip=look)
    order = record.shop.db["orders"].find_one({"shop_id": record.shop.shop_id, "sitting_id": place["sittingId"]})
    assert order is not None
    back = {"by": "amount", "fen": 500, "reason": "上菜太慢"}
    record.command("refundOrder", "manager", orderId=order["_id"], refund=back)


def _sell_package(record: Record, bank: Bank) -> None:
    """The till sells stored value to the member with the phone number."""
    db, phone = record.shop.db, "13700137000"
    package = {"package_id": "p500", "name": "充 500 送 50", "pay_fen": 50_000, "bonus_fen": 5_000}
    db["brand_settings"].update_one({"_id": "topUp"}, {"$set": {"packages": [package]}}, upsert=True)
    db["members"].update_many({"phone": phone}, {"$unset": {"phone": ""}})
    members.bind_phone(bank.shop, bank.openid, phone, now=utc_now())
    sale = {"op": "sell", "packageId": "p500", "shownFen": 50_000, "phone": phone, "kind": "cash", "handedFen": 50_000}
    record.command("topUp", "cashier", topUp=sale)


def _at_a_flash_sale(record: Record) -> None:
    """A guest gets one of fifty ducks at a price for a quarter of an hour."""
    shop, now = record.shop, utc_now()
    sale = {
        "kind": "flash",
        "name": "六点秒杀·道口烧鸡",
        "shops": [shop.shop_id],
        "validFrom": now.isoformat(),
        "validUntil": (now + timedelta(minutes=15)).isoformat(),
        "dishId": "duck",
        "priceFen": 1990,
        "pieces": 50,
    }
    saved = shop.call("saveCampaign", shop.guest("owner"), requestId=request_id(), campaign=sale)["data"]
    phone = "f2b1c6d4-phone"
    record.command("grabFlashSale", "wang", shopId=shop.shop_id, saleId=saved["campaignId"], deviceId=phone)


def _with_coupons(record: Record) -> None:
    """Head office offers a coupon; a guest claims it and shows its code."""
    here = {"shopId": record.shop.shop_id}
    campaign = {
        "kind": "coupon",
        "name": "满 50 减 5",
        "shops": [record.shop.shop_id],
        "layer": "order",
        "value": {"type": "fixed", "fen": 500},
        "thresholdFen": 5000,
        "validity": {"by": "days", "days": 30},
        "give": "claim",
        "total": 1000,
    }
    saved = record.command("saveCampaign", "owner", campaign=campaign)
    record.call("listOffers", "wang", **here)
    device = "f2b1c6d4-phone"
    claim = {"templateId": saved["campaignId"], "deviceId": device}
    coupon = record.command("claimCoupon", "wang", **claim, **here)["coupon"]
    record.command("redeemCoupon", "wang", **here, redeem={"op": "show", "couponId": coupon["couponId"]})


def _in_a_group(record: Record) -> None:
    """A guest opens a group of three for a bowl of noodles, pays, and waits for the others."""
    shop, now = record.shop, utc_now()
    offer = {
        "kind": "group",
        "name": "三人拼烩面",
        "shops": [shop.shop_id],
        "validFrom": now.isoformat(),
        "validUntil": (now + timedelta(days=1)).isoformat(),
        "dishId": "noodles",
        "priceFen": 1290,
        "size": 3,
        "lastsMin": 60,
    }
    saved = shop.call("saveCampaign", shop.guest("owner"), requestId=request_id(), campaign=offer)["data"]
    noodles = line("noodles", specs={"size": "big"})
    step = {"op": "open", "offerId": saved["campaignId"], "deviceId": "f2b1c6d4-phone", "line": noodles}
    order = record.command("joinGroup", "wang", shopId=shop.shop_id, group=step)["order"]
    bill = {"shopId": shop.shop_id, "orderId": order["orderId"], "shownFen": order["dueFen"]}
    record.command("payOrder", "wang", **bill, tenders=[{"kind": "stored"}])


def _told_by_wechat(record: Record) -> None:
    """A guest agrees to be told, and head office gives the shop's members a coupon."""
    shop, settings = record.shop, record.shop.db["brand_settings"]
    template = {"template_id": "AT0001ready", "page": "pages/order/index?id={ref}", "fields": {"thing1": "shop"}}
    kinds = {"ready": template, "coupon": {**template, "template_id": "AT0002coupon"}}
    settings.replace_one({"_id": "messages"}, {"kinds": kinds}, upsert=True)
    record.command("giveConsent", "wang", shopId=shop.shop_id, kinds=["ready", "coupon"])
    settings.delete_one({"_id": "messages"})
    offer = {
        "kind": "coupon",
        "name": "回家吃饭券",
        "shops": [shop.shop_id],
        "layer": "order",
        "value": {"type": "fixed", "fen": 800},
        "thresholdFen": 6000,
        "validity": {"by": "days", "days": 14},
        "give": "push",
    }
    saved = shop.call("saveCampaign", shop.guest("owner"), requestId=request_id(), campaign=offer)["data"]
    segment = {"dormantDays": 30, "visitsAtLeast": 2, "shops": [shop.shop_id]}
    push = {"op": "start", "title": "好久不见，送您一张券", "segment": segment, "templateId": saved["campaignId"]}
    record.command("pushCoupons", "owner", push=push)


def _short(bookings: Example) -> None:
    """Some of a day's slots are enough to read."""
    slots = bookings.reply["slots"]
    assert isinstance(slots, list)
    del slots[SHOWN_SLOTS:]


@contextmanager
def _fresh_shop() -> Iterator[TestShop]:
    """A shop in a database of its own, for recording."""
    from scripts.local.mongod import Mongod
    from tests.conftest import use_database
    from tests.support.shops import open_shop

    with Mongod() as server:
        yield open_shop(use_database(server.uri))


def main() -> None:
    """Keep the evening as the reference's examples."""
    from scripts.published.examples import example_file, pretty

    with _fresh_shop() as shop:
        for name, said in evening(shop).items():
            example_file(name).write_text(
                pretty({"request": said.request, "reply": said.reply}) + "\n", encoding="utf-8"
            )
            print(f"recorded {name}")


if __name__ == "__main__":
    main()
