"""`cloudbaserc.json` is complete and true; what the platform would refuse, or drop in silence, is named here first."""

from __future__ import annotations

import copy
import json
import subprocess
from pathlib import Path
from typing import Any

import grimp
import pytest

from scripts.release.build import ROOT
from scripts.release.config import (
    ENV_LIMIT_BYTES,
    ConfigError,
    check_project,
    environment_size,
    filled,
    read_config,
    variables,
)
from scripts.release.cron import cron_fault
from scripts.release.manifest import CONFIG
from tests.release.conftest import functions, raw_config, write_config
from tests.support.npm import installed

NODE = Path(__file__).parent / "node"


def environ(**more: str) -> dict[str, str]:
    """A value for everything that the file asks for, unlike any other."""
    return {name: f"value-of-{name.lower()}" for name in variables(ROOT / CONFIG)} | more


def altered(folder: Path, **changes: Any) -> Path:
    """The file with one function, of which these fields are others; None takes one away."""
    function = copy.deepcopy(raw_config()["functions"][0]) | changes
    return write_config(folder, [{key: value for key, value in function.items() if value is not None}])


def faults(path: Path, values: dict[str, str] | None = None) -> tuple[str, ...]:
    with pytest.raises(ConfigError) as refused:
        read_config(path) if values is None else filled(path, values)
    return refused.value.faults


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    """Who imports whom, late imports too."""
    return grimp.build_graph("functions", "shared", cache_dir=None)


def test_the_projects_own_file_is_whole() -> None:
    assert [one.name for one in check_project(ROOT).functions] == [one["name"] for one in raw_config()["functions"]]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"memorySize": 200}, "getMenu.memorySize: Value error, memory is 64 MB, or 128 to 3072 MB in steps of 128"),
        ({"memorySize": 3200}, "getMenu.memorySize: Value error, memory is 64 MB, or 128 to 3072 MB in steps of 128"),
        ({"timeout": 901}, "getMenu.timeout: Input should be less than or equal to 900"),
        ({"timeout": 0}, "getMenu.timeout: Input should be greater than or equal to 1"),
        ({"handler": "main.index"}, "getMenu.handler: Input should be 'index.main'"),
        ({"runtime": "Python3.7"}, "getMenu.runtime: Input should be 'Python3.10'"),
        ({"runtime": None}, "getMenu.runtime: Field required"),
        ({"installDependency": True}, "getMenu.installDependency: Input should be False"),
        ({"memory": 256}, "getMenu.memory: Extra inputs are not permitted"),
        ({"dir": "menu"}, "functions: Value error, a function's folder has its name: getMenu"),
        ({"path": "menu"}, "getMenu.path: String should match pattern '^(/[A-Za-z0-9_-]+)+$'"),
        ({"vpc": {"vpcId": "{{env.VPC_ID}}"}}, "getMenu.vpc.subnetId: Field required"),
        ({"layers": []}, "getMenu.layers: Tuple should have at least 1 item after validation, not 0"),
        ({"ignore": ["*.pyc", "__pycache__"]},
         "getMenu.ignore: Value error, the vendor's tools would pack **/__pycache__, .env"),
        ({"envVariables": {"ZAOTAI_ENV": "x", "MQTT_URL": "x", "MONGODB_DATABASE": "x"}},
         "getMenu.envVariables: Value error, every function needs MONGODB_URI, TABLE_CODE_KEY"),
        ({"triggers": [{"name": "t", "type": "timer", "config": "0 */5 * * *"}]},
         "getMenu.triggers.0.config: Value error, cron line '0 */5 * * *': has 5 fields, the platform wants 7"),
        ({"triggers": [{"name": "t", "type": "timer", "config": "0 0 3 * * * *"}] * 2},
         "getMenu.triggers: Value error, two triggers of one name"),
        ({"description": "{{tcb.envId}}"}, "{{tcb.envId}} is not of the form {{env.NAME}}"),
    ],
)  # fmt: skip
def test_what_the_platform_would_refuse_or_drop_is_named(tmp_path: Path, changes: dict[str, Any], told: str) -> None:
    assert faults(altered(tmp_path, **changes)) == (told,)


@pytest.mark.parametrize(
    ("prefix", "module"),
    [("WECHAT_PAY_", "shared.runtime.merchants"), ("WECHAT_APP_", "shared.runtime.wechat_app")],
)
def test_exactly_the_functions_that_read_credentials_are_given_them(
    graph: grimp.ImportGraph, prefix: str, module: str
) -> None:
    reading = {name for name in functions() if module in graph.find_upstream_modules(f"functions.{name}.index")}
    given = {
        one.name
        for one in read_config(ROOT / CONFIG).functions
        if any(name.startswith(prefix) for name in one.env_variables)
    }
    assert given == reading


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    assert len(faults(altered(tmp_path, memorySize=1, timeout=0, runtime="Python2.7"))) == 3


def test_fifty_functions_are_allowed_and_no_more(tmp_path: Path) -> None:
    entry = raw_config()["functions"][0]
    many = [{**entry, "name": f"f{n}x", "dir": f"f{n}x"} for n in range(51)]
    assert len(read_config(write_config(tmp_path, many[:50])).functions) == 50
    assert faults(write_config(tmp_path, many)) == (
        "functions: Value error, 51 functions; an environment takes 1 to 50",
    )


