"""At six o'clock: ten guests want three plates of cucumber at 3.90; three get one, seven are told at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

from scripts.local.demo.client import RefusalError
from scripts.local.demo.journal import now
from scripts.local.demo.lunch import RIVER
from scripts.local.demo.service import cook_and_call, hand_over
from scripts.local.demo.stage import LIMIT_S, Stage, in_words, require_played, yuan
from scripts.local.demo.till import Phone, bill_of_order
from shared.contracts.campaigns import SavedCampaign
from shared.contracts.flash import FlashClaimReply, FlashClaimView
from shared.contracts.members import MemberReply
from shared.contracts.ordering import OrderReply

DISH, PRICE_FEN = "d-jingjie", 390
PIECES, BUYERS = 3, 10


def play_flash(stage: Stage) -> None:
    """Begin the sale, let everybody grab at once, serve who got one."""
    sale_id = _begin(stage)
    stage.pause()
    claims = _grab(stage, sale_id)
    for openid, claim in claims.items():
        _order(stage, openid, claim)


def _begin(stage: Stage) -> str:
    name, openid = stage.owner
    opens = now()
    sale = {
        "kind": "flash",
        "name": "六点秒杀荆芥黄瓜",
        "shops": [RIVER],
        "validFrom": opens.isoformat(),
        "validUntil": (opens + timedelta(minutes=30)).isoformat(),
        "dishId": DISH,
        "priceFen": PRICE_FEN,
        "pieces": PIECES,
    }
    saved = stage.client.tell("saveCampaign", openid, SavedCampaign, shopId=RIVER, campaign=sale)
    stage.say("offer", RIVER, f"{name}开秒杀：荆芥拌黄瓜 {yuan(PRICE_FEN)}，{PIECES} 份")
    return saved.campaign_id


def _grab(stage: Stage, sale_id: str) -> dict[str, FlashClaimView]:
    """Everybody's finger comes down in one moment."""
    openids = [f"openid-flash-{number}" for number in range(BUYERS)]
    for openid in openids:
        stage.client.ask("getMember", openid, MemberReply, shopId=RIVER)
    together = Barrier(BUYERS)

    def grab(openid: str) -> FlashClaimView | None:
        together.wait(LIMIT_S)
        wanted = {"shopId": RIVER, "saleId": sale_id, "deviceId": f"phone-of-{openid}"}
        try:
            return stage.client.tell("grabFlashSale", openid, FlashClaimReply, **wanted).claim
        except RefusalError as refusal:
            require_played(refusal.code == "FLASH_SOLD_OUT", f"no piece, but: {refusal}")
            return None

    began = now()
    with ThreadPoolExecutor(BUYERS, thread_name_prefix="buyer") as buyers:
        found = dict(zip(openids, buyers.map(grab, openids), strict=True))
    claims = {openid: claim for openid, claim in found.items() if claim is not None}
    require_played(len(claims) == PIECES, f"{PIECES} pieces, but {len(claims)} claims")
    text = f"{BUYERS} 位客人同时抢：{PIECES} 位抢到，{BUYERS - PIECES} 位提示已抢光"
    stage.say("offer", RIVER, text, since=began)
    return claims


def _order(stage: Stage, openid: str, claim: FlashClaimView) -> None:
    line = {"lineId": "f", "dishId": DISH, "quantity": 1}
    command = {"shopId": RIVER, "lines": [line], "flashClaims": {"f": [claim.claim_id]}}
    began = now()
    order = stage.client.tell("submitOrder", openid, OrderReply, **command).order
    require_played(order.lines[0].unit_fen == PRICE_FEN, f"not the sale's price: {order}")
    stage.say("order", RIVER, f"{order.pickup_no} 秒杀下单：{in_words(order)}", since=began)
    Phone(stage, stage.wechat, openid).pay(bill_of_order(order, RIVER))
    cook_and_call(stage, RIVER, order)
    hand_over(stage, RIVER, order)
