"""What the server and the network can do to a transaction, and what comes of it: once, or nothing, and it is told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from pymongo import MongoClient
from pymongo.database import Database

from shared.errors import Busy, Unknown
from shared.store.client import Document
from shared.store.commands import replayed
from shared.store.work import DoneBefore
from tests.store.counter import Counter, Taken, counter_at, take
from tests.store.faults import TRANSIENT, UNHEARD, UNSURE, LossyProxy, failing

Plain = MongoClient[Document]


def test_a_conflict_in_the_body_is_tried_again_and_counted(counter: Counter, plain: Plain) -> None:
    work = counter.work()
    with failing(plain, "insert", TRANSIENT, times=2):
        assert work.transact(take()) == Taken(left=9)
    assert (work.tally.retries, counter.left, counter.records) == (2, 9, 1)
    assert counter.transcript.names.count("abortTransaction") == 2


@pytest.mark.parametrize("how", [TRANSIENT, UNHEARD, UNSURE], ids=["conflict", "unheard", "unsure"])
@pytest.mark.parametrize("times", [1, 3])
def test_a_commit_with_a_bad_answer_happens_once(
    counter: Counter, plain: Plain, how: dict[str, Any], times: int
) -> None:
    work = counter.work()
    with failing(plain, "commitTransaction", how, times=times):
        assert work.transact(take()) == Taken(left=9)
    assert work.tally.retries == (times if how is TRANSIENT else 0)
    assert (counter.left, counter.records) == (9, 1)


def test_a_commit_whose_fate_stays_unknown_is_told_as_such(counter: Counter, plain: Plain) -> None:
    work = counter.work(left_s=0.3)
    assert work.key is not None
    with failing(plain, "commitTransaction", UNSURE, times=None), pytest.raises(Unknown):
        work.transact(take())
    assert counter.left == 9
    assert replayed(counter.db, work.key) == {"left": 9}
    with pytest.raises(DoneBefore):
        counter.work(request_id=work.key.request_id).transact(take())
    assert (counter.left, counter.records) == (9, 1)


def test_a_commit_that_never_arrived_is_unknown_and_the_same_command_then_happens_once(
    counter: Counter, plain: Plain
) -> None:
    work = counter.work(left_s=0.3)
    assert work.key is not None
    with failing(plain, "commitTransaction", UNHEARD, times=None), pytest.raises(Unknown):
        work.transact(take())
    # The server ends what was left hanging by itself a few seconds later; here it is told to at once.
    plain.admin.command({"killAllSessions": []})
    assert (counter.left, counter.records) == (10, 0)
    assert counter.work(request_id=work.key.request_id).transact(take()) == Taken(left=9)
    assert (counter.left, counter.records) == (9, 1)


def test_when_the_time_is_over_inside_the_body_the_abort_is_sent_and_the_dish_is_free_at_once(
    counter: Counter, plain: Plain
) -> None:
    work, other = counter.work(left_s=0.4), counter.work()
    with failing(plain, "insert", {"blockConnection": True, "blockTimeMS": 1200}, times=1):
        with pytest.raises(Busy):
            work.transact(take())
        assert counter.transcript.names == ["findAndModify", "insert", "abortTransaction"]
        assert other.transact(take()) == Taken(left=9)
    assert other.tally.retries == 0
    assert (counter.left, counter.records) == (9, 1)


def test_with_no_time_left_at_all_nothing_is_left_open(counter: Counter) -> None:
    with pytest.raises(Busy):
        counter.work(left_s=-1).transact(take())
    assert (counter.left, counter.records) == (10, 0)


@pytest.fixture
def behind_a_bad_line(mongodb_uri: str, own_db: Database[Document]) -> Iterator[tuple[Counter, LossyProxy]]:
    """A counter whose line to the server loses the replies of commits."""
    port = urlsplit(mongodb_uri).port
    assert port is not None
    proxy = LossyProxy(port, losses=0)
    try:
        for counter in counter_at(proxy.uri, own_db.name):
            yield counter, proxy
    finally:
        proxy.close()


@pytest.mark.parametrize("losses", [1, 2, 4])
def test_a_commit_whose_reply_is_lost_on_the_line_happens_once(
    behind_a_bad_line: tuple[Counter, LossyProxy], losses: int
) -> None:
    counter, proxy = behind_a_bad_line
    proxy.losses = losses
    assert counter.work().transact(take()) == Taken(left=9)
    assert proxy.losses == 0
    assert (counter.left, counter.records) == (9, 1)
