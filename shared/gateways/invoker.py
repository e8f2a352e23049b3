"""Start another function without waiting for it; if that fails, a timer does the same work a little later."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from typing import Protocol

from shared.runtime.settings import settings

TIMEOUT_S = 1.0


class Invoker(Protocol):
    """Starts a function by name, asynchronously."""

    def start(self, function: str) -> None:
        """Start it; raises OSError or the platform's error when it cannot be started."""


class LocalInvoker:
    """The local cloud's own asynchronous call: one datagram that nobody waits for."""

    def __init__(self, bell: str, secret: str) -> None:
        host, _, port = bell.rpartition(":")
        self._address = (host, int(port))
        self._secret = secret
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    def start(self, function: str) -> None:
        """Ask for the function; whether the local cloud is there to hear it cannot be known."""
        self._socket.sendto(f"{self._secret} {function}".encode(), self._address)


class CloudInvoker:
    """The platform's API, with the instance's own short-lived credentials from this call's context."""

    def __init__(self, identity: Mapping[str, str], namespace: str) -> None:
        self._identity = identity
        self._namespace = namespace

    def start(self, function: str) -> None:
        """Start the function by scf Invoke, type Event."""
        from tencentcloud.common.common_client import CommonClient
        from tencentcloud.common.credential import Credential
        from tencentcloud.common.profile.client_profile import ClientProfile
        from tencentcloud.common.profile.http_profile import HttpProfile

        credential = Credential(
            self._identity.get("TENCENTCLOUD_SECRETID", ""),
            self._identity.get("TENCENTCLOUD_SECRETKEY", ""),
            self._identity.get("TENCENTCLOUD_SESSIONTOKEN", ""),
        )
        profile = ClientProfile(httpProfile=HttpProfile(reqTimeout=int(TIMEOUT_S)))
        region = self._identity.get("TENCENTCLOUD_REGION", "ap-shanghai")
        client = CommonClient("scf", "2018-04-16", credential, region, profile=profile)
        client.call_json(
            "Invoke",
            {
                "FunctionName": function,
                "Namespace": self._namespace,
                "InvocationType": "Event",
                "ClientContext": json.dumps({}),
            },
        )


_local: list[LocalInvoker] = []


def invoker(identity: Mapping[str, str], namespace: str) -> Invoker:
    """The local cloud's where there is one, else the platform's."""
    config = settings()
    if not config.local_cloud_bell:
        return CloudInvoker(identity, namespace)
    if not _local:
        _local.append(LocalInvoker(config.local_cloud_bell, config.local_cloud_secret.get_secret_value()))
    return _local[0]
