"""What the engineer sees. Everything the command prints goes through here, and no secret gets out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TextIO

from scripts.deploying.faults import NotConfirmed
from scripts.deploying.values import MASKED_FROM, Values


@dataclass
class Console:
    """Prints with every known secret replaced by its name, whatever the text comes from."""

    out: TextIO
    ask: Callable[[str], str] | None
    """Asks the person at the terminal; None when there is none."""
    _masks: list[tuple[str, str]] = field(default_factory=list, repr=False)

    def hide(self, values: Values) -> None:
        """From now on, never print these."""
        long_enough = {value: name for name, value in values.secrets() if len(value) >= MASKED_FROM}
        # The longest first: an address is one secret, not a password within readable text.
        self._masks = sorted(long_enough.items(), key=lambda pair: -len(pair[0]))

    def say(self, text: str = "") -> None:
        """Print a line."""
        self._write(text + "\n")

    def begin(self, text: str) -> None:
        """Print the first part of a line that `say` ends."""
        self._write(text)

    def confirm(self, question: str, *, answer: str) -> None:
        """Go on only when the person types the answer. Raises NotConfirmed."""
        if self.ask is None:
            raise NotConfirmed("nobody is at the terminal to confirm: give --yes")
        if self.ask(f"{question}\nType {answer} to go on: ").strip() != answer:
            raise NotConfirmed("not confirmed; nothing was done")

    def table(self, rows: Iterable[tuple[str, ...]]) -> None:
        """Print rows with their columns under each other."""
        known = [tuple(row) for row in rows]
        widths = [max(map(len, column)) for column in zip(*known, strict=True)]
        for row in known:
            self.say("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())

    def _write(self, text: str) -> None:
        for secret, name in self._masks:
            text = text.replace(secret, f"«{name}»")
        self.out.write(text)
        self.out.flush()
