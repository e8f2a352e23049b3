"""The command line: reads what is asked for, does it, and tells it."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from scripts.deploying import releases
from scripts.deploying.applying import Deployment, carry_out
from scripts.deploying.cloud import Cloud
from scripts.deploying.console import Console
from scripts.deploying.doctor import Health, ask_health, examine
from scripts.deploying.faults import CloudRefused, DeployError, OlderThanData, PlanChanged
from scripts.deploying.locking import Holder, lock_text, locked, unlock
from scripts.deploying.logs import read_logs
from scripts.deploying.planning import Plan, Step, plan, without_domain
from scripts.deploying.present import NOTHING, Present, read_present
from scripts.deploying.values import Values, read_values
from scripts.deploying.wanted import HEALTH, Wanted, read_blank, read_wanted
from scripts.release.manifest import Release

Build = Callable[[Path], Release]


@dataclass(frozen=True)
class Surroundings:
    """What the command needs of the machine: so that a test can be one."""

    environ: Mapping[str, str]
    repository: Path
    who: str
    new_id: Callable[[], str]
    now: Callable[[], datetime]
    monotonic: Callable[[], float]
    pause: Callable[[float], None]
    build: Build


@dataclass(frozen=True)
class Session:
    """One run against one environment: the options, the values, the platform."""

    options: argparse.Namespace
    values: Values
    console: Console
    around: Surroundings

    def cloud(self) -> Cloud:
        """The platform, with the values' credentials. Raises ValuesMissing."""
        endpoint: str | None = self.options.endpoint
        return Cloud(self.values, endpoint=endpoint, pause=self.around.pause, tell=self.console.say)

    def release(self) -> Release:
        """The release that the options name, the newest when they name none."""
        return releases.find(self.options.releases, self.options.release)

    def present(self, cloud: Cloud, wanted: Wanted) -> Present:
        """The environment as it is now."""
        return read_present(cloud, wanted.env_id, layer=wanted.layer.name, domain=self.values.get("HTTP_DOMAIN"))


def run(arguments: Sequence[str], console: Console, around: Surroundings) -> int:
    """Do what the arguments say; 0 when it is done (and, for `doctor`, when nothing is bad), else 1."""
    options = _options(arguments, around.repository)
    try:
        return _run(options, console, around)
    except DeployError as error:
        console.say(f"deploy: {error}")
        return 1


def _run(options: argparse.Namespace, console: Console, around: Surroundings) -> int:
    if options.command == "build":
        release = releases.keep(options.releases, around.build)
        console.say(f"{release.version} is kept in {release.folder}")
        return 0
    if options.command in ("plan", "apply") and options.offline:
        return _plan_offline(Session(options, Values("nowhere", {}), console, around))
    values = read_values(options.values, environ=around.environ, repository=around.repository)
    console.hide(values)
    _require_same(options.env, values)
    commands: Mapping[str, Callable[[Session], int]] = {
        "plan": _plan,
        "apply": _apply,
        "rollback": _apply,
        "status": _status,
        "logs": _logs,
        "doctor": _doctor,
        "unlock": _unlock,
    }
    return commands[options.command](Session(options, values, console, around))


def _plan_offline(session: Session) -> int:
    """What a first deployment would do: needs no credentials and no values."""
    wanted = read_blank(session.release())
    _show(session.console, without_domain(plan(wanted, NOTHING)), wanted, "an empty environment, nothing was asked")
    return 0


def _plan(session: Session) -> int:
    wanted, cloud = read_wanted(session.release(), session.values), session.cloud()
    found = plan(wanted, session.present(cloud, wanted), prune=session.options.prune)
    _show(session.console, found, wanted, wanted.env_id)
    return 0


