"""`scripts/bench flash`: a flash sale that everybody wants, beside bare conditional updates of one document.

2,000 members ask for 200 pieces, 32 at a time. A caller is a process, like an instance of the function, and an attempt
is the whole call, from the event to the reply. What it is measured by is what any sale must at least do for a winner:
one conditional update of a counter, and one insert. Both run in turn, round by round; a ratio is the median of the
rounds' ratios.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing, redirect_stdout
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from pymongo import MongoClient
from pymongo.database import Database

from scripts.benchmarks import ways
from scripts.benchmarks.bound import Bound
from scripts.benchmarks.crowd import Crowd
from scripts.benchmarks.shop import DATABASE, SHOP_ID, fill
from scripts.local.mongod import Mongod
from shared.runtime.clock import pause, utc_now
from shared.runtime.ids import new_id
from shared.store import flash
from shared.store.client import Document, database
from shared.store.scope import Shop

CALLERS = 32
WON = "won"
_SOLD_OUT = "FLASH_SOLD_OUT"
_WARM = "warm-up"


@dataclass(frozen=True)
class Attempt:
    """One member's try: when it was answered, after how long, and what: `won` or a code."""

    ended: float
    seconds: float
    said: str


@dataclass(frozen=True)
class Sale:
    """What became of all attempts of a run that began at one moment."""

    began: float
    attempts: Sequence[Attempt]

    def of(self, said: str) -> list[Attempt]:
        """The attempts with this answer."""
        return [one for one in self.attempts if one.said == said]

    @property
    def answers(self) -> Counter[str]:
        """How many got which answer."""
        return Counter(one.said for one in self.attempts)

    @property
    def winners_per_second(self) -> float:
        """Winners by the time until the last of them had their answer."""
        won = self.of(WON)
        return len(won) / (max(one.ended for one in won) - self.began)

    def percentile_ms(self, share: float, *, said: str) -> float:
        """The time that this share of those with an answer waited for it at most, in ms."""
        times = sorted(one.seconds for one in self.of(said))
        return times[min(int(share * len(times)), len(times) - 1)] * 1000 if times else float("nan")


@dataclass(frozen=True)
class _Job:
    way: str
    sale_id: str
    members: Sequence[int]
    start_at: float


class Buyers:
    """A crowd of caller processes that waits for a sale; closing it ends them."""

    def __init__(self, uri: str, number: int) -> None:
        self._crowd: Crowd[_Job, list[Attempt]] = Crowd(_buyer, uri, number)
        self._number = number

    def run(self, way: str, sale_id: str, *, members: int) -> Sale:
        """Let so many members try, shared out over the callers, who begin at the same moment."""
        start_at = time.monotonic() + 1.0
        jobs = [_Job(way, sale_id, range(n, members, self._number), start_at) for n in range(self._number)]
        return Sale(start_at, [attempt for made in self._crowd.do(jobs) for attempt in made])

    def close(self) -> None:
        """End the processes."""
        self._crowd.close()


def open_sale(db: Database[Document], sale_id: str, pieces: int) -> None:
    """A sale that is on, and the counter that bare updates take from."""
    now = utc_now()
    db["campaigns"].insert_one(
        {"_id": sale_id, "kind": "flash", "name": "压测秒杀", "active": True, "shops": [SHOP_ID], "dish_id": "d000"}
        | {"price_fen": 1, "pieces": pieces, "per_member": 1, "hold_min": 5}
        | {"valid_from": now - timedelta(minutes=1), "valid_until": now + timedelta(hours=1)}
    )
    flash.lay_out(Shop(db, SHOP_ID), sale_id, pieces)
    db["bare_pieces"].insert_one({"_id": sale_id, "left": pieces})


def main(arguments: list[str] | None = None) -> int:
    """Run the rounds; exit 0 only if every bound holds."""
    options = _options(arguments)
    found: dict[str, list[Sale]] = {"ours": [], "bare": []}
    with Mongod() as server:
        fill(server.uri)
        with closing(Buyers(server.uri, options.callers)) as buyers, MongoClient[Document](server.uri) as client:
            db = client[DATABASE]
            db.create_collection("bare_winners")
            open_sale(db, _WARM, 10 * options.callers)
            for n in range(options.rounds):
                for way, sales in found.items():
                    buyers.run(way, _WARM, members=options.callers)
                    open_sale(db, f"{way}-{n}", options.pieces)
                    sales.append(buyers.run(way, f"{way}-{n}", members=options.attempts))
    rows = {way: _row(sales) for way, sales in found.items()}
    _show(rows)
    bounds = bounds_of(found["ours"], found["bare"], pieces=options.pieces, attempts=options.attempts)
    print(*bounds, sep="\n")
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1))
    return 0 if all(bound.holds for bound in bounds) else 1


