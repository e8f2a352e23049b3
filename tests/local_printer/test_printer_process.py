"""The virtual printer as a process, steered over HTTP."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from edge_bridge.rendering.gbk import text_bytes

ROOT = Path(__file__).parents[2]


@pytest.fixture
def process(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A printer process; it is ended with SIGTERM."""
    command = [sys.executable, "-m", "scripts.local.printer", "--name", "cold", "--out", str(tmp_path)]
    with subprocess.Popen([*command, "--control-port", "0"], cwd=ROOT, stdout=subprocess.PIPE, text=True) as running:
        try:
            yield running
        finally:
            running.send_signal(signal.SIGTERM)
            running.wait(10)


def test_it_says_its_ports_prints_obeys_and_ends(process: subprocess.Popen[str], tmp_path: Path) -> None:
    assert process.stdout is not None
    said = json.loads(process.stdout.readline())
    assert said["name"] == "cold"
    with httpx.Client(base_url=f"http://127.0.0.1:{said['controlPort']}") as control:
        assert control.post("/condition", json={"condition": "paperOut"}).json() == {"condition": "paperOut"}
        with socket.create_connection(("127.0.0.1", said["port"]), timeout=10) as connection:
            connection.sendall(text_bytes(["凉菜"]) + b"\x1d(H\x06\x0000abcd\x10\x04\x01")
            assert connection.recv(1) == b"\x1a"
            assert control.get("/pages").json() == []
            assert control.post("/condition", json={"condition": "ready"}).status_code == 200
            assert connection.recv(1) == b"7"
        assert [(page["file"], page["text"]) for page in control.get("/pages").json()] == [("0001.png", "凉菜\n")]
        assert control.post("/condition", json={"condition": "on fire"}).status_code == 400
        assert control.post("/condition", content=b"not json").status_code == 400
        assert control.get("/condition").json() == {"condition": "ready"}
        assert control.get("/else").status_code == 404
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    assert (tmp_path / "0001.png").exists()
