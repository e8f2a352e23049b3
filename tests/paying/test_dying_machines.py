"""Notices, sweeps and refunds whose process is killed between any two steps: settled or returned, as every call."""

from __future__ import annotations

import pytest

from tests.paying.killing import kill_everywhere
from tests.paying.stories import CALLS, STORIES
from tests.support.desk import Desk
from tests.support.takings import takings

pytestmark = pytest.mark.timeout(300)
OTHERS = {name: begin for name, begin in STORIES.items() if name not in CALLS}


@pytest.mark.parametrize("name", OTHERS)
def test_what_machines_and_staff_do_killed_anywhere_is_settled_or_returned(money: Desk, name: str) -> None:
    killed = kill_everywhere(money, OTHERS[name])
    told = takings(money)
    print(f"{name}: killed {killed} times; {told}")
    assert killed >= 5
