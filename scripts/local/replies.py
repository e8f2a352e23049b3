"""The gateway's edges: reading an event within its limit, and turning what came of a call into an HTTP response."""

from __future__ import annotations

import base64
import json

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from scripts.local.invoker import new_request_id
from scripts.local.worker import PlatformError
from shared.errors import EventTooLarge, InvalidArgument, ZaotaiError

_DRAIN_LIMIT_BYTES = 64 * 1024 * 1024
_TIMED_OUT = "FUNCTIONS_TIME_LIMIT_EXCEEDED"


async def body_of(request: Request, *, limit: int) -> bytes:
    """The body. Raises `EventTooLarge` past the limit, once the rest was read, so that the client gets the answer."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size <= limit:
            parts.append(part)
        elif size > _DRAIN_LIMIT_BYTES:
            break
    if size > limit:
        raise EventTooLarge
    return b"".join(parts)


def event_in(body: bytes) -> dict[str, object]:
    """The data of a direct call; nothing at all counts as no data. Raises `InvalidArgument` unless it is an object."""
    try:
        event = json.loads(body or b"{}")
    except (ValueError, RecursionError) as error:
        raise InvalidArgument("提交的内容不是有效的 JSON") from error
    if not isinstance(event, dict):
        raise InvalidArgument("提交的内容必须是一个 JSON 对象")
    return event


def integrated(reply: bytes) -> Response:
    """What the HTTP access service makes of a reply: a `statusCode` object is the response, all else is its body."""
    value = json.loads(reply)
    if not isinstance(value, dict) or not isinstance(value.get("statusCode"), int):
        return Response(reply, media_type="application/json")
    body = value.get("body", "")
    content = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
    raw = base64.b64decode(content) if value.get("isBase64Encoded") else content.encode()
    headers = {str(name).lower(): str(text) for name, text in (value.get("headers") or {}).items()}
    headers.setdefault("content-type", "application/json; charset=utf-8")
    headers.pop("content-length", None)
    return Response(raw, status_code=value["statusCode"], headers=headers)


async def refused(_request: Request, error: Exception) -> Response:
    """The gateway's own refusals look like the functions'."""
    assert isinstance(error, ZaotaiError)
    envelope = {"success": False, "code": error.code, "message": error.message, "requestId": new_request_id()}
    return JSONResponse(envelope, status_code=error.http_status)


async def platform_failure(_request: Request, error: Exception) -> Response:
    """The platform's own failures: the function gave no reply."""
    assert isinstance(error, PlatformError)
    report = {"errCode": error.number, "errMsg": f"{error.code}: {error.message}", "code": error.code}
    return JSONResponse(report, status_code=504 if error.code == _TIMED_OUT else 502)
