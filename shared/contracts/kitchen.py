"""What staff and machines say about cooking and calling: `advanceOrder`, `callGuest`, `notifyKitchen`."""

from typing import Literal

from pydantic import ConfigDict, Field, model_validator
from pydantic.alias_generators import to_camel

from shared.contracts.wire import Id, Moment, RequestId, Wire


class AdvanceOrder(Wire):
    """A step in an order's life: the cook starts or readies a ticket (`ticket_id`), the waiter serves a ticket or a
    line (`line_id`), or the order is handed over (`complete`).

    Without either, `start`, `ready` and `serve` hold for the whole order. `shop_id` picks one of a staff member's own
    shops.
    """

    request_id: RequestId
    order_id: Id
    step: Literal["start", "ready", "serve", "complete"]
    ticket_id: Id | None = None
    line_id: Id | None = None
    shop_id: Id | None = None

    @model_validator(mode="after")
    def _fits_its_step(self) -> "AdvanceOrder":
        if self.step == "complete" and self.ticket_id is not None:
            raise ValueError("完成订单时不需要 ticketId")
        if self.line_id is not None and (self.step != "serve" or self.ticket_id is not None):
            raise ValueError("只有上菜（serve）可以提供 lineId，且不与 ticketId 同时提供")
        return self


class CallGuest(Wire):
    """Show and speak the order's number or table on the shop's call screen; calling again is counted (rule 26)."""

    request_id: RequestId
    order_id: Id
    shop_id: Id | None = None


class CallReply(Wire):
    """The call that goes to the screen; `count` is 1 for the first."""

    call_id: str
    label: str
    count: int
    expires_at: Moment


class NotifyKitchen(Wire):
    """Publish what waits in the outbox. Sent by a nudge after a commit and by the timer, whose fields are let through.

    Harmless when anybody calls it: it publishes only what has to be published.
    """

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, extra="ignore")
    trigger: str | None = Field(default=None, alias="TriggerName")

    @property
    def is_timed(self) -> bool:
        """Whether a timer sent it, or somebody who says so: then the run keeps house as well."""
        return self.trigger is not None


class RelayReply(Wire):
    """What one run did: events published, left for the next run, and alarms raised."""

    published: int
    left: int
    alarmed: int