def _apply(session: Session) -> int:
    """Plan, show, confirm, lock, look again, do, look again."""
    wanted, cloud, console = read_wanted(session.release(), session.values), session.cloud(), session.console
    present = session.present(cloud, wanted)
    found = plan(wanted, present, prune=session.options.prune)
    _show(console, found, wanted, wanted.env_id)
    if found.obstacles:
        raise DeployError("the plan has obstacles, see above; nothing was done")
    _require_no_older_schema(cloud, wanted, present)
    if not found.steps:
        return 0
    if session.options.env == "production" and not session.options.yes:
        console.confirm(f"{len(found.steps)} steps on PRODUCTION.", answer=wanted.env_id)
    with locked(cloud, wanted.env_id, holder=_holder(session), pause=session.around.pause):
        present = session.present(cloud, wanted)
        if plan(wanted, present, prune=session.options.prune) != found:
            raise PlanChanged("the environment has changed since the plan was made; nothing was done: look again")
        layer_version = present.layer_versions.get(wanted.layer.sha256, 0)
        deployment = Deployment(cloud, wanted, session.around.pause, layer_version)
        carry_out(found, deployment, progress=_progress(session, len(found.steps)))
        left = plan(wanted, session.present(cloud, wanted), prune=session.options.prune)
    if left.steps:
        raise DeployError(f"all steps done, and still different: {', '.join(step.title for step in left.steps)}")
    console.say(
        f"done: {wanted.env_id} is release {wanted.version}. Now: scripts/deploy doctor --env {session.options.env}"
    )
    return 0


def _status(session: Session) -> int:
    wanted, cloud, console = read_wanted(session.release(), session.values), session.cloud(), session.console
    present = session.present(cloud, wanted)
    known = releases.kept(session.options.releases)
    found = releases.running(present, known)
    console.say(f"{wanted.env_id}: {f'release {found.version}' if found else 'no kept release, or a mixture'}")
    held = lock_text(cloud, wanted.env_id)
    if held:
        console.say(f"locked: {held}")
    console.table(
        (name, function.status, function.mark[:8] or "?", f"{function.config.memory_mb} MB", _timers(function.timers))
        for name, function in sorted(present.functions.items())
    )
    console.say("kept releases, the newest first:")
    console.table(
        ("*" if one is found else " ", one.version, f"schema {one.schema_version}", f"{len(one.functions)} functions")
        for one in known
    )
    return 0


def _logs(session: Session) -> int:
    options = session.options
    lines = read_logs(
        session.cloud(),
        session.values.require("ENV_ID"),
        options.function,
        now=session.around.now(),
        minutes=options.minutes,
        limit=options.limit,
        failed=options.failed,
    )
    told = False
    for line in lines:
        session.console.say(line)
        told = True
    if not told:
        session.console.say(f"{options.function} logged nothing in the last {options.minutes} minutes")
    return 0


def _doctor(session: Session) -> int:
    cloud, release = session.cloud(), session.release()
    wanted = read_wanted(release, session.values)
    present = session.present(cloud, wanted)
    # A doctor of what runs, where that is known: the newest build may not have been deployed yet.
    found = None if session.options.release else releases.running(present, releases.kept(session.options.releases))
    if found:
        release, wanted = found, read_wanted(found, session.values)
        present = session.present(cloud, wanted)
    findings = examine(
        cloud,
        plan(wanted, present),
        env_id=wanted.env_id,
        schema_version=release.schema_version,
        now=session.around.now(),
    )
    bad = 0
    for one in findings:
        session.console.say(f"{one.sign:4}  {one.what}")
        if one.sign != "ok":
            session.console.say(f"      → {one.advice}")
        bad += one.sign == "bad"
    session.console.say("healthy" if not bad else f"{bad} to mend")
    return 1 if bad else 0


def _unlock(session: Session) -> int:
    cloud, env_id = session.cloud(), session.values.require("ENV_ID")
    held = lock_text(cloud, env_id)
    if held is None:
        session.console.say(f"{env_id} is not locked")
        return 0
    if not session.options.yes:
        session.console.confirm(f"{env_id} is {held}. Is that run dead for certain?", answer=env_id)
    unlock(cloud, env_id)
    session.console.say(f"{env_id} is free (it was {held})")
    return 0


def _require_same(env: str, values: Values) -> None:
    """The values of one environment do not get into another."""
    if values.require("ZAOTAI_ENV") != env:
        raise DeployError(f"--env is {env}, but ZAOTAI_ENV in {values.source} is {values.get('ZAOTAI_ENV')}")


