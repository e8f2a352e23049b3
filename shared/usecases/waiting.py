"""The waiting queue: draw a number, look, leave; call, pass, recall, seat (rule 25)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from typing_extensions import assert_never

from shared.contracts.events import CallEvent
from shared.contracts.waiting import (
    CallNext,
    CallParty,
    GetQueue,
    JoinQueue,
    LeaveQueue,
    ManageQueue,
    PassParty,
    PlaceReply,
    QueueClass,
    QueuePlace,
    QueueReply,
    RecallParty,
    RemoveParty,
    SeatQueued,
)
from shared.domain.waiting import PACE_WINDOW, QueueTicket, TableClass, WaitingPolicy, parties_ahead, wait_min
from shared.errors import AlreadyQueued, NotFound, PermissionDenied
from shared.runtime import ids
from shared.store import shops, sittings, waiting
from shared.store.scope import Shop
from shared.store.shops import ShopSettings, Table
from shared.store.work import Outcome, Work
from shared.usecases.notices import Notices
from shared.usecases.views import screen_call


@dataclass(frozen=True)
class _Queue:
    """A shop's queue at one moment: who is in it or was seated lately, and its tables by class."""

    line: tuple[QueueTicket, ...]
    tables: tuple[Table, ...]
    policy: WaitingPolicy
    now: datetime

    def estimate_min(self, letter: str, ahead: int) -> int:
        """Minutes until a party of the class with so many ahead is likely called."""
        return wait_min(
            ahead,
            [one.seated_at for one in self.line if one.letter == letter and one.seated_at is not None],
            now=self.now,
            tables=sum(self.policy.class_for(table.seats).letter == letter for table in self.tables),
            turn_min=self.policy.turn_min,
        )

    def place(self, ticket: QueueTicket) -> QueuePlace:
        """The ticket as its guest and the staff see it."""
        ahead = parties_ahead(ticket, self.line) if ticket.state == "waiting" else None
        return _place(ticket, ahead, None if ahead is None else self.estimate_min(ticket.letter, ahead))

    def board(self, one: TableClass) -> QueueClass:
        """A class in figures, for everybody."""
        mine = [ticket for ticket in self.line if ticket.letter == one.letter]
        waits = sum(ticket.state == "waiting" for ticket in mine)
        return QueueClass(
            letter=one.letter,
            max_guests=one.max_guests,
            waiting=waits,
            called=tuple(ticket.label for ticket in mine if ticket.state == "called"),
            estimate_min=self.estimate_min(one.letter, waits),
        )


def join_queue(command: JoinQueue, work: Work) -> PlaceReply:
    """Draw the next number of the party's class. Raises ShopClosed, AlreadyQueued, PermissionDenied."""
    openid = None if command.walk_in else work.caller.id
    if command.walk_in and not work.caller.is_staff:
        raise PermissionDenied
    config = shops.shop_settings(work.shop, work.now)
    config.require_open(work.now)
    biz_date, queue = config.calendar.biz_date(work.now), _queue(config, work)
    _refuse_twice(openid, queue)
    letter = config.waiting.class_for(command.guests).letter
    ticket = QueueTicket(
        ticket_id=ids.new_id(),
        biz_date=biz_date,
        letter=letter,
        number=waiting.draw_number(work.shop, biz_date=biz_date, letter=letter),
        guests=command.guests,
        name=command.name,
        openid=openid,
        joined_at=work.now,
        ends_at=config.calendar.next_day_at(work.now),
    )

    def body(shop: Shop) -> Outcome[PlaceReply]:
        waiting.add(shop, ticket)
        return Outcome(PlaceReply(place=queue.place(ticket)))

    return work.transact(body)


def leave_queue(command: LeaveQueue, work: Work) -> PlaceReply:
    """The guest gives up their number. Raises NotFound (also for another's number), StateConflict."""
    biz_date = _biz_date(work)

    def body(shop: Shop) -> Outcome[PlaceReply]:
        before = waiting.get(shop, command.ticket_id, biz_date=biz_date)
        if before.openid != work.caller.id:
            raise NotFound("没有找到这个排队号")
        after = before.leave()
        waiting.save_move(shop, before, after)
        return Outcome(PlaceReply(place=_place(after)))

    return work.transact(body)


def get_queue(command: GetQueue, work: Work) -> QueueReply:
    """The queue now, with the guest's own place or, for staff, every party. Raises NotFound, PermissionDenied."""
    if command.all and not work.caller.is_staff:
        raise PermissionDenied
    config = shops.shop_settings(work.shop, work.now)
    queue = _queue(config, work)
    mine = None if command.all else _of_guest(queue, work, biz_date=config.calendar.biz_date(work.now))
    parties = tuple(queue.place(ticket) for ticket in queue.line if ticket.is_live) if command.all else None
    return QueueReply(
        classes=tuple(queue.board(one) for one in config.waiting.classes),
        mine=queue.place(mine) if mine else None,
        parties=parties,
    )


