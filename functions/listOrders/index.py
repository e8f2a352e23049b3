"""Orders, newest first: a guest's own, or the shop's for its staff."""

from __future__ import annotations

from shared.contracts.ordering import ListOrders, OrdersReply
from shared.entry import Work, shop_function
from shared.usecases.ordering import list_orders


@shop_function("listOrders", ListOrders)
def main(command: ListOrders, work: Work) -> OrdersReply:
    return list_orders(command, work)
