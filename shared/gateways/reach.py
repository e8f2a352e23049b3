"""Whether the broker can be reached and lets us in: one connection of its own, closed at once."""

from __future__ import annotations

import ssl
import threading
from typing import Literal
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from shared.runtime.ids import new_id

WAIT_S = 3.0


def reach_broker(url: str) -> Literal["ok", "unreachable", "refused"]:
    """Connect and hear the broker's word, within three seconds."""
    parts, heard = urlsplit(url), threading.Event()
    refusals: list[bool] = []

    def on_connect(*arguments: object) -> None:
        refusals.append(bool(getattr(arguments[3], "is_failure", False)))
        heard.set()

    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=f"health-{new_id()}", protocol=mqtt.MQTTv5)
    if parts.username:
        client.username_pw_set(unquote(parts.username), unquote(parts.password or ""))
    if parts.scheme == "mqtts":
        client.tls_set_context(ssl.create_default_context())
    client.on_connect = on_connect
    client.connect_async(parts.hostname or "127.0.0.1", parts.port or 1883, keepalive=30)
    client.loop_start()
    try:
        if not heard.wait(WAIT_S):
            return "unreachable"
        return "refused" if refusals[0] else "ok"
    finally:
        client.disconnect()
        client.loop_stop()
