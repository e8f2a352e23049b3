"""What can be called: every function with its contract, its callers and its refusals, read from the code."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import get_type_hints

from shared import errors
from shared.access.caller import STAFF_ROLES, Role
from shared.access.permissions import ALLOWED
from shared.contracts.wire import Wire
from shared.errors import NotFound, RequestIdReused, TableCodeInvalid, ZaotaiError

FUNCTIONS = Path(__file__).parents[2] / "functions"
EVERYWHERE = ("INVALID_ARGUMENT", "UNAUTHENTICATED", "PERMISSION_DENIED", "BUSY", "UNKNOWN", "INTERNAL")
"""What any function may answer, so that it is told once."""
_PEOPLE: frozenset[Role] = STAFF_ROLES | {"guest"}
_ORDER: tuple[Role, ...] = (
    "guest", "owner", "manager", "cashier", "waiter", "kitchen", "marketing", "finance", "engineer", "device", "system",
)  # fmt: skip


@dataclass(frozen=True)
class Action:
    """A function: what it takes and answers, who may call it, and with what it refuses besides `EVERYWHERE`."""

    name: str
    summary: str
    command: type[Wire]
    reply: type[Wire]
    roles: tuple[Role, ...]
    refusals: tuple[type[ZaotaiError], ...]

    @property
    def changes(self) -> bool:
        """Whether it changes something, and so takes a `requestId`."""
        return "request_id" in self.command.model_fields

    @property
    def is_for_people(self) -> bool:
        """Whether guests or staff call it; what the system itself calls is a machine's, whoever else may."""
        return "system" not in self.roles and not _PEOPLE.isdisjoint(self.roles)


def actions() -> tuple[Action, ...]:
    """Every function there is, in the order of the permission table. Raises KeyError for one without a row."""
    rank = {name: place for place, name in enumerate(ALLOWED)}
    folders = [path.parent.name for path in FUNCTIONS.glob("*/index.py")]
    return tuple(_action(name) for name in sorted(folders, key=lambda name: rank[name]))


def error_classes() -> tuple[type[ZaotaiError], ...]:
    """Every error with a code of its own, by code."""
    found = [cls for _, cls in inspect.getmembers(errors, inspect.isclass) if issubclass(cls, ZaotaiError)]
    return tuple(sorted((cls for cls in found if "code" in vars(cls)), key=lambda cls: cls.code))


def meaning(error: type[ZaotaiError]) -> str:
    """What the code means, in one sentence."""
    return "A fault of ours." if error is ZaotaiError else (inspect.getdoc(error) or "").splitlines()[0]


def _action(name: str) -> Action:
    module = importlib.import_module(f"functions.{name}.index")
    use_case = getattr(module, _used(module))
    hints = get_type_hints(use_case)
    reply: type[Wire] = hints.pop("return")
    command: type[Wire] = next(hint for hint in hints.values() if issubclass(hint, Wire))
    return Action(
        name=name,
        summary=module.__doc__ or "",
        command=command,
        reply=reply,
        roles=tuple(role for role in _ORDER if role in ALLOWED[name]),
        refusals=tuple(_refusals(command, inspect.getdoc(use_case) or "", is_for_guests="guest" in ALLOWED[name])),
    )


def _used(module: ModuleType) -> str:
    """The use case that the function's `main` hands its command to."""
    (main,) = (node for node in ast.parse(inspect.getsource(module)).body if isinstance(node, ast.FunctionDef))
    (said,) = main.body
    assert isinstance(said, ast.Return)
    assert isinstance(said.value, ast.Call)
    assert isinstance(said.value.func, ast.Name)
    return said.value.func.id


def _refusals(command: type[Wire], doc: str, *, is_for_guests: bool) -> Iterator[type[ZaotaiError]]:
    """By the use case's own word ("Raises …"), and what every message of this shape may meet at the edge."""
    told = {word for part in doc.split("Raises ")[1:] for word in re.findall(r"[A-Z]\w+", part)}
    if "request_id" in command.model_fields:
        told.add(RequestIdReused.__name__)
    if "table_code" in command.model_fields:
        told.add(TableCodeInvalid.__name__)
    if "shop_id" in command.model_fields and is_for_guests:
        told.add(NotFound.__name__)
    for error in error_classes():
        if error.__name__ in told and error.code not in EVERYWHERE:
            yield error
