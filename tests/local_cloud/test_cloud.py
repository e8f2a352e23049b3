"""The whole local cloud: functions reach the database and the broker by their settings; it ends without a trace."""

from __future__ import annotations

import os
import queue
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from pymongo import MongoClient

from scripts.local.broker import Account
from scripts.local.cloud import ROOT, LocalCloud, cloud_account
from scripts.local.process import StartFailedError, wait_until
from shared.contracts.topics import kitchen_topic, shop_subscriptions
from tests.local_cloud.conftest import Project
from tests.local_cloud.test_broker import LIMIT_S, client

WORK = """
import os
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as mqtt
from pymongo import MongoClient


def main(event, context):
    with MongoClient(os.environ["MONGODB_URI"]) as client, client.start_session() as session:
        with session.start_transaction():
            client[os.environ["MONGODB_DATABASE"]].orders.insert_one({"_id": event["id"]}, session=session)
    url = urlsplit(os.environ["MQTT_URL"])
    publisher = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
    publisher.username_pw_set(unquote(url.username), unquote(url.password))
    publisher.connect(url.hostname, url.port)
    publisher.loop_start()
    message = publisher.publish(event["topic"], event["id"], qos=1)
    message.wait_for_publish(10)
    publisher.disconnect()
    publisher.loop_stop()
    return message.is_published()
"""


def test_a_function_commits_and_publishes_by_its_settings_alone(project: Project) -> None:
    pc = Account("pc", "secret", read=shop_subscriptions("test", "s1"))
    project.add("work", WORK)
    settings: Any = {"mongodb_uri": None, "mqtt_url": None, "accounts": (pc,), "zaotai_env": "test"}
    with project.run(database="shop", **settings) as cloud:
        assert cloud.broker is not None
        topic = kitchen_topic("test", "s1", "wok")
        with client(cloud.broker, pc) as store_pc:
            store_pc.connect()
            store_pc.subscribe(kitchen_topic("test", "s1", "+"))
            assert cloud.invoke("work", {"id": "order-1", "topic": topic}) is True
            assert store_pc.messages.get(timeout=LIMIT_S) == (topic, b"order-1")
            with pytest.raises(queue.Empty):
                store_pc.messages.get_nowait()
        with MongoClient[dict[str, Any]](cloud.mongodb_uri) as mongo:
            assert mongo.shop.orders.find_one() == {"_id": "order-1"}


def test_the_functions_account_writes_to_shops_and_reads_their_status_only() -> None:
    account = cloud_account("prod")
    assert account.read == ("zaotai/prod/+/bridge/+/status",)
    assert account.write == ("zaotai/prod/+/kitchen/+", "zaotai/prod/+/call", "zaotai/prod/+/config")


def test_a_damaged_manifest_is_named(project: Project) -> None:
    project.write()
    (project.root / "cloudbaserc.json").write_text("{")
    cloud = LocalCloud(project.folder / "work", root=project.root, mongodb_uri="mongodb://x", mqtt_url="mqtt://x")
    with pytest.raises(StartFailedError, match=r"cannot read .*cloudbaserc\.json"):
        cloud.start()


def test_a_function_that_is_declared_but_not_there_is_named(project: Project) -> None:
    project.add("gone", "def main(event, context):\n    return 1\n")
    (project.root / "functions" / "gone" / "index.py").unlink()
    with pytest.raises(StartFailedError, match="function gone"), project.run():
        pass


def test_a_taken_port_is_named(project: Project) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(StartFailedError, match=f"port {port} is taken"), project.run(port=port):
            pass


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_the_cloud_run_by_hand_leaves_no_process_however_it_ends(number: signal.Signals, tmp_path: Path) -> None:
    mine = f"zaotai-test-{os.getpid()}-{number}"
    program = [sys.executable, "-m", "scripts.local.cloud"]
    env = {**os.environ, "PYTHONPATH": str(ROOT), "ZAOTAI_TEST_MARK": mine, "TMPDIR": str(tmp_path)}
    for name in ("MONGODB_URI", "MQTT_URL"):
        env.pop(name, None)
    with subprocess.Popen(program, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True) as cloud:
        try:
            assert cloud.stdout is not None
            url = cloud.stdout.readline().split()[1]
            assert httpx.get(f"{url}/local/health", trust_env=False).status_code == 200
            started = marked(mine)
            cloud.send_signal(number)
            cloud.wait(60)
        finally:
            cloud.kill()
    assert len(started) >= 4  # itself, mongod, broker, gateway
    assert wait_until(lambda: not marked(mine), limit_s=30)


def marked(mark: str) -> set[int]:
    """The processes that carry our mark in their environment."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (folder / "environ").read_bytes():
                found.add(int(folder.name))
        except OSError:
            continue
    return found
