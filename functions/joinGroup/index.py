"""Open a group buy, take a seat in one, or look at groups."""

from __future__ import annotations

from shared.contracts.groups import GroupReply, JoinGroup
from shared.entry import Work, shop_function
from shared.usecases.grouping import join_group


@shop_function("joinGroup", JoinGroup)
def main(command: JoinGroup, work: Work) -> GroupReply:
    return join_group(command, work)
