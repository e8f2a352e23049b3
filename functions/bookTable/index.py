"""Reserve a table for a party."""

from __future__ import annotations

from shared.contracts.booking import BookingReply, BookTable
from shared.entry import Work, shop_function
from shared.usecases.booking import book_table


@shop_function("bookTable", BookTable)
def main(command: BookTable, work: Work) -> BookingReply:
    return book_table(command, work)
