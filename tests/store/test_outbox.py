"""What a command left to be told is told until a shop says it has it: by one relay at a time, ever more seldom."""

from __future__ import annotations

import secrets
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from pymongo import MongoClient
from pymongo.database import Database

from shared.access.caller import Caller
from shared.runtime.clock import Deadline
from shared.store import outbox
from shared.store.client import Document
from shared.store.commands import CommandKey
from shared.store.outbox import Parcel
from shared.store.scope import Chain, Shop
from shared.store.work import Outcome, Work
from tests.store.counter import Taken
from tests.store.faults import JustBefore
from tests.store.parcels import NOON, call_event


def at(seconds: float) -> datetime:
    """So many seconds after the first command."""
    return NOON + timedelta(seconds=seconds)


def told(parcels: list[Parcel]) -> list[str]:
    """The event ids in parcels, in order."""
    return [event["eventId"] for parcel in parcels for event in parcel.events]


class Outbox:
    """An outbox of the test's own."""

    def __init__(self, db: Database[Document]) -> None:
        self.chain = Chain(db)
        self.shop = Shop(db, f"s{secrets.token_hex(5)}")
        self.rival = Shop(db, f"r{secrets.token_hex(5)}")

    def leave(self, *event_ids: str, now: datetime = NOON, shop: Shop | None = None) -> None:
        """A command of the shop leaves these events."""
        of = shop or self.shop
        key = CommandKey("o-1", "callGuest", str(uuid.uuid4()), "hash")
        work = Work(of, Caller("o-1", "waiter"), now, Deadline.after(8), "trace", key)
        events = tuple(call_event(of.shop_id, event_id, now) for event_id in event_ids)
        work.transact(lambda _shop: Outcome(Taken(left=0), events))

    def claim(self, seconds: float, limit: int = 100) -> list[Parcel]:
        return outbox.claim(self.chain, now=at(seconds), limit=limit)

    def publish(self, seconds: float) -> list[str]:
        """One run of a relay whose broker takes everything; what it published."""
        return told(self.claim(seconds))

    def waiting(self, shop: Shop | None = None) -> list[str]:
        """What `syncBridge` would hand the shop."""
        return [event["eventId"] for event in outbox.unacknowledged(shop or self.shop, limit=100)]

    def ack(self, *event_ids: str, shop: Shop | None = None, seconds: float = 1) -> None:
        outbox.acknowledge(shop or self.shop, event_ids, now=at(seconds))


@pytest.fixture
def box(own_db: Database[Document]) -> Outbox:
    for home in ("orders", "commands"):
        own_db[home].delete_many({})
    return Outbox(own_db)


def test_what_a_relay_claimed_no_other_gets_until_its_lease_ends(box: Outbox) -> None:
    box.leave("e1", "e2")
    assert told(box.claim(0)) == ["e1", "e2"]
    assert box.claim(0) == box.claim(9.999) == []
    assert told(box.claim(10)) == ["e1", "e2"]


def test_two_relays_at_once_never_claim_the_same_parcel(box: Outbox) -> None:
    ids = [f"e{n}" for n in range(120)]
    for event_id in ids:
        box.leave(event_id)
    start = threading.Barrier(4)

    def relay(_number: int) -> list[str]:
        start.wait(20)
        claimed: list[str] = []
        while parcels := box.claim(0, limit=10):
            claimed += told(parcels)
        return claimed

    with ThreadPoolExecutor(4) as relays:
        shares = list(relays.map(relay, range(4)))
    assert sorted(event_id for share in shares for event_id in share) == sorted(ids)


