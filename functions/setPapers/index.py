"""Change what the shop's papers look like, or try it on paper."""

from __future__ import annotations

from shared.contracts.papers import PapersReply, SetPapers
from shared.entry import Work, shop_function
from shared.usecases.papers import set_papers


@shop_function("setPapers", SetPapers)
def main(command: SetPapers, work: Work) -> PapersReply:
    return set_papers(command, work)
