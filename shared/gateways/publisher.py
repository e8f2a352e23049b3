"""MQTT, from a function: publish and know what the broker has taken."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties

from shared.runtime.ids import new_id
from shared.runtime.settings import settings

WAIT_S = 3.0
"""How long a run waits for the broker: what is not confirmed by then is left for the sweep."""


@dataclass(frozen=True)
class Message:
    """One message. `expires_in_s` None never expires at the broker."""

    topic: str
    payload: bytes
    expires_in_s: int | None = None


class MqttPublisher:
    """A client kept for the life of the instance; it reconnects by itself after the platform froze it."""

    def __init__(self, url: str) -> None:
        self._url = urlsplit(url)
        self._connected = threading.Event()
        self._client: mqtt.Client | None = None

    def publish(self, messages: Sequence[Message]) -> list[bool]:
        """Publish with QoS 1 and wait together for the broker's word; per message, whether it was taken."""
        deadline = time.monotonic() + WAIT_S
        client = self._ready()
        if not self._connected.wait(WAIT_S):
            return [False] * len(messages)
        infos = [client.publish(one.topic, one.payload, qos=1, properties=_expiry(one)) for one in messages]
        for info in infos:
            try:
                info.wait_for_publish(max(deadline - time.monotonic(), 0.0))
            except (RuntimeError, ValueError):
                # Not connected, or the queue is full: `is_published` below says so.
                continue
        return [info.rc == mqtt.MQTT_ERR_SUCCESS and info.is_published() for info in infos]

    def _ready(self) -> mqtt.Client:
        if self._client is None:
            self._client = self._connect()
        return self._client

    def _connect(self) -> mqtt.Client:
        client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=f"relay-{new_id()}", protocol=mqtt.MQTTv5)
        if self._url.username:
            client.username_pw_set(unquote(self._url.username), unquote(self._url.password or ""))
        if self._url.scheme == "mqtts":
            client.tls_set_context(ssl.create_default_context())
        client.on_connect = lambda _c, _u, _f, reason, _p: None if reason.is_failure else self._connected.set()
        client.on_disconnect = lambda *_: self._connected.clear()
        client.reconnect_delay_set(min_delay=1, max_delay=5)
        client.connect_async(self._url.hostname or "127.0.0.1", self._url.port or 1883, keepalive=30)
        client.loop_start()
        return client


def _expiry(message: Message) -> Properties | None:
    if message.expires_in_s is None:
        return None
    properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]  # paho leaves it untyped
    properties.MessageExpiryInterval = message.expires_in_s
    return properties


@lru_cache(maxsize=1)
def publisher() -> MqttPublisher:
    """The process's publisher."""
    return MqttPublisher(settings().mqtt_url.get_secret_value())
