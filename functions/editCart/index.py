"""Edit one line of a sitting's shared cart."""

from __future__ import annotations

from shared.contracts.sitting import CartReply, EditCart
from shared.entry import Work, shop_function
from shared.usecases.cart import edit_cart


@shop_function("editCart", EditCart)
def main(command: EditCart, work: Work) -> CartReply:
    return edit_cart(command, work)
