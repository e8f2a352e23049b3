"""Change, void, rush or fire what was ordered."""

from __future__ import annotations

from shared.contracts.life import EditOrder
from shared.contracts.ordering import OrderReply
from shared.entry import Work, shop_function
from shared.usecases.life import edit_order


@shop_function("editOrder", EditOrder)
def main(command: EditOrder, work: Work) -> OrderReply:
    return edit_order(command, work)
