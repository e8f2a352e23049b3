"""Payments and refunds as WeChat Pay's JSON shows them."""

from __future__ import annotations

from datetime import datetime

from scripts.local.wechat_pay.book import Refund, Trade

_STATE_WORDS = {"SUCCESS": "支付成功", "REFUND": "转入退款", "NOTPAY": "订单未支付", "CLOSED": "订单已关闭"}


def trade_facts(trade: Trade, now: datetime) -> dict[str, object]:
    """In the answer to a query and in a notice; what is not known before payment is left out."""
    order, state = trade.order, trade.state(now)
    facts: dict[str, object] = {
        "appid": order.appid,
        "mchid": order.mchid,
        "out_trade_no": order.out_trade_no,
        "trade_state": state,
        "trade_state_desc": _STATE_WORDS[state],
        "amount": {"total": order.total_fen, "currency": "CNY"},
    }
    if trade.paid_at is None:
        return facts
    return facts | {
        "transaction_id": trade.transaction_id,
        "trade_type": "JSAPI",
        "bank_type": "OTHERS",
        "attach": "",
        "success_time": trade.paid_at.isoformat(),
        "payer": {"openid": order.openid},
        "amount": {
            "total": order.total_fen,
            "payer_total": order.total_fen,
            "currency": "CNY",
            "payer_currency": "CNY",
        },
    }


def refund_facts(trade: Trade, refund: Refund) -> dict[str, object]:
    """In the answer to a refund or a query."""
    order = refund.order
    done = {} if refund.done_at is None else {"success_time": refund.done_at.isoformat()}
    return {
        "refund_id": refund.refund_id,
        "out_refund_no": order.out_refund_no,
        "transaction_id": trade.transaction_id,
        "out_trade_no": trade.order.out_trade_no,
        "channel": "ORIGINAL",
        "user_received_account": "支付用户零钱",
        "create_time": refund.accepted_at.isoformat(),
        "status": refund.state,
        "funds_account": "AVAILABLE",
        "amount": {
            **_refund_amount(refund),
            "settlement_refund": order.refund_fen,
            "settlement_total": order.total_fen,
            "discount_refund": 0,
            "currency": "CNY",
        },
        **done,
    }


def refund_word(trade: Trade, refund: Refund) -> dict[str, object]:
    """In a notice: with the merchant, with another name for the state, without a currency."""
    done = {} if refund.done_at is None else {"success_time": refund.done_at.isoformat()}
    return {
        "mchid": trade.order.mchid,
        "out_trade_no": trade.order.out_trade_no,
        "transaction_id": trade.transaction_id,
        "out_refund_no": refund.order.out_refund_no,
        "refund_id": refund.refund_id,
        "refund_status": refund.state,
        "user_received_account": "支付用户零钱",
        "amount": _refund_amount(refund),
        **done,
    }


def _refund_amount(refund: Refund) -> dict[str, object]:
    total, back = refund.order.total_fen, refund.order.refund_fen
    return {"total": total, "refund": back, "payer_total": total, "payer_refund": back}
