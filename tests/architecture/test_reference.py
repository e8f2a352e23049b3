"""The API reference says what the code says."""

from __future__ import annotations

from scripts.reference import DOC, reference
from shared.access.permissions import ALLOWED


def test_the_reference_is_current() -> None:
    assert DOC.read_text(encoding="utf-8") == reference(), "run scripts/reference"


def test_it_tells_every_function_and_the_limits_of_a_line() -> None:
    page = reference()
    assert all(f"### {action}\n" in page for action in ALLOWED)
    assert "| `lines[].quantity` | integer from 1 to 99 | required |" in page
    assert "| `STOCK_SHORT` | 409 |" in page
