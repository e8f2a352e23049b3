"""What has to be done so that an environment is what a release wants: pure, and in a safe order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from scripts.deploying.present import Present, PresentFunction
from scripts.deploying.wanted import Config, Timer, Wanted, WantedFunction, WantedLayer


@dataclass(frozen=True)
class PublishLayer:
    """A new version of the dependency layer."""

    layer: WantedLayer

    @property
    def title(self) -> str:
        return f"layer {self.layer.name}"

    @property
    def changes(self) -> tuple[str, ...]:
        return (f"new version, sha256 {self.layer.sha256}",)


@dataclass(frozen=True)
class CreateFunction:
    """A function that is not there, or whose first creation failed (then that is removed before)."""

    function: WantedFunction
    replaces_failed: bool = False

    @property
    def title(self) -> str:
        return f"function {self.function.name}"

    @property
    def changes(self) -> tuple[str, ...]:
        return ("create again, its creation failed" if self.replaces_failed else "create",)


@dataclass(frozen=True)
class UpdateFunction:
    """A function that is there and differs; `told` says in what, its variables by name only."""

    function: WantedFunction
    code: bool
    told: tuple[str, ...]

    @property
    def title(self) -> str:
        return f"function {self.function.name}"

    @property
    def changes(self) -> tuple[str, ...]:
        return self.told


@dataclass(frozen=True)
class SetTriggers:
    """Timers of one function: some go, some come; a changed one does both."""

    function: str
    remove: tuple[Timer, ...]
    create: tuple[Timer, ...]

    @property
    def title(self) -> str:
        return f"triggers {self.function}"

    @property
    def changes(self) -> tuple[str, ...]:
        gone = (f"- {timer.name} ({timer.cron})" for timer in self.remove)
        return (*gone, *(f"+ {timer.name} ({timer.cron})" for timer in self.create))


@dataclass(frozen=True)
class SetRoutes:
    """HTTP access: paths that are not there yet, and paths that lead elsewhere."""

    domain: str
    create: tuple[tuple[str, str], ...]
    modify: tuple[tuple[str, str], ...]

    @property
    def title(self) -> str:
        return f"routes of {self.domain or 'the default domain'}"

    @property
    def changes(self) -> tuple[str, ...]:
        new = (f"+ {path} → {name}" for path, name in self.create)
        return (*new, *(f"~ {path} → {name}" for path, name in self.modify))


@dataclass(frozen=True)
class SetPermissions:
    """The functions' security rules, whole."""

    rules: Mapping[str, Mapping[str, object]]
    before: Mapping[str, Mapping[str, object]] | None

    @property
    def title(self) -> str:
        return "permissions"

    @property
    def changes(self) -> tuple[str, ...]:
        return tuple(_differing("rule of", self.before or {}, self.rules))


@dataclass(frozen=True)
class DeleteFunction:
    """A function that no release of this command put there, or that this one has no more."""

    name: str

    @property
    def title(self) -> str:
        return f"function {self.name}"

    @property
    def changes(self) -> tuple[str, ...]:
        return ("delete, with its triggers",)


Step = PublishLayer | CreateFunction | UpdateFunction | SetTriggers | SetRoutes | SetPermissions | DeleteFunction


@dataclass(frozen=True)
class Plan:
    """The steps, in the order to do them; `foreign` are functions and routes that the release does not know.

    `obstacles` are what no step can mend: a plan with one is not carried out.
    """

    version: str
    steps: tuple[Step, ...]
    foreign: tuple[str, ...]
    obstacles: tuple[str, ...]


