"""When a cron line of seven fields is due, in China's time; what a timer does when it is."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

import pytest

from scripts.local.manifest import TimerSpec
from scripts.local.process import StartFailedError, wait_until
from scripts.local.timers import CHINA, next_due
from tests.local_cloud.conftest import Project

NOW = datetime(2026, 2, 27, 23, 58, 30, 500_000, tzinfo=CHINA)  # a Friday


@pytest.mark.parametrize(
    ("cron", "due"),
    [
        ("*/5 * * * * * *", "2026-02-27 23:58:35"),
        ("0 */5 * * * * *", "2026-02-28 00:00:00"),
        ("30 58 23 * * * *", "2026-02-28 23:58:30"),
        ("0 0 4 * * * *", "2026-02-28 04:00:00"),
        ("0 30 2 1 * * *", "2026-03-01 02:30:00"),
        ("0 0 9 * * MON-FRI *", "2026-03-02 09:00:00"),
        ("0 0 9 * * 0 *", "2026-03-01 09:00:00"),
        ("0 15 10 ? * 6 *", "2026-02-28 10:15:00"),
        ("0 0 0 29 2 * *", "2028-02-29 00:00:00"),
        ("0 0 8,20 1 1 * *", "2027-01-01 08:00:00"),
    ],
)
def test_a_line_is_next_due(cron: str, due: str) -> None:
    found = next_due(TimerSpec("t", cron), NOW)
    assert found.astimezone(CHINA).strftime("%Y-%m-%d %H:%M:%S") == due


def test_the_answer_does_not_depend_on_the_askers_zone() -> None:
    timer = TimerSpec("t", "0 0 4 * * * *")
    assert next_due(timer, NOW.astimezone(timezone.utc)) == next_due(timer, NOW)


@pytest.mark.parametrize("cron", ["*/5 * * * * *", "0 0 4 * * * 2026", "61 * * * * * *", "a b c d e f *", ""])
def test_a_bad_line_is_named(cron: str) -> None:
    with pytest.raises(StartFailedError, match="timer sweep"):
        next_due(TimerSpec("sweep", cron), NOW)


def test_a_due_timer_fires_by_itself_again_and_again(project: Project, tmp_path: Path) -> None:
    notes = tmp_path / "notes"
    project.add(
        "sweep",
        f"def main(event, context):\n    with open({str(notes)!r}, 'a') as f: f.write(event['TriggerName'] + ' ')\n",
        triggers=[{"name": "tick", "type": "timer", "config": "* * * * * * *"}],
    )
    with project.run(timers=True):
        assert wait_until(lambda: notes.exists() and notes.read_text().count("tick") >= 2, limit_s=30)


def test_a_cloud_with_a_bad_timer_says_so_at_the_start(project: Project) -> None:
    bad = {"name": "never", "type": "timer", "config": "every day"}
    project.add("sweep", "def main(event, context):\n    return 1\n", triggers=[bad])
    with pytest.raises(StartFailedError, match="timer never"), project.run():
        pass
