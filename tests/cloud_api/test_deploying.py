"""A release gets to the platform, once, in order; what is there already is not touched."""

from __future__ import annotations

import json
import re

from tests.cloud_api.account import Account, Function
from tests.cloud_api.office import ENV_ID, FEW, PROJECT, Office, entry


def test_a_plan_of_an_empty_environment_lists_everything_in_a_safe_order_and_does_nothing(
    office: Office, account: Account
) -> None:
    office.release("r1")
    told = office.deploy("plan")
    assert told.code == 0
    lines = [line for line in told.text.splitlines() if re.match(r" +[0-9]+\. ", line)]
    titles = [line.split(". ", 1)[1].split(":")[0] for line in lines]
    functions = titles[1 : 1 + len(FEW)]
    assert sorted(functions) == sorted(f"function {name}" for name in FEW)
    assert titles == [
        f"layer zaotai-deps_{ENV_ID}",
        *functions,
        "triggers sweep",
        f"routes of {ENV_ID}.service.tcloudbase.com",
        "permissions",
    ]
    assert account.changes() == []


def test_everything_is_deployed_and_a_second_apply_does_nothing(office: Office, account: Account) -> None:
    office.release("r1")
    assert office.deploy("apply").code == 0
    environment = account.environments[ENV_ID]
    assert sorted(environment.functions) == sorted(FEW)
    assert {one.status for one in environment.functions.values()} == {"Active"}
    sweep = environment.functions["sweep"]
    assert sweep.triggers == {"everyMinute": {"Type": "timer", "TriggerDesc": "30 * * * * * *", "Enable": 1}}
    assert sweep.settings["Layers"] == [{"LayerName": f"zaotai-deps_{ENV_ID}", "LayerVersion": 1}]
    assert sweep.settings["Stamp"] == "MINI_QCBASE"
    assert sweep.env["MONGODB_URI"] == office.values["MONGODB_URI"]
    assert environment.routes == {"/payNotify": "payNotify"}
    assert json.loads(environment.rules or "") == {
        "*": {"invoke": "auth != null"},
        "checkHealth": {"invoke": False},
        "payNotify": {"invoke": False},
        "sweep": {"invoke": False},
    }
    account.calls.clear()
    told = office.deploy("apply")
    assert (told.code, account.changes()) == (0, [])
    assert "nothing to do" in told.text


def test_every_function_of_the_project_is_deployed(office: Office, account: Account) -> None:
    names = [one["name"] for one in json.loads((PROJECT / "cloudbaserc.json").read_text())["functions"]]
    office.release("r1", functions=names)
    told = office.deploy("apply")
    assert told.code == 0, told.text
    assert sorted(account.environments[ENV_ID].functions) == sorted(names)


def test_one_changed_function_is_the_only_one_touched(office: Office, account: Account) -> None:
    office.release("r1")
    office.deploy("apply")
    office.release("r2", code={"getMenu": "second"})
    account.calls.clear()
    told = office.deploy("apply")
    assert told.code == 0
    assert account.changes() == [
        ("UpdateFunctionConfiguration", "getMenu"),
        ("UpdateFunctionCode", "getMenu"),
        ("UpdateFunctionConfiguration", "getMenu"),
    ]
    assert "function getMenu: code" in told.text


def test_a_changed_setting_is_one_update_and_its_variables_are_told_by_name(office: Office, account: Account) -> None:
    office.release("r1")
    office.deploy("apply")
    account.calls.clear()
    told = office.deploy("apply", change={"WECHAT_PAY_MCHID": "1900000109", "MONGODB_DATABASE": "other"})
    assert told.code == 0
    assert [call for call in account.changes() if call[1] == "getMenu"] == [("UpdateFunctionConfiguration", "getMenu")]
    assert "function getMenu: ~ variable MONGODB_DATABASE" in told.text
    assert "function payNotify: ~ variable MONGODB_DATABASE, ~ variable WECHAT_PAY_MCHID" in told.text
    assert account.environments[ENV_ID].functions["getMenu"].env["MONGODB_DATABASE"] == "other"


