"""The platform's HTTP-access event and the reply it wants."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass

from shared.errors import EventTooLarge, InvalidArgument

BODY_LIMIT_BYTES = 6 * 1024 * 1024


@dataclass(frozen=True)
class HttpCall:
    """One HTTP call to a function; header names are lower case, `body` is the raw bytes."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    @classmethod
    def of(cls, event: Mapping[str, object]) -> "HttpCall":
        """The call in an event for which `is_http` holds. Raises InvalidArgument, EventTooLarge."""
        headers = event["headers"]
        assert isinstance(headers, Mapping)
        body = event.get("body") or ""
        if not isinstance(body, str):
            raise InvalidArgument
        try:
            raw = base64.b64decode(body, validate=True) if event.get("isBase64Encoded") else body.encode()
        except binascii.Error as error:
            raise InvalidArgument from error
        if len(raw) > BODY_LIMIT_BYTES:
            raise EventTooLarge
        named = {str(name).lower(): str(value) for name, value in headers.items()}
        return cls(str(event["httpMethod"]), str(event["path"]), named, raw)

    def command(self) -> object:
        """The JSON body. Raises InvalidArgument if it is none."""
        try:
            return json.loads(self.body or b"{}")
        except ValueError as error:
            raise InvalidArgument("提交的内容不是有效的 JSON") from error


def is_http(event: object) -> bool:
    """Whether an event has the shape of an HTTP call. The shape grants no right."""
    if not isinstance(event, Mapping):
        return False
    method, path, headers = event.get("httpMethod"), event.get("path"), event.get("headers")
    return isinstance(method, str) and isinstance(path, str) and isinstance(headers, Mapping)


def http_reply(status: int, envelope: Mapping[str, object]) -> dict[str, object]:
    """The envelope as the platform's integrated response."""
    return {
        "statusCode": status,
        "headers": {"Content-Type": "application/json; charset=utf-8"},
        "body": json.dumps(envelope, ensure_ascii=False),
        "isBase64Encoded": False,
    }
