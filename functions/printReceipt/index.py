"""Print a payment's receipt or an unpaid bill at the counter, or open the cash drawer."""

from __future__ import annotations

from shared.contracts.papers import PrintReceipt, PrintReply
from shared.entry import Work, shop_function
from shared.usecases.counter import print_receipt


@shop_function("printReceipt", PrintReceipt)
def main(command: PrintReceipt, work: Work) -> PrintReply:
    return print_receipt(command, work)
