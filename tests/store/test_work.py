"""One call, one transaction: all of it happens once, or nothing, and none is left open."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pymongo import MongoClient
from pymongo.database import Database

from shared.contracts.events import CallEvent
from shared.errors import Busy, NotFound, StockShort
from shared.store import outbox
from shared.store.client import Document
from shared.store.scope import Shop
from shared.store.work import DoneBefore, Outcome
from tests.store.counter import Counter, Taken, take
from tests.store.parcels import call_event


def throw(error: BaseException) -> Callable[[], object]:
    def then() -> object:
        raise error

    return then


def test_the_body_and_the_commands_record_are_one_transaction(counter: Counter) -> None:
    work = counter.work()
    assert work.transact(take()) == Taken(left=9)
    assert counter.transcript.names == ["findAndModify", "insert", "commitTransaction"]
    assert (counter.left, counter.records, work.tally.retries, work.tally.events) == (9, 1, 0, 0)


@pytest.mark.parametrize(
    "error", [NotFound(), StockShort("x"), ValueError("a slip"), KeyboardInterrupt(), DoneBefore()]
)
def test_a_body_that_raises_is_aborted_and_its_error_told(counter: Counter, error: BaseException) -> None:
    with pytest.raises(type(error)) as raised:
        counter.work().transact(take(throw(error)))
    assert raised.value is error
    assert counter.transcript.names == ["findAndModify", "abortTransaction"]
    assert (counter.left, counter.records) == (10, 0)


def test_a_body_that_raises_before_its_first_command_begins_no_transaction(counter: Counter) -> None:
    def body(shop: Shop) -> Outcome[Taken]:
        raise NotFound

    with pytest.raises(NotFound):
        counter.work().transact(body)
    assert counter.transcript.names == []


def test_the_same_command_again_is_told_to_be_done_before_and_takes_nothing(counter: Counter) -> None:
    first = counter.work()
    assert first.key is not None
    first.transact(take())
    with pytest.raises(DoneBefore):
        counter.work(request_id=first.key.request_id).transact(take())
    assert (counter.left, counter.records) == (9, 1)
    assert counter.transcript.names[-1] == "abortTransaction"


def test_a_rivals_open_transaction_makes_busy_and_once_it_is_over_the_same_command_goes_through(
    counter: Counter, plain: MongoClient[Document]
) -> None:
    work = counter.work(left_s=0.4)
    assert work.key is not None
    with plain.start_session() as session, session.start_transaction():
        rows = plain[counter.db.name]["dishes"]
        rows.update_one({"shop_id": counter.shop_id}, {"$inc": {"left": -1}}, session=session)
        with pytest.raises(Busy):
            work.transact(take())
        assert work.tally.retries > 1
        assert counter.transcript.begun == counter.transcript.names.count("abortTransaction") == work.tally.retries
        assert (counter.left, counter.records) == (10, 0)
        session.abort_transaction()
    assert counter.work(request_id=work.key.request_id).transact(take()) == Taken(left=9)
    assert counter.records == 1


def test_a_rival_that_writes_first_makes_it_try_again_on_what_the_rival_left(
    counter: Counter, plain: MongoClient[Document]
) -> None:
    rivals = [4, 3]

    def rival_writes() -> None:
        """Between the snapshot of the transaction and its write."""
        if rivals:
            plain[counter.db.name]["dishes"].update_one({"shop_id": counter.shop_id}, {"$inc": {"left": -rivals.pop()}})

    def body(shop: Shop) -> Outcome[Taken]:
        shop.collection("dishes").find_one({})
        rival_writes()
        return take()(shop)

    work = counter.work()
    assert work.transact(body) == Taken(left=2)
    assert (work.tally.retries, counter.left, counter.records) == (2, 2, 1)


def test_events_leave_with_the_command_and_are_counted(counter: Counter, own_db: Database[Document]) -> None:
    events: tuple[CallEvent, ...] = (call_event(counter.shop_id, "e1"), call_event(counter.shop_id, "e2"))
    work = counter.work()
    work.transact(lambda _shop: Outcome(Taken(left=0), events))
    assert work.tally.events == 2
    (record,) = own_db["commands"].find({"shop_id": counter.shop_id})
    assert record["unacked"] == ["e1", "e2"]
    assert (record["due"], record["tries"], "expires_at" in record) == (work.now, 0, False)
    assert outbox.unacknowledged(Shop(own_db, counter.shop_id), limit=9) == [event.wire() for event in events]


def test_a_command_without_events_is_forgotten_after_two_days(counter: Counter, own_db: Database[Document]) -> None:
    work = counter.work()
    work.transact(take())
    (record,) = own_db["commands"].find({"shop_id": counter.shop_id})
    assert (record["expires_at"] - work.now).total_seconds() == 48 * 3600
    assert "due" not in record