def manage_queue(command: ManageQueue, work: Work) -> PlaceReply:
    """One move by compare-and-set; a call goes to the screen (rules 25, 26).

    Raises NotFound, StateConflict, TableOccupied.
    """
    config = shops.shop_settings(work.shop, work.now)
    move, biz_date = command.move, config.calendar.biz_date(work.now)
    if isinstance(move, SeatQueued):
        return _seat(move, work, biz_date=biz_date)
    notices = Notices.of(work)

    def body(shop: Shop) -> Outcome[PlaceReply]:
        if isinstance(move, CallNext):
            before = waiting.first_waiting(shop, biz_date=biz_date, letter=move.letter)
        else:
            before = waiting.get(shop, move.ticket_id, biz_date=biz_date)
        after = _moved(before, move, now=work.now, policy=config.waiting)
        waiting.save_move(shop, before, after)
        if after.calls == before.calls:
            return Outcome(PlaceReply(place=_place(after)))
        notices.called(shop, after)
        if before.state == "waiting":
            _tell_near(shop, after, notices)
        return Outcome(PlaceReply(place=_place(after)), (_call_event(after, work),))

    return work.transact(body)


def _seat(move: SeatQueued, work: Work, *, biz_date: str) -> PlaceReply:
    """The party leaves the queue and its table's sitting opens, together or not at all."""
    table, sitting_id = shops.table_by_id(work.shop, move.table_id), ids.new_id()

    def body(shop: Shop) -> Outcome[PlaceReply]:
        before = waiting.get(shop, move.ticket_id, biz_date=biz_date)
        after = before.seat(work.now, sitting_id=sitting_id, table_name=table.name)
        waiting.save_move(shop, before, after)
        sittings.open_free(
            shop,
            table,
            sitting_id=sitting_id,
            openid=after.openid,
            name=after.name,
            guests=after.guests,
            now=work.now,
            biz_date=biz_date,
        )
        return Outcome(PlaceReply(place=_place(after)))

    return work.transact(body)


def _tell_near(shop: Shop, called: QueueTicket, notices: Notices) -> None:
    """Who comes next in the class of a party just called is told, once."""
    if notices.near < 0:
        return
    for ahead, ticket in waiting.come_near(shop, called, near=notices.near, now=notices.work.now):
        notices.turn_near(shop, ticket, ahead=ahead)


def _moved(
    before: QueueTicket,
    move: CallNext | CallParty | PassParty | RecallParty | RemoveParty,
    *,
    now: datetime,
    policy: WaitingPolicy,
) -> QueueTicket:
    if isinstance(move, (CallNext, CallParty)):
        return before.call(now)
    if isinstance(move, PassParty):
        return before.pass_over(policy)
    if isinstance(move, RecallParty):
        return before.recall(now)
    if isinstance(move, RemoveParty):
        return before.leave()
    assert_never(move)


def _queue(config: ShopSettings, work: Work) -> _Queue:
    biz_date = config.calendar.biz_date(work.now)
    line = waiting.line(work.shop, biz_date=biz_date, seated_since=work.now - PACE_WINDOW)
    return _Queue(tuple(line), tuple(shops.tables(work.shop)), config.waiting, work.now)


def _biz_date(work: Work) -> str:
    return shops.shop_settings(work.shop, work.now).calendar.biz_date(work.now)


def _refuse_twice(openid: str | None, queue: _Queue) -> None:
    """Early and with the number; the unique index is what decides."""
    found = next((one for one in queue.line if one.openid == openid and one.is_live), None) if openid else None
    if found:
        raise AlreadyQueued(f"您已经在排队，号码是 {found.label}", {"ticketId": found.ticket_id, "label": found.label})


def _of_guest(queue: _Queue, work: Work, *, biz_date: str) -> QueueTicket | None:
    """The guest's live ticket, else what became of their last one."""
    found = next((one for one in queue.line if one.openid == work.caller.id and one.is_live), None)
    return found or waiting.of_guest(work.shop, openid=work.caller.id, biz_date=biz_date)


def _place(ticket: QueueTicket, ahead: int | None = None, estimate_min: int | None = None) -> QueuePlace:
    return QueuePlace(
        ticket_id=ticket.ticket_id,
        label=ticket.label,
        letter=ticket.letter,
        guests=ticket.guests,
        name=ticket.name,
        state=ticket.state,
        ahead=ahead,
        estimate_min=estimate_min,
        calls=ticket.calls,
        joined_at=ticket.joined_at,
        called_at=ticket.called_at,
        seated_at=ticket.seated_at,
        sitting_id=ticket.sitting_id,
        table_name=ticket.table_name,
    )


def _call_event(ticket: QueueTicket, work: Work) -> CallEvent:
    """The call on its way to the screen."""
    return screen_call(
        ticket.ticket_id, work, kind="queue", label=ticket.label, text="请到前台入座", count=ticket.calls
    )
