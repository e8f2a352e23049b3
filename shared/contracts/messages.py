"""Messages by WeChat: what a guest consents to (`giveConsent`), and the sending of what is due (`sendMessages`)."""

from typing import Annotated

from pydantic import ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from shared.contracts.ordering import TableCode
from shared.contracts.wire import Id, RequestId, Wire
from shared.domain.messages import MESSAGE_KINDS, MessageKind


class GiveConsent(Wire):
    """What the guest accepted when the mini-program called `wx.requestSubscribeMessage`: one message of each kind.

    Without any kind it only asks which kinds there are. The guest says where they are: `table_code`, else `shop_id`.
    """

    request_id: RequestId
    kinds: Annotated[tuple[MessageKind, ...], Field(max_length=len(MESSAGE_KINDS))] = ()
    table_code: TableCode | None = None
    shop_id: Id | None = None

    @model_validator(mode="after")
    def _one_place(self) -> "GiveConsent":
        if self.table_code is not None and self.shop_id is not None:
            raise ValueError("tableCode 和 shopId 只需提供一个")
        return self


class ConsentView(Wire):
    """A kind of message the brand sends: the template to ask the guest about, and how many they still consent to."""

    kind: MessageKind
    template_id: str
    left: int


class ConsentReply(Wire):
    """Every kind of message the brand sends."""

    consents: tuple[ConsentView, ...]


class SendMessages(Wire):
    """Send what is due, of every shop. Sent by the timer, whose fields are let through.

    Harmless when anybody calls it: it does only what is due.
    """

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, extra="ignore")


class SentReply(Wire):
    """What became of messages in this run; `stopped` tells why it ended before all that was due was done.

    `refused` had no consent; `failed` will never be sent; `put_back` are tried again later.
    """

    sent: int = 0
    refused: int = 0
    failed: int = 0
    put_back: int = 0
    stopped: str | None = None
