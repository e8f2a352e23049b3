"""The API reference and the client say what the code says."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from scripts.published.actions import EVERYWHERE, Action, actions, error_classes
from scripts.published.examples import example_file
from scripts.published.files import CLIENT, DOCS, PAGE, published
from shared.access.permissions import ALLOWED

ACTIONS = actions()


@pytest.fixture(scope="module")
def page() -> str:
    """The reference as it should be published now."""
    return published()[PAGE]


def test_what_is_published_is_current() -> None:
    stale = [str(path.relative_to(DOCS)) for path, text in published().items() if path.read_text("utf-8") != text]
    assert stale == [], "run scripts/reference"


def test_the_page_tells_every_function_once(page: str) -> None:
    told = re.findall(r"^### ([a-z]\w+)$", page, re.MULTILINE)
    assert sorted(told) == sorted(ALLOWED)


def test_the_page_tells_limits_defaults_and_optional_fields(page: str) -> None:
    assert "| `quantity` | integer | yes | 1 to 99. |" in page
    assert "| `limit` | integer |  | 1 to 100. Left out: 20. |" in page
    assert "| `printedAt` | time |  |  |" in page


def test_the_page_tells_every_code_with_its_status(page: str) -> None:
    rows = re.findall(r"^\| `([A-Z_]+)` \| (\d{3}) \|", page, re.MULTILINE)
    assert rows == [(error.code, str(error.http_status)) for error in error_classes()]


def test_a_functions_refusals_are_those_its_use_case_names(page: str) -> None:
    (call_guest,) = (action for action in ACTIONS if action.name == "callGuest")
    assert [error.code for error in call_guest.refusals] == ["NOT_FOUND", "REQUEST_ID_REUSED", "STATE_CONFLICT"]
    assert not {error.code for action in ACTIONS for error in action.refusals} & set(EVERYWHERE)


def test_names_in_prose_are_the_wires(page: str) -> None:
    assert re.findall(r"`[a-z]+_[a-z_]+`", page) == []


def test_every_link_within_the_page_leads_to_one_heading(page: str) -> None:
    headings = Counter(heading.lower() for heading in re.findall(r"^##+ (.+)$", page, re.MULTILINE))
    links = set(re.findall(r"\(#([\w-]+)\)", page))
    assert {link: headings[link] for link in links} == dict.fromkeys(links, 1)


def test_a_machine_is_who_only_machines_or_the_system_call() -> None:
    machines = {action.name for action in ACTIONS if not action.is_for_people}
    machine_names = {"notifyKitchen", "sweep", "syncBridge", "auditBooks", "payNotify", "sendMessages", "checkHealth"}
    assert machines == machine_names


@pytest.mark.parametrize("action", [one for one in ACTIONS if one.is_for_people], ids=lambda action: action.name)
def test_a_function_for_people_has_an_example(action: Action) -> None:
    assert example_file(action.name).exists(), "call it in tests/client/story.py, then scripts/reference --examples"


def test_the_client_knows_which_functions_change_something() -> None:
    told = re.search(r"CHANGING = new Set\(\[([^\]]*)\]\)", published()[CLIENT])
    assert told is not None
    changing = [action.name for action in ACTIONS if action.is_for_people and action.changes]
    assert re.findall(r'"(\w+)"', told[1]) == changing
    assert "submitOrder" in changing
    assert "getMenu" not in changing
