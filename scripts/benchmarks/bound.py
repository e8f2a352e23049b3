"""What a benchmark must keep."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Bound:
    """A ratio the product must keep: at least `limit`, or at most."""

    name: str
    value: float
    limit: float
    at_most: bool = False

    @property
    def holds(self) -> bool:
        """Whether this run keeps it."""
        return self.value <= self.limit if self.at_most else self.value >= self.limit

    def __str__(self) -> str:
        sign = "≤" if self.at_most else "≥"
        return f"{self.name}: {self.value:.2f} (bound {sign} {self.limit}) {'holds' if self.holds else 'BROKEN'}"
