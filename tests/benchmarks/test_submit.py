"""The benchmark measures what it says: what its callers count is what the database holds, and a broken bound shows."""

from __future__ import annotations

from contextlib import closing

import pytest
from pymongo import MongoClient

from scripts.benchmarks.bound import Bound
from scripts.benchmarks.callers import Callers
from scripts.benchmarks.shop import DATABASE, SHOP_ID, STOCK, fill
from shared.store.client import Document


def test_the_callers_count_what_the_database_holds(mongodb_uri: str) -> None:
    fill(mongodb_uri)
    with closing(Callers(mongodb_uri, 2)) as callers, MongoClient[Document](mongodb_uri, tz_aware=True) as client:
        db = client[DATABASE]
        taken = {way: callers.run(way, "hot", callers=2, seconds=0.5) for way in ("ours", "naive", "floor")}
        spaced = callers.run("ours", "spread", callers=2, seconds=0.5, rate=20.0)
        warm_ups = 2
        assert len(spaced.latencies) == 10
        assert not any(one.failures for one in (*taken.values(), spaced))
        ordered = len(taken["ours"].latencies) + len(spaced.latencies) + 2 * warm_ups
        assert db["orders"].count_documents({"shop_id": SHOP_ID}) == ordered
        day = db["stock"].find_one({"shop_id": SHOP_ID})
        assert day is not None
        assert sum(STOCK - left for left in day["left"].values()) == 4 * ordered
        assert db["naive_orders"].count_documents({}) == len(taken["naive"].latencies) + warm_ups
        assert db["floor_orders"].count_documents({}) == len(taken["floor"].latencies) + warm_ups


@pytest.mark.parametrize(
    ("value", "at_most", "said"),
    [(0.61, False, "holds"), (0.59, False, "BROKEN"), (0.61, True, "BROKEN"), (0.6, True, "holds")],
)
def test_a_bound_that_is_not_kept_is_told(value: float, at_most: bool, said: str) -> None:
    bound = Bound("ratio", value, 0.6, at_most=at_most)
    assert (str(bound).split()[-1], bound.holds) == (said, said == "holds")
