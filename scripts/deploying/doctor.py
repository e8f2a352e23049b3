"""After a deployment: is everything there, and does it reach what it needs? Each finding says what to do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from scripts.deploying.cloud import Cloud
from scripts.deploying.faults import CloudRefused
from scripts.deploying.planning import (
    CreateFunction,
    Plan,
    PublishLayer,
    SetPermissions,
    SetRoutes,
    SetTriggers,
    UpdateFunction,
)
from scripts.deploying.wanted import HEALTH

SKEW_LIMIT_S = 60
Sign = Literal["ok", "look", "bad"]


@dataclass(frozen=True)
class Finding:
    """One thing looked at; `advice` says what to do unless it is ok."""

    sign: Sign
    what: str
    advice: str = ""


class Health(BaseModel):
    """What `checkHealth` answers."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="ignore")

    now: datetime
    database: str
    schema_version: int
    broker: str
    wechat_pay: str
    wechat_messages: str


class _Envelope(BaseModel):
    success: bool
    code: str = ""
    data: Health | None = None


class _Invoked(BaseModel):
    class _Result(BaseModel):
        RetMsg: str = ""
        ErrMsg: str = ""

    Result: _Result


def examine(cloud: Cloud, found: Plan, *, env_id: str, schema_version: int, now: datetime) -> Iterator[Finding]:
    """Look at the environment from outside, then ask the health function how it looks from inside."""
    yield from _standing(found)
    try:
        health = ask_health(cloud, env_id)
    except CloudRefused as error:
        yield Finding("bad", f"{HEALTH} cannot be called: {error}", "scripts/deploy status shows whether it is there")
        return
    if isinstance(health, str):
        yield Finding("bad", f"{HEALTH} answers {health}", f"scripts/deploy logs {HEALTH} --failed shows why")
        return
    yield from _within(health, schema_version=schema_version)
    skew_s = (health.now - now).total_seconds()
    told = f"clock {skew_s:+.0f} s against this machine"
    advice = (
        "one of the two clocks is wrong; store PCs and WeChat Pay are refused from five minutes on: set this one by NTP"
    )
    yield Finding("ok", told) if abs(skew_s) <= SKEW_LIMIT_S else Finding("bad", told, advice)


def _standing(found: Plan) -> Iterator[Finding]:
    """What the plan would change is what is missing."""
    again = "scripts/deploy apply puts it there"
    kinds: dict[str, tuple[type, ...]] = {
        "functions and layer": (PublishLayer, CreateFunction, UpdateFunction),
        "timers": (SetTriggers,),
        "HTTP routes": (SetRoutes,),
        "security rules": (SetPermissions,),
    }
    for what, types in kinds.items():
        off = [step for step in found.steps if isinstance(step, types)]
        if off:
            told = "; ".join(f"{step.title}: {', '.join(step.changes)}" for step in off)
            yield Finding("bad", f"{what} are not as release {found.version} has them: {told}", again)
        else:
            yield Finding("ok", f"{what} as in release {found.version}")
    for obstacle in found.obstacles:
        yield Finding("bad", obstacle, "until then, apply stops here")
    for foreign in found.foreign:
        advice = "nobody knows it: ask who put it there; scripts/deploy apply --prune deletes such functions"
        yield Finding("look", f"{foreign} is deployed and not in the repository", advice)


def ask_health(cloud: Cloud, env_id: str) -> Health | str:
    """What the health function says, or how it failed. Raises CloudRefused."""
    params = {"Namespace": env_id, "FunctionName": HEALTH, "InvocationType": "RequestResponse", "ClientContext": "{}"}
    try:
        result = _Invoked.model_validate(cloud.scf("Invoke", params)).Result
        envelope = _Envelope.model_validate_json(result.RetMsg)
    except ValidationError:
        return "with what is not its reply"
    return envelope.data or envelope.code or "without data"


def _within(health: Health, *, schema_version: int) -> Iterator[Finding]:
    advice = {
        "unreachable": "MONGODB_URI, and the database's security group for the functions' subnet (VPC_ID, SUBNET_ID)",
        "refused": "the user or password in MONGODB_URI is wrong, or may not use MONGODB_DATABASE",
        "empty": "no collections are there yet: scripts/migrate makes them",
        "noTransactions": "the database is not a replica set: transactions need one",
    }
    yield _answer("database", health.database, advice)
    if health.database == "ok":
        told = f"schema {health.schema_version}, the release knows {schema_version}"
        older = health.schema_version < schema_version
        todo = "scripts/migrate" if older else "deploy a release that knows it: this one is older than the database"
        yield Finding("ok" if health.schema_version == schema_version else "bad", told, todo)
    advice = {
        "unreachable": "MQTT_URL, and the broker's security group; until then store PCs print by syncBridge, slower",
        "refused": "the broker refuses the user or password in MQTT_URL",
        "missing": "MQTT_URL is empty: store PCs are not called, and print by syncBridge, slower",
    }
    yield _answer("broker", health.broker, advice)
    unreadable = "a value is there and is not usable: compare it with the merchant platform or the mini-program console"
    advice = {"missing": "no WECHAT_PAY_* values: guests cannot pay by phone", "unreadable": unreadable}
    yield _answer("WeChat Pay", health.wechat_pay, advice, soft=("missing",))
    advice = {"missing": "no WECHAT_APP_* values: guests get no messages", "unreadable": unreadable}
    yield _answer("WeChat messages", health.wechat_messages, advice, soft=("missing",))


def _answer(what: str, state: str, advice: dict[str, str], *, soft: tuple[str, ...] = ()) -> Finding:
    if state == "ok":
        return Finding("ok", what)
    return Finding("look" if state in soft else "bad", f"{what}: {state}", advice.get(state, "see the function's log"))
