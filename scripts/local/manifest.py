"""What `cloudbaserc.json` says about the functions, and each function laid out as the platform lays it out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from scripts.local.process import StartFailedError

_MEMORY_DEFAULT_MB = 256
_TIMEOUT_DEFAULT_S = 3


@dataclass(frozen=True)
class TimerSpec:
    """A timer trigger: its name and its cron line of seven fields, in China's time."""

    name: str
    cron: str


@dataclass(frozen=True)
class FunctionSpec:
    """One function as declared: where its code lies, its limits, its timers, the HTTP route that leads to it."""

    name: str
    folder: Path
    timeout_s: float
    memory_mb: int
    route: str | None
    timers: tuple[TimerSpec, ...]
    env: Mapping[str, str]


@dataclass(frozen=True)
class Manifest:
    """All declared functions, and the environment's id."""

    env_id: str
    functions: tuple[FunctionSpec, ...]


def read_manifest(root: Path) -> Manifest:
    """Read `cloudbaserc.json` in the project's folder. Raises `StartFailedError` naming what is wrong."""
    path = root / "cloudbaserc.json"
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise StartFailedError(f"cannot read {path}: {error}") from error
    functions_root = root / str(raw.get("functionRoot", "functions"))
    functions = tuple(_function(entry, functions_root) for entry in raw.get("functions", ()))
    for function in functions:
        if not (function.folder / "index.py").is_file():
            raise StartFailedError(f"function {function.name}: {function.folder / 'index.py'} is not there")
    env_id = str(raw.get("envId", "local"))
    return Manifest(env_id="local" if "{{" in env_id else env_id, functions=functions)


def stage(function: FunctionSpec, *, root: Path, into: Path) -> Path:
    """A folder like the platform's `/var/user`: the function's own files and `shared`, flat, as links."""
    folder = into / function.name
    folder.mkdir(parents=True, exist_ok=True)
    wanted = {file.name: file for file in function.folder.iterdir() if file.name != "__pycache__"}
    if (root / "shared").is_dir():
        wanted["shared"] = root / "shared"
    for link in folder.iterdir():
        if link.is_symlink():
            link.unlink()
    for name, target in wanted.items():
        (folder / name).symlink_to(target.resolve())
    return folder


def _function(entry: Mapping[str, object], functions_root: Path) -> FunctionSpec:
    name = str(entry["name"])
    timeout, memory = entry.get("timeout", _TIMEOUT_DEFAULT_S), entry.get("memorySize", _MEMORY_DEFAULT_MB)
    if not isinstance(timeout, (int, float)) or not isinstance(memory, int):
        raise StartFailedError(f"function {name}: timeout and memorySize must be numbers")
    triggers, variables, route = entry.get("triggers") or [], entry.get("envVariables") or {}, entry.get("path")
    assert isinstance(triggers, list)
    assert isinstance(variables, dict)
    return FunctionSpec(
        name=name,
        folder=functions_root / str(entry.get("dir", name)),
        timeout_s=float(timeout),
        memory_mb=memory,
        route=str(route) if route else None,
        timers=tuple(
            TimerSpec(name=str(each["name"]), cron=str(each["config"])) for each in triggers if each["type"] == "timer"
        ),
        # What stands in for a deployment's own values is given by whoever starts the local cloud.
        env={str(key): str(value) for key, value in variables.items() if "{{" not in str(value)},
    )
