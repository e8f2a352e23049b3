"""Which programs this one has started, directly or not, and whether any of them is still there."""

from __future__ import annotations

from pathlib import Path

from scripts.local.process import wait_until

_END_LIMIT_S = 10.0


def descendants(pid: int) -> set[int]:
    """The ids of every program below this one."""
    found: set[int] = set()
    waiting = [pid]
    while waiting:
        new = _children(waiting.pop()) - found
        found |= new
        waiting += new
    return found


def left_running(pids: set[int]) -> set[int]:
    """Those of these programs that have not ended, after a fair wait."""
    wait_until(lambda: not any(map(_runs, pids)), limit_s=_END_LIMIT_S)
    return {pid for pid in pids if _runs(pid)}


def _children(pid: int) -> set[int]:
    found: set[int] = set()
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            found |= {int(child) for child in (task / "children").read_text().split()}
    except OSError:
        pass  # it ended meanwhile
    return found


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in {"Z", "X"}