def test_an_emptied_variable_is_left_out_and_taken_away(office: Office, account: Account) -> None:
    office.release("r1")
    office.deploy("apply")
    told = office.deploy("apply", change={"WECHAT_PAY_FILE": ""})
    assert "- variable WECHAT_PAY_FILE" in told.text
    assert "WECHAT_PAY_FILE" not in account.environments[ENV_ID].functions["payNotify"].env


def test_a_new_layer_is_published_once_and_bound_to_every_function(office: Office, account: Account) -> None:
    office.release("r1")
    office.deploy("apply")
    office.release("r2", layer="layer 2")
    account.calls.clear()
    assert office.deploy("apply").code == 0
    assert account.changes().count(("PublishLayerVersion", "")) == 1
    assert account.changes().count(("UpdateFunctionCode", "getMenu")) == 0
    bound = {one.settings["Layers"][0]["LayerVersion"] for one in account.environments[ENV_ID].functions.values()}
    assert bound == {2}


def test_timers_routes_and_rules_follow_the_release(office: Office, account: Account) -> None:
    office.release("r1")
    office.deploy("apply")

    def edit(config: dict[str, object]) -> None:
        entry(config, "sweep")["triggers"][0]["config"] = "0 * * * * * *"
        entry(config, "payNotify")["path"] = "/pay/told"
        entry(config, "submitOrder")["path"] = "/payNotify"

    office.release("r2", edit=edit)
    assert office.deploy("apply").code == 0
    environment = account.environments[ENV_ID]
    assert environment.functions["sweep"].triggers["everyMinute"]["TriggerDesc"] == "0 * * * * * *"
    assert environment.routes == {"/payNotify": "submitOrder", "/pay/told": "payNotify"}
    assert json.loads(environment.rules or "")["submitOrder"] == {"invoke": False}


def test_a_timer_that_was_switched_off_is_switched_on_again(office: Office, account: Account) -> None:
    office.release("r1")
    office.deploy("apply")
    timer = account.environments[ENV_ID].functions["sweep"].triggers["everyMinute"]
    timer["Enable"] = 0
    assert office.deploy("apply").code == 0
    assert account.environments[ENV_ID].functions["sweep"].triggers["everyMinute"]["Enable"] == 1


def test_an_unknown_function_is_shown_and_deleted_only_when_that_is_asked_for(office: Office, account: Account) -> None:
    functions = account.environments[ENV_ID].functions
    functions["oldThing"] = Function("oldThing", {"Runtime": "Nodejs16.13"}, b"")
    office.release("r1")
    told = office.deploy("apply")
    assert "function oldThing: not in this release, left alone" in told.text
    assert "oldThing" in functions
    assert office.deploy("apply", "--prune").code == 0
    assert sorted(functions) == sorted(FEW)


def test_a_full_environment_stops_before_the_function_too_many(office: Office, account: Account) -> None:
    functions = account.environments[ENV_ID].functions
    functions |= {f"other{n}": Function(f"other{n}", {"Runtime": "Nodejs16.13"}, b"") for n in range(46)}
    office.release("r1")
    told = office.deploy("apply")
    assert told.code == 1
    assert "LimitExceeded.Function" in told.text
    assert len(functions) == 49  # the lock, which was the fiftieth, is gone


def test_production_is_done_only_after_its_name_is_typed(office: Office, account: Account) -> None:
    production = {"ZAOTAI_ENV": "production"}
    office.release("r1")
    for ask in (None, lambda _question: "yes"):
        assert office.deploy("apply", "--env", "production", change=production, ask=ask).code == 1
        assert account.changes() == []
    assert office.deploy("apply", "--env", "production", change=production, ask=lambda _question: ENV_ID).code == 0
    office.release("r2", code={"getMenu": "second"})
    assert office.deploy("apply", "--env", "production", "--yes", change=production).code == 0


def test_the_platform_may_run_no_runtime_that_the_function_did_not_begin_with(office: Office, account: Account) -> None:
    functions = account.environments[ENV_ID].functions
    functions["getMenu"] = Function("getMenu", {"Runtime": "Python3.7", "Handler": "index.main"}, b"")
    office.release("r1")
    told = office.deploy("apply")
    assert (told.code, account.changes()) == (1, [])
    assert "getMenu runs on Python3.7 and should run on Python3.10" in told.text
