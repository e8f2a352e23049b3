"""`scripts/bench submit`: our submitOrder beside the tutorials' transaction and the raw floor, all in one run."""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from scripts.benchmarks.callers import Callers, Figures
from scripts.benchmarks.shop import fill
from scripts.local.mongod import Mongod

CALLERS = 32


@dataclass(frozen=True)
class Bound:
    """A ratio the issue demands: `value` must be at least (or at most) `limit`."""

    name: str
    value: float
    limit: float
    at_most: bool = False

    @property
    def holds(self) -> bool:
        """Whether this run keeps it."""
        return self.value <= self.limit if self.at_most else self.value >= self.limit


def main(arguments: list[str] | None = None) -> int:
    """Run every scenario; exit 0 only if every bound holds."""
    options = _options(arguments)
    with Mongod() as server:
        fill(server.uri, tables=CALLERS)
        with closing(Callers(server.uri, CALLERS)) as callers:
            found = _scenarios(callers, options.seconds)
        bounds = _bounds(found)
    for bound in bounds:
        sign, word = ("≤", "holds") if bound.at_most else ("≥", "holds")
        print(f"{bound.name}: {bound.value:.2f} (bound {sign} {bound.limit}) {word if bound.holds else 'BROKEN'}")
    if options.json:
        rows = {name: _row(figures) for name, figures in found.items()}
        options.json.write_text(json.dumps(rows, indent=1))
    return 0 if all(bound.holds for bound in bounds) else 1


def _scenarios(callers: Callers, seconds: float) -> dict[str, Figures]:
    print(f"{'scenario':34} {'orders/s':>9} {'p50 ms':>8} {'p99 ms':>8} {'retries':>8} failures", flush=True)
    found: dict[str, Figures] = {}

    def run(name: str, way: str, mix: str, number: int, rate: float = 0.0) -> None:
        figures = found[name] = callers.run(way, mix, callers=number, seconds=seconds, rate=rate)
        row = _row(figures)
        print(
            f"{name:34} {row['per_second']:9.1f} {row['p50_ms']:8.1f} {row['p99_ms']:8.1f} {figures.retries:8d}"
            f" {dict(figures.failures) or '-'}",
            flush=True,
        )

    for number in (1, 8, 32):
        run(f"floor, {number} callers", "floor", "spread", number)
        for mix in ("spread", "hot"):
            for way in ("ours", "naive"):
                run(f"{way}, {mix}, {number} callers", way, mix, number)
    for rate in (20, 60):
        for mix in ("spread", "hot"):
            for way in ("ours", "naive"):
                run(f"{way}, {mix}, open at {rate}/s", way, mix, 16, rate)
    return found


def _bounds(found: dict[str, Figures]) -> list[Bound]:
    rate = {name: figures.per_second for name, figures in found.items()}
    idle = found["ours, hot, 1 callers"].percentile_ms(0.5)
    ours = [figures for name, figures in found.items() if name.startswith("ours")]
    return [
        Bound("spread at 8 callers / floor at 8", rate["ours, spread, 8 callers"] / rate["floor, 8 callers"], 0.6),
        Bound("hot at 32 callers / naive", rate["ours, hot, 32 callers"] / rate["naive, hot, 32 callers"], 2.0),
        Bound(
            "hot open at 60/s: p99 / idle p50", found["ours, hot, open at 60/s"].percentile_ms(0.99) / idle, 10.0, True
        ),
        Bound("ours: failures", float(sum(sum(figures.failures.values()) for figures in ours)), 0.0, True),
    ]


def _row(figures: Figures) -> dict[str, float]:
    return {
        "per_second": round(figures.per_second, 1),
        "p50_ms": round(figures.percentile_ms(0.5), 2),
        "p99_ms": round(figures.percentile_ms(0.99), 2),
        "retries": figures.retries,
        "failures": sum(figures.failures.values()),
    }


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench submit", description=__doc__)
    parser.add_argument("--seconds", type=float, default=8.0, help="how long each scenario runs (default 8)")
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
