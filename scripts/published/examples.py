"""Examples, one file a function: kept by hand, valid by the contracts, with every field the function would send."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from scripts.published.actions import Action

FOLDER = Path(__file__).parents[2] / "docs" / "client" / "examples"
WIDTH = 110


@dataclass(frozen=True)
class Example:
    """A request as it is sent, and its reply with all that the function would send."""

    request: Mapping[str, object]
    reply: Mapping[str, object]


def examples(actions: Iterable[Action]) -> dict[str, Example]:
    """The functions' examples by name. Raises ValueError for one that its contract does not take."""
    return {action.name: _example(action) for action in actions if example_file(action.name).exists()}


def example_file(name: str) -> Path:
    """Where the function's example is kept."""
    return FOLDER / f"{name}.json"


def pretty(value: object, indent: str = "") -> str:
    """JSON that stays on one line where it fits."""
    flat = json.dumps(value, ensure_ascii=False)
    if len(indent) + len(flat) <= WIDTH or not isinstance(value, Mapping | list):
        return flat
    deeper = indent + "  "
    if isinstance(value, Mapping):
        parts = [f"{json.dumps(key, ensure_ascii=False)}: {pretty(each, deeper)}" for key, each in value.items()]
        opening, closing = "{}"
    else:
        parts = [pretty(each, deeper) for each in value]
        opening, closing = "[]"
    return f"{opening}\n" + ",\n".join(f"{deeper}{part}" for part in parts) + f"\n{indent}{closing}"


def _example(action: Action) -> Example:
    file = example_file(action.name)
    kept = json.loads(file.read_text(encoding="utf-8"))
    try:
        action.command.model_validate(kept["request"])
        return Example(kept["request"], action.reply.model_validate(kept["reply"]).wire())
    except ValidationError as error:
        raise ValueError(f"{file.name} is not an example any more: {error}") from error
