"""Pay in stored value by a package, or pay back what of it is unspent."""

from __future__ import annotations

from shared.contracts.top_up import TopUp, TopUpReply
from shared.entry import Work, shop_function
from shared.usecases.topping_up import top_up


@shop_function("topUp", TopUp)
def main(command: TopUp, work: Work) -> TopUpReply:
    return top_up(command, work)
