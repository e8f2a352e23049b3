"""How a meal is paid: by a guest's phone at the simulated WeChat Pay, by stored value, or in cash at the till."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scripts.local.demo.journal import now
from scripts.local.demo.stage import MealFailedError, Stage, require_played, yuan
from scripts.local.wechat_pay.simulator import WechatPaySimulator
from shared.contracts.ordering import LineView, OrdersReply, OrderView
from shared.contracts.papers import PrintReply
from shared.contracts.payments import PaymentView, PayReply, WechatParameters
from shared.contracts.refunds import RefundReply
from shared.contracts.top_up import TopUpReply
from shared.contracts.wire import Wire
from shared.domain.money import refund_share
from shared.gateways.wechat_pay import Prepared

_LOOKS = 400
_BETWEEN_LOOKS_S = 0.05
_KINDS = {"wechat": "微信", "stored": "储值", "points": "积分", "cash": "现金", "card": "刷卡"}


@dataclass(frozen=True)
class Bill:
    """What a guest sees at the end: the rounds of a table, or one order, and how to name it to `payOrder`."""

    shop_id: str
    label: str
    place: Mapping[str, object]
    due_fen: int


class Phone:
    """A guest's phone: it pays what `wx.requestPayment` shows, and looks until the shop knows."""

    def __init__(self, stage: Stage, wechat: WechatPaySimulator, openid: str) -> None:
        self._stage, self._wechat, self._openid = stage, wechat, openid
        self._app_id = str(json.loads(wechat.merchants_file.read_text(encoding="utf-8"))[0]["appid"])

    def pay(
        self, bill: Bill, *, tenders: Sequence[Mapping[str, object]] = ({"kind": "wechat"},), **part: object
    ) -> None:
        """Pay the bill, or a part of it."""
        command = {**bill.place, "shownFen": bill.due_fen, "tenders": list(tenders), **part}
        began = now()
        payment = self._paid("payOrder", PayReply, command)
        by = " + ".join(f"{_KINDS[one.kind]} {yuan(one.fen)}" for one in payment.tenders)
        self._stage.say("pay", bill.shop_id, f"{bill.label} 手机付款：{by}", since=began)

    def top_up(self, shop_id: str, package_id: str) -> None:
        """Buy a package of stored value."""
        listed = self._stage.client.tell("topUp", self._openid, TopUpReply, shopId=shop_id, topUp={"op": "list"})
        package = next(one for one in listed.packages if one.package_id == package_id)
        began = now()
        step = {"op": "buy", "packageId": package_id, "shownFen": package.pay_fen}
        self._paid("topUp", TopUpReply, {"shopId": shop_id, "topUp": step})
        self._stage.say(
            "pay", shop_id, f"会员储值：{package.name}，到账 {yuan(package.pay_fen + package.bonus_fen)}", since=began
        )

    def _paid(self, action: str, kind: type[PayReply] | type[TopUpReply], command: Mapping[str, object]) -> PaymentView:
        """Ask, pay what is asked for, and ask again under the same number until it is paid."""
        stage, number = self._stage, str(uuid.uuid4())
        is_tapped = False
        for _ in range(_LOOKS):
            reply: Wire = stage.client.tell(action, self._openid, kind, requestId=number, **command)
            assert isinstance(reply, PayReply | TopUpReply)
            assert reply.payment is not None
            if reply.payment.state == "paid":
                return reply.payment
            if reply.wechat is not None and not is_tapped:
                self._tap(reply.wechat)
                is_tapped = True
            stage.pause(_BETWEEN_LOOKS_S)
        raise MealFailedError(f"{action} of {self._openid} was not paid")

    def _tap(self, told: WechatParameters) -> None:
        prepared = Prepared(
            "", self._app_id, told.time_stamp, told.nonce_str, told.package, told.sign_type, told.pay_sign
        )
        answer = self._wechat.request_payment(prepared, openid=self._openid)
        require_played(answer == "requestPayment:ok", f"the phone says {answer}")


def bill_of_table(stage: Stage, shop_id: str, sitting_id: str, *, code: str | None = None) -> Bill:
    """The table's bill; with the table's code as a guest names it, else as the till does."""
    orders = rounds(stage, shop_id, sitting_id)
    due = sum(open_fen(line) for order in orders for line in order.lines)
    place = {"sittingId": sitting_id, **({"tableCode": code} if code else {"shopId": shop_id})}
    return Bill(shop_id, orders[0].table_name or "", place, due)


def bill_of_order(order: OrderView, shop_id: str) -> Bill:
    """A pick-up order's bill."""
    return Bill(shop_id, order.pickup_no or "", {"orderId": order.order_id, "shopId": shop_id}, order.due_fen)


def rounds(stage: Stage, shop_id: str, sitting_id: str) -> list[OrderView]:
    """The orders on the table's bill."""
    openid = stage.waiter(shop_id)[1]
    found = stage.client.ask("listOrders", openid, OrdersReply, shopId=shop_id, sittingId=sitting_id, limit=100)
    return [order for order in found.orders if order.state != "cancelled"]


def open_fen(line: LineView) -> int:
    """What of a line is still to be paid."""
    due = line.amount_fen - line.cut_fen
    left = due - refund_share(due, units=line.voided + line.moved, of=line.quantity)
    return left - (line.paid_fen or 0)


def take_cash(stage: Stage, bill: Bill) -> PaymentView:
    """The cashier takes the bill in notes, and gives change."""
    name, openid = stage.cashier(bill.shop_id)
    handed = -(-bill.due_fen // 10_000) * 10_000
    began = now()
    tender = {"kind": "cash", "handedFen": handed}
    reply = stage.client.tell(
        "payOrder", openid, PayReply, **{**bill.place, "shopId": bill.shop_id}, shownFen=bill.due_fen, tenders=[tender]
    )
    change = yuan(reply.payment.change_fen)
    text = f"{bill.label} {name}收现金 {yuan(handed)}，找零 {change}"
    stage.say("pay", bill.shop_id, text, since=began)
    require_played(reply.payment.change_fen == handed - bill.due_fen, f"the change is {change}")
    return reply.payment


def print_receipt(stage: Stage, shop_id: str, payment: PaymentView) -> None:
    """The guest wants the receipt on paper."""
    name, openid = stage.cashier(shop_id)
    paper = {"kind": "receipt", "paymentId": payment.payment_id}
    began = now()
    printed = stage.client.tell("printReceipt", openid, PrintReply, shopId=shop_id, paper=paper)
    stage.journal.expect_paper(printed.job_id)
    stage.require_papers((printed.job_id,), of=f"receipt {payment.payment_id}")
    stage.say("pay", shop_id, f"{name}打印结账单", since=began)


def give_back(stage: Stage, shop_id: str, order: OrderView, *, line_id: str, reason: str) -> RefundReply:
    """The manager gives the money for one unit of a line back."""
    name, openid = stage.manager(shop_id)
    wanted = {"by": "units", "lines": [{"lineId": line_id, "quantity": 1}], "reason": reason}
    began = now()
    reply = stage.client.tell("refundOrder", openid, RefundReply, shopId=shop_id, orderId=order.order_id, refund=wanted)
    dish = order_line_name(order, line_id)
    stage.say("pay", shop_id, f"{name}退款：{dish} {yuan(reply.fen)}，{reason}", since=began)
    return reply


def order_line_name(order: OrderView, line_id: str) -> str:
    """What the line is."""
    return next(line.name for line in order.lines if line.line_id == line_id)
