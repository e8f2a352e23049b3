"""`scripts/demo --check` as anybody runs it: one lunch at two shops, judged, and nothing left behind."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from scripts.local.demo.client import Client
from scripts.local.demo.lunch import LUNCH, NORTH
from scripts.local.demo.play import Lunch, LunchFailedError
from scripts.local.demo.site import Ports, Site
from scripts.local.demo.verdict import judge

ROOT = Path(__file__).parents[2]
LIMIT_S = 150


@pytest.mark.timeout(LIMIT_S + 30)
def test_the_check_plays_a_lunch_and_every_ticket_is_printed_once_and_every_call_shown(tmp_path: Path) -> None:
    status, said = _run_check(tmp_path)
    assert status == 0, said
    assert "check passed" in said
    assert re.search(r"订单\s*│\s*11\b", said), said
    printed = re.search(r"应印 / 已印\s*│\s*(\d+) / (\d+)", said)
    assert printed is not None
    assert printed[1] == printed[2] == "40"
    assert re.search(r"重复 / 缺失\s*│\s*0 / 0", said), said
    assert re.search(r"叫号 / 已显示\s*│\s*11 / 11", said), said
    assert "只剩 8 份" in said
    assert list(tmp_path.iterdir()) == []


def test_a_printer_that_is_off_makes_the_lunch_fail_and_its_ticket_missing(tmp_path: Path) -> None:
    party = replace(next(p for p in LUNCH if p.table_id == "t13"), guests=None)
    with Site(tmp_path, ports=Ports.free()) as site, Client(site.cloud.url) as client:
        assert site.loaded is not None
        site.pcs[NORTH].printers["凉菜打印机"].set_condition("offline")
        lunch = Lunch(
            client,
            site.journal,
            crews={NORTH: site.crew(NORTH)},
            table_codes=site.loaded.table_codes,
            pace_s=0,
            ended=threading.Event(),
            limit_s=3,
        )
        with pytest.raises(LunchFailedError, match="no paper for"):
            lunch.play([party])
        verdict = judge(site.journal.facts())
    assert [job.split(".")[1] for job in verdict.missing] == ["cold"]
    assert (verdict.tickets, verdict.printed, verdict.duplicated, verdict.calls) == (4, 3, (), 0)


def _run_check(temporary: Path) -> tuple[int, str]:
    """Exit status and output; the whole group is ended by its own id if it does not end in time."""
    environment = {**os.environ, "TMPDIR": str(temporary), "PYTHONIOENCODING": "utf-8", "COLUMNS": "200"}
    process = subprocess.Popen(
        [ROOT / "scripts" / "demo", "--check"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        env=environment,
        start_new_session=True,
    )
    try:
        said, _ = process.communicate(timeout=LIMIT_S)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    return process.returncode, said
