"""What guests and staff say about the waiting queue: `joinQueue`, `leaveQueue`, `getQueue`, `manageQueue` (rule 25)."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from shared.contracts.wire import Id, Moment, RequestId, Wire

Letter = Annotated[str, StringConstraints(pattern=r"^[A-Z]$")]
QueueName = Annotated[str, StringConstraints(strip_whitespace=True, max_length=20)]


class JoinQueue(Wire):
    """Draw a number for a party of `guests`. `walk_in`: a waiter draws it for a party without the mini-program."""

    request_id: RequestId
    shop_id: Id | None = None
    guests: Annotated[int, Field(ge=1, le=99)]
    name: QueueName = ""
    walk_in: bool = False

    @property
    def acts_as_guest(self) -> bool:
        return not self.walk_in


class LeaveQueue(Wire):
    """Give up one's own number."""

    request_id: RequestId
    shop_id: Id | None = None
    ticket_id: Id


class GetQueue(Wire):
    """The queue of a shop: every class in figures, and the guest's own place; for staff with `all`, every party."""

    shop_id: Id | None = None
    all: bool = False

    @property
    def acts_as_guest(self) -> bool:
        return not self.all


class CallNext(Wire):
    """Call the party that has waited longest in a class."""

    op: Literal["next"]
    letter: Letter


class CallParty(Wire):
    """Call this party: one that waits, or once more one that was called."""

    op: Literal["call"]
    ticket_id: Id


class PassParty(Wire):
    """The called party did not come (过号): its number is kept until it is recalled, or is over the last time."""

    op: Literal["pass"]
    ticket_id: Id


class RecallParty(Wire):
    """Call a passed party again."""

    op: Literal["recall"]
    ticket_id: Id


class SeatQueued(Wire):
    """Seat the party at a free table: opens the table's sitting, with the guest as its member."""

    op: Literal["seat"]
    ticket_id: Id
    table_id: Id


class RemoveParty(Wire):
    """The party went away."""

    op: Literal["remove"]
    ticket_id: Id


QueueMove = Annotated[
    CallNext | CallParty | PassParty | RecallParty | SeatQueued | RemoveParty, Field(discriminator="op")
]


class ManageQueue(Wire):
    """One move of the staff's."""

    request_id: RequestId
    shop_id: Id | None = None
    move: QueueMove


class QueuePlace(Wire):
    """A party's place. `ahead` (parties of its class) and `estimate_min` are there while it waits."""

    ticket_id: str
    label: str
    letter: str
    guests: int
    name: str
    state: Literal["waiting", "called", "passed", "seated", "left", "over"]
    ahead: int | None = None
    estimate_min: int | None = None
    calls: int
    joined_at: Moment
    called_at: Moment | None = None
    seated_at: Moment | None = None
    sitting_id: str | None = None
    table_name: str | None = None


class PlaceReply(Wire):
    """The place after the command."""

    place: QueuePlace


class QueueClass(Wire):
    """One class: how many parties wait, who is called now, and what a party that joins now may expect."""

    letter: str
    max_guests: int
    waiting: int
    called: tuple[str, ...]
    estimate_min: int


class QueueReply(Wire):
    """The queue now. `mine` is the guest's newest ticket of the day; `parties` are all that are in the queue."""

    classes: tuple[QueueClass, ...]
    mine: QueuePlace | None = None
    parties: tuple[QueuePlace, ...] | None = None
