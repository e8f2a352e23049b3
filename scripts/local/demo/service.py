"""What the crew does for every order: cook it, call it, bring it, change it, and clear the table."""

from __future__ import annotations

from scripts.local.demo.journal import Span, milliseconds, now
from scripts.local.demo.stage import Stage, label_of
from shared.contracts.kitchen import CallReply
from shared.contracts.ordering import OrderReply, OrdersReply, OrderView


def cook_and_call(stage: Stage, shop_id: str, order: OrderView) -> None:
    """Once its tickets are on paper, cook the order station by station, then call it to the screen."""
    cook(stage, shop_id, order)
    call(stage, shop_id, order)


def cook(stage: Stage, shop_id: str, order: OrderView) -> None:
    """Once its tickets are on paper, cook by each of them that tells to."""
    stage.follow(shop_id, order)
    name, openid = stage.cook(shop_id)
    cooking = [t for t in order.tickets if t.kind in ("new", "add") and not t.is_pass and t.state != "ready"]
    for step, text in (("start", f"{name}开始制作"), ("ready", f"{name}出餐")):
        for ticket in cooking:
            command = {"shopId": shop_id, "orderId": order.order_id, "ticketId": ticket.ticket_id, "step": step}
            stage.client.tell("advanceOrder", openid, OrderReply, **command)
        stage.say("cook", shop_id, f"{text}：{label_of(order)}")
        stage.pause()


def call(stage: Stage, shop_id: str, order: OrderView) -> None:
    """Call a ready order and see it on the screen."""
    ready_at, label = now(), label_of(order)
    name, openid = stage.waiter(shop_id)
    stage.say("call", shop_id, f"{name}叫号：{label}")
    reply = stage.client.tell("callGuest", openid, CallReply, shopId=shop_id, orderId=order.order_id)
    span: Span = "ready_to_call"
    stage.journal.measure(span, milliseconds(ready_at, now()))
    stage.require_shown(reply.call_id, label=label)


def serve(stage: Stage, shop_id: str, order: OrderView, *, line_id: str | None = None) -> OrderView:
    """Bring all that is cooked, or one line; the order after it."""
    command = {
        "shopId": shop_id,
        "orderId": order.order_id,
        "step": "serve",
        **({"lineId": line_id} if line_id else {}),
    }
    return stage.client.tell("advanceOrder", stage.waiter(shop_id)[1], OrderReply, **command).order


def hand_over(stage: Stage, shop_id: str, order: OrderView) -> None:
    """Bring all of it; with that the order is completed."""
    serve(stage, shop_id, order)
    command = {"shopId": shop_id, "orderId": order.order_id, "step": "complete"}
    done = stage.client.tell("advanceOrder", stage.waiter(shop_id)[1], OrderReply, **command).order
    what = "已取餐" if done.channel == "pickup" else "菜已上齐"
    stage.say("done", shop_id, f"{label_of(done)} {what}，{done.order_no} 完成")


def change(stage: Stage, shop_id: str, order: OrderView, said: str, openid: str, **edit: object) -> OrderView:
    """Edit the order and see the tickets that tell the kitchen; the order after it."""
    began = now()
    stage.journal.begin_change(order.order_id, began)
    reply = stage.client.tell("editOrder", openid, OrderReply, orderId=order.order_id, **edit)
    stage.say("change", shop_id, said, since=began)
    stage.follow(shop_id, reply.order)
    stage.pause()
    return reply.order


def orders_at(stage: Stage, shop_id: str, sitting_id: str) -> tuple[OrderView, ...]:
    """The sitting's orders as the waiter sees them, the first round first."""
    openid = stage.waiter(shop_id)[1]
    found = stage.client.ask("listOrders", openid, OrdersReply, shopId=shop_id, sittingId=sitting_id, limit=100)
    return tuple(sorted(found.orders, key=lambda order: order.round))
