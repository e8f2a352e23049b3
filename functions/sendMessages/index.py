"""Send what guests are to be told by WeChat; called by a timer."""

from __future__ import annotations

from shared.contracts.messages import SendMessages, SentReply
from shared.entry import Chain, chain_function
from shared.usecases.messaging import send_messages


@chain_function("sendMessages", SendMessages)
def main(command: SendMessages, chain: Chain) -> SentReply:
    return send_messages(command, chain)
