"""What is at a table now: guests, shared cart, rounds."""

from __future__ import annotations

from shared.contracts.sitting import GetSitting, SittingState
from shared.entry import Work, shop_function
from shared.usecases.cart import get_sitting


@shop_function("getSitting", GetSitting)
def main(command: GetSitting, work: Work) -> SittingState:
    return get_sitting(command, work)
