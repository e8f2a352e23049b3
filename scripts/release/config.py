"""`cloudbaserc.json`: read, checked, and filled in. The vendor's tools drop unknown keys and check no value; this does.

A value is never part of a message: once filled in it may be a secret.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic.alias_generators import to_camel

from scripts.release.cron import cron_fault
from scripts.release.manifest import CONFIG

FUNCTIONS_LIMIT = 50
ENV_LIMIT_BYTES = 4096
EVERYWHERE = frozenset({"ZAOTAI_ENV", "MONGODB_URI", "MONGODB_DATABASE", "MQTT_URL", "TABLE_CODE_KEY"})
"""What every function must be given."""
MAY_BE_EMPTY = "WECHAT_"
"""How the names of variables begin that a chain may leave empty; even they must be set, so that none is forgotten."""

_VARIABLE = re.compile(r"\{\{\s*env\.(\w+)\s*\}\}")
_BRACES = re.compile(r"\{\{.*?\}\}")
_BREAKS_JSON = re.compile(r'["\\\x00-\x1f]')
"""The vendor's tools put values into the file's text as they are."""


class ConfigError(Exception):
    """The file cannot be deployed; `faults` says everything that is wrong, a sentence each."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


class _Part(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel, populate_by_name=True, frozen=True, extra="forbid", hide_input_in_errors=True
    )


class Vpc(_Part):
    """The network in which the database is reached."""

    vpc_id: Annotated[str, Field(min_length=1)]
    subnet_id: Annotated[str, Field(min_length=1)]


class LayerUse(_Part):
    """A layer that a function has; a deployment knows the version better than the file."""

    name: Annotated[str, Field(min_length=1)]
    version: Annotated[int, Field(ge=1)]


class Timer(_Part):
    """A timer trigger."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,59}$")]
    type: Literal["timer"]
    config: str

    @field_validator("config")
    @classmethod
    def _cron(cls, line: str) -> str:
        if fault := cron_fault(line):
            raise ValueError(f"cron line {line!r}: {fault}")
        return line


class FunctionConfig(_Part):
    """One function, within the platform's limits."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,58}[A-Za-z0-9]$")]
    dir: str
    description: Annotated[str, Field(min_length=1, max_length=1000)]
    handler: Literal["index.main"]
    runtime: Literal["Python3.10"]
    memory_size: int
    timeout: Annotated[int, Field(ge=1, le=900)]
    install_dependency: Literal[False]
    env_variables: dict[Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]*$")], str]
    vpc: Vpc
    layers: Annotated[tuple[LayerUse, ...], Field(min_length=1, max_length=5)]
    triggers: Annotated[tuple[Timer, ...], Field(max_length=10)] = ()
    ignore: tuple[str, ...]
    path: Annotated[str, Field(pattern=r"^(/[A-Za-z0-9_-]+)+$")] | None = None

    @field_validator("memory_size")
    @classmethod
    def _sold(cls, size: int) -> int:
        if size != 64 and (size % 128 or not 128 <= size <= 3072):
            raise ValueError("memory is 64 MB, or 128 to 3072 MB in steps of 128")
        return size

    @field_validator("env_variables")
    @classmethod
    def _whole(cls, variables: dict[str, str]) -> dict[str, str]:
        if missing := sorted(EVERYWHERE - set(variables)):
            raise ValueError(f"every function needs {', '.join(missing)}")
        return variables

    @field_validator("triggers")
    @classmethod
    def _named(cls, triggers: tuple[Timer, ...]) -> tuple[Timer, ...]:
        if len({one.name for one in triggers}) < len(triggers):
            raise ValueError("two triggers of one name")
        return triggers

    @field_validator("ignore")
    @classmethod
    def _clean(cls, ignored: tuple[str, ...]) -> tuple[str, ...]:
        if missing := [one for one in ("__pycache__", "**/__pycache__", "*.pyc", ".env") if one not in ignored]:
            raise ValueError(f"the vendor's tools would pack {', '.join(missing)}")
        return ignored


