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
    spare = amount_fen - sum(parts)
    if spare:
        remainders = [amount_fen * weight % total for weight in weights]
        # A stable sort, which keeps equals in order when reversed too.
        for i in sorted(range(len(weights)), key=remainders.__getitem__, reverse=True)[:spare]:
            parts[i] += 1
    return tuple(parts)


def refund_share(paid_fen: int, *, units: int, of: int, before: int = 0) -> int:
    """What returning `units` more of a line's `of` units gives back, when `before` were returned already (rule 16).

    By the cumulative formula ⌊paid · k / n⌋ − what was given back before, so that all the units give back exactly what
    was paid, in whatever steps. Raises ValueError for units that are not there.
    """
    if min(paid_fen, units, before) < 0 or before + units > of or of < 1:
        raise ValueError("a refund needs units that are still there")
    return paid_fen * (before + units) // of - paid_fen * before // of


def in_yuan(fen: int) -> str:
    """An amount as people read it: `12 元`, `12.50 元`."""
    yuan, rest = divmod(fen, 100)
    return f"{yuan}.{rest:02d} 元" if rest else f"{yuan} 元"
