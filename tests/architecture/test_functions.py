"""Every function is a folder of its own, thin, and declared; what is declared exists."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = sorted(path for path in (ROOT / "functions").iterdir() if path.is_dir() and path.name != "__pycache__")
DECLARED: list[dict[str, Any]] = json.loads((ROOT / "cloudbaserc.json").read_text(encoding="utf-8"))["functions"]
ALLOWED_IMPORTS = ("shared.entry", "shared.contracts", "shared.usecases")
LINE_LIMIT = 16
FUNCTION_LIMIT = 48
"""The platform allows 50 in an environment."""

each_folder = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
each_declared = pytest.mark.parametrize("declared", DECLARED, ids=lambda declared: str(declared["name"]))


def test_what_is_in_the_folder_is_declared_and_the_other_way_round() -> None:
    names = [function["name"] for function in DECLARED]
    assert sorted(names) == [folder.name for folder in FOLDERS]
    assert len(set(names)) == len(names) <= FUNCTION_LIMIT


@each_folder
def test_a_function_is_a_package_of_exactly_its_index(folder: Path) -> None:
    files = {path.name for path in folder.iterdir() if path.name != "__pycache__"}
    assert files == {"__init__.py", "index.py"}
    assert (folder / "__init__.py").read_text() == ""


@each_folder
def test_an_index_is_one_decorated_main_in_a_few_lines(folder: Path) -> None:
    text = (folder / "index.py").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= LINE_LIMIT
    tree = ast.parse(text)
    assert ast.get_docstring(tree)
    body = [node for node in tree.body[1:] if not isinstance(node, ast.ImportFrom)]
    assert [type(node) for node in body] == [ast.FunctionDef]
    (main,) = body
    assert isinstance(main, ast.FunctionDef)
    assert main.name == "main"
    (decorator,) = main.decorator_list
    assert isinstance(decorator, ast.Call)
    assert isinstance(decorator.args[0], ast.Constant)
    assert decorator.args[0].value == folder.name
    assert [type(statement) for statement in main.body] == [ast.Return]


@each_folder
def test_an_index_imports_only_the_pipeline_the_contracts_and_the_use_cases(folder: Path) -> None:
    tree = ast.parse((folder / "index.py").read_text(encoding="utf-8"))
    modules = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Import)]
    assert [m for m in modules if m != "__future__" and not m.startswith(ALLOWED_IMPORTS)] == []


@each_declared
def test_a_declaration_is_what_the_platform_wants(declared: dict[str, Any]) -> None:
    assert (declared["handler"], declared["runtime"]) == ("index.main", "Python3.10")
    assert declared["dir"] == declared["name"]
    assert declared["installDependency"] is False
    assert len(declared["layers"]) == 1
    assert declared["description"]
    assert 3 <= declared["timeout"] <= 60
    assert {"MONGODB_URI", "TABLE_CODE_KEY"} <= set(declared["envVariables"])


@each_declared
def test_a_declaration_holds_no_value_of_any_secret(declared: dict[str, Any]) -> None:
    assert all(value.startswith("{{env.") and value.endswith("}}") for value in declared["envVariables"].values())


@each_declared
def test_a_timers_cron_line_has_seven_fields(declared: dict[str, Any]) -> None:
    for trigger in declared["triggers"]:
        assert trigger["type"] == "timer"
        assert len(trigger["config"].split()) == 7


def test_the_relay_the_sweep_and_the_audit_have_timers_and_only_machines_have_routes() -> None:
    timers = {function["name"] for function in DECLARED if function["triggers"]}
    routes = {function["name"]: function["path"] for function in DECLARED if "path" in function}
    assert timers == {"notifyKitchen", "sweep", "auditBooks", "sendMessages"}
    assert routes == {"syncBridge": "/syncBridge", "payNotify": "/payNotify"}
