"""Three databases, of which the primary is killed during payments, or steps down in one: none is lost or doubled."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
LIMIT_S = 280
IS_FULL = os.environ.get("ZAOTAI_CHAOS") == "full"
PAYMENTS = 200
STORIES = ("mixed", "notice", "refund") if IS_FULL else ("mixed",)

pytestmark = [pytest.mark.timeout(LIMIT_S + 20), pytest.mark.xdist_group("three databases")]


def play(*options: str) -> dict[str, Any]:
    """Play it in a process of its own, which fails unless all is settled or returned; its figures."""
    program = [sys.executable, "-m", "tests.paying.killed_primary", *options]
    done = subprocess.run(program, cwd=ROOT, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    assert done.returncode == 0, done.stderr[-4_000:]
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    print(json.dumps(figures))
    return figures


def test_two_primaries_die_during_two_hundred_payments_and_none_is_lost_or_doubled() -> None:
    told = play("--payments", str(PAYMENTS))["killed"]
    assert (told["states"], told["answers"]["done"], told["returnedFen"]) == ({"paid": PAYMENTS}, PAYMENTS, 0)
    assert told["paidFen"] == {"cash": 67 * 2_100, "stored": 67 * 2_100, "wechat": 66 * 2_100}
    assert len(told["withoutPrimaryS"]) == 2
    assert set(told["answers"]) <= {"done", "BUSY", "UNKNOWN"}


def test_a_primary_that_steps_down_before_any_write_leaves_it_settled_or_returned() -> None:
    told = play("--payments", "0", "--stories", *STORIES)["steppedDown"]
    assert told["stepDowns"] >= 7
    assert set(told["answers"]) <= {"done", "BUSY", "UNKNOWN"}
