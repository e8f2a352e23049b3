"""Pay an order, or a part of a sitting's bill."""

from __future__ import annotations

from shared.contracts.payments import PayOrder, PayReply
from shared.entry import Work, shop_function
from shared.usecases.paying import pay_order


@shop_function("payOrder", PayOrder)
def main(command: PayOrder, work: Work) -> PayReply:
    return pay_order(command, work)
