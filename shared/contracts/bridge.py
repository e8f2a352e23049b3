"""`syncBridge`: the store PC acknowledges, reports, and catches up; and its status over MQTT.

The PC posts `SyncBridge` as JSON to the HTTP route `/syncBridge`, signed (`shared.contracts.signing`). The reply is the
usual envelope with `SyncReply` under `data`. The call may be repeated at will: every report is idempotent by its id.
"""

from typing import Annotated, Literal

from pydantic import Field

from shared.contracts.events import Event
from shared.contracts.wire import Id, Moment, Wire

SYNC_ROUTE = "/syncBridge"
SYNC_LIMIT = 200
"""At most so many acknowledgements, receipts and events in one exchange."""

ReceiptOutcome = Literal["printed", "printedMarked", "shown", "opened", "expired"]
PrinterState = Literal["ready", "offline", "paperOut", "paperLow", "coverOpen", "error"]


class Receipt(Wire):
    """What became of one job, call or drawer. `printedMarked`: on paper, at least one copy under the banner 补打.

    A call or drawer `expired` before it could be shown or opened; what may or may not have opened is never told.
    """

    event_id: Id
    job_id: Id
    """The paper's or the drawer's job id, or the call's call id."""
    outcome: ReceiptOutcome
    attempts: int = 1
    printer: str = ""
    at: Moment


class PrinterReport(Wire):
    """A printer's condition now, in one word and in one Chinese sentence."""

    printer: str
    state: PrinterState
    detail: str = ""
    since: Moment


class SyncBridge(Wire):
    """`acks`: event ids that are safe in the spool (or were there before): the cloud stops redelivering them."""

    acks: Annotated[tuple[Id, ...], Field(max_length=SYNC_LIMIT)] = ()
    receipts: Annotated[tuple[Receipt, ...], Field(max_length=SYNC_LIMIT)] = ()
    printers: Annotated[tuple[PrinterReport, ...], Field(max_length=50)] = ()
    waiting: Annotated[int, Field(ge=0)] = 0
    """Jobs in the spool that are not on paper yet."""


class SyncReply(Wire):
    """`events`: everything of the shop that is not acknowledged (after these acks); `more`: ask again at once."""

    events: tuple[Event, ...]
    more: bool
    server_time: Moment


class BridgeStatus(Wire):
    """The retained status of a store PC; its last will is the same with `online` false."""

    device_id: Id
    online: bool
    at: Moment
    version: str = ""
    waiting: int = 0
    printers: tuple[PrinterReport, ...] = ()
