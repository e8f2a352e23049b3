"""Move, merge, count and close parties; put dishes on another bill."""

from __future__ import annotations

from shared.contracts.sitting import ArrangeReply, ArrangeTables
from shared.entry import Work, shop_function
from shared.usecases.arranging import arrange_tables


@shop_function("arrangeTables", ArrangeTables)
def main(command: ArrangeTables, work: Work) -> ArrangeReply:
    return arrange_tables(command, work)
