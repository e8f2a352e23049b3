"""`scripts/bench submit`: our submitOrder beside the tutorials' transaction and the raw floor, all in one run.

What is compared is run in turn, round by round, and a ratio is the median of the rounds' ratios: machines are noisy.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from scripts.benchmarks.bound import Bound
from scripts.benchmarks.callers import Callers, Figures
from scripts.benchmarks.shop import DATABASE, MIXES, TABLE_KEY, acknowledge_all, fill
from scripts.local.cloud import LocalCloud
from scripts.local.mongod import Mongod

CALLERS = 32
OPEN_CALLERS = 16
HTTP_FLOOR = "floor, 8 callers, beside HTTP"


Rounds = dict[str, list[Figures]]


def main(arguments: list[str] | None = None) -> int:
    """Run every scenario; exit 0 only if every bound holds."""
    options = _options(arguments)
    found: Rounds = {}
    run = _Runner(found, seconds=options.seconds, rounds=options.rounds)
    print(f"{'scenario':36} {'orders/s':>9} {'p50 ms':>8} {'p99 ms':>8} {'retries':>8} failures", flush=True)
    with Mongod() as server:
        fill(server.uri)
        with closing(Callers(server.uri, CALLERS)) as callers:
            _closed_loop(run, callers)
            _open_loop(run, callers)
            _over_http(run, callers, server.uri)
    bounds = _bounds(found)
    print(*bounds, sep="\n")
    if options.json:
        options.json.write_text(json.dumps({name: _row(rounds) for name, rounds in found.items()}, indent=1))
    return 0 if all(bound.holds for bound in bounds) else 1


@dataclass(frozen=True)
class _Runner:
    """Runs scenarios in turn and prints each one's medians."""

    found: Rounds
    seconds: float
    rounds: int

    def in_turn(self, scenarios: Sequence[tuple[str, Callable[[], Figures]]]) -> None:
        """Each scenario once per round, so that drift of the machine meets all of them."""
        for _ in range(self.rounds):
            for name, scenario in scenarios:
                self.found.setdefault(name, []).append(scenario())
        for name, _scenario in scenarios:
            row = _row(self.found[name])
            failures = sum((one.failures for one in self.found[name]), start=type(self.found[name][0].failures)())
            print(
                f"{name:36} {row['per_second']:9.1f} {row['p50_ms']:8.1f} {row['p99_ms']:8.1f} {row['retries']:8.0f}"
                f" {dict(failures) or '-'}",
                flush=True,
            )


def _closed_loop(run: _Runner, callers: Callers) -> None:
    for number in (1, 8, 32):
        scenarios = [(f"floor, {number} callers", _scenario(callers, run, way="floor", mix="spread", number=number))]
        scenarios += [
            (f"{way}, {mix}, {number} callers", _scenario(callers, run, way=way, mix=mix, number=number))
            for mix in MIXES
            for way in ("ours", "naive")
        ]
        run.in_turn(scenarios)


def _open_loop(run: _Runner, callers: Callers) -> None:
    for rate in (20, 60):
        run.in_turn(
            [
                (
                    f"{way}, {mix}, open at {rate}/s",
                    _scenario(callers, run, way=way, mix=mix, number=OPEN_CALLERS, rate=rate),
                )
                for mix in MIXES
                for way in ("ours", "naive")
            ]
        )


def _over_http(run: _Runner, callers: Callers, uri: str) -> None:
    """Through the gateway, with the functions in instances of their own, and the relay at work beside them.

    No store PC is there: what was published is acknowledged between the scenarios, or it would soon be published again.
    """

    def over_http(number: int, url: str) -> Callable[[], Figures]:
        scenario = _scenario(callers, run, mix="spread", number=number, url=url)

        def acknowledged() -> Figures:
            acknowledge_all(uri)
            return scenario()

        return acknowledged

    with tempfile.TemporaryDirectory() as folder:
        cloud = LocalCloud(
            Path(folder), mongodb_uri=uri, database=DATABASE, table_code_key=TABLE_KEY, prewarm=1, timers=False
        )
        cloud.start()
        try:
            run.in_turn(
                [
                    (HTTP_FLOOR, _scenario(callers, run, way="floor", mix="spread", number=8)),
                    *((f"HTTP, spread, {n} clients", over_http(n, cloud.url)) for n in (1, 8)),
                ]
            )
        finally:
            cloud.stop()


def _scenario(
    callers: Callers, run: _Runner, *, mix: str, number: int, way: str = "ours", rate: float = 0.0, url: str = ""
) -> Callable[[], Figures]:
    return lambda: callers.run(way, mix, callers=number, seconds=run.seconds, rate=rate, url=url)


def _bounds(found: Rounds) -> list[Bound]:
    idle = statistics.median(one.percentile_ms(0.5) for one in found["ours, hot, 1 callers"])
    hot_p99 = statistics.median(one.percentile_ms(0.99) for one in found["ours, hot, open at 60/s"])
    ours = [one for name, rounds in found.items() if name.startswith(("ours", "HTTP")) for one in rounds]
    return [
        Bound("spread at 8 callers / floor at 8", _ratio(found, "ours, spread, 8 callers", "floor, 8 callers"), 0.6),
        Bound("hot at 32 callers / naive", _ratio(found, "ours, hot, 32 callers", "naive, hot, 32 callers"), 2.0),
        Bound("hot, open at 60/s: p99 / idle p50", hot_p99 / idle, 10.0, at_most=True),
        Bound(
            "HTTP, 8 clients / floor at 8",
            _ratio(found, "HTTP, spread, 8 clients", HTTP_FLOOR),
            0.25,
        ),
        Bound("ours: orders that failed", float(sum(sum(one.failures.values()) for one in ours)), 0.0, at_most=True),
    ]


def _ratio(found: Rounds, over: str, under: str) -> float:
    pairs = zip(found[over], found[under], strict=True)
    return statistics.median(one.per_second / other.per_second for one, other in pairs)


def _row(rounds: Sequence[Figures]) -> dict[str, float]:
    return {
        "per_second": round(statistics.median(one.per_second for one in rounds), 1),
        "p50_ms": round(statistics.median(one.percentile_ms(0.5) for one in rounds), 2),
        "p99_ms": round(statistics.median(one.percentile_ms(0.99) for one in rounds), 2),
        "retries": sum(one.retries for one in rounds),
        "failures": sum(sum(one.failures.values()) for one in rounds),
    }


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench submit", description=__doc__)
    parser.add_argument("--seconds", type=float, default=4.0, help="how long each scenario runs in a round (default 4)")
    parser.add_argument("--rounds", type=int, default=3, help="how often each scenario runs (default 3)")
    parser.add_argument("--json", type=Path, help="write the medians to this file too")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
