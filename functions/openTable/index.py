"""Open the sitting of a table, or join it."""

from __future__ import annotations

from shared.contracts.sitting import OpenTable, SittingReply
from shared.entry import Work, shop_function
from shared.usecases.seating import open_table


@shop_function("openTable", OpenTable)
def main(command: OpenTable, work: Work) -> SittingReply:
    return open_table(command, work)
