"""The vendor's published Node library calls the functions of the local cloud."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from scripts.local.cloud import LocalCloud
from tests.support.npm import installed

HERE = Path(__file__).parent / "node"


@pytest.fixture(scope="module")
def node_modules() -> Path:
    """The library, installed from its lock."""
    return installed(HERE, name="node-client")


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