class CloudConfig(_Part):
    """The whole file: an environment and its functions."""

    version: Literal["2.0"]
    env_id: str
    region: str
    function_root: Literal["functions"]
    functions: tuple[FunctionConfig, ...]

    @field_validator("functions")
    @classmethod
    def _apart(cls, functions: tuple[FunctionConfig, ...]) -> tuple[FunctionConfig, ...]:
        if not 1 <= len(functions) <= FUNCTIONS_LIMIT:
            raise ValueError(f"{len(functions)} functions; an environment takes 1 to {FUNCTIONS_LIMIT}")
        names = [one.name for one in functions]
        paths = [one.path for one in functions if one.path]
        if twice := sorted({one for one in (*names, *paths) if (*names, *paths).count(one) > 1}):
            raise ValueError(f"twice: {', '.join(twice)}")
        if elsewhere := [one.name for one in functions if one.dir != one.name]:
            raise ValueError(f"a function's folder has its name: {', '.join(elsewhere)}")
        return functions


def read_config(path: Path) -> CloudConfig:
    """The file as it is written, with its `{{env.X}}`. Raises ConfigError with every fault."""
    raw = _raw(path)
    unknown = {found for text in _texts(raw) for found in _BRACES.findall(text) if not _VARIABLE.fullmatch(found)}
    if unknown:
        raise ConfigError([f"{found} is not of the form {{{{env.NAME}}}}" for found in sorted(unknown)])
    return _validated(raw)


def check_project(root: Path) -> CloudConfig:
    """The project's file, in which every function's folder has its entry and the other way. Raises ConfigError."""
    config = read_config(root / CONFIG)
    folders = {path.parent.name for path in (root / config.function_root).glob("*/index.py")}
    names = {one.name for one in config.functions}
    faults = [f"functions/{name} has no entry in {CONFIG}" for name in sorted(folders - names)]
    faults += [f"{CONFIG} has {name}, but there is no functions/{name}/index.py" for name in sorted(names - folders)]
    if faults:
        raise ConfigError(faults)
    return config


def variables(path: Path) -> frozenset[str]:
    """The names that the file wants from the environment. Raises ConfigError."""
    return frozenset(name for text in _texts(_raw(path)) for name in _VARIABLE.findall(text))


def filled(path: Path, environ: Mapping[str, str]) -> CloudConfig:
    """The file with every `{{env.X}}` filled in, within the platform's limits. Raises ConfigError; no value is told."""
    read_config(path)
    wanted = sorted(variables(path))
    faults = [f"{name} is not set" for name in wanted if name not in environ]
    given = {name: environ[name] for name in wanted if name in environ}
    faults += [f"{name} is empty" for name, value in given.items() if not value and not name.startswith(MAY_BE_EMPTY)]
    faults += [f'{name} holds a ", a \\ or a line break' for name, value in given.items() if _BREAKS_JSON.search(value)]
    if faults:
        raise ConfigError(faults)
    config = _validated(_fill(_raw(path), given))
    sizes = {one.name: environment_size(one.env_variables) for one in config.functions}
    large = {name: size for name, size in sizes.items() if size > ENV_LIMIT_BYTES}
    if large:
        faults = [f"{name}: {size} bytes of environment, {ENV_LIMIT_BYTES} are allowed" for name, size in large.items()]
        raise ConfigError(faults)
    return config


def environment_size(environment: Mapping[str, str]) -> int:
    """How many bytes of the platform's allowance an environment takes."""
    return sum(len(name.encode()) + len(value.encode()) for name, value in environment.items())


def _raw(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError([f"cannot read {path}: {error}"]) from error


def _validated(raw: Any) -> CloudConfig:
    try:
        return CloudConfig.model_validate(raw)
    except ValidationError as error:
        raise ConfigError([f"{_place(raw, fault['loc'])}: {fault['msg']}" for fault in error.errors()]) from None


def _place(raw: Any, location: tuple[int | str, ...]) -> str:
    """Where a fault is, by the function's name rather than its number."""
    match location:
        case ("functions", int(number), *rest):
            entry = raw["functions"][number]
            name = entry.get("name", f"functions[{number}]") if isinstance(entry, dict) else f"functions[{number}]"
            return ".".join(map(str, (name, *rest)))
        case _:
            return ".".join(map(str, location))


def _texts(raw: Any) -> Iterator[str]:
    if isinstance(raw, str):
        yield raw
    elif isinstance(raw, dict):
        for value in raw.values():
            yield from _texts(value)
    elif isinstance(raw, list):
        for value in raw:
            yield from _texts(value)


def _fill(raw: Any, values: Mapping[str, str]) -> Any:
    if isinstance(raw, str):
        return _VARIABLE.sub(lambda found: values[found[1]], raw)
    if isinstance(raw, dict):
        return {key: _fill(value, values) for key, value in raw.items()}
    return [_fill(value, values) for value in raw] if isinstance(raw, list) else raw
