"""Three friends buy walnuts together, and all are cooked at once; another waits alone, and gets the money back."""

from __future__ import annotations

from datetime import timedelta

from scripts.local.demo.journal import now
from scripts.local.demo.lunch import NORTH
from scripts.local.demo.offers.past import Past
from scripts.local.demo.service import cook_and_call, hand_over
from scripts.local.demo.stage import Stage, require_played, yuan
from scripts.local.demo.till import Phone, bill_of_order
from shared.contracts.campaigns import SavedCampaign
from shared.contracts.groups import GroupReply
from shared.contracts.ordering import OrdersReply, OrderView

DISH, PRICE_FEN, SIZE = "d-walnut", 1_680, 3
_NAMES = {"openid-group-he": "何先生", "openid-group-luo": "罗女士", "openid-group-tian": "田先生"}
_ALONE = ("openid-group-gu", "顾女士")


def play_groups(stage: Stage, past: Past) -> None:
    """One group fills, and one does not."""
    offer_id = _begin(stage)
    stage.pause()
    _fill(stage, offer_id)
    _fail(stage, offer_id, past)


def _begin(stage: Stage) -> str:
    name, openid = stage.owner
    opens = now()
    offer = {
        "kind": "group",
        "name": "三人拼核桃仁",
        "shops": [NORTH],
        "validFrom": opens.isoformat(),
        "validUntil": (opens + timedelta(hours=3)).isoformat(),
        "dishId": DISH,
        "priceFen": PRICE_FEN,
        "size": SIZE,
        "lastsMin": 60,
    }
    saved = stage.client.tell("saveCampaign", openid, SavedCampaign, shopId=NORTH, campaign=offer)
    stage.say("offer", NORTH, f"{name}开拼团：王屋山核桃仁 三人成团 每份 {yuan(PRICE_FEN)}")
    return saved.campaign_id


def _fill(stage: Stage, offer_id: str) -> None:
    group_id = ""
    for number, (openid, name) in enumerate(_NAMES.items(), start=1):
        step: dict[str, object] = (
            {"op": "join", "groupId": group_id} if group_id else {"op": "open", "offerId": offer_id}
        )
        group_id = _take_and_pay(stage, openid, name, step)
        waiting = _order_of(stage, openid)
        is_last = number == SIZE
        require_played((waiting.state == "confirmed") == is_last, f"seat {number} of {SIZE} is {waiting.state}")
    orders = [_order_of(stage, openid) for openid in _NAMES]
    stage.say("offer", NORTH, f"{SIZE} 人付清，成团，{SIZE} 单同时下厨房")
    for order in orders:
        cook_and_call(stage, NORTH, order)
        hand_over(stage, NORTH, order)


def _fail(stage: Stage, offer_id: str, past: Past) -> None:
    openid, name = _ALONE
    group_id = _take_and_pay(stage, openid, name, {"op": "open", "offerId": offer_id})
    past.over(group_id)
    stage.client.fire("sweep")
    order = _order_of(stage, openid)
    require_played((order.state, order.tickets) == ("cancelled", ()), f"the group is over, but: {order}")
    back = sum(line.refunded_fen or 0 for line in order.lines)
    require_played(back == PRICE_FEN, f"{back} fen went back")
    stage.say("offer", NORTH, f"{name}的团到时未满，订单取消，{yuan(back)} 原路退回")


def _take_and_pay(stage: Stage, openid: str, name: str, step: dict[str, object]) -> str:
    line = {"lineId": "g", "dishId": DISH, "quantity": 1}
    began = now()
    reply = stage.client.tell(
        "joinGroup", openid, GroupReply, shopId=NORTH, group={**step, "deviceId": f"phone-of-{openid}", "line": line}
    )
    (group,) = reply.groups
    assert reply.order is not None
    what = "开团" if step["op"] == "open" else "参团"
    stage.say("offer", NORTH, f"{name}{what}，{group.taken}/{group.size} 人", since=began)
    Phone(stage, stage.wechat, openid).pay(bill_of_order(reply.order, NORTH))
    return group.group_id


def _order_of(stage: Stage, openid: str) -> OrderView:
    (order,) = stage.client.ask("listOrders", openid, OrdersReply, shopId=NORTH, limit=1).orders
    return order