def bounds_of(ours: Sequence[Sale], bare: Sequence[Sale], *, pieces: int, attempts: int) -> list[Bound]:
    """Exactly the pieces are sold, everybody is answered, winners are quick, and losers quicker."""
    said = [sale.answers for sale in ours]
    ratios = [one.winners_per_second / other.winners_per_second for one, other in zip(ours, bare, strict=True)]
    losers = [sale.percentile_ms(0.5, said=_SOLD_OUT) / sale.percentile_ms(0.5, said=WON) for sale in ours]
    return [
        Bound("pieces sold, the most of a round", max(one[WON] for one in said), pieces, at_most=True),
        Bound("pieces sold, the fewest of a round", min(one[WON] for one in said), pieces),
        Bound("answered, the fewest of a round", min(one[WON] + one[_SOLD_OUT] for one in said), attempts),
        Bound("winners per second / bare", statistics.median(ratios), 0.6),
        Bound("p50 of losers / p50 of winners", statistics.median(losers), 1.0, at_most=True),
    ]


def _buyer(uri: str, _number: int) -> Callable[[_Job], list[Attempt]]:
    ways.prepare(uri)
    return _attempts


def _attempts(job: _Job) -> list[Attempt]:
    attempt = _WAYS[job.way]
    made = []
    with Path(os.devnull).open("w", encoding="utf-8") as log, redirect_stdout(log):
        pause(max(job.start_at - time.monotonic(), 0))
        for member in job.members:
            began = time.monotonic()
            said = attempt(job.sale_id, member)
            ended = time.monotonic()
            made.append(Attempt(ended, ended - began, said))
    return made


def _ours(sale_id: str, member: int) -> str:
    """The function as the platform calls it."""
    from functions.grabFlashSale.index import main as function

    openid = f"o-{member}-{new_id()}"
    event = {"requestId": str(uuid.uuid4()), "shopId": SHOP_ID, "saleId": sale_id, "deviceId": f"phone-{openid}"}
    context = {"request_id": new_id(), "environment": json.dumps({"WX_OPENID": openid})}
    reply = function(event, context)
    return WON if reply["success"] else str(reply["code"])


def _bare(sale_id: str, member: int) -> str:
    """One conditional update of a counter; who gets a piece is inserted. Nothing holds the two together."""
    db = database()
    taken = db["bare_pieces"].update_one({"_id": sale_id, "left": {"$gte": 1}}, {"$inc": {"left": -1}})
    if not taken.matched_count:
        return _SOLD_OUT
    db["bare_winners"].insert_one({"_id": new_id(), "sale_id": sale_id, "openid": f"o-{member}", "at": utc_now()})
    return WON


_WAYS: dict[str, Callable[[str, int], str]] = {"ours": _ours, "bare": _bare}


def _row(sales: Sequence[Sale]) -> dict[str, float]:
    def median(of: Callable[[Sale], float]) -> float:
        return round(statistics.median(of(sale) for sale in sales), 1)

    return {
        "winners": median(lambda sale: sale.answers[WON]),
        "losers": median(lambda sale: sale.answers[_SOLD_OUT]),
        "others": sum(len(sale.attempts) - sale.answers[WON] - sale.answers[_SOLD_OUT] for sale in sales),
        "winners_per_second": median(lambda sale: sale.winners_per_second),
        "winners_p50_ms": median(lambda sale: sale.percentile_ms(0.5, said=WON)),
        "winners_p99_ms": median(lambda sale: sale.percentile_ms(0.99, said=WON)),
        "losers_p50_ms": median(lambda sale: sale.percentile_ms(0.5, said=_SOLD_OUT)),
        "losers_p99_ms": median(lambda sale: sale.percentile_ms(0.99, said=_SOLD_OUT)),
    }


def _show(rows: dict[str, dict[str, float]]) -> None:
    names = list(rows["ours"])
    print(f"{'':6}" + "".join(f"{name:>20}" for name in names))
    for way, row in rows.items():
        print(f"{way:6}" + "".join(f"{row[name]:20}" for name in names))


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench flash", description=__doc__)
    parser.add_argument("--attempts", type=int, default=2000, help="how many members try (default 2000)")
    parser.add_argument("--pieces", type=int, default=200, help="how many pieces there are (default 200)")
    parser.add_argument("--callers", type=int, default=CALLERS, help="how many try at once (default 32)")
    parser.add_argument("--rounds", type=int, default=7, help="how many sales of each way (default 7)")
    parser.add_argument("--json", type=Path, help="write the medians to this file too")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
