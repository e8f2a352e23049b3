"""The vendor's server protocol, as its published Node library speaks it: POST `/admin`, one action for functions.

The request is JSON with `action`, `function_name`, `request_data` (the data, as JSON text); the answer is always HTTP
200 with `requestId` and either `data.response_data` (the reply, as JSON text) or `code` and `message`. The real service
trusts whoever signs with the account's key; here whoever reaches the loopback address is trusted, like the console.
"""

from __future__ import annotations

import json

ACTION = "functions.invokeFunction"


class AdminError(Exception):
    """The service's refusal: a request that is no function call."""

    code = "INVALID_PARAM"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


def read_call(body: bytes) -> tuple[str, bytes]:
    """The function's name and the data's JSON. Raises `AdminError` for anything else than a function call."""
    try:
        request = json.loads(body)
    except ValueError as error:
        raise AdminError("the request is not JSON") from error
    if not isinstance(request, dict) or request.get("action") != ACTION:
        raise AdminError(f"only the action {ACTION} is served here")
    name, data = request.get("function_name"), request.get("request_data") or "{}"
    if not isinstance(name, str) or not isinstance(data, str):
        raise AdminError("function_name and request_data must be strings")
    return name, data.encode("utf-8", "replace")


def answer(reply: bytes, request_id: str) -> dict[str, object]:
    """A successful call's answer."""
    return {"requestId": request_id, "data": {"response_data": reply.decode()}}