def plan(wanted: Wanted, present: Present, *, prune: bool = False) -> Plan:
    """What to do. Layer before functions, functions before what calls them, rules last; deletions at the very end."""
    foreign = sorted(set(present.functions) - set(wanted.functions))
    strange_routes = sorted(set(present.routes) - set(wanted.routes))
    steps: list[Step] = []
    if wanted.layer.sha256 not in present.layer_versions:
        steps.append(PublishLayer(wanted.layer))
    steps += _functions(wanted, present)
    steps += _triggers(wanted, present)
    steps += _routes(wanted, present)
    if present.rules != wanted.rules:
        steps.append(SetPermissions(wanted.rules, present.rules))
    if prune:
        steps += [DeleteFunction(name) for name in foreign]
    return Plan(
        version=wanted.version,
        steps=tuple(steps),
        foreign=tuple(f"function {name}" for name in foreign if not prune)
        + tuple(f"route {path} → {present.routes[path]}" for path in strange_routes),
        obstacles=tuple(_obstacles(wanted, present)),
    )


def _functions(wanted: Wanted, present: Present) -> Iterator[Step]:
    layer = (wanted.layer.name, present.layer_versions.get(wanted.layer.sha256, 0))
    for name, function in wanted.functions.items():
        now = present.functions.get(name)
        if now is None or now.status == "CreateFailed":
            yield CreateFunction(function, replaces_failed=now is not None)
            continue
        told = tuple(_function_changes(function, now, layer))
        if told:
            yield UpdateFunction(function, code=function.mark != now.mark or not now.is_settled, told=told)


def _function_changes(function: WantedFunction, now: PresentFunction, layer: tuple[str, int]) -> Iterator[str]:
    if not now.is_settled:
        yield f"its last change did not end well ({now.status}): all of it again"
    if function.mark != now.mark:
        yield "code"
    if now.layers != (layer,):
        yield "layer"
    yield from _config_changes(function.config, now.config)


def _config_changes(wanted: Config, now: Config) -> Iterator[str]:
    for name in ("handler", "memory_mb", "timeout_s", "description"):
        old, new = getattr(now, name), getattr(wanted, name)
        if old != new:
            yield f"{name.split('_')[0]} {old} → {new}" if name != "description" else name
    if now.vpc != wanted.vpc:
        yield "vpc"
    yield from _differing("variable", now.env, wanted.env)


def _differing(what: str, old: Mapping[str, object], new: Mapping[str, object]) -> Iterator[str]:
    """Each name whose value differs, without the values."""
    for name in sorted(set(old) | set(new)):
        if old.get(name) != new.get(name):
            sign = "+" if name not in old else "-" if name not in new else "~"
            yield f"{sign} {what} {name}"


def _triggers(wanted: Wanted, present: Present) -> Iterator[Step]:
    for name, function in wanted.functions.items():
        now = present.functions.get(name)
        there = now.timers if now and now.status != "CreateFailed" else ()
        asleep = now.closed_timers if now else ()
        remove = tuple(timer for timer in there if timer not in function.timers or timer.name in asleep)
        create = tuple(timer for timer in function.timers if timer not in there or timer in remove)
        if remove or create:
            yield SetTriggers(name, remove, create)


def _routes(wanted: Wanted, present: Present) -> Iterator[Step]:
    create = tuple((path, name) for path, name in sorted(wanted.routes.items()) if path not in present.routes)
    modify = tuple(
        (path, name) for path, name in sorted(wanted.routes.items()) if present.routes.get(path, name) != name
    )
    if create or modify:
        yield SetRoutes(present.domain, create, modify)


def _obstacles(wanted: Wanted, present: Present) -> Iterator[str]:
    for name, function in wanted.functions.items():
        now = present.functions.get(name)
        if now and now.config.runtime != function.config.runtime and now.status != "CreateFailed":
            yield (
                f"{name} runs on {now.config.runtime} and should run on {function.config.runtime}, which the platform"
                " does not change: delete the function in the console, then apply"
            )
    if wanted.routes and not present.domain:
        yield "the environment has no default HTTP domain: switch on HTTP access in the console, or set HTTP_DOMAIN"


def without_domain(found: Plan) -> Plan:
    """The plan for an environment that was not looked at: whether it has a domain is not known."""
    return replace(found, obstacles=())
