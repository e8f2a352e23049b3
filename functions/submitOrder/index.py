"""Order: stock, order, kitchen tickets and their events, all or nothing."""

from __future__ import annotations

from shared.contracts.ordering import OrderReply, SubmitOrder
from shared.entry import Work, shop_function
from shared.usecases.ordering import submit_order


@shop_function("submitOrder", SubmitOrder)
def main(command: SubmitOrder, work: Work) -> OrderReply:
    return submit_order(command, work)
