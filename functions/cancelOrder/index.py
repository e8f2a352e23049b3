"""Cancel a whole order."""

from __future__ import annotations

from shared.contracts.life import CancelOrder
from shared.contracts.ordering import OrderReply
from shared.entry import Work, shop_function
from shared.usecases.life import cancel_order


@shop_function("cancelOrder", CancelOrder)
def main(command: CancelOrder, work: Work) -> OrderReply:
    return cancel_order(command, work)
