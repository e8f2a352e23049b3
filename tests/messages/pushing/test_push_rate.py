"""A push gives no more in a minute than the brand allows, also where that is less than a batch."""

from __future__ import annotations

from datetime import timedelta

import pytest
from pymongo.database import Database

from shared.runtime.clock import utc_now
from shared.store import rates
from shared.store.client import Document
from shared.store.scope import Chain
from tests.messages.pushing.conftest import Office
from tests.support.shops import request_id


def test_a_push_gives_as_many_in_a_minute_as_is_allowed(office: Office) -> None:
    everybody = office.many(25)
    office.settings(push_per_minute=10)
    template = office.template()
    office.start(template)
    for upto in (10, 20, 25):
        office.sweep()
        office.sweep()
        assert office.holders(template) == everybody[:upto]
        office.now += timedelta(minutes=1)


def test_where_nothing_is_allowed_nothing_is_given(office: Office) -> None:
    office.many(3)
    office.settings(push_per_minute=0)
    template = office.template()
    office.start(template)
    assert office.sweep().done == {"pushes": 0}
    assert office.holders(template) == []


@pytest.mark.parametrize(("limit", "count", "taken"), [(0, 1, 0), (3, 4, 0), (4, 4, 1), (9, 4, 2)])
def test_a_minute_holds_as_much_as_it_may(db: Database[Document], limit: int, count: int, taken: int) -> None:
    name, now = request_id(), utc_now()
    told = [rates.take(Chain(db), name, limit=limit, now=now, count=count) for _ in range(3)]
    assert told == [True] * taken + [False] * (3 - taken)