def test_a_relay_that_has_only_looked_does_not_take_what_a_rival_claimed_meanwhile(
    box: Outbox, mongodb_uri: str
) -> None:
    box.leave("e1", "e2")
    box.leave("e3")
    rivals: list[Parcel] = []
    rival = JustBefore("update", lambda: rivals.extend(box.claim(0, limit=1)))
    with MongoClient[Document](mongodb_uri, tz_aware=True, event_listeners=[rival]) as client:
        mine = outbox.claim(Chain(client[box.chain.db.name]), now=at(0), limit=100)
    assert (told(rivals), told(mine)) == (["e1", "e2"], ["e3"])


def test_claimed_is_the_oldest_first_and_no_more_than_asked_for(box: Outbox) -> None:
    for second in (2, 0, 1):
        box.leave(f"e{second}", now=at(second))
    assert told(box.claim(5, limit=2)) == ["e0", "e1"]
    assert told(box.claim(5, limit=2)) == ["e2"]


def test_what_is_not_acknowledged_is_told_again_ever_more_seldom(box: Outbox) -> None:
    box.leave("e1")
    published, second = [], 0
    for second in range(900):
        if box.publish(second):
            published.append(second)
    assert published == [0, 10, 30, 90, 390, 690]


def test_of_a_parcel_only_what_is_not_acknowledged_is_told_again(box: Outbox) -> None:
    box.leave("e1", "e2", "e3")
    assert box.publish(0) == ["e1", "e2", "e3"]
    box.ack("e2")
    assert box.waiting() == ["e1", "e3"]
    assert box.publish(10) == ["e1", "e3"]
    box.ack("e1", "e3")
    assert box.waiting() == box.publish(10_000) == []


def test_an_acknowledgement_that_is_quicker_than_the_relay_stands(box: Outbox) -> None:
    box.leave("e1")
    parcels = box.claim(0)
    box.ack("e1")
    outbox.give_back(box.chain, parcels, now=at(2))
    assert box.waiting() == box.publish(10_000) == []


def test_a_shop_may_acknowledge_what_it_got_by_sync_before_any_relay_ran(box: Outbox) -> None:
    box.leave("e1")
    box.ack("e1")
    assert box.waiting() == box.publish(0) == []


def test_acknowledging_what_is_unknown_or_was_acknowledged_or_is_anothers_does_nothing(box: Outbox) -> None:
    box.leave("e1", "e2")
    box.ack("nobody-knows-it")
    box.ack()
    box.ack("e1", "e2", shop=box.rival)
    assert box.waiting() == ["e1", "e2"]
    box.ack("e1")
    box.ack("e1", "e1")
    assert box.waiting() == ["e2"]
    assert box.publish(0) == ["e2"]


def test_a_shop_sees_only_its_own_events_oldest_first_and_no_more_than_asked_for(box: Outbox) -> None:
    box.leave("e2", now=at(2))
    box.leave("e1", "e1b", now=at(1))
    box.leave("r1", shop=box.rival)
    assert box.waiting() == ["e1", "e1b", "e2"]
    assert box.waiting(box.rival) == ["r1"]
    assert [event["eventId"] for event in outbox.unacknowledged(box.shop, limit=2)] == ["e1", "e1b"]


def test_what_could_not_be_published_the_next_run_takes_at_once(box: Outbox) -> None:
    box.leave("e1")
    box.leave("e2")
    parcels = box.claim(0)
    outbox.give_back(box.chain, parcels[1:], now=at(0))
    assert box.claim(0) == [parcels[1]]
    outbox.give_back(box.chain, [], now=at(0))


def test_an_alarm_is_raised_once_after_a_minute_and_not_for_what_was_acknowledged(box: Outbox) -> None:
    box.leave("e1")
    box.leave("e2")
    box.leave("later", now=at(30))
    box.ack("e2")
    assert outbox.raise_alarms(box.chain, now=at(59.9)) == []
    assert len(outbox.raise_alarms(box.chain, now=at(60))) == 1
    assert outbox.raise_alarms(box.chain, now=at(61)) == []
    assert len(outbox.raise_alarms(box.chain, now=at(90))) == 1
    assert box.waiting() == ["e1", "later"]
