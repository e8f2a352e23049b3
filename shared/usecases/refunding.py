"""Giving back what was paid for an order: all of it is decided in one transaction, then WeChat Pay is asked (rule 16).

begin (transaction: payments, accounts, refunds, order, kitchen, stock) → WeChat Pay, under a number that stays → note
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from typing_extensions import assert_never

from shared.access.caller import Role
from shared.contracts import refunds as wire
from shared.contracts.ordering import OrderView
from shared.domain import refunds
from shared.domain.orders import Order
from shared.domain.payments import Leg
from shared.domain.refund_legs import returned
from shared.domain.refunds import LegBack, LineBack, Refund
from shared.errors import PermissionDenied
from shared.store import coupons, orders, payments
from shared.store import refunds as records
from shared.store.scope import Shop
from shared.store.work import DoneBefore, Outcome, Work
from shared.usecases import life
from shared.usecases.counter import drawer_for
from shared.usecases.repaying import Because, repay
from shared.usecases.returning import send
from shared.usecases.telling import Kitchen

GIVES_AMOUNTS: frozenset[Role] = frozenset({"owner", "manager"})
_TOLD: Mapping[Leg, str] = {
    "wechat": "原路退回微信，到账以微信通知为准",
    "principal": "退回储值本金",
    "bonus": "退回储值赠送金额",
    "points": "退回积分",
    "cash": "在收银台退还现金",
    "card": "在收银台退回银行卡",
}


def refund_order(command: wire.RefundOrder, work: Work) -> wire.RefundReply:
    """Give back units, an amount, or all, each leg the way it came; refunds at once never exceed what was paid.

    Raises NotFound, PermissionDenied, NotPaid, RefundTooMuch, RefundUnavailable, StateConflict.
    """
    if isinstance(command.refund, wire.AmountBack) and work.caller.role not in GIVES_AMOUNTS:
        raise PermissionDenied("按金额退款请店长操作")
    kitchen = Kitchen.of(work)
    reply = work.transact(lambda shop: _given_back(shop, command, kitchen, work))
    for one in reply.refunds:
        if one.state == "due" and one.ask_at is None:
            send(one.refund_no, work)
    return reply


def _given_back(shop: Shop, command: wire.RefundOrder, kitchen: Kitchen, work: Work) -> Outcome[wire.RefundReply]:
    """All of it, within the transaction. Raises DoneBefore for the twin of a command that gave money back."""
    assert work.key is not None
    number, reason = f"R{work.key.number}", command.refund.reason
    if records.find(shop, f"{number}-1") is not None:
        raise DoneBefore
    before = orders.get(shop, command.order_id)
    backs = _backs(before, command.refund)
    why = Because(before.order_id, reason, kitchen.config.calendar.biz_date(work.now))
    parts = returned(payments.paid_for(shop, before.order_id), backs)
    made = [repay(shop, f"{number}-{nth}", part, why, work) for nth, part in enumerate(parts, start=1)]
    after = refunds.given_back(before, backs, by=work.caller.id, at=work.now, reason=reason)
    moved = life.write_move(shop, before, after, kitchen=kitchen, reason=reason)
    if refunds.is_all_back(after):
        coupons.give_back(shop, before, now=work.now, grace=True)
    drawer = drawer_for(number, [leg.leg for refund in made for leg in refund.legs], kitchen.config, work)
    return Outcome(_reply(moved.reply.order, made, work), (*drawer, *moved.events))


def _backs(order: Order, wanted: wire.UnitsBack | wire.AmountBack | wire.AllBack) -> tuple[LineBack, ...]:
    if isinstance(wanted, wire.UnitsBack):
        return refunds.by_units(order, {line.line_id: line.quantity for line in wanted.lines})
    if isinstance(wanted, wire.AmountBack):
        return refunds.by_amount(order, wanted.fen)
    if isinstance(wanted, wire.AllBack):
        return refunds.whole(order)
    assert_never(wanted)


def _reply(order: OrderView, made: Sequence[Refund], work: Work) -> wire.RefundReply:
    cash = sum(leg.fen for refund in made for leg in refund.legs if leg.leg == "cash")
    return wire.RefundReply(
        order=order,
        fen=sum(refund.fen for refund in made),
        cash_fen=cash,
        refunds=tuple(
            wire.RefundView(
                refund_no=refund.refund_no,
                payment_id=refund.payment_id,
                fen=refund.fen,
                state=refund.state,
                legs=tuple(_leg_view(leg) for leg in refund.legs),
                ask_at=refund.ask_at if refund.ask_at and refund.ask_at > work.now else None,
            )
            for refund in made
        ),
    )


def _leg_view(leg: LegBack) -> wire.LegBackView:
    told = {"failed": "会员账户已注销，请在收银台退还", "lapsed": "会员账户已注销，不再退还"}.get(
        leg.state, _TOLD[leg.leg]
    )
    return wire.LegBackView(leg=leg.leg, fen=leg.fen, state=leg.state, told=told, points=leg.points or None)
