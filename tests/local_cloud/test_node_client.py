"""The vendor's published Node library calls the functions of the local cloud."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from scripts.local.cloud import ROOT, LocalCloud

HERE = Path(__file__).parent / "node"
MODULES = ROOT / ".cache" / "node-client" / "node_modules"


@pytest.fixture(scope="module")
def node_modules() -> Path:
    """The library, installed from its lock once; test processes that run side by side wait for each other."""
    if not (shutil.which("node") and shutil.which("npm")):
        if os.environ.get("CI"):
            pytest.fail("node and npm are needed to test with the published client")
        pytest.skip("node and npm are not on this machine")
    folder, lock = MODULES.parent, (HERE / "package-lock.json").read_text()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        stamp = folder / "installed-lock.json"
        if not stamp.exists() or stamp.read_text() != lock:
            for name in ("package.json", "package-lock.json"):
                shutil.copy(HERE / name, folder / name)
            install = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            subprocess.run(install, cwd=folder, check=True, capture_output=True, timeout=110)
            stamp.write_text(lock)
    return MODULES


def call(cloud: LocalCloud, modules: Path, name: str, data: object, *openid: str) -> Any:
    program = ["node", str(HERE / "call.mjs"), str(modules), f"{cloud.url}/admin", name, json.dumps(data), *openid]
    done = subprocess.run(program, check=True, capture_output=True, text=True, timeout=60)
    return json.loads(done.stdout)


def test_a_functions_reply_comes_back(echo_cloud: LocalCloud, node_modules: Path) -> None:
    answer = call(echo_cloud, node_modules, "echo", {"dish": "烩面", "quantity": 2})
    assert answer["result"]["event"] == {"dish": "烩面", "quantity": 2}
    assert answer["requestId"] == answer["result"]["context"]["request_id"]
    assert "WX_OPENID" not in json.loads(answer["result"]["context"]["environment"])


def test_a_guest_is_known_by_wechats_headers(echo_cloud: LocalCloud, node_modules: Path) -> None:
    answer = call(echo_cloud, node_modules, "echo", {"dish": "烩面"}, "openid-7")
    assert json.loads(answer["result"]["context"]["environment"])["WX_OPENID"] == "openid-7"
    assert answer["result"]["event"]["userInfo"] == {"appId": "wx-test", "openId": "openid-7"}


def test_a_failure_is_thrown_with_the_platforms_code(echo_cloud: LocalCloud, node_modules: Path) -> None:
    assert call(echo_cloud, node_modules, "plain", {}) == {
        "code": "FUNCTIONS_EXECUTE_FAIL",
        "message": "KeyError: 'body'",
    }


def test_an_unknown_function_is_thrown_with_its_code(echo_cloud: LocalCloud, node_modules: Path) -> None:
    assert call(echo_cloud, node_modules, "nowhere", {}) == {
        "code": "NOT_FOUND",
        "message": "没有名为 nowhere 的云函数",
    }
