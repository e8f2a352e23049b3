"""The cloud's end of the broker: publishes as it does, and hears what the store PC says."""

from __future__ import annotations

from urllib.parse import urlsplit

from paho.mqtt.client import Client, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion

from scripts.local.broker import Broker
from scripts.local.process import wait_until
from tests.bridge.parts import LIMIT_S


class CloudLine:
    """The cloud's end of the broker."""

    def __init__(self, broker: Broker) -> None:
        address = urlsplit(broker.url_for("cloud"))
        assert address.port is not None
        self.messages: list[tuple[str, bytes]] = []
        self._client = Client(CallbackAPIVersion.VERSION2, client_id="cloud", protocol=MQTTv5)
        self._client.username_pw_set(address.username, address.password)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = lambda client, *_: client.subscribe("zaotai/#", 1)
        self._client.on_message = lambda _c, _d, message: self._heard(message)
        self._client.connect_async(str(address.hostname), address.port)
        self._client.loop_start()
        assert wait_until(self._client.is_connected, limit_s=LIMIT_S)

    def _heard(self, message: MQTTMessage) -> None:
        self.messages.append((message.topic, bytes(message.payload)))

    def publish(self, topic: str, payload: bytes) -> None:
        assert wait_until(self._client.is_connected, limit_s=LIMIT_S)
        info = self._client.publish(topic, payload, qos=1)
        assert wait_until(info.is_published, limit_s=LIMIT_S)

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()
