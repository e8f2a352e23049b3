"""A throw-away project of small functions, run by the real gateway."""

from __future__ import annotations

import contextlib
import json
import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from scripts.local.cloud import LocalCloud

GUEST = {"X-WX-OPENID": "openid-1", "X-WX-APPID": "wx-test"}

ECHO = """
import os

def main(event, context):
    return {"event": event, "context": context, "os": {name: os.environ.get(name) for name in event.get("ask", [])}}
"""


class Project:
    """A project folder; functions are added before it is run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = folder / "project"
        self._functions: list[dict[str, Any]] = []

    def add(self, name: str, source: str, **settings: Any) -> None:
        """Declare a function whose `index.py` is this source."""
        code = self.root / "functions" / name
        code.mkdir(parents=True)
        (code / "__init__.py").touch()
        (code / "index.py").write_text(textwrap.dedent(source), encoding="utf-8")
        self._functions.append({"name": name, "timeout": 20, "memorySize": 256, **settings})

    def write(self) -> None:
        """Put the manifest in place."""
        self.root.mkdir(exist_ok=True)
        manifest = {"envId": "test-env", "functionRoot": "functions", "functions": self._functions}
        (self.root / "cloudbaserc.json").write_text(json.dumps(manifest), encoding="utf-8")

    @contextlib.contextmanager
    def run(self, **settings: Any) -> Iterator[LocalCloud]:
        """The gateway over this project; without database and broker unless the settings say otherwise."""
        self.write()
        settings = {"mongodb_uri": "mongodb://nowhere", "mqtt_url": "mqtt://nowhere", "timers": False, **settings}
        with LocalCloud(self.folder / "work", root=self.root, **settings) as cloud:
            yield cloud


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """An empty project."""
    return Project(tmp_path)


@pytest.fixture(scope="module")
def echo_cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCloud]:
    """A cloud with `echo`, which tells what it was called with, on a route and with a timer; and `plain` without."""
    project = Project(tmp_path_factory.mktemp("echo"))
    timer = {"name": "every", "type": "timer", "config": "0 */5 * * * * *"}
    project.add("echo", ECHO, timeout=7, memorySize=512, path="/echo", triggers=[timer])
    project.add("plain", "def main(event, context):\n    return event['body']\n", path="/plain")
    project.add("teapot", TEAPOT, path="/teapot")
    with project.run() as cloud:
        yield cloud


@pytest.fixture(scope="module")
def http(echo_cloud: LocalCloud) -> Iterator[httpx.Client]:
    """A client of `echo_cloud`."""
    with httpx.Client(base_url=echo_cloud.url, trust_env=False, timeout=30) as client:
        yield client


TEAPOT = """
import base64

def main(event, context):
    picture = base64.b64encode(bytes([0, 255])).decode()
    return {"statusCode": 418, "headers": {"Content-Type": "image/x-test", "X-Kettle": "on"}, "body": picture,
            "isBase64Encoded": True}
"""
