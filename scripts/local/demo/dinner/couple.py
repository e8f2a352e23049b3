"""An old couple without a phone: the waiter orders for them, and moves them from the draughty window."""

from __future__ import annotations

from scripts.local.demo.dinner.played import Played
from scripts.local.demo.journal import now
from scripts.local.demo.lunch import NORTH, Wish
from scripts.local.demo.play import wished
from scripts.local.demo.service import cook_and_call, hand_over, orders_at
from scripts.local.demo.stage import Stage, in_words
from scripts.local.demo.till import bill_of_table, print_receipt, take_cash
from shared.contracts.ordering import OrderReply, OrderView
from shared.contracts.sitting import ArrangeReply

_QUIET_TABLE = "t15"
_WISHES = (
    Wish("d-lamb-soup", specs={"spicy": "mild"}, modifiers={"less-salt": 1}, note="炖烂一些"),
    Wish("d-tumo", 2),
    Wish("d-soymilk", 2, specs={"warmth": "hot"}, modifiers={"none": 1}),
)


def play_couple(stage: Stage, played: Played, sitting_id: str) -> None:
    """Order, move, eat, leave."""
    stage.pause()
    order = _order(stage, sitting_id)
    stage.follow(NORTH, order)
    stage.pause()
    moved = _move(stage, sitting_id, order)
    cook_and_call(stage, NORTH, moved)
    hand_over(stage, NORTH, moved)
    print_receipt(stage, NORTH, take_cash(stage, bill_of_table(stage, NORTH, sitting_id)))
    played.settled(sitting_id)


def _order(stage: Stage, sitting_id: str) -> OrderView:
    began, (name, openid) = now(), stage.waiter(NORTH)
    lines = [wished(wish, line_id=f"w{number}") for number, wish in enumerate(_WISHES, start=1)]
    command = {"shopId": NORTH, "sittingId": sitting_id, "lines": lines, "note": "老人牙口不好，做软一点"}
    order = stage.client.tell("submitOrder", openid, OrderReply, **command).order
    stage.say("order", NORTH, f"{order.table_name} {name}代客点单：{in_words(order)}", since=began)
    return order


def _move(stage: Stage, sitting_id: str, order: OrderView) -> OrderView:
    began, (name, openid) = now(), stage.waiter(NORTH)
    stage.journal.begin_change(order.order_id, began)
    move = {"op": "move", "sittingId": sitting_id, "toTableId": _QUIET_TABLE}
    reply = stage.client.tell("arrangeTables", openid, ArrangeReply, shopId=NORTH, arrangement=move)
    stage.say("change", NORTH, f"{name}转台：{order.table_name} → {reply.table_name}", since=began)
    (moved,) = orders_at(stage, NORTH, sitting_id)
    stage.follow(NORTH, moved)
    stage.pause()
    return moved
