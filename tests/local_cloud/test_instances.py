"""Instances behave like the platform's: isolated, warm, one event at a time, replaced when they end."""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from scripts.local.cloud import LocalCloud
from scripts.local.process import wait_until
from tests.local_cloud.conftest import ECHO, Project

GATE = """
import os, socket

def main(event, context):
    with socket.create_connection(("127.0.0.1", event["port"])) as gate:
        gate.sendall(f"{os.getpid()}\\n".encode())
        gate.recv(1)
    return os.getpid()
"""

PID = "import os\n\ndef main(event, context):\n    return os.getpid()\n"


@pytest.fixture
def gate() -> Iterator[socket.socket]:
    """Where a `gate` function reports and waits to be let go on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(30)
        yield server


def arrive(gate: socket.socket) -> tuple[int, socket.socket]:
    connection, _ = gate.accept()
    connection.settimeout(30)
    return int(connection.makefile().readline()), connection


def let_go(connection: socket.socket) -> None:
    connection.sendall(b"!")
    connection.close()


def test_only_its_own_folder_shared_and_the_layer_are_importable(project: Project, tmp_path: Path) -> None:
    project.add(
        "look",
        """
        import importlib, sys
        from shared.thing import WORD
        from beside import NEIGHBOUR
        import in_the_layer

        def main(event, context):
            def imports(name):
                try:
                    importlib.import_module(name)
                    return True
                except ImportError:
                    return False
            return {"found": [WORD, NEIGHBOUR, in_the_layer.WORD], "others": {n: imports(n) for n in event["names"]}}
        """,
    )
    project.add("other", "def main(event, context):\n    return 1\n")
    (project.root / "functions" / "look" / "beside.py").write_text("NEIGHBOUR = 'beside'\n")
    (project.root / "shared").mkdir()
    (project.root / "shared" / "thing.py").write_text("WORD = 'shared'\n")
    layer = tmp_path / "layer"
    layer.mkdir()
    (layer / "in_the_layer.py").write_text("WORD = 'layer'\n")
    names = ["pytest", "uvicorn", "scripts", "functions", "other", "pip", "json", "sqlite3"]
    with project.run(layer=layer) as cloud:
        reply: Any = cloud.invoke("look", {"names": names})
    assert reply["found"] == ["shared", "beside", "layer"]
    assert [name for name, found in reply["others"].items() if found] == ["json", "sqlite3"]


def test_a_warm_instance_still_holds_the_last_callers_variables(project: Project) -> None:
    project.add("echo", ECHO)
    with project.run(max_instances=1) as cloud:
        cloud.invoke("echo", {}, openid="first-guest")
        later: Any = cloud.invoke("echo", {"ask": ["WX_OPENID", "TCB_SOURCE"]})
    assert later["os"] == {"WX_OPENID": "first-guest", "TCB_SOURCE": "web_client"}
    assert "WX_OPENID" not in json.loads(later["context"]["environment"])


def test_a_functions_environment_is_what_was_given_and_nothing_of_ours(project: Project) -> None:
    project.add(
        "env",
        "import os\n\ndef main(event, context):\n    return dict(os.environ)\n",
        envVariables={"LITERAL": "1", "FILLED_IN": "{{env.SOMETHING}}"},
    )
    with project.run(env={"GIVEN": "yes"}, table_code_key="key", zaotai_env="t", database="d") as cloud:
        env: Any = cloud.invoke("env", {})
    secret = env.pop("LOCAL_CLOUD_SECRET")
    host, port = env.pop("LOCAL_CLOUD_BELL").split(":")
    assert (host, int(port) > 0) == ("127.0.0.1", True)
    assert len(secret) >= 32
    assert env == {
        "PATH": os.defpath,
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "LITERAL": "1",
        "GIVEN": "yes",
        "ZAOTAI_ENV": "t",
        "MONGODB_URI": "mongodb://nowhere",
        "MONGODB_DATABASE": "d",
        "MQTT_URL": "mqtt://nowhere",
        "TABLE_CODE_KEY": "key",
        "TCB_ENV": "test-env",
        "SCF_NAMESPACE": "test-env",
        "TENCENTCLOUD_RUNENV": "SCF",
        "TCB_SOURCE": "web_client",
    }


def test_events_at_once_get_an_instance_each_up_to_the_limit(project: Project, gate: socket.socket) -> None:
    project.add("gate", GATE)
    event = {"port": gate.getsockname()[1]}
    with project.run(max_instances=2) as cloud, ThreadPoolExecutor(3) as guests:
        calls = [guests.submit(cloud.invoke, "gate", event) for _ in range(3)]
        first, second = arrive(gate), arrive(gate)
        assert first[0] != second[0]
        let_go(first[1])
        # The third event had to wait for an instance, and gets the one that was let go.
        third = arrive(gate)
        assert third[0] == first[0]
        let_go(second[1])
        let_go(third[1])
        assert sorted(str(call.result(30)) for call in calls) == sorted(str(each[0]) for each in (first, second, third))


def test_one_after_the_other_they_share_one_warm_instance(project: Project) -> None:
    project.add("pid", PID)
    with project.run() as cloud:
        assert len({cloud.invoke("pid", {}) for _ in range(5)}) == 1


def test_prewarmed_instances_are_up_before_the_first_event(project: Project) -> None:
    project.add("pid", PID)
    with project.run(prewarm=3) as cloud:
        health: Any = cloud.health()
    assert health["functions"]["pid"]["instances"] == 3


def test_past_its_time_limit_the_instance_is_ended_and_a_new_one_serves(project: Project, gate: socket.socket) -> None:
    project.add("gate", GATE, timeout=1)
    event = {"port": gate.getsockname()[1]}
    with project.run(max_instances=1) as cloud, ThreadPoolExecutor(1) as guests:
        call = guests.submit(cloud.invoke, "gate", event)
        pid, stuck = arrive(gate)
        assert call.result(30) == {
            "errCode": -504003,
            "errMsg": "FUNCTIONS_TIME_LIMIT_EXCEEDED: Invoking task timed out after 1 seconds",
            "code": "FUNCTIONS_TIME_LIMIT_EXCEEDED",
        }
        assert stuck.recv(1) == b""  # the process is gone, and its connection with it
        stuck.close()
        again = guests.submit(cloud.invoke, "gate", event)
        next_pid, connection = arrive(gate)
        let_go(connection)
        assert again.result(30) == next_pid != pid


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("raise ValueError('坏了')", "ValueError: 坏了"),
        ("import os; os._exit(3)", "the function's process exited"),
        ("raise SystemExit", "the function's process exited"),
        (
            "import datetime; return {'at': datetime.datetime.now()}",
            "TypeError: Object of type datetime is not JSON serializable",
        ),
        ("return 'x' * (6 * 1024 * 1024)", "the reply is over 6 MB"),
    ],
)
def test_a_failing_function_is_the_platforms_failure_and_the_next_call_works(
    project: Project, body: str, message: str
) -> None:
    project.add("fail", f"def main(event, context):\n    if event.get('well'):\n        return 'well'\n    {body}\n")
    with project.run(max_instances=1) as cloud:
        assert cloud.invoke("fail", {}) == {
            "errCode": -504002,
            "errMsg": f"FUNCTIONS_EXECUTE_FAIL: {message}",
            "code": "FUNCTIONS_EXECUTE_FAIL",
        }
        assert cloud.invoke("fail", {"well": True}) == "well"


def test_a_function_that_does_not_load_fails_every_waiting_call(project: Project) -> None:
    project.add("broken", "import no_such_module\n\ndef main(event, context):\n    return 1\n")
    with project.run(max_instances=2) as cloud, ThreadPoolExecutor(6) as guests:
        replies: list[Any] = [call.result(30) for call in [guests.submit(cloud.invoke, "broken", {}) for _ in range(6)]]
    assert {reply["code"] for reply in replies} == {"FUNCTIONS_EXECUTE_FAIL"}
    message = "FUNCTIONS_EXECUTE_FAIL: ModuleNotFoundError: No module named 'no_such_module'"
    assert {reply["errMsg"] for reply in replies} == {message}


def test_what_a_function_prints_is_logged_by_lines_under_its_name(project: Project) -> None:
    project.add(
        "talk",
        """
        import sys

        def main(event, context):
            print("一", end="")
            print("二")
            sys.stderr.write("e\\n")
        """,
    )
    with project.run(max_instances=1) as cloud:
        cloud.invoke("talk", {})
        assert cloud.log.read_text("utf-8") == "talk#1 | 一二\ntalk#1 | e\n"


def test_identical_queued_calls_that_have_not_started_run_once(
    project: Project, gate: socket.socket, tmp_path: Path
) -> None:
    project.add("echo", ECHO)
    project.add(
        "work",
        GATE.replace(
            "def main(event, context):",
            "def main(event, context):\n    note(event)\n    if 'port' not in event: return",
        ).replace(
            "import os, socket",
            "import os, socket\n\ndef note(event):\n    with open(event['file'], 'a') as f: f.write(event['name'])\n",
        ),
    )
    notes = tmp_path / "notes"
    with project.run(max_instances=1) as cloud, ThreadPoolExecutor(1) as guests:
        ask: Any = cloud.invoke("echo", {"ask": ["LOCAL_CLOUD_SECRET"]})
        internal = {"X-Zaotai-Internal": ask["os"]["LOCAL_CLOUD_SECRET"]}
        queued = {**internal, "X-Zaotai-Invoke": "event"}
        hold = {"file": str(notes), "name": "h", "port": gate.getsockname()[1]}
        holding = guests.submit(cloud.invoke, "work", hold, headers=internal)
        _, connection = arrive(gate)
        for name in "aabaab":
            reply: Any = cloud.invoke("work", {"file": str(notes), "name": name}, headers=queued)
            assert set(reply) == {"requestId"}
        let_go(connection)
        holding.result(30)
        cloud.invoke("work", {"file": str(notes), "name": "e"}, headers=internal)
        assert notes.read_text() == "habe"
        # Once started it may be queued anew.
        cloud.invoke("work", {"file": str(notes), "name": "a"}, headers=queued)
        assert wait_until(lambda: notes.read_text() == "habea", limit_s=30)


def test_a_function_started_by_the_bell_runs_once_at_a_time_and_misses_no_ring(
    project: Project, gate: socket.socket, tmp_path: Path
) -> None:
    notes = tmp_path / "notes"
    project.add("echo", ECHO)
    project.add(
        "work",
        GATE.replace("def main(event, context):", "def main(event, context):\n    note()")
        .replace('event["port"]', str(gate.getsockname()[1]))
        .replace(
            "import os, socket",
            f"import os, socket\n\ndef note():\n    with open({str(notes)!r}, 'a') as f: f.write('r')\n",
        ),
    )
    with project.run() as cloud, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bell:
        ask: Any = cloud.invoke("echo", {"ask": ["LOCAL_CLOUD_BELL", "LOCAL_CLOUD_SECRET"]})
        host, port = ask["os"]["LOCAL_CLOUD_BELL"].split(":")
        ring = f"{ask['os']['LOCAL_CLOUD_SECRET']} work".encode()
        bell.sendto(b"guessed work", (host, int(port)))
        bell.sendto(ring, (host, int(port)))
        _, first = arrive(gate)
        assert notes.read_text() == "r"
        # Two more rings while it runs: one more run, after this one, however many instances there might be.
        for _ in range(2):
            bell.sendto(ring, (host, int(port)))
        cloud.invoke("echo", {})
        assert notes.read_text() == "r"
        let_go(first)
        _, second = arrive(gate)
        assert notes.read_text() == "rr"
        let_go(second)


def test_no_process_is_left_when_the_gateway_is_killed_while_a_function_runs(
    project: Project, gate: socket.socket
) -> None:
    project.add("gate", GATE)
    with project.run() as cloud, ThreadPoolExecutor(1) as guests:
        call = guests.submit(cloud.invoke, "gate", {"port": gate.getsockname()[1]})
        _, connection = arrive(gate)
        cloud.kill_gateway()
        assert connection.recv(1) == b""
        connection.close()
        assert call.exception(30) is not None


def test_instances_run_under_this_interpreter_without_its_packages(project: Project) -> None:
    project.add("which", "import sys\n\ndef main(event, context):\n    return [sys.version, sys.flags.isolated]\n")
    with project.run() as cloud:
        assert cloud.invoke("which", {}) == [sys.version, 1]


def test_the_cloud_is_usable_again_after_a_stop(project: Project) -> None:
    project.add("pid", PID)
    project.write()
    cloud = LocalCloud(project.folder / "work", root=project.root, mongodb_uri="mongodb://nowhere", mqtt_url="mqtt://x")
    try:
        first = cloud.start().invoke("pid", {})
        cloud.stop()
        cloud.stop()
        assert cloud.start().invoke("pid", {}) != first
    finally:
        cloud.stop()
