"""The broker: who may connect, read and write; what survives a kill."""

from __future__ import annotations

import contextlib
import os
import queue
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from scripts.local.broker import Account, Broker, Kind
from scripts.local.process import StartFailedError
from shared.contracts.topics import kitchen_topic, shop_subscriptions, status_topic

CLOUD = Account("cloud", "c:lo ud#", read=("zaotai/t/+/bridge/+/status",), write=("zaotai/t/+/kitchen/+",))
SHOP_1 = Account("pc-1", "one", read=shop_subscriptions("t", "s1"), write=(status_topic("t", "s1", "pc-1"),))
SHOP_2 = Account("pc-2", "two", read=shop_subscriptions("t", "s2"), write=(status_topic("t", "s2", "pc-2"),))
LIMIT_S = 20


class Client:
    """An MQTT 5 client that keeps what it gets and says how the broker answered."""

    def __init__(self, broker: Broker, account: Account, *, keep_session: bool = False) -> None:
        self.messages: queue.Queue[tuple[str, bytes]] = queue.Queue()
        self._answers: queue.Queue[ReasonCode] = queue.Queue()
        self._client = mqtt.Client(
            CallbackAPIVersion.VERSION2, client_id=f"test-{account.username}", protocol=mqtt.MQTTv5
        )
        self._client.username_pw_set(account.username, account.password)
        self._client.on_connect = lambda _c, _u, _f, code, _p: self._answers.put(code)
        self._client.on_message = lambda _c, _u, message: self.messages.put((message.topic, bytes(message.payload)))
        self._client.on_publish = lambda _c, _u, _m, code, _p: self._answers.put(code)
        self._client.on_subscribe = lambda _c, _u, _m, codes, _p: self._answers.put(codes[0])
        self._broker, self._keep = broker, keep_session

    def connect(self) -> str:
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        if self._keep:
            properties.SessionExpiryInterval = 3600
        self._client.connect("127.0.0.1", self._broker.port, clean_start=not self._keep, properties=properties)
        self._client.loop_start()
        return self._answer()

    def publish(self, topic: str, payload: str) -> str:
        self._client.publish(topic, payload, qos=1)
        return self._answer()

    def subscribe(self, topic: str) -> str:
        self._client.subscribe(topic, qos=1)
        return self._answer()

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _answer(self) -> str:
        return str(self._answers.get(timeout=LIMIT_S))


@contextlib.contextmanager
def client(broker: Broker, account: Account, **settings: Any) -> Iterator[Client]:
    made = Client(broker, account, **settings)
    try:
        yield made
    finally:
        made.close()


def need_mosquitto() -> None:
    if Broker(Path()).kind != "mosquitto":
        if os.environ.get("CI"):
            pytest.fail("mosquitto is needed to test delivery and access")
        pytest.skip("mosquitto is not on this machine")


@pytest.fixture(params=["mosquitto", "iotcore"])
def any_broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Broker]:
    kind: Kind = request.param
    if kind == "mosquitto":
        need_mosquitto()
    with Broker(tmp_path, accounts=(CLOUD, SHOP_1), kind=kind) as broker:
        yield broker


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Broker]:
    need_mosquitto()
    with Broker(tmp_path, accounts=(CLOUD, SHOP_1, SHOP_2), kind="mosquitto") as broker:
        yield broker


def test_a_message_of_thirty_kilobytes_reaches_who_listens(any_broker: Broker) -> None:
    topic = kitchen_topic("t", "s1", "wok")
    with client(any_broker, CLOUD) as cloud, client(any_broker, SHOP_1) as shop:
        assert (cloud.connect(), shop.connect()) == ("Success", "Success")
        assert shop.subscribe(kitchen_topic("t", "s1", "+")) == "Granted QoS 1"
        assert cloud.publish(topic, "炒" * 10_000) == "Success"
        assert shop.messages.get(timeout=LIMIT_S) == (topic, ("炒" * 10_000).encode())


