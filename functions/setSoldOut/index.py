"""Staff take a dish off sale until a time or the next business day, or put it back."""

from __future__ import annotations

from shared.contracts.menu import SetSoldOut, SoldOutReply
from shared.entry import Work, shop_function
from shared.usecases.menu import set_sold_out


@shop_function("setSoldOut", SetSoldOut)
def main(command: SetSoldOut, work: Work) -> SoldOutReply:
    return set_sold_out(command, work)
