"""A guest consents to messages, or asks which there are."""

from __future__ import annotations

from shared.contracts.messages import ConsentReply, GiveConsent
from shared.entry import Work, shop_function
from shared.usecases.consenting import give_consent


@shop_function("giveConsent", GiveConsent)
def main(command: GiveConsent, work: Work) -> ConsentReply:
    return give_consent(command, work)
