"""Whether every ticket came out exactly once and every call was shown: the demo's and the check's last word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Facts:
    """What was to happen and what was seen: job ids on paper are read off the pages' QR codes."""

    orders: int
    tickets: Sequence[str]
    """Job ids that must be on paper."""
    papers: Mapping[str, int]
    """On how many pages each job id was found."""
    calls: Sequence[str]
    """Call ids that must be shown."""
    shown: Sequence[str]
    """Call ids that a call screen was told."""


@dataclass(frozen=True)
class Verdict:
    """The facts, judged."""

    orders: int
    tickets: int
    printed: int
    """Expected tickets that are on paper, however often."""
    missing: tuple[str, ...]
    duplicated: tuple[str, ...]
    calls: int
    calls_missing: tuple[str, ...]
    unasked: tuple[str, ...]
    """What else is on paper: of earlier demos, where their data is kept."""

    @property
    def calls_shown(self) -> int:
        """How many of the calls were shown."""
        return self.calls - len(self.calls_missing)

    @property
    def problems(self) -> list[str]:
        """What is wrong, one sentence each; empty when all is well."""
        found = []
        if not (self.orders and self.tickets and self.calls):
            found.append(f"too little happened: {self.orders} orders, {self.tickets} tickets, {self.calls} calls")
        found += [f"ticket never printed: {job}" for job in self.missing]
        found += [f"ticket printed more than once: {job}" for job in self.duplicated]
        found += [f"call never shown: {call}" for call in self.calls_missing]
        return found


def judge(facts: Facts) -> Verdict:
    """Compare what was to happen with what was seen."""
    tickets = tuple(dict.fromkeys(facts.tickets))
    calls, shown = tuple(dict.fromkeys(facts.calls)), set(facts.shown)
    missing = tuple(job for job in tickets if not facts.papers.get(job))
    return Verdict(
        orders=facts.orders,
        tickets=len(tickets),
        printed=len(tickets) - len(missing),
        missing=missing,
        duplicated=tuple(job for job in tickets if facts.papers.get(job, 0) > 1),
        calls=len(calls),
        calls_missing=tuple(call for call in calls if call not in shown),
        unasked=tuple(sorted(set(facts.papers) - set(tickets))),
    )
