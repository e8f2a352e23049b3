"""Looking, changing nothing: plans without credentials, status, logs, the doctor; values and builds."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from pymongo.database import Database

from functions.checkHealth.index import main as check_health
from scripts.deploying.faults import DeployError
from scripts.deploying.values import Values, read_values
from scripts.release.manifest import Release
from shared.access.permissions import ALLOWED
from shared.store.client import Document
from shared.store.migrations import SCHEMA_VERSION
from tests.cloud_api.account import Account, Function
from tests.cloud_api.office import ENV_ID, NOW, PROJECT, Office


def _healthy(office: Office, **change: object) -> dict[str, object]:
    data = {
        "now": office.now.isoformat(),
        "database": "ok",
        "schemaVersion": 1,
        "broker": "ok",
        "wechatPay": "ok",
        "wechatMessages": "ok",
    }
    return {"success": True, "data": data | change, "requestId": "r"}


@pytest.mark.parametrize("arguments", [("plan", "--offline"), ("apply", "--dry-run")])
def test_a_dry_run_needs_no_credentials_no_values_and_no_network(
    office: Office, account: Account, arguments: tuple[str, ...]
) -> None:
    office.release("r1")
    told = office.run(arguments)
    assert told.code == 0
    assert "function getMenu: create" in told.text
    assert "routes" in told.text
    assert account.calls == []


def test_values_of_another_environment_are_refused(office: Office, account: Account) -> None:
    office.release("r1")
    told = office.deploy("apply", "--env", "production", "--yes")
    assert (told.code, account.calls) == (1, [])
    assert "--env is production, but ZAOTAI_ENV" in told.text


def test_missing_values_are_all_named_before_anything_is_asked(office: Office, account: Account) -> None:
    office.release("r1")
    told = office.deploy("apply", change={"MQTT_URL": None, "VPC_ID": None})
    assert (told.code, account.calls) == (1, [])
    assert "MQTT_URL is not set" in told.text
    assert "VPC_ID is not set" in told.text


def test_values_come_from_the_file_or_else_from_the_environment_but_never_from_both(
    office: Office, account: Account
) -> None:
    office.release("r1")
    told = office.run(["plan", "--endpoint", office.endpoint], environ=office.values)
    assert told.code == 0
    file = office.folder.parent / "some.env"
    file.write_text("ZAOTAI_ENV=staging\n")
    file.chmod(0o600)
    told = office.run(["plan", "--values", str(file), "--endpoint", office.endpoint], environ=office.values)
    assert told.code == 1
    assert "MONGODB_URI is not set" in told.text


def test_a_file_of_values_in_the_repository_or_open_to_others_is_refused(tmp_path: Path) -> None:
    inside = tmp_path / "project" / "some.env"
    inside.parent.mkdir()
    inside.write_text("A=1\n")
    with pytest.raises(DeployError, match="lies in the repository"):
        read_values(inside, environ={}, repository=inside.parent)
    outside = tmp_path / "some.env"
    outside.write_text("# a comment\n\nA = 1=2 \n")
    outside.chmod(0o644)
    with pytest.raises(DeployError, match="chmod 600"):
        read_values(outside, environ={}, repository=inside.parent)
    outside.chmod(0o600)
    assert read_values(outside, environ={"B": "2"}, repository=inside.parent).known == {"A": "1=2"}


def test_values_show_their_names_only() -> None:
    assert (
        repr(Values("a file", {"MONGODB_URI": "mongodb://u:p@h"})) == "Values(source='a file', names=['MONGODB_URI'])"
    )


def test_status_names_the_running_release_the_kept_ones_and_a_mixture(office: Office, account: Account) -> None:
    office.release("r1")
    assert office.deploy("status").text.startswith(f"{ENV_ID}: no kept release, or a mixture\n")
    office.deploy("apply")
    office.release("r2", code={"getMenu": "second"})
    told = office.deploy("status")
    assert told.text.startswith(f"{ENV_ID}: release r1\n")
    assert "  *  r1  schema 1  5 functions\n" in told.text
    assert "     r2  schema 1  5 functions\n" in told.text
    assert "  sweep        Active" in told.text
    account.environments[ENV_ID].functions["sweep"].settings["Environment"] = {"Variables": []}
    assert office.deploy("status").text.startswith(f"{ENV_ID}: no kept release, or a mixture\n")


def test_logs_show_the_newest_last_and_only_failed_ones_when_asked(office: Office, account: Account) -> None:
    row = {"Duration": 31.4, "MemUsage": 47185920, "StartTime": "2026-11-24 19:59:00"}
    account.logs["getMenu"] = [
        row | {"RequestId": "a", "RetCode": 0, "Log": 'START RequestId: a\n{"action": "getMenu"}\nEND RequestId: a\n'},
        row | {"RequestId": "b", "RetCode": 1, "Log": f"no {office.values['MONGODB_URI']}"},
    ]
    told = office.deploy("logs", "getMenu")
    assert told.text == (
        "2026-11-24 19:59:00  ok  31 ms  45 MB  a\n"
        '    {"action": "getMenu"}\n'
        "2026-11-24 19:59:00  failed (1)  31 ms  45 MB  b\n"
        "    no «MONGODB_URI»\n"
    )
    assert office.deploy("logs", "getMenu", "--failed").text.count("2026-11-24") == 1
    assert office.deploy("logs", "sweep").text == "sweep logged nothing in the last 60 minutes\n"


def test_a_healthy_environment_is_told_so(office: Office, account: Account) -> None:
    office.release("r1")
    office.deploy("apply")
    account.invoke = lambda name, _event: _healthy(office) if name == "checkHealth" else {}
    account.calls.clear()
    told = office.deploy("doctor")
    assert told.code == 0, told.text
    assert told.text.splitlines()[-1] == "healthy"
    assert account.changes() == []


@pytest.mark.parametrize(
    ("change", "line", "advice"),
    [
        ({"database": "unreachable"}, "bad   database: unreachable", "security group"),
        ({"database": "noTransactions"}, "bad   database: noTransactions", "replica set"),
        ({"database": "empty"}, "bad   database: empty", "scripts/migrate"),
        ({"schemaVersion": 0}, "bad   schema 0, the release knows 1", "scripts/migrate"),
        ({"schemaVersion": 2}, "bad   schema 2, the release knows 1", "older than the database"),
        ({"broker": "refused"}, "bad   broker: refused", "MQTT_URL"),
        ({"wechatPay": "unreadable"}, "bad   WeChat Pay: unreadable", "merchant platform"),
        ({"now": (NOW + timedelta(minutes=6)).isoformat()}, "bad   clock +360 s", "clocks is wrong"),
    ],
)
def test_what_is_wrong_inside_is_told_with_what_to_do(
    office: Office, account: Account, change: dict[str, object], line: str, advice: str
) -> None:
    office.release("r1")
    office.deploy("apply")
    account.invoke = lambda _name, _event: _healthy(office, **change)
    told = office.deploy("doctor")
    assert told.code == 1
    lines = told.text.splitlines()
    number = next(n for n, found in enumerate(lines) if found.startswith(line))
    assert advice in lines[number + 1]
    assert lines[-1] == "1 to mend"


def test_what_only_limits_the_service_is_told_and_is_no_fault(office: Office, account: Account) -> None:
    office.release("r1")
    office.deploy("apply")
    account.invoke = lambda _name, _event: _healthy(office, wechatPay="missing", wechatMessages="missing")
    told = office.deploy("doctor")
    assert told.code == 0
    assert "look  WeChat Pay: missing\n      → no WECHAT_PAY_* values: guests cannot pay by phone" in told.text


def test_missing_timers_rules_and_unknown_functions_are_found(office: Office, account: Account) -> None:
    office.release("r1")
    office.deploy("apply")
    environment = account.environments[ENV_ID]
    environment.functions["sweep"].triggers.clear()
    environment.functions["oldThing"] = Function("oldThing", {"Runtime": "Nodejs16.13"}, b"")
    environment.rules = None
    account.invoke = lambda _name, _event: _healthy(office)
    told = office.deploy("doctor")
    assert told.code == 1
    assert "bad   timers are not as release r1 has them: triggers sweep: + everyMinute (30 * * * * * *)" in told.text
    assert "bad   security rules are not as release r1 has them" in told.text
    assert "look  function oldThing is deployed and not in the repository" in told.text


def test_a_health_function_that_fails_is_told_with_where_to_look(office: Office, account: Account) -> None:
    office.release("r1")
    assert "checkHealth cannot be called: Invoke: ResourceNotFound.FunctionName" in office.deploy("doctor").text
    office.deploy("apply")
    account.invoke = lambda _name, _event: {"success": False, "code": "INTERNAL", "message": "", "details": {}}
    told = office.deploy("doctor")
    assert "bad   checkHealth answers INTERNAL\n      → scripts/deploy logs checkHealth --failed" in told.text


def test_the_doctor_understands_the_function_itself(office: Office, account: Account, db: Database[Document]) -> None:
    office.release("r1", schema_version=SCHEMA_VERSION)
    office.deploy("apply")
    account.invoke = lambda _name, event: check_health(event, {"request_id": "r", "time_limit_in_ms": 10_000})
    office.now = NOW
    told = office.deploy("doctor")
    assert "ok    database\n" in told.text
    assert f"ok    schema {SCHEMA_VERSION}, the release knows {SCHEMA_VERSION}\n" in told.text
    assert "bad   broker: missing" in told.text
    assert "WeChat Pay: missing" in told.text


def test_rules_let_guests_call_what_is_theirs_and_nobody_what_is_a_machines(office: Office, account: Account) -> None:
    names = [one["name"] for one in json.loads((PROJECT / "cloudbaserc.json").read_text())["functions"]]
    office.release("r1", functions=names)
    office.deploy("apply")
    rules = json.loads(account.environments[ENV_ID].rules or "")
    closed = {name for name, rule in rules.items() if rule == {"invoke": False}}
    assert closed == {name for name in names if "system" in ALLOWED[name] or ALLOWED[name] == {"device"}}


def test_a_build_is_kept_under_its_version_and_is_then_the_newest(office: Office, account: Account) -> None:
    office.release("r1")

    def build(out: Path) -> Release:
        made = office.release("r0")
        made.folder.rename(out)
        return Release(**(vars(made) | {"folder": out}))

    told = office.run(["build"], build=build)
    assert (told.code, told.text) == (0, f"r0 is kept in {office.folder / 'releases' / 'r0'}\n")
    assert "release r0 → " in office.deploy("plan").text
    assert "nothing is built here" in office.run(["build"]).text


def test_an_unknown_release_is_told_with_those_that_are_there(office: Office) -> None:
    office.release("r1")
    told = office.deploy("rollback", "r9")
    assert (told.code, "no release r9 in" in told.text, "(there: r1)" in told.text) == (1, True, True)
