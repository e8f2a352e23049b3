"""Staff say how many of a dish are left today, or how many every day has."""

from __future__ import annotations

from shared.contracts.menu import SetStock, StockReply
from shared.entry import Work, shop_function
from shared.usecases.menu import set_stock


@shop_function("setStock", SetStock)
def main(command: SetStock, work: Work) -> StockReply:
    return set_stock(command, work)
