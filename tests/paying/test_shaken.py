"""The database fails in the middle of a call: the primary stepped down, the line broke, nobody knows of the commit."""

from __future__ import annotations

import os
from collections import Counter
from functools import partial
from typing import Any

import pytest

from tests.paying.stories import STORIES
from tests.store.faults import UNHEARD, UNSURE
from tests.support.desk import Desk
from tests.support.dying import Moment, live
from tests.support.mishaps import INTERRUPTED, STEPPED_DOWN, fails
from tests.support.takings import takings

pytestmark = pytest.mark.timeout(300)
OUTSIDE = ("GET ", "POST ")
READS = ("find ", "aggregate ")
SHAKEN = ("mixed", "cash", "notice", "late_notice", "given_up", "refund", "top_up_notice")
MORE = ("own", "anew", "anew_after_paying", "till", "expired", "returning", "returned")
IS_FULL = os.environ.get("ZAOTAI_CHAOS") == "full"
"""More stories, and every way at every command: by `scripts/chaos money`."""


def ways(number: int, step: str) -> list[dict[str, Any]]:
    """How a command may fail: what changes something in one way or the other, by turns, and a commit in each."""
    if step.startswith(OUTSIDE):
        return []
    if step.startswith(READS):
        return [STEPPED_DOWN] if IS_FULL else []
    every = [INTERRUPTED, UNHEARD, UNSURE] if step == "commitTransaction" else [INTERRUPTED, UNHEARD]
    return every if IS_FULL or step == "commitTransaction" else [every[number % 2]]


@pytest.mark.parametrize("name", SHAKEN + MORE if IS_FULL else SHAKEN)
def test_a_command_that_fails_anywhere_leaves_it_settled_or_returned(money: Desk, mongodb_uri: str, name: str) -> None:
    first = STORIES[name](money, "g0")
    steps = live(first.act).steps
    first.end()
    answers: Counter[str] = Counter()
    for number, step in enumerate(steps, start=1):
        for how in ways(number, step):
            story = STORIES[name](money, f"g{number}-{sum(answers.values())}")
            life = live(story.act, Moment(number, "before"), partial(fails, mongodb_uri, how))
            assert life.reply is not None
            assert life.steps.count(step) > steps.count(step) or life.reply.get("failed"), "nothing happened"
            code = life.reply.get("code", "done")
            answers[code] += 1
            assert code in ("done", "BUSY", "UNKNOWN", *story.told), (step, how, life.reply)
            if code != "done" or number % 2:
                story.go_on(is_told=number % 3 > 0)
            story.end()
    print(f"{name}: {dict(answers)}; {takings(money)}")
    assert answers["done"] > 2
