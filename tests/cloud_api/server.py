"""The simulated platform behind HTTP: the vendor's SDK runs against it unchanged."""

from __future__ import annotations

import json
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tencentcloud.scf.v20180416 import models as scf_models
from tencentcloud.tcb.v20180608 import models as tcb_models

from tests.cloud_api import environment, functions
from tests.cloud_api.account import Account, Params, Refused
from tests.cloud_api.signature import require_signed

_SERVICES: Mapping[str, tuple[str, Mapping[str, Callable[..., dict[str, Any]]], Any]] = {
    "scf": ("2018-04-16", functions.ACTIONS, scf_models),
    "tcb": ("2018-06-08", environment.ACTIONS, tcb_models),
}
_UNDOCUMENTED = {"Stamp"}
"""What the vendor's own tools send and its models do not know."""


class LostAnswer(Exception):
    """The connection ends without an answer, after the work was done."""


@contextmanager
def serve(account: Account) -> Iterator[str]:
    """The account's platform, at the address it yields. One call at a time."""
    with listening(doors(account)) as port:
        yield f"http://127.0.0.1:{port}"


@contextmanager
def listening(handler: type[BaseHTTPRequestHandler]) -> Iterator[int]:
    """A server with this handler in a thread of its own; its port."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def doors(account: Account) -> type[BaseHTTPRequestHandler]:
    """What answers HTTP requests to the account's platform."""
    guard, count = threading.Lock(), [0]

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one packet: two wait for each other

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            try:
                with guard:
                    count[0] += 1
                    reply = answer(account, headers, body, number=count[0])
            except LostAnswer:
                self.close_connection = True
                return
            except Refused as error:
                reply = {"Error": {"Code": error.code, "Message": str(error)}}
            text = json.dumps({"Response": reply | {"RequestId": f"r-{count[0]}"}}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    return Handler


def answer(account: Account, headers: Mapping[str, str], body: bytes, *, number: int) -> dict[str, Any]:
    """What the platform answers to one request. Raises Refused, and LostAnswer."""
    service = require_signed(headers, body, keys=account.keys, now_s=time.time())
    version, actions, models = _SERVICES[service]
    action = headers.get("x-tc-action", "")
    if headers.get("x-tc-version") != version or action not in actions:
        raise Refused("InvalidParameterValue.Action", f"{service} {action}")
    if not headers.get("x-tc-region"):
        raise Refused("MissingParameter", "X-TC-Region")
    params: Params = json.loads(body)
    name = str(params.get("FunctionName", ""))
    if account.throttle_every and number % account.throttle_every == 0:
        raise Refused("RequestLimitExceeded", "too many requests")
    _require_known(models, action, params)
    account.before(action, params)
    account.calls.append((action, name))
    fault = account.taken_fault(action, name)
    if fault and fault.kind == "refuse":
        raise Refused(fault.code, f"{action} {json.dumps(params)}")
    reply = actions[action](account, params, fault)
    if fault and fault.kind == "lose":
        raise LostAnswer
    return reply


def _require_known(models: Any, action: str, params: Params) -> None:
    """Only parameters that the vendor's own model of the action has, at every depth."""
    kind = getattr(models, f"{action}Request", None)
    if kind is None:  # an action of the vendor's own tools
        return
    model = kind()
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        model._deserialize({key: value for key, value in params.items() if key not in _UNDOCUMENTED})
    if told:
        raise Refused("UnknownParameter", f"{action}: {told[0].message}")
