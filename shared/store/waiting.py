"""The waiting queue: one document per party; numbers drawn atomically, moves by compare-and-set."""

from __future__ import annotations

from datetime import datetime

from pymongo.errors import DuplicateKeyError

from shared.domain.waiting import QueueTicket
from shared.errors import AlreadyQueued, NotFound, StateConflict
from shared.store.client import Document
from shared.store.guard import BRAND_WIDE
from shared.store.scope import Chain, Shop

_COLLECTION = "queue_tickets"
_COUNTERS = "counters"
_LINE_LIMIT = 1000
ONE_LIVE_TICKET = "one_live_ticket"
"""The unique index by which a guest queues once."""


def draw_number(shop: Shop, *, biz_date: str, letter: str) -> int:
    """The class's next number of the day, never drawn twice; one that is not used leaves a gap."""
    counters, name = shop.lightly().collection(_COUNTERS), f"queue.{letter}"
    where, step = {"_id": f"{shop.shop_id}.{biz_date}.{name}"}, {"$inc": {"drawn": 1}}
    found = counters.find_and_update(where, step)
    if found is None:
        counters.upsert_one(where, {"$setOnInsert": {"name": name, "biz_date": biz_date, "drawn": 0}})
        found = counters.find_and_update(where, step)
    assert found is not None
    drawn: int = found["drawn"]
    return drawn


def add(shop: Shop, ticket: QueueTicket) -> None:
    """Write a new ticket. Raises AlreadyQueued when its guest has a live one."""
    try:
        shop.collection(_COLLECTION).insert_one(_document(ticket))
    except DuplicateKeyError as error:
        if ONE_LIVE_TICKET in str(error):
            raise AlreadyQueued from error
        raise


def get(shop: Shop, ticket_id: str, *, biz_date: str) -> QueueTicket:
    """One ticket of the day. Raises NotFound."""
    found = shop.collection(_COLLECTION).find_one({"_id": ticket_id, "biz_date": biz_date})
    if found is None:
        raise NotFound("没有找到这个排队号")
    return _ticket(found)


def of_guest(shop: Shop, *, openid: str, biz_date: str) -> QueueTicket | None:
    """The guest's newest ticket of the day, or None."""
    where = {"openid": openid, "biz_date": biz_date}
    found = shop.collection(_COLLECTION).find(where, limit=1, sort=[("_id", -1)])
    return _ticket(found[0]) if found else None


def first_waiting(shop: Shop, *, biz_date: str, letter: str) -> QueueTicket:
    """Whose turn it is in a class. Raises NotFound when nobody waits."""
    where = {"biz_date": biz_date, "letter": letter, "live": True, "state": "waiting"}
    found = shop.collection(_COLLECTION).find(where, limit=1, sort=[("number", 1)])
    if not found:
        raise NotFound(f"{letter} 类桌没有人在等位")
    return _ticket(found[0])


def line(shop: Shop, *, biz_date: str, seated_since: datetime) -> list[QueueTicket]:
    """Everybody in the queue, by class and number, and who was seated since a moment."""
    where = {"biz_date": biz_date, "$or": [{"live": True}, {"seated_at": {"$gte": seated_since}}]}
    found = shop.collection(_COLLECTION).find(where, limit=_LINE_LIMIT, sort=[("letter", 1), ("number", 1)])
    return [_ticket(one) for one in found]


def save_move(shop: Shop, before: QueueTicket, after: QueueTicket) -> None:
    """Write what a move changed, if nobody moved the ticket meanwhile. Raises StateConflict otherwise."""
    moved = {
        "state": after.state,
        "live": after.is_live,
        "calls": after.calls,
        "passes": after.passes,
        "called_at": after.called_at,
        "seated_at": after.seated_at,
        "sitting_id": after.sitting_id,
        "table_name": after.table_name,
    }
    matched = shop.collection(_COLLECTION).update_one(
        {"_id": before.ticket_id, "version": before.version}, {"$set": moved, "$inc": {"version": 1}}
    )
    if matched != 1:
        raise StateConflict


def come_near(shop: Shop, called: QueueTicket, *, near: int, now: datetime) -> list[tuple[int, QueueTicket]]:
    """Who with a phone has at most `near` parties ahead, behind a party just called, each once in its life."""
    where = {"biz_date": called.biz_date, "letter": called.letter, "live": True, "state": "waiting"}
    tickets = shop.collection(_COLLECTION)
    found = tickets.find(where, limit=near + 1, sort=[("number", 1)])
    fresh = [(ahead, one) for ahead, one in enumerate(found) if one["openid"] and "near_at" not in one]
    mark = {"$set": {"near_at": now}}
    tickets.update_each(({"_id": one["_id"], "near_at": {"$exists": False}}, mark) for _, one in fresh)
    return [(ahead, _ticket(one)) for ahead, one in fresh]


def end_of_day(chain: Chain, *, now: datetime) -> int:
    """End every live ticket of a business day that is over, in all shops; how many. Doing it again changes nothing."""
    over = {"$set": {"state": "over", "live": False}, "$inc": {"version": 1}}
    tickets = chain.db[_COLLECTION]
    return tickets.update_many({"live": True, "ends_at": {"$lte": now}}, over, comment=BRAND_WIDE).modified_count


def _document(ticket: QueueTicket) -> Document:
    document = {key: value for key, value in vars(ticket).items() if key != "ticket_id"}
    return {"_id": ticket.ticket_id, **document, "label": ticket.label, "live": ticket.is_live}


def _ticket(found: Document) -> QueueTicket:
    return QueueTicket(
        ticket_id=found["_id"],
        biz_date=found["biz_date"],
        letter=found["letter"],
        number=found["number"],
        guests=found["guests"],
        name=found["name"],
        openid=found["openid"],
        joined_at=found["joined_at"],
        ends_at=found["ends_at"],
        state=found["state"],
        calls=found["calls"],
        passes=found["passes"],
        called_at=found["called_at"],
        seated_at=found["seated_at"],
        sitting_id=found["sitting_id"],
        table_name=found["table_name"],
        version=found["version"],
    )
