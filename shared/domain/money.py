"""Money is an integer number of fen, and shares of it sum exactly (rules 1, 2)."""

from __future__ import annotations

from collections.abc import Sequence


def round_half_up(numerator: int, denominator: int) -> int:
    """`numerator / denominator` to the nearest integer, halves up; both non-negative, the denominator positive."""
    return (2 * numerator + denominator) // (2 * denominator)


def split(amount_fen: int, weights: Sequence[int]) -> tuple[int, ...]:
    """Share a non-negative amount by weights: largest remainder, ties to the lower index; the parts sum exactly.

    If every weight is 0, all weigh the same. Raises ValueError for a negative amount or weight, and for no weights.
    """
    if amount_fen < 0 or not weights or min(weights) < 0:
        raise ValueError("split needs a non-negative amount and at least one non-negative weight")
    total = sum(weights)
    if total == 0:
        return split(amount_fen, (1,) * len(weights))
    parts = [amount_fen * weight // total for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(amount_fen * weights[i] % total), i))
    for i in by_remainder[: amount_fen - sum(parts)]:
        parts[i] += 1
    return tuple(parts)
