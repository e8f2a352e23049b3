"""`notifyKitchen` on a cold instance and a real broker: what the outbox holds is what the shop hears."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from scripts.local.broker import Account, Broker
from shared.contracts.topics import call_topic, kitchen_topic
from tests.support.shops import Reply, TestShop, call, line, request_id

ROOT = Path(__file__).parents[2]
RUN = """
import json, sys
from functions.notifyKitchen.index import main
print(json.dumps(main({}, json.loads(sys.argv[1]))))
"""
LIMIT_S = 20


@dataclass(frozen=True)
class Heard:
    """One message as a subscriber gets it."""

    topic: str
    event: Reply
    expires_in_s: int | None
    qos: int


class Ear:
    """A subscriber to everything of one shop."""

    def __init__(self, broker: Broker, shop_id: str) -> None:
        self._heard: list[Heard] = []
        self._changed = threading.Condition()
        self._subscribed = threading.Event()
        self._client = mqtt.Client(CallbackAPIVersion.VERSION2, protocol=mqtt.MQTTv5)
        self._client.username_pw_set("ear", "ear-password")
        self._client.on_connect = lambda client, *_: client.subscribe(f"zaotai/+/{shop_id}/#", qos=1)
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_message = self._on_message
        self._client.connect("127.0.0.1", broker.port)
        self._client.loop_start()
        assert self._subscribed.wait(LIMIT_S)

    def wait_for(self, count: int) -> list[Heard]:
        """The first so many messages."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self._heard) >= count, LIMIT_S), self._heard
            return list(self._heard)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _on_message(self, _client: mqtt.Client, _data: object, message: mqtt.MQTTMessage) -> None:
        expiry: int | None = getattr(message.properties, "MessageExpiryInterval", None)
        with self._changed:
            self._heard.append(Heard(message.topic, json.loads(message.payload), expiry, message.qos))
            self._changed.notify_all()


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """A broker that is up, with accounts for the relay and for a listener."""
    accounts = (Account("relay", "p@ss:word", write=("zaotai/#",)), Account("ear", "ear-password", read=("zaotai/#",)))
    with Broker(tmp_path / "broker", accounts=accounts) as started:
        yield started


@pytest.fixture
def quiet_shop(shop: TestShop) -> TestShop:
    """A shop in a database where nothing else is due."""
    for home in ("orders", "commands"):
        shop.db[home].update_many({"shop_id": {"$ne": shop.shop_id}}, {"$unset": {"due": ""}})
    return shop


def relay(broker: Broker, openid: str | None = None) -> Reply:
    """Run the function once in a process of its own, by a timer or by anybody."""
    environment = {"TCB_SOURCE": "timer"} if openid is None else {"WX_OPENID": openid}
    context = {"request_id": "r", "time_limit_in_ms": 20_000, "environment": json.dumps(environment)}
    done = subprocess.run(
        [sys.executable, "-c", RUN, json.dumps(context)],
        cwd=ROOT,
        env={**os.environ, "MQTT_URL": broker.url_for("relay")},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    reply: Reply = json.loads(done.stdout.splitlines()[-1])
    return reply


def by_id(events: list[Any]) -> list[Any]:
    return sorted(events, key=lambda event: str(event["eventId"]))


def test_what_is_published_is_what_sync_answers_on_the_topics_of_the_shop(quiet_shop: TestShop, broker: Broker) -> None:
    shop = quiet_shop
    order = shop.submit([line("tea"), line("noodles", specs={"size": "big"}, note="少盐")])["data"]["order"]
    shop.call("advanceOrder", shop.guest("kitchen"), requestId=request_id(), orderId=order["orderId"], step="ready")
    shop.call("callGuest", shop.guest("waiter"), requestId=request_id(), orderId=order["orderId"])
    ear = Ear(broker, shop.shop_id)
    try:
        assert relay(broker)["data"] == {"published": 4, "left": 0, "alarmed": 0}
        heard = ear.wait_for(4)
    finally:
        ear.close()
    topics = {kitchen_topic("test", shop.shop_id, station) for station in ("drink", "noodle", "pass")}
    assert {one.topic for one in heard} == topics | {call_topic("test", shop.shop_id)}
    assert by_id([one.event for one in heard]) == by_id(shop.sync()["data"]["events"])
    assert {one.qos for one in heard} == {1}
    for one in heard:
        if one.event["type"] == "call.show":
            assert one.expires_in_s is not None
            assert 90 <= one.expires_in_s <= 120
        else:
            assert one.expires_in_s is None
            assert one.topic.endswith(f"/kitchen/{one.event['data']['station']}")


def test_what_a_dead_broker_did_not_take_stays_and_the_next_run_publishes_it(
    quiet_shop: TestShop, broker: Broker
) -> None:
    shop = quiet_shop
    shop.submit([line("tea")])
    broker.stop()
    assert relay(broker)["data"] == {"published": 0, "left": 2, "alarmed": 0}
    waiting = shop.sync()["data"]["events"]
    broker.start()
    ear = Ear(broker, shop.shop_id)
    try:
        assert relay(broker)["data"] == {"published": 2, "left": 0, "alarmed": 0}
        heard = ear.wait_for(2)
    finally:
        ear.close()
    assert by_id([one.event for one in heard]) == by_id(waiting)


def test_what_is_published_waits_for_the_shop_and_is_not_published_again_at_once(
    quiet_shop: TestShop, broker: Broker
) -> None:
    shop = quiet_shop
    shop.submit([line("tea")])
    assert relay(broker)["data"]["published"] == 2
    assert relay(broker)["data"]["published"] == 0
    assert len(shop.sync()["data"]["events"]) == 2


def test_the_relay_is_harmless_whoever_calls_it_with_whatever(quiet_shop: TestShop, broker: Broker) -> None:
    shop = quiet_shop
    shop.submit([line("tea")])
    before = shop.counts()
    assert relay(broker, openid=shop.guest("anybody"))["data"] == {"published": 2, "left": 0, "alarmed": 0}
    event = {"Type": "Timer", "TriggerName": "sweepOutbox", "shopId": "x", "events": [{"forged": True}]}
    for openid in (shop.guest("anybody"), None):
        assert call("notifyKitchen", event, openid=openid)["data"] == {"published": 0, "left": 0, "alarmed": 0}
    assert shop.counts() == before
    assert len(shop.sync()["data"]["events"]) == 2
