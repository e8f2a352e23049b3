"""The examples of the reference can be played at a shop, every one of them."""

from __future__ import annotations

from typing import Any

from scripts.published.actions import actions
from scripts.published.examples import examples
from tests.client.story import evening
from tests.support.shops import TestShop

ACTIONS = {action.name: action for action in actions() if action.is_for_people}


def fields(value: Any) -> set[str]:
    """The names of all fields in a message, wherever they stand."""
    if isinstance(value, list):
        return {name for each in value for name in fields(each)}
    if isinstance(value, dict):
        return set(value) | {name for each in value.values() for name in fields(each)}
    return set()


def test_an_evening_calls_every_function_for_people_as_the_examples_show(shop: TestShop) -> None:
    said = evening(shop)
    kept = examples(ACTIONS.values())
    assert sorted(said) == sorted(ACTIONS)
    assert {name: fields(one.request) for name, one in said.items()} == {
        name: fields(one.request) for name, one in kept.items()
    }, "play it anew: scripts/reference --examples"
