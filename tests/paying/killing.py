"""Killing a call's process wherever it may die, each time in a fresh story."""

from __future__ import annotations

import itertools
import os

from tests.paying.stories import Begin
from tests.support.audit import assert_clean
from tests.support.desk import Desk
from tests.support.dying import Moment, live, moments

READS = ("find ", "aggregate ")
COMMIT = "commitTransaction"
MAIN = ("phone", "mixed", "cash", "notice", "late_notice", "refund")
IS_FULL = os.environ.get("ZAOTAI_CHAOS") == "full"
"""Before and after every step, and not only those that change anything: by `scripts/chaos money`."""


def bury(desk: Desk) -> None:
    """The server ends a dead process's transaction by itself after seconds; here it is told to at once."""
    desk.shop.db.client.admin.command("killAllSessions", [])


def is_worth(moment: Moment, steps: tuple[str, ...], *, is_main: bool) -> bool:
    """Deaths with nothing but reads between them leave the same behind: unless all are wanted, one is enough."""
    step, is_last = steps[moment.step - 1], moment.step == len(steps)
    if IS_FULL:
        return True
    return not step.startswith(READS) and (is_main or moment.when == "before" or step == COMMIT or is_last)


def kill_everywhere(desk: Desk, begin: Begin) -> int:
    """Kill the call before and after the steps that it takes, each time in a fresh story, and bring that to its end.

    Afterwards the call is repeated and the notice comes; or nobody repeats anything and the notice is lost; or the one
    without the other.
    """
    first = begin(desk, "g0")
    steps = live(first.act).steps
    first.end()
    killed = 0
    for moment in itertools.takewhile(lambda one: one.step <= len(steps), moments()):
        if not is_worth(moment, steps, is_main=begin.__name__ in MAIN):
            continue
        story = begin(desk, f"g{moment.step}{moment.when}")
        life = live(story.act, moment)
        assert (life.was_killed, life.steps) == (True, steps[: moment.step])
        bury(desk)
        if moment.when == "after":
            assert_clean(desk.shop.db, desk.shop.shop_id)
        if (moment.when == "before") is (killed % 4 < 3):
            story.go_on(is_told=killed % 2 == 0)
        story.end()
        killed += 1
    return killed