def _require_no_older_schema(cloud: Cloud, wanted: Wanted, present: Present) -> None:
    """Data once migrated stays so: code that does not know it must not run on it.

    The database is asked through what runs now; when that cannot answer, the deployment may be what mends it.
    """
    health = present.functions.get(HEALTH)
    if health is None or not health.is_settled:
        return
    with suppress(CloudRefused):
        found = ask_health(cloud, wanted.env_id)
        if isinstance(found, Health) and found.schema_version > wanted.schema_version:
            raise OlderThanData(
                f"release {wanted.version} knows the database up to schema {wanted.schema_version}, and it is at"
                f" {found.schema_version}: mend forward; nothing was done"
            )


def _show(console: Console, found: Plan, wanted: Wanted, where: str) -> None:
    console.say(
        f"release {wanted.version} → {where}: {len(wanted.functions)} functions, {len(found.steps)} steps to do"
    )
    for number, step in enumerate(found.steps, start=1):
        console.say(f"  {number:2}. {step.title}: {', '.join(step.changes)}")
    for foreign in found.foreign:
        console.say(f"   ?  {foreign}: not in this release, left alone")
    for obstacle in found.obstacles:
        console.say(f"   !  {obstacle}")
    if not found.steps:
        console.say("  nothing to do")


def _progress(session: Session, total: int) -> Callable[[int, Step], Callable[[], None]]:
    def begin(number: int, step: Step) -> Callable[[], None]:
        started = session.around.monotonic()
        session.console.say(f"[{number + 1:2}/{total}] {step.title}: {', '.join(step.changes)} …")
        return lambda: session.console.say(f"        done, {session.around.monotonic() - started:.1f} s")

    return begin


def _holder(session: Session) -> Holder:
    around = session.around
    return Holder(around.who, around.now(), around.new_id().replace("-", "")[:12])


def _timers(timers: Sequence[object]) -> str:
    return f"{len(timers)} timer{'s' if len(timers) > 1 else ''}" if timers else ""


def _options(arguments: Sequence[str], repository: Path) -> argparse.Namespace:
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--releases", type=Path, default=repository / "releases", help="where releases are kept")
    where = argparse.ArgumentParser(add_help=False, parents=[common])
    where.add_argument("--env", choices=("staging", "production"), default="staging")
    where.add_argument("--values", type=Path, help="file of NAME=value outside the repository; else the environment")
    where.add_argument("--endpoint", help="another address of the platform's API, for a simulated one")
    which = argparse.ArgumentParser(add_help=False)
    which.add_argument("--release", help="version of a kept release; else the newest")
    changing = argparse.ArgumentParser(add_help=False)
    changing.add_argument("--prune", action="store_true", help="delete functions that the release does not have")
    changing.add_argument("--yes", action="store_true", help="do not ask")
    offline = argparse.ArgumentParser(add_help=False)
    offline.add_argument("--offline", "--dry-run", action="store_true", help="ask nothing, need no credentials")

    parser = argparse.ArgumentParser(prog="scripts/deploy", description="Put a release on the platform.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("build", parents=[common], help="build a release and keep it")
    commands.add_parser("plan", parents=[where, which, changing, offline], help="show what apply would do")
    commands.add_parser("apply", parents=[where, which, changing, offline], help="make the environment as the release")
    back = commands.add_parser("rollback", parents=[where, changing], help="apply a kept release")
    back.add_argument("release", help="its version; `status` lists them")
    commands.add_parser("status", parents=[where, which], help="what is deployed, and what is kept")
    logs = commands.add_parser("logs", parents=[where], help="what a function logged")
    logs.add_argument("function")
    logs.add_argument("--minutes", type=int, default=60)
    logs.add_argument("--limit", type=int, default=20)
    logs.add_argument("--failed", action="store_true", help="only calls that failed")
    commands.add_parser("doctor", parents=[where, which], help="is it healthy, and what to do if not")
    free = commands.add_parser("unlock", parents=[where], help="take away a dead run's lock")
    free.add_argument("--yes", action="store_true")
    return parser.parse_args(arguments)
