"""Give back what was paid for an order."""

from __future__ import annotations

from shared.contracts.refunds import RefundOrder, RefundReply
from shared.entry import Work, shop_function
from shared.usecases.refunding import refund_order


@shop_function("refundOrder", RefundOrder)
def main(command: RefundOrder, work: Work) -> RefundReply:
    return refund_order(command, work)
