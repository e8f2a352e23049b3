"""In the local cloud, functions send messages by settings alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.local.cloud import ROOT
from tests.local_cloud.conftest import Project

SEND = """
from shared.gateways.wechat_messages import Sending, message_channel


def main(event, context):
    channel = message_channel()
    channel.send(channel.token().text, Sending("o-1", "t", "", {"thing1": "豫味坊"}))
    channel.close()
    return "told"
"""


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """An empty project."""
    return Project(tmp_path)


def test_a_function_tells_a_guest_something(project: Project) -> None:
    project.root.mkdir()
    (project.root / "shared").symlink_to(ROOT / "shared")
    project.add("send", SEND)
    with project.run(messages=True) as cloud:
        assert cloud.wechat_messages is not None
        cloud.wechat_messages.add_templates({"t": ("thing1",)})
        cloud.wechat_messages.consent("o-1", "t")
        assert cloud.invoke("send", {}) == "told"
        (taken,) = cloud.wechat_messages.taken()
        assert (taken.openid, taken.data) == ("o-1", {"thing1": "豫味坊"})


def test_without_messages_nothing_of_it_runs_or_is_set(project: Project) -> None:
    project.add("env", "import os\n\ndef main(event, context):\n    return sorted(os.environ)\n")
    with project.run() as cloud:
        assert cloud.wechat_messages is None
        names = cloud.invoke("env", {})
    assert isinstance(names, list)
    assert [name for name in names if name.startswith("WECHAT_APP")] == []
