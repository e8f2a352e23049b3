"""The demo's business day lasts until the dinner is over, whenever it is started."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from scripts.local.demo.site import far_cutoff


@pytest.mark.parametrize(
    ("clock", "cutoff"),
    [
        ("04:00", "04:00"),
        ("18:30", "04:00"),
        ("23:59", "04:00"),
        ("01:59", "04:00"),
        ("02:00", "08:00"),
        ("03:59", "08:00"),
    ],
)
def test_a_day_that_would_end_within_two_hours_ends_four_hours_later(clock: str, cutoff: str) -> None:
    local = datetime.fromisoformat(f"2026-11-24T{clock}").replace(tzinfo=ZoneInfo("Asia/Shanghai"))
    assert far_cutoff(local, "04:00") == cutoff
