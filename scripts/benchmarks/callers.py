"""Callers as processes of their own, like instances of a function: each does one order at a time."""

from __future__ import annotations

import math
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from scripts.benchmarks import ways
from scripts.benchmarks.crowd import Crowd
from scripts.benchmarks.shop import MIXES
from shared.runtime.clock import pause

Found = tuple[list[float], Counter[str], int]
WAYS: dict[str, Callable[..., ways.Take]] = {"ours": ways.ours, "naive": ways.naive, "floor": ways.floor}


@dataclass(frozen=True)
class Job:
    """One caller's part of a scenario: closed loop, or at `every_s` when `every_s` is positive (open loop)."""

    way: str
    mix: str
    start_at: float
    seconds: float
    every_s: float = 0.0
    offset_s: float = 0.0
    url: str = ""


@dataclass
class Figures:
    """What the callers saw together. Latencies in seconds; open loop counts from when the order was due."""

    seconds: float
    latencies: list[float] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)
    retries: int = 0

    @property
    def per_second(self) -> float:
        """Orders taken per second."""
        return len(self.latencies) / self.seconds

    def percentile_ms(self, share: float) -> float:
        """The latency that this share of orders stayed under, in ms."""
        ordered = sorted(self.latencies)
        return ordered[min(int(share * len(ordered)), len(ordered) - 1)] * 1000 if ordered else float("nan")


class Callers:
    """A crowd of caller processes that waits for work; closing it ends them."""

    def __init__(self, uri: str, number: int) -> None:
        self._crowd: Crowd[Job, Found] = Crowd(_caller, uri, number)

    def run(self, way: str, mix: str, *, callers: int, seconds: float, rate: float = 0.0, url: str = "") -> Figures:
        """Run one scenario with so many callers: closed loop, or open loop at `rate` orders a second in all."""
        start_at = time.monotonic() + 1.0
        every = callers / rate if rate else 0.0
        offsets = [n / rate if rate else 0.0 for n in range(callers)]
        figures = Figures(seconds)
        for found in self._crowd.do([Job(way, mix, start_at, seconds, every, offset, url) for offset in offsets]):
            latencies, failures, retries = found
            figures.latencies += latencies
            figures.failures += failures
            figures.retries += retries
        return figures

    def close(self) -> None:
        """End the processes."""
        self._crowd.close()


def _caller(uri: str, number: int) -> Callable[[Job], Found]:
    ways.prepare(uri)
    rng = random.Random(number)
    return lambda job: _do(job, number, rng)


def _do(job: Job, number: int, rng: random.Random) -> Found:
    mix = MIXES[job.mix]
    take = ways.over_http(number, mix, rng, url=job.url) if job.url else WAYS[job.way](number, mix, rng)
    with suppress(Exception):  # warms the connection; a failure here is not part of the scenario
        take()
    latencies: list[float] = []
    failures: Counter[str] = Counter()
    retries = 0
    _wait_until(job.start_at)
    for due in _due_times(job):
        _wait_until(due)
        began = due if job.every_s else time.monotonic()
        try:
            retries += take()
            latencies.append(time.monotonic() - began)
        except Exception as error:  # a benchmark counts every failure by its kind
            failures[type(error).__name__] += 1
    return latencies, failures, retries


def _due_times(job: Job) -> Iterator[float]:
    """When each order is due: in the open loop by the clock, else at once; until the time is over."""
    if job.every_s:
        count = math.ceil((job.seconds - job.offset_s) / job.every_s - 1e-6)
        yield from (job.start_at + job.offset_s + nth * job.every_s for nth in range(count))
        return
    while (now := time.monotonic()) < job.start_at + job.seconds:
        yield now


def _wait_until(moment: float) -> None:
    left = moment - time.monotonic()
    if left > 0:
        pause(left)
