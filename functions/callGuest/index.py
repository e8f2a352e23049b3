"""Call a ready order to the shop's screen and loudspeaker."""

from __future__ import annotations

from shared.contracts.kitchen import CallGuest, CallReply
from shared.entry import Work, shop_function
from shared.usecases.kitchen import call_guest


@shop_function("callGuest", CallGuest)
def main(command: CallGuest, work: Work) -> CallReply:
    return call_guest(command, work)
