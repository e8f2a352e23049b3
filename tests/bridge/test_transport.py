"""MQTT: a message is acknowledged once it is safe, and comes back until it is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from edge_bridge.addresses import BrokerAddress, parse_broker
from edge_bridge.spool import SpoolFull
from edge_bridge.transport import Transport, probe_broker
from scripts.local.broker import Broker
from scripts.local.process import free_port, wait_until
from shared.contracts.topics import kitchen_topic, shop_subscriptions, status_topic
from tests.bridge.cloud_line import CloudLine
from tests.bridge.parts import DEVICE, ENV, LIMIT_S, SHOP

HOT = kitchen_topic(ENV, SHOP, "hot")
STATUS = status_topic(ENV, SHOP, DEVICE)
Connect = Callable[[Callable[[str, bytes], None]], Transport]


@pytest.fixture
def connect(broker: Broker) -> Iterator[Connect]:
    """A store PC's transport, subscribed; all end with the test."""
    made: list[Transport] = []

    def begin(take: Callable[[str, bytes], None]) -> Transport:
        transport = Transport(
            parse_broker(broker.url_for(DEVICE)),
            client_id=DEVICE,
            topics=shop_subscriptions(ENV, SHOP),
            take=take,
            status_topic=STATUS,
            status=lambda online: b"online" if online else b"offline",
            max_retry_s=1,
        )
        made.append(transport)
        transport.start()
        assert wait_until(lambda: transport.connected, limit_s=LIMIT_S)
        return transport

    yield begin
    for transport in made:
        transport.stop()


def test_messages_are_taken_in_order_and_do_not_come_again(connect: Connect, cloud_line: CloudLine) -> None:
    taken: list[tuple[str, bytes]] = []
    transport = connect(lambda topic, payload: taken.append((topic, payload)))
    for number in range(5):
        cloud_line.publish(HOT, b"%d" % number)
    assert wait_until(lambda: len(taken) == 5, limit_s=LIMIT_S)
    transport.stop()
    connect(lambda topic, payload: taken.append((topic, payload)))
    cloud_line.publish(HOT, b"last")
    assert wait_until(lambda: (HOT, b"last") in taken, limit_s=LIMIT_S)
    assert taken == [(HOT, b"0"), (HOT, b"1"), (HOT, b"2"), (HOT, b"3"), (HOT, b"4"), (HOT, b"last")]


@pytest.mark.parametrize("failure", [SpoolFull("磁盘已满"), ValueError("anything")])
def test_what_could_not_be_made_safe_comes_again_after_a_reconnect(
    connect: Connect, cloud_line: CloudLine, failure: Exception
) -> None:
    tries: list[bytes] = []
    safe: list[bytes] = []

    def take(_topic: str, payload: bytes) -> None:
        tries.append(payload)
        if len(tries) <= 2:
            raise failure
        safe.append(payload)

    transport = connect(take)
    cloud_line.publish(HOT, b"one")
    assert wait_until(lambda: safe == [b"one"], limit_s=LIMIT_S)
    assert tries == [b"one"] * 3
    assert transport.alive


def test_what_was_published_while_away_is_waiting(connect: Connect, cloud_line: CloudLine, broker: Broker) -> None:
    taken: list[bytes] = []
    connect(lambda _topic, payload: taken.append(payload)).stop()
    cloud_line.publish(HOT, b"while away")
    broker.stop()
    broker.start()
    connect(lambda _topic, payload: taken.append(payload))
    assert wait_until(lambda: taken == [b"while away"], limit_s=LIMIT_S)


def test_a_broker_that_comes_later_is_found(broker: Broker) -> None:
    address = parse_broker(broker.url_for(DEVICE))
    broker.stop()
    transport = Transport(
        address,
        client_id=DEVICE,
        topics=shop_subscriptions(ENV, SHOP),
        take=lambda _topic, _payload: None,
        status_topic=STATUS,
        status=lambda online: b"online" if online else b"offline",
        max_retry_s=1,
    )
    transport.start()
    transport.publish_status()
    broker.start()
    found = wait_until(lambda: transport.connected, limit_s=LIMIT_S)
    transport.stop()
    assert found


def test_goodbye_is_said_and_the_status_is_retained(connect: Connect, broker: Broker) -> None:
    transport = connect(lambda _topic, _payload: None)
    transport.stop()
    later = CloudLine(broker)
    heard = wait_until(lambda: later.messages == [(STATUS, b"offline")], limit_s=LIMIT_S)
    later.close()
    assert heard, later.messages


def test_another_shops_messages_are_not_heard(connect: Connect, cloud_line: CloudLine) -> None:
    taken, done = list[bytes](), threading.Event()

    def take(_topic: str, payload: bytes) -> None:
        taken.append(payload)
        done.set()

    connect(take)
    cloud_line.publish(kitchen_topic(ENV, "shop-2", "hot"), b"theirs")
    cloud_line.publish(HOT, b"ours")
    assert done.wait(LIMIT_S)
    assert taken == [b"ours"]


def test_a_probe_says_what_is_wrong(broker: Broker) -> None:
    good = parse_broker(broker.url_for(DEVICE))
    wrong = BrokerAddress(good.host, good.port, tls=False, username=DEVICE, password="wrong")
    nobody = BrokerAddress(good.host, free_port(), tls=False, username=None, password=None)
    assert probe_broker(good, client_id="pc-1-doctor", limit_s=LIMIT_S) is None
    assert probe_broker(wrong, client_id="pc-1-doctor", limit_s=LIMIT_S) in (
        "用户名或密码不对，请核对 mqtt_url",
        "没有权限，请核对 mqtt_url 的用户名和 shop_id、device_id",
    )
    assert probe_broker(nobody, client_id="pc-1-doctor", limit_s=1) == (
        "连不上消息服务器：请检查网络和 mqtt_url 的主机、端口"
    )