def test_it_comes_up_again_on_the_same_port_after_a_kill(any_broker: Broker) -> None:
    url = any_broker.url_for("cloud")
    any_broker.kill()
    assert not any_broker.alive
    any_broker.start()
    assert any_broker.url_for("cloud") == url == f"mqtt://cloud:c%3Alo%20ud%23@127.0.0.1:{any_broker.port}"
    with client(any_broker, CLOUD) as cloud:
        assert cloud.connect() == "Success"


def test_an_account_added_later_may_connect(any_broker: Broker) -> None:
    any_broker.add(SHOP_2)
    with client(any_broker, SHOP_2) as shop:
        assert shop.connect() == "Success"


def test_a_wrong_password_is_refused(mosquitto: Broker) -> None:
    with client(mosquitto, Account("cloud", "wrong")) as stranger:
        assert stranger.connect() == "Not authorized"


def test_another_shops_topic_stays_silent(mosquitto: Broker) -> None:
    with client(mosquitto, CLOUD) as cloud, client(mosquitto, SHOP_1) as shop:
        cloud.connect()
        shop.connect()
        shop.subscribe(kitchen_topic("t", "s2", "+"))
        shop.subscribe("#")
        shop.subscribe(kitchen_topic("t", "s1", "+"))
        assert cloud.publish(kitchen_topic("t", "s2", "wok"), "theirs") == "Success"
        assert cloud.publish(kitchen_topic("t", "s1", "wok"), "ours") == "Success"
        # Messages of one publisher keep their order: the first to arrive is ours, so theirs did not.
        assert shop.messages.get(timeout=LIMIT_S) == (kitchen_topic("t", "s1", "wok"), b"ours")


@pytest.mark.parametrize(
    "topic",
    [
        status_topic("t", "s1", "pc-other"),
        status_topic("t", "s2", "pc-1"),
        kitchen_topic("t", "s1", "wok"),
    ],
)
def test_a_forbidden_publish_is_refused_with_its_reason(mosquitto: Broker, topic: str) -> None:
    with client(mosquitto, SHOP_1) as shop:
        shop.connect()
        assert shop.publish(topic, "x") == "Not authorized"
        assert shop.publish(status_topic("t", "s1", "pc-1"), "x") in {"Success", "No matching subscribers"}


def test_adding_an_account_keeps_connections_and_their_rights(mosquitto: Broker) -> None:
    with client(mosquitto, CLOUD) as cloud, client(mosquitto, SHOP_1) as shop:
        cloud.connect()
        shop.connect()
        shop.subscribe(kitchen_topic("t", "s1", "+"))
        mosquitto.add(Account("pc-3", "three"))
        assert cloud.publish(kitchen_topic("t", "s1", "wok"), "still here") == "Success"
        assert shop.messages.get(timeout=LIMIT_S)[1] == b"still here"


def test_what_was_queued_for_a_session_survives_a_stop(mosquitto: Broker) -> None:
    topic = kitchen_topic("t", "s1", "wok")
    with client(mosquitto, SHOP_1, keep_session=True) as shop:
        shop.connect()
        shop.subscribe(kitchen_topic("t", "s1", "+"))
    with client(mosquitto, CLOUD) as cloud:
        cloud.connect()
        assert [cloud.publish(topic, str(number)) for number in range(50)] == ["Success"] * 50
    mosquitto.stop()
    mosquitto.start()
    with client(mosquitto, SHOP_1, keep_session=True) as shop:
        shop.connect()
        got = [shop.messages.get(timeout=LIMIT_S)[1] for _ in range(50)]
    assert got == [str(number).encode() for number in range(50)]


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(StartFailedError, match=f"port {port} is taken"):
            Broker(tmp_path, port=port).start()


@pytest.mark.parametrize("name", ["a:b", "two\nlines", "", "x" * 65])
def test_an_account_that_would_change_the_files_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="account's name"):
        Account(name, "password")


def test_passwords_are_for_the_owner_only_and_not_in_clear(mosquitto: Broker, tmp_path: Path) -> None:
    assert (tmp_path / "passwords").stat().st_mode & 0o777 == 0o600
    assert "c:lo ud#" not in (tmp_path / "passwords").read_text()
