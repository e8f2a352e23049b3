"""Head office sends a coupon to members who have not come for long; two of them come, and the result is told."""

from __future__ import annotations

from scripts.local.demo.journal import now
from scripts.local.demo.lunch import NORTH
from scripts.local.demo.offers.past import Past
from scripts.local.demo.service import cook_and_call, hand_over
from scripts.local.demo.stage import Stage, in_words, require_played, yuan
from scripts.local.demo.till import Phone, bill_of_order
from scripts.local.loading import COUPON_TEMPLATE
from shared.contracts.campaigns import SavedCampaign
from shared.contracts.coupons import OffersReply
from shared.contracts.members import MemberReply
from shared.contracts.messages import ConsentReply
from shared.contracts.ordering import OrderReply
from shared.contracts.pushing import PushReply

CUT_FEN, LEAST_FEN = 800, 3_000
_ASLEEP = [f"openid-asleep-{number}" for number in range(6)]
_CONSENTING = 4
_COMING = 2
_DISHES = ("d-peanut", "d-walnut")


def play_push(stage: Stage, past: Past) -> None:
    """Preview, start, let them know, see who comes."""
    _fall_asleep(stage, past)
    template_id = _template(stage)
    segment = {"dormantDays": 60, "shops": [NORTH]}
    push_id = _push(stage, segment, template_id)
    stage.pause()
    for openid in _ASLEEP[:_COMING]:
        _come_again(stage, openid)
    _tell_result(stage, push_id)


def _fall_asleep(stage: Stage, past: Past) -> None:
    for number, openid in enumerate(_ASLEEP):
        stage.client.ask("getMember", openid, MemberReply, shopId=NORTH)
        if number < _CONSENTING:
            stage.messages.consent(openid, COUPON_TEMPLATE)
            stage.client.tell("giveConsent", openid, ConsentReply, shopId=NORTH, kinds=["coupon"])
    past.asleep(_ASLEEP, days=90)


def _template(stage: Stage) -> str:
    _, openid = stage.owner
    coupon = {
        "kind": "coupon",
        "name": "老友回归减8元",
        "shops": [NORTH],
        "layer": "order",
        "value": {"type": "fixed", "fen": CUT_FEN},
        "thresholdFen": LEAST_FEN,
        "validity": {"by": "days", "days": 15},
        "give": "push",
    }
    return stage.client.tell("saveCampaign", openid, SavedCampaign, shopId=NORTH, campaign=coupon).campaign_id


def _push(stage: Stage, segment: dict[str, object], template_id: str) -> str:
    name, openid = stage.owner
    act = {"op": "preview", "segment": segment, "templateId": template_id}
    preview = stage.client.ask("pushCoupons", openid, PushReply, shopId=NORTH, push=act).preview
    assert preview is not None
    cost = f"，全部用掉让利 {yuan(preview.cost_fen)}" if preview.cost_fen else ""
    stage.say(
        "offer", NORTH, f"{name}预览：60 天没来的会员 {preview.members} 位，{preview.consenting} 位可收到消息{cost}"
    )
    start = {"op": "start", "title": "好久不见，送您一张券", "segment": segment, "templateId": template_id}
    began = now()
    push = stage.client.tell("pushCoupons", openid, PushReply, shopId=NORTH, push=start).push
    assert push is not None
    stage.client.fire("sweep")
    stage.client.fire("sendMessages")
    stage.say("offer", NORTH, f"{name}发券：{preview.members} 位会员", since=began)
    return push.push_id


def _come_again(stage: Stage, openid: str) -> None:
    offers = stage.client.ask("listOffers", openid, OffersReply, shopId=NORTH)
    require_played(len(offers.coupons) == 1, f"a member who was to get a coupon has {len(offers.coupons)}")
    lines = [{"lineId": dish, "dishId": dish, "quantity": 1} for dish in _DISHES]
    command = {"shopId": NORTH, "lines": lines, "couponIds": [offers.coupons[0].coupon_id]}
    began = now()
    order = stage.client.tell("submitOrder", openid, OrderReply, **command).order
    require_played(order.gross_fen - order.due_fen == CUT_FEN, f"the coupon cut another amount: {order}")
    stage.say("order", NORTH, f"{order.pickup_no} 老会员用券：{in_words(order)}，券减 {yuan(CUT_FEN)}", since=began)
    Phone(stage, stage.wechat, openid).pay(bill_of_order(order, NORTH))
    cook_and_call(stage, NORTH, order)
    hand_over(stage, NORTH, order)


def _tell_result(stage: Stage, push_id: str) -> None:
    name, openid = stage.owner
    stage.client.fire("sweep")
    push = stage.client.ask(
        "pushCoupons", openid, PushReply, shopId=NORTH, push={"op": "result", "pushId": push_id}
    ).push
    assert push is not None
    told = f"发券 {push.granted} 张，消息送达 {push.delivered} 条，核销 {push.redeemed} 张"
    money = f"带来营业额 {yuan(push.turnover_fen)}，让利 {yuan(push.cut_fen)}"
    stage.say("offer", NORTH, f"{name}看活动结果：{told}，{money}")
    seen = (push.granted, push.delivered, push.redeemed, push.cut_fen)
    wanted = (len(_ASLEEP), _CONSENTING, _COMING, _COMING * CUT_FEN)
    require_played(seen == wanted, f"the push came to {seen}, not {wanted}")
