"""What an order would cost, and what could be had off it; nothing is written."""

from __future__ import annotations

from shared.contracts.quoting import QuoteOrder, QuoteReply
from shared.entry import Work, shop_function
from shared.usecases.quoting import quote_order


@shop_function("quoteOrder", QuoteOrder)
def main(command: QuoteOrder, work: Work) -> QuoteReply:
    return quote_order(command, work)
