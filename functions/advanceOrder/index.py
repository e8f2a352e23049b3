"""A step in an order's life: started, ready, handed over."""

from __future__ import annotations

from shared.contracts.kitchen import AdvanceOrder
from shared.contracts.ordering import OrderReply
from shared.entry import Work, shop_function
from shared.usecases.kitchen import advance_order


@shop_function("advanceOrder", AdvanceOrder)
def main(command: AdvanceOrder, work: Work) -> OrderReply:
    return advance_order(command, work)
