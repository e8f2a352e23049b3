"""贾先生 orders on his way home and fetches it at the next quarter of an hour."""

from __future__ import annotations

from datetime import datetime, timedelta

from scripts.local.demo.dinner.booking import ZONE
from scripts.local.demo.journal import now
from scripts.local.demo.lunch import RIVER, Wish
from scripts.local.demo.play import wished
from scripts.local.demo.service import cook_and_call, hand_over
from scripts.local.demo.stage import Stage, in_words
from scripts.local.demo.till import Phone, bill_of_order
from shared.contracts.ordering import OrderReply

_GUEST = "openid-guest-jia"
_QUARTER = timedelta(minutes=15)
_WISHES = (
    Wish("d-huimian", 2, specs={"size-bowl": "large"}, modifiers={"egg": 1, "no-coriander": 1}),
    Wish("d-guantangbao", modifiers={"vinegar": 1}),
    Wish("d-suanmei", 2, specs={"temperature": "iced"}),
)


def play_takeaway(stage: Stage) -> None:
    """Order for a slot, cook, call, fetch."""
    stage.pause()
    began = now()
    lines = [wished(wish, line_id=f"t{number}") for number, wish in enumerate(_WISHES, start=1)]
    at = next_quarter(began)
    command = {"shopId": RIVER, "lines": lines, "takeaway": True, "pickupAt": at.isoformat(), "note": "餐具两份"}
    order = stage.client.tell("submitOrder", _GUEST, OrderReply, **command).order
    text = f"{order.pickup_no} 外带，{at.astimezone(ZONE):%H:%M} 来取：{in_words(order)}"
    stage.say("order", RIVER, text, since=began)
    Phone(stage, stage.wechat, _GUEST).pay(bill_of_order(order, RIVER))
    cook_and_call(stage, RIVER, order)
    hand_over(stage, RIVER, order)


def next_quarter(moment: datetime) -> datetime:
    """The next full quarter of an hour that is at least a minute away."""
    soon = moment + timedelta(minutes=1)
    return soon + (-soon.timestamp() % _QUARTER.total_seconds()) * timedelta(seconds=1)
