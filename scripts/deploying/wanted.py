"""What a release wants an environment to be: read from its folder, filled with a deployment's values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from scripts.deploying.faults import DeployError
from scripts.deploying.values import Values
from scripts.release.config import ENV_LIMIT_BYTES, ConfigError, FunctionConfig, environment_size, filled, variables
from scripts.release.manifest import Release

MARK = "ZAOTAI_CODE"
"""The variable in which a function carries the hash of its code: the platform tells no such thing by itself."""
MARK_DIGITS = 16
_NOT_DESCRIPTION = re.compile(r"[^A-Za-z0-9 ,.\n\u4e00-\u9fff]+")
"""What the platform does not take in a description."""
HEALTH = "checkHealth"


@dataclass(frozen=True)
class Timer:
    """A timer trigger; the cron line has seven fields, in China's time."""

    name: str
    cron: str


@dataclass(frozen=True)
class Config:
    """All that can be set about a function without its code. `env` is without the mark."""

    handler: str
    runtime: str
    memory_mb: int
    timeout_s: int
    description: str
    env: Mapping[str, str]
    vpc: tuple[str, str] | None


@dataclass(frozen=True)
class WantedFunction:
    """One function of the release, with its zip and the mark of that."""

    name: str
    zip: Path
    mark: str
    config: Config
    timers: tuple[Timer, ...]


@dataclass(frozen=True)
class WantedLayer:
    """The dependency layer; a version of it is known by the hash in its description."""

    name: str
    zip: Path
    sha256: str
    runtime: str


@dataclass(frozen=True)
class Wanted:
    """The whole environment as the release has it. `routes` leads from a path to a function."""

    version: str
    schema_version: int
    env_id: str
    layer: WantedLayer
    functions: Mapping[str, WantedFunction]
    routes: Mapping[str, str]

    @property
    def rules(self) -> dict[str, dict[str, object]]:
        """Who may call from a client: signed-in guests, but nothing that a timer, the outside or an engineer calls."""
        machines = {name for name, function in self.functions.items() if function.timers}
        closed = sorted(machines | set(self.routes.values()) | ({HEALTH} & set(self.functions)))
        everybody: dict[str, dict[str, object]] = {"*": {"invoke": "auth != null"}}
        return everybody | {name: {"invoke": False} for name in closed}


def read_wanted(release: Release, values: Values) -> Wanted:
    """What this release wants with these values. Raises DeployError with every fault, before anything is touched."""
    try:
        config = filled(release.config, values.known)
    except ConfigError as error:
        raise DeployError(
            f"{release.config} with values from {values.source}:\n  " + "\n  ".join(error.faults)
        ) from error
    layers = {layer.name for function in config.functions for layer in function.layers}
    if len(layers) != 1:
        raise DeployError(f"{release.config}: a release has one layer, not {', '.join(sorted(layers))}")
    return Wanted(
        version=release.version,
        schema_version=release.schema_version,
        env_id=config.env_id,
        layer=WantedLayer(
            name=layers.pop(),
            zip=release.path(release.layer),
            sha256=release.layer.sha256,
            runtime=config.functions[0].runtime,
        ),
        functions={each.name: _function(each, release) for each in config.functions},
        routes={each.path: each.name for each in config.functions if each.path},
    )


def read_blank(release: Release) -> Wanted:
    """The same without any value, each variable standing for itself: for a look without credentials."""
    try:
        names = variables(release.config)
    except ConfigError as error:
        raise DeployError(str(error)) from error
    return read_wanted(release, Values("nowhere", {name: f"<{name}>" for name in names}))


def _function(declared: FunctionConfig, release: Release) -> WantedFunction:
    package = release.functions.get(declared.name)
    if package is None:
        raise DeployError(f"{release.config} declares {declared.name}, and the release holds no such zip")
    # The platform refuses a variable without a value; one that is set to nothing is meant to be left out.
    env = {name: value for name, value in declared.env_variables.items() if value}
    size = environment_size(env | {MARK: "0" * MARK_DIGITS})
    if size > ENV_LIMIT_BYTES:
        raise DeployError(f"{declared.name}: {size} bytes of environment, {ENV_LIMIT_BYTES} are allowed")
    return WantedFunction(
        name=declared.name,
        zip=release.path(package),
        mark=package.sha256[:MARK_DIGITS],
        config=Config(
            handler=declared.handler,
            runtime=declared.runtime,
            memory_mb=declared.memory_size,
            timeout_s=declared.timeout,
            description=_NOT_DESCRIPTION.sub(" ", declared.description),
            env=env,
            vpc=(declared.vpc.vpc_id, declared.vpc.subnet_id),
        ),
        timers=tuple(sorted((Timer(each.name, each.config) for each in declared.triggers), key=lambda one: one.name)),
    )
