"""Messages that differ from a sound one in one place, and what the contract says of each."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from shared.contracts.wire import Wire

STRANGE: dict[str, object] = {"zz": {"zz": []}}
"""No field takes this."""


@dataclass(frozen=True)
class Variant:
    """A message and what was done to it."""

    said: str
    message: Any
    is_strange: bool = False
    """Whether it holds something that no field takes, so that whatever is said against it is about its shape."""

    @property
    def line(self) -> str:
        """The message as one line of TypeScript."""
        return json.dumps(self.message, ensure_ascii=False)


def variants(message: Any) -> Iterator[Variant]:
    """Every field left out once, every value replaced by a strange one, a strange field in every object."""
    for path in _paths(message):
        name = ".".join(str(step) for step in path) or "the message"
        if path and isinstance(path[-1], str):
            yield Variant(f"without {name}", _changed(message, path, drop=True))
        if path:
            yield Variant(f"strange {name}", _changed(message, path, put=STRANGE), is_strange=True)
        if isinstance(_at(message, path), dict):
            yield Variant(f"more in {name}", _changed(message, (*path, "zz"), put=STRANGE))


def is_misshapen(contract: type[Wire], variant: Variant) -> bool:
    """Whether the contract refuses the message for its shape; a rule between fields is not one of shape."""
    try:
        contract.model_validate(variant.message)
    except ValidationError as error:
        return variant.is_strange or any(fault["type"] != "value_error" for fault in error.errors())
    return False


def is_never_answered(contract: type[Wire], variant: Variant) -> bool:
    """Whether no reply of this contract looks so: misshapen, or without a field that is always sent."""
    return is_misshapen(contract, variant) or contract.model_validate(variant.message).wire() != variant.message


def _paths(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield path
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _paths(each, (*path, key))
    elif isinstance(value, list) and value:
        yield from _paths(value[0], (*path, 0))


def _at(value: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        value = value[step]
    return value


def _changed(message: Any, path: tuple[str | int, ...], *, put: object = None, drop: bool = False) -> Any:
    changed = copy.deepcopy(message)
    owner = _at(changed, path[:-1])
    if drop:
        del owner[path[-1]]
    else:
        owner[path[-1]] = put
    return changed
