"""Events and contexts exactly as the platform builds them, one builder for each way a function is reached."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone

from scripts.local.manifest import FunctionSpec

_TEXT_TYPES = ("text/", "application/json", "application/xml", "application/x-www-form-urlencoded")


@dataclass(frozen=True)
class Invocation:
    """What a function is called with: the event, and the variables that the platform vouches for."""

    event: object
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Identity:
    """Who WeChat says is calling."""

    openid: str
    appid: str
    unionid: str = ""

    def variables(self) -> dict[str, str]:
        """As the context carries them."""
        known = {"WX_OPENID": self.openid, "WX_APPID": self.appid, "WX_UNIONID": self.unionid}
        return {name: value for name, value in known.items() if value}


def from_mini_program(data: Mapping[str, object], identity: Identity | None) -> Invocation:
    """`wx.cloud.callFunction`: the data with `userInfo` and `tcbContext` put in. Without identity: a web client."""
    if identity is None:
        return Invocation({**data, "tcbContext": {}}, {"TCB_SOURCE": "web_client"})
    info = {"appId": identity.appid, "openId": identity.openid}
    return Invocation({**data, "userInfo": info, "tcbContext": {}}, {**identity.variables(), "TCB_SOURCE": "wx_client"})


def from_function(data: object, identity: Identity | None) -> Invocation:
    """Another function called: the data as it is; the first caller's openid travels on."""
    source = "scf" if identity is None else "wx_client,scf"
    return Invocation(data, {**(identity.variables() if identity else {}), "TCB_SOURCE": source})


def from_timer(trigger: str, due: datetime) -> Invocation:
    """A timer came due."""
    time = due.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Invocation({"Type": "Timer", "TriggerName": trigger, "Time": time, "Message": ""}, {"TRIGGER_SRC": "timer"})


@dataclass(frozen=True)
class HttpCall:
    """An HTTP request as it reached the gateway; header names in lower case."""

    path: str
    method: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes
    source_ip: str = ""


def from_http(call: HttpCall, *, env_id: str, request_id: str) -> Invocation:
    """The HTTP access service called: whatever the request claims stays in the event; nothing is vouched for."""
    body, encoded = _body(call)
    event = {
        "path": call.path,
        "httpMethod": call.method,
        "headers": dict(call.headers),
        "queryStringParameters": dict(call.query),
        "requestContext": {"envId": env_id, "requestId": request_id, "sourceIp": call.source_ip},
        "body": body,
        "isBase64Encoded": encoded,
    }
    return Invocation(event)


def context_for(
    function: FunctionSpec, variables: Mapping[str, str], *, env_id: str, request_id: str
) -> dict[str, object]:
    """The second argument of a function, key by key as the platform passes it."""
    known = {"TCB_ENV": env_id, "SCF_NAMESPACE": env_id, "TENCENTCLOUD_RUNENV": "SCF", **variables}
    return {
        "request_id": request_id,
        "function_name": function.name,
        "function_version": "$LATEST",
        "namespace": env_id,
        "memory_limit_in_mb": function.memory_mb,
        "time_limit_in_ms": int(function.timeout_s * 1000),
        "environment": json.dumps(known, ensure_ascii=False, separators=(",", ":")),
        "environ": ";".join(f"{name}={value}" for name, value in known.items()),
    }


def _body(call: HttpCall) -> tuple[str, bool]:
    """Text as it is, byte for byte once encoded again; everything else as Base64."""
    if call.headers.get("content-type", "application/json").startswith(_TEXT_TYPES):
        try:
            return call.body.decode("utf-8"), False
        except UnicodeDecodeError:
            pass
    return base64.b64encode(call.body).decode(), True
