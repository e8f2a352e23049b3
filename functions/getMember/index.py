"""One's own membership: level, balances, statement."""

from __future__ import annotations

from shared.contracts.members import GetMember, MemberReply
from shared.entry import Work, shop_function
from shared.usecases.members import get_member


@shop_function("getMember", GetMember)
def main(command: GetMember, work: Work) -> MemberReply:
    return get_member(command, work)
