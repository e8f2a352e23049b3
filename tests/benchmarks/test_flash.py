"""The benchmark of a flash sale measures what it says: what its callers count is what the database holds."""

from __future__ import annotations

import math
from collections import Counter
from contextlib import closing

from pymongo import MongoClient

from scripts.benchmarks.flash import WON, Attempt, Buyers, Sale, bounds_of, open_sale
from scripts.benchmarks.shop import DATABASE, fill
from shared.store.client import Document


def test_the_callers_count_what_the_database_holds(mongodb_uri: str) -> None:
    fill(mongodb_uri)
    with closing(Buyers(mongodb_uri, 3)) as buyers, MongoClient[Document](mongodb_uri) as client:
        db = client[DATABASE]
        open_sale(db, "s", 7)
        ours, bare = (buyers.run(way, "s", members=20) for way in ("ours", "bare"))
        for sale in (ours, bare):
            assert sale.answers == Counter({WON: 7, "FLASH_SOLD_OUT": 13})
            assert 0 < sale.winners_per_second < math.inf
        assert db["flash_pieces"].count_documents({"sale_id": "s", "state": "held"}) == 7
        assert db["bare_winners"].count_documents({"sale_id": "s"}) == 7
        assert db["bare_pieces"].find_one({"_id": "s"}) == {"_id": "s", "left": 0}


def sale(winners: int, *, others: str = "FLASH_SOLD_OUT", slow: float = 0.001) -> Sale:
    """A sale at which ten try and the winners are answered one after the other, each after 2 ms."""
    won = [Attempt(ended=0.1 * (n + 1), seconds=0.002, said=WON) for n in range(winners)]
    return Sale(0.0, [*won, *(Attempt(2.0, slow, others) for _ in range(10 - winners))])


def test_a_piece_too_many_an_unanswered_or_a_slow_loser_breaks_a_bound() -> None:
    bare = sale(4)
    for ours, broken in (
        (sale(4), []),
        (sale(5), ["pieces sold, the most of a round"]),
        (sale(3), ["pieces sold, the fewest of a round"]),
        (sale(4, others="BUSY"), ["answered, the fewest of a round", "p50 of losers / p50 of winners"]),
        (sale(4, slow=0.003), ["p50 of losers / p50 of winners"]),
    ):
        bounds = bounds_of([ours], [bare], pieces=4, attempts=10)
        assert [bound.name for bound in bounds if not bound.holds] == broken