def test_a_name_or_a_route_stands_once(tmp_path: Path) -> None:
    entry = raw_config()["functions"][0]
    other = {**entry, "name": "other", "dir": "other", "path": "/a"}
    assert faults(write_config(tmp_path, [entry, entry])) == ("functions: Value error, twice: getMenu",)
    assert faults(write_config(tmp_path, [{**entry, "path": "/a"}, other])) == ("functions: Value error, twice: /a",)


def test_a_folder_without_entry_and_an_entry_without_folder_are_named(tmp_path: Path) -> None:
    altered(tmp_path)
    (tmp_path / "functions" / "stray").mkdir(parents=True)
    (tmp_path / "functions" / "stray" / "index.py").touch()
    with pytest.raises(ConfigError) as refused:
        check_project(tmp_path)
    assert refused.value.faults == (
        "functions/stray has no entry in cloudbaserc.json",
        "cloudbaserc.json has getMenu, but there is no functions/getMenu/index.py",
    )


@pytest.mark.parametrize(
    "line", ["*/10 * * * * * *", "0 0 3 1,15 1-6 * 2026", "30 0-30/10 * * * 1-5 *", "0 0 0 * * 0 *"]
)
def test_cron_lines_that_hold(line: str) -> None:
    assert cron_fault(line) is None


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("60 * * * * * *", "second '60': must rise within 0 to 59"),
        ("0 0 24 * * * *", "hour '24': must rise within 0 to 23"),
        ("0 0 0 0 * * *", "day '0': must rise within 1 to 31"),
        ("0 0 0 * * 7 *", "weekday '7': must rise within 0 to 6"),
        ("0 0 5-3 * * * *", "hour '5-3': must rise within 0 to 23"),
        ("0 */0 * * * * *", "minute '*/0': a step must be 1 to 59"),
        ("0 0 0 * * MON *", "weekday 'MON': is no number, range or step"),
        ("0 0 0 L * * *", "day 'L': is no number, range or step"),
        ("0 0 0 1,,2 * * *", "day '1,,2': is no number, range or step"),
        ("* * * * *", "has 5 fields, the platform wants 7"),
    ],
)
def test_cron_lines_that_do_not(line: str, told: str) -> None:
    assert cron_fault(line) == told


def test_variables_that_are_not_set_are_all_named() -> None:
    values = environ()
    del values["VPC_ID"], values["MONGODB_URI"], values["WECHAT_PAY_MCHID"]
    assert faults(ROOT / CONFIG, values) == (
        "MONGODB_URI is not set",
        "VPC_ID is not set",
        "WECHAT_PAY_MCHID is not set",
    )


def test_only_what_a_chain_may_do_without_may_be_empty() -> None:
    values = environ(WECHAT_PAY_FILE="", MONGODB_URI="", TABLE_CODE_KEY="")
    assert faults(ROOT / CONFIG, values) == ("MONGODB_URI is empty", "TABLE_CODE_KEY is empty")
    config = filled(ROOT / CONFIG, environ(WECHAT_PAY_FILE=""))
    assert next(one for one in config.functions if one.name == "payOrder").env_variables["WECHAT_PAY_FILE"] == ""


@pytest.mark.parametrize("value", ['to"p', "to\\p", "to\np"])
def test_a_value_that_breaks_the_vendors_json_is_refused_without_being_told(value: str) -> None:
    assert faults(ROOT / CONFIG, environ(TABLE_CODE_KEY=value)) == ('TABLE_CODE_KEY holds a ", a \\ or a line break',)


def test_a_value_that_looks_like_a_variable_is_a_value_and_is_not_told(tmp_path: Path) -> None:
    path = altered(tmp_path)
    assert filled(path, environ(TABLE_CODE_KEY="{{x}}")).functions[0].env_variables["TABLE_CODE_KEY"] == "{{x}}"


def test_an_environment_over_4_kb_is_refused_with_its_size_and_without_its_values(tmp_path: Path) -> None:
    path, values = altered(tmp_path), environ()
    rest = environment_size(filled(path, values).functions[0].env_variables) - len(values["TABLE_CODE_KEY"])
    most = "秘" * ((ENV_LIMIT_BYTES - rest) // 3) + "s" * ((ENV_LIMIT_BYTES - rest) % 3)
    assert environment_size(filled(path, {**values, "TABLE_CODE_KEY": most}).functions[0].env_variables) == 4096
    assert faults(path, {**values, "TABLE_CODE_KEY": most + "s"}) == (
        "getMenu: 4097 bytes of environment, 4096 are allowed",
    )


def test_a_file_that_is_not_json_is_named(tmp_path: Path) -> None:
    (tmp_path / CONFIG).write_text("{")
    (fault,) = faults(tmp_path / CONFIG)
    assert fault.startswith(f"cannot read {tmp_path / CONFIG}: ")


def test_the_vendors_own_parser_reads_the_same(tmp_path: Path) -> None:
    values = environ(WECHAT_PAY_FILE="")
    program = ["node", str(NODE / "parse.cjs"), str(installed(NODE, name="release")), str(ROOT)]
    env = {"PATH": "/usr/local/bin:/usr/bin:/bin", **values}
    done = subprocess.run(program, check=True, capture_output=True, text=True, timeout=60, env=env)
    theirs, ours = json.loads(done.stdout), filled(ROOT / CONFIG, values)
    assert (theirs["envId"], theirs["region"], theirs["functionRoot"]) == (ours.env_id, ours.region, "functions")
    assert [one["name"] for one in theirs["functions"]] == [one.name for one in ours.functions]
    assert theirs["functions"] == [
        one.model_dump(by_alias=True, mode="json", exclude_unset=True) for one in ours.functions
    ]
    assert len(ours.functions) == len(functions())
