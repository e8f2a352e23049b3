"""An account at the simulated platform: its keys, its environments, their functions, and what will go wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Params = Mapping[str, Any]


class Refused(Exception):
    """The platform's error, under its own code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass
class Layer:
    """One version of a layer; it is usable after it was asked for so many times."""

    version: int
    description: str
    size: int
    looks_left: int


@dataclass
class Function:
    """One function. A change under way ends in `next_status` after it was asked for `looks_left` times."""

    name: str
    settings: dict[str, Any]
    code: bytes
    status: str = "Active"
    next_status: str = "Active"
    reason: str = ""
    looks_left: int = 0
    triggers: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def env(self) -> dict[str, str]:
        """Its variables."""
        return {one["Key"]: one["Value"] for one in self.settings.get("Environment", {}).get("Variables", [])}


@dataclass
class Environment:
    """One environment: what is in it, by name."""

    functions: dict[str, Function] = field(default_factory=dict)
    status: str = "NORMAL"
    domain: str = ""
    routes: dict[str, str] = field(default_factory=dict)
    rules: str | None = None


@dataclass
class Fault:
    """What will go wrong, `times` times: with a call of this action (and of this function, if one is named).

    `refuse`: the platform answers with this error. `fail`: it takes the call, and the change ends badly.
    `lose`: it does what is asked, and the answer is lost.
    """

    action: str
    kind: str
    name: str = ""
    code: str = "InternalError"
    times: int = 1


@dataclass
class Account:
    """All that the simulated platform knows."""

    keys: dict[str, str]
    environments: dict[str, Environment]
    layers: dict[str, list[Layer]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    throttle_every: int = 0
    """Each so-manieth call is one too many; 0 for none."""
    looks: int = 2
    """How often a change is asked for before it has ended."""
    calls: list[tuple[str, str]] = field(default_factory=list)
    """What was asked, in order: action, function."""
    invoke: Callable[[str, Mapping[str, object]], object] = lambda _name, _event: {}
    before: Callable[[str, Params], None] = lambda _action, _params: None
    """Called before each action: where a test lets a rival step in between."""
    logs: dict[str, list[dict[str, object]]] = field(default_factory=dict)

    def environment(self, name: str) -> Environment:
        """Raises Refused."""
        try:
            return self.environments[name]
        except KeyError:
            raise Refused("ResourceNotFound.Namespace", f"no namespace {name}") from None

    def taken_fault(self, action: str, name: str) -> Fault | None:
        """The fault that this call meets, used up by it."""
        for fault in self.faults:
            if fault.action == action and fault.name in ("", name) and fault.times > 0:
                fault.times -= 1
                return fault
        return None

    def changes(self) -> list[tuple[str, str]]:
        """The calls that change something, without those of the lock."""
        reading = ("Describe", "Get", "List", "Invoke")
        return [call for call in self.calls if not call[0].startswith(reading) and call[1] != "deployLock"]
