"""The database server: transactions at once, data kept or gone as asked, nothing left running."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from scripts.local.mongod import Mongod
from scripts.local.process import StartFailedError, wait_until


def running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def folder_of(pid: int) -> Path:
    words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    return Path(words[words.index("--dbpath") + 1])


def test_a_transaction_works_at_once_and_a_stop_leaves_nothing() -> None:
    with Mongod() as server:
        pid = server.pid
        folder = folder_of(pid)
        with MongoClient[dict[str, Any]](server.uri) as client, client.start_session() as session:
            with session.start_transaction():
                client.test.one.insert_one({"_id": 1}, session=session)
                client.test.two.insert_one({"_id": 2}, session=session)
            assert client.test.one.count_documents({}) == 1
            lifetime = client.admin.command("getParameter", 1, transactionLifetimeLimitSeconds=1)
            assert lifetime["transactionLifetimeLimitSeconds"] == 5
        assert folder.is_dir()
    assert not running(pid)
    assert not folder.exists()


def test_a_given_folder_keeps_its_data_and_may_come_up_on_another_port(tmp_path: Path) -> None:
    with Mongod(tmp_path / "data") as server:
        first = server.uri
        with MongoClient[dict[str, Any]](server.uri) as client:
            client.test.kept.insert_one({"_id": "kept"})
    with Mongod(tmp_path / "data") as server:
        assert server.uri != first
        with MongoClient[dict[str, Any]](server.uri) as client:
            assert client.test.kept.find_one() == {"_id": "kept"}


def test_a_taken_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(StartFailedError, match=f"port {port} is taken"):
            Mongod(port=port).start()


def test_a_server_that_cannot_start_says_its_last_words(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "WiredTiger").mkdir()
    with pytest.raises(
        StartFailedError, match=r"mongod did not come up; its last words:\nWiredTiger error.*Is a directory"
    ):
        Mongod(data).start()


def test_nothing_is_left_when_its_starter_is_killed() -> None:
    program = (
        "import threading\n"
        "from scripts.local.mongod import Mongod\n"
        "print(Mongod().start().pid, flush=True)\n"
        "threading.Event().wait()\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) as starter:
        try:
            assert starter.stdout is not None
            pid = int(starter.stdout.readline())
            folder = folder_of(pid)
        finally:
            starter.kill()
    assert wait_until(lambda: not running(pid) and not folder.exists(), limit_s=30)


def test_a_supervisor_that_is_killed_takes_the_server_with_it() -> None:
    with Mongod() as server:
        pid = server.pid
        supervisor = int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
        os.kill(supervisor, signal.SIGKILL)
        assert wait_until(lambda: not running(pid), limit_s=30)
