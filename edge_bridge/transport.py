"""MQTT 5 to the broker: the only module of the bridge that knows paho.

The broker is a doorbell with a memory: a message is acknowledged only when the spool has it. If the spool fails, the
line is dropped instead, because the broker sends again only after a reconnect. paho dies silently of an exception in a
callback, so nothing may leave one.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from edge_bridge.addresses import BrokerAddress
from edge_bridge.log import say, warn
from edge_bridge.spool import SpoolError

SESSION_EXPIRY_S = 14 * 24 * 3600
_KEEPALIVE_S = 20
_REFUSALS = {
    "Bad user name or password": "用户名或密码不对，请核对 mqtt_url",
    "Not authorized": "没有权限，请核对 mqtt_url 的用户名和 shop_id、device_id",
    "Client identifier not valid": "device_id 不被接受，请核对",
    "Server busy": "消息服务器忙，会自动重试",
}


class Transport:
    """Keeps a session at the broker for ever. `take(topic, payload)` returns once the message is safe."""

    def __init__(
        self,
        broker: BrokerAddress,
        *,
        client_id: str,
        topics: tuple[str, ...],
        take: Callable[[str, bytes], None],
        status_topic: str,
        status: Callable[[bool], bytes],
        max_retry_s: int = 30,
    ) -> None:
        self._broker, self._topics, self._take = broker, topics, take
        self._status_topic, self._status = status_topic, status
        self._client = _client(broker, client_id=client_id)
        self._client.reconnect_delay_set(1, max_retry_s)
        self._client.on_connect = self._on_connect
        self._client.on_connect_fail = self._on_connect_fail
        self._client.on_disconnect = self._on_disconnect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_message = self._on_message
        self._thread = threading.Thread(target=self._run, name="mqtt", daemon=True)
        self._subscribed = threading.Event()

    def start(self) -> None:
        """Connect in the background, now and whenever the line was lost."""
        self._client.will_set(self._status_topic, self._status(False), qos=1, retain=True)
        session = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        session.SessionExpiryInterval = SESSION_EXPIRY_S
        self._client.connect_async(
            self._broker.host, self._broker.port, _KEEPALIVE_S, clean_start=False, properties=session
        )
        self._thread.start()

    def stop(self, limit_s: float = 3.0) -> None:
        """Say goodbye; the session, and what is not acknowledged, stay at the broker."""
        if self.connected:
            self._client.publish(self._status_topic, self._status(False), qos=1, retain=True).wait_for_publish(limit_s)
        self._client.disconnect()
        if self._thread.is_alive():
            self._thread.join(limit_s)

    @property
    def alive(self) -> bool:
        """Whether someone is still trying; being without a line is no illness of ours."""
        return self._thread.is_alive()

    @property
    def connected(self) -> bool:
        """Connected and subscribed."""
        return self._client.is_connected() and self._subscribed.is_set()

    def publish_status(self) -> None:
        """Write the retained status, if there is a line (paho would keep it in memory otherwise)."""
        if self._client.is_connected():
            self._client.publish(self._status_topic, self._status(True), qos=1, retain=True)

    def _run(self) -> None:
        self._client.loop_forever(retry_first_connection=True)

    def _on_connect(
        self, client: Client, _data: object, flags: ConnectFlags, reason: ReasonCode, _props: Properties | None
    ) -> None:
        if reason.is_failure:
            warn(
                "mqtt.refused", reason=str(reason), hint=_REFUSALS.get(str(reason), "消息服务器拒绝了连接，会自动重试")
            )
            return
        say("mqtt.connected", session_present=flags.session_present)
        client.subscribe([(topic, 1) for topic in self._topics])

    def _on_subscribe(
        self, _client: Client, _data: object, _mid: int, reasons: list[ReasonCode], _props: Properties | None
    ) -> None:
        if any(reason.is_failure for reason in reasons):
            warn("mqtt.not_subscribed", hint="没有权限接收本店的消息，请核对 shop_id 和 mqtt_url 的用户名")
            return
        self._subscribed.set()
        say("mqtt.subscribed")
        try:
            self.publish_status()
        except SpoolError as error:  # what the status tells comes from the spool; the next beat tries again
            warn("mqtt.no_status", hint=str(error))

    def _on_connect_fail(self, _client: Client, _data: object) -> None:
        warn("mqtt.unreachable", hint="连不上消息服务器，会自动重试；若一直连不上，请检查网络和 mqtt_url")

    def _on_disconnect(
        self, _client: Client, _data: object, _flags: DisconnectFlags, reason: ReasonCode, _props: Properties | None
    ) -> None:
        self._subscribed.clear()
        say("mqtt.disconnected", reason=str(reason))

    def _on_message(self, client: Client, _data: object, message: MQTTMessage) -> None:
        try:
            self._take(message.topic, bytes(message.payload))
        except SpoolError as error:
            warn("mqtt.not_taken", hint=str(error))
            self._hang_up()
        except Exception as error:
            warn("mqtt.take_failed", error=repr(error))
            self._hang_up()
        else:
            client.ack(message.mid, message.qos)

    def _hang_up(self) -> None:
        line = self._client.socket()
        if isinstance(line, socket.socket):
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)


def probe_broker(broker: BrokerAddress, *, client_id: str, limit_s: float) -> str | None:
    """Whether the broker lets us in: None, or what is wrong, in Chinese. Leaves no session behind."""
    client = _client(broker, client_id=client_id)
    answered, answer = threading.Event(), ["连不上消息服务器：请检查网络和 mqtt_url 的主机、端口"]

    def on_connect(_c: Client, _d: object, _f: ConnectFlags, reason: ReasonCode, _p: Properties | None) -> None:
        answer[0] = _REFUSALS.get(str(reason), f"消息服务器拒绝了连接（{reason}）") if reason.is_failure else ""
        answered.set()

    client.on_connect = on_connect
    client.on_connect_fail = lambda _client, _data: answered.set()
    try:
        client.connect_async(broker.host, broker.port, _KEEPALIVE_S, clean_start=True)
        client.loop_start()
        answered.wait(limit_s)
    finally:
        client.disconnect()
        client.loop_stop()
    return answer[0] or None


def _client(broker: BrokerAddress, *, client_id: str) -> Client:
    client = Client(CallbackAPIVersion.VERSION2, client_id=client_id, protocol=MQTTv5, manual_ack=True)
    if broker.username is not None:
        client.username_pw_set(broker.username, broker.password)
    if broker.tls:
        client.tls_set()
    return client
